"""One SaaS as SaaSus sees it: its setting, and what a call of the API does."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, TypeAlias

from constructs_lib.events.operations import operations
from constructs_lib.local.http_server import Answer, Request
from constructs_lib.local.saasus import event_entries, signature
from constructs_lib.local.saasus.fault import Faults
from constructs_lib.local.saasus.operation_answers import OperationAnswers, error, sent_fields
from constructs_lib.local.saasus.records import ReceivedCall, recorded_path
from constructs_lib.local.saasus.resources import Resources
from constructs_lib.local.saasus.sending import Sending
from constructs_lib.runtime.saasus_api import INFO, EventBridgeSettings
from constructs_lib.runtime.saasus_http import TRACE_ID_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.saasus.event_queue import EventQueue
    from constructs_lib.local.saasus.fault import Fault
    from constructs_lib.local.saasus.partner_source import PartnerSource
    from constructs_lib.runtime.saasus_credentials import SaasusCredentials

NothingSaved: TypeAlias = Literal["404", "empty fields", "empty body"]


class Saas:
    """Answers the calls of one SaaS, carries them out, and sends their events.

    Args:
        credentials: The credentials with which calls must be signed.
        source: The partner event source, whose place the setting changes.
        events: Where events go.
        settings: The setting that is saved from the start.
        nothing_saved: How GET answers when there is no setting.
        checks_requests: Whether bodies must be valid according to SaaSus's API files.
        custom_events: Whether the SaaS can send custom events.
        clock: Returns SaaSus's time.
        tolerance: How many minutes a signature may be older or newer than that.
    """

    def __init__(
        self,
        credentials: SaasusCredentials,
        source: PartnerSource,
        events: EventQueue,
        *,
        settings: EventBridgeSettings | None,
        nothing_saved: NothingSaved,
        checks_requests: bool,
        custom_events: bool,
        clock: Callable[[], datetime],
        tolerance: int,
    ) -> None:
        self.settings = settings
        self.faults = Faults()
        self.sending: dict[Operation | None, Sending] = {}
        self.stopping = threading.Event()
        self._credentials = credentials
        self._source = source
        self._events = events
        self._nothing_saved = nothing_saved
        self._custom_events = custom_events
        self._answers = OperationAnswers(credentials.saas_id, checks_requests=checks_requests)
        self._resources = Resources()
        self._clock = clock
        self._tolerance = tolerance
        self._calls: list[ReceivedCall] = []
        self._lock = threading.Lock()

    @property
    def calls(self) -> tuple[ReceivedCall, ...]:
        """The calls so far, in the order of their answers."""
        with self._lock:
            return tuple(self._calls)

    def respond(self, request: Request) -> Answer | None:
        """Answer a call, or return None to close the connection without an answer."""
        trace_id = request.headers.get(TRACE_ID_HEADER.lower()) or str(uuid.uuid4())
        operation = operations.by_route(request.method, request.path)
        fault = self.faults.take(request.method, request.path)
        if fault is None:
            answer: Answer | None = self._carry_out(request, operation, trace_id)
        else:
            answer = self._fail(fault, request, operation, trace_id)
        path = recorded_path(request.path, operation)
        status = None if answer is None else answer.status
        with self._lock:
            name = str(operation) if operation else ""
            self._calls.append(ReceivedCall(request.method, path, trace_id, status, name))
        return (
            None
            if answer is None
            else Answer(answer.status, answer.body, {**answer.headers, TRACE_ID_HEADER: trace_id})
        )

    def _fail(self, fault: Fault, request: Request, operation: Operation | None, trace_id: str) -> Answer | None:
        self.stopping.wait(fault.delay)
        is_only_slow = not fault.broken and fault.status is None
        if fault.carried_out or is_only_slow:
            answer = self._carry_out(request, operation, trace_id)
            if is_only_slow:
                return answer
        if fault.status is None:
            return None
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return error(fault.status, "simulated_fault", "the local SaaSus was told to fail", headers)

    def _carry_out(self, request: Request, operation: Operation | None, trace_id: str) -> Answer:
        refusal = signature.refusal(
            self._credentials,
            header=request.headers.get("authorization", ""),
            method=request.method,
            url=f"http://{request.headers.get('host', '')}{request.target}",
            body=request.body,
            now=self._clock(),
            tolerance=self._tolerance,
        )
        if refusal:
            return error(401, "unauthorized", refusal)
        if operation is None:
            return self._answer_to_get(request)
        time = self._clock()
        answer = self._answers.refused(operation, request) or self._do(operation, request, trace_id, time)
        sending = self._sending_of(operation)
        entry = event_entries.api_call(
            operation,
            request,
            answer,
            credentials=self._credentials,
            trace_id=trace_id,
            time=time,
            sending=sending,
        )
        self._events.add(entry, sending)
        return answer

    def _answer_to_get(self, request: Request) -> Answer:
        """Answer a call that does not become an event: the setting can be read, and what calls created."""
        if (request.method, request.path) != ("GET", f"/v1{INFO}"):
            found = self._resources.read(request.path) if request.method == "GET" else None
            missing = "the local SaaSus has no such route, or no call has created what it reads"
            return error(404, "not_found", missing) if found is None else Answer(200, found)
        if self.settings is not None:
            return Answer(200, asdict(self.settings))
        if self._nothing_saved == "404":
            return error(404, "not_found", "no EventBridge setting is saved")
        return Answer(200, {"aws_account_id": "", "aws_region": ""} if self._nothing_saved == "empty fields" else None)

    def _do(self, operation: Operation, request: Request, trace_id: str, time: datetime) -> Answer:
        """Do what an operation does, and return its answer."""
        of = operations.integration
        if operation == of.save_eventbridge_settings:
            given = json.loads(request.body)
            return self._save(operation, request, EventBridgeSettings(given["aws_account_id"], given["aws_region"]))
        if operation == of.delete_eventbridge_settings:
            return self._save(operation, request, None)
        if operation == of.create_eventbridge_event:
            if not self._custom_events:
                return error(501, "not_implemented", "custom events cannot be sent yet")
            for message in json.loads(request.body)["event_messages"]:
                entry = event_entries.custom(message, trace_id=trace_id, time=time)
                self._events.add(entry, self._sending_of(operation))
        answer = self._answers.success(operation, request)
        self._resources.change(operation, request.path, sent_fields(request), answer.body)
        return answer

    def _save(self, operation: Operation, request: Request, settings: EventBridgeSettings | None) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError

        with self._lock:
            try:
                self._source.move(settings)
            except (BotoCoreError, ClientError) as refused:
                return error(500, "internal_server_error", f"AWS: {refused}")
            self.settings = settings
        return self._answers.success(operation, request)

    def _sending_of(self, operation: Operation) -> Sending:
        return self.sending.get(operation) or self.sending.get(None) or Sending()
