"""SaaSus, AWS and the time, as far as the shipped function sees them: no friendlier than the real ones.

Pages are short, permissions come into force late where a test says so, calls fail where it says so, and every second is
counted without waiting for it.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.exceptions import ClientError, EndpointConnectionError

from constructs_lib.functions import handler as function
from constructs_lib.runtime import saasus_http, waiting
from constructs_lib.runtime.saasus_credentials import SaasusCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

HERE = ("111122223333", "ap-northeast-1")
ELSEWHERE = ("444455556666", "us-east-1")
STACK = "arn:aws:cloudformation:ap-northeast-1:111122223333:stack/Events/1"
ROOT = "arn:aws:cloudformation:ap-northeast-1:111122223333:stack/Root/2"
SECRET = "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:saasus"
GROUP = "/aws/events/Events/Saasus-Everything"
OWN_LOG = "the-functions-own-log"
LAMBDA_SECONDS = 900.0

SETTING, VERIFICATION = function.SETTING, function.VERIFICATION


def source(uuid: str, number: int = 1) -> str:
    return f"aws.partner/saasus.io/{uuid}-{number}/event"


UUIDS = {"a-saas": "736385ec-26ba-4567-941f-2affa11d919f", "b-saas": "d8753ef8-8604-4b7d-8a44-cf9a64433209"}
SOURCE, OTHER_SOURCE = source(UUIDS["a-saas"]), source(UUIDS["b-saas"])
STRANGER = source("00000000-0000-4000-8000-000000000000")


class Killed(BaseException):
    """The function ends in the middle: out of memory, out of time, or its machine is gone."""


@dataclass
class Fault:
    """What goes wrong with the calls of a service, in a span of time or for a number of calls."""

    service: str
    kind: str
    """For SaaSus `503`, `429`, `500`, `401`, `lost` (carried out, and the answer lost) or `hangs`; for AWS its code."""
    calls: int | None = None
    """How many calls; None for as long as it lasts."""
    skip: int = 0
    """How many calls work before."""
    until: float = float("inf")

    def hits(self, now: float) -> bool:
        if now >= self.until or self.calls == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.calls is not None:
            self.calls -= 1
        return True


@dataclass
class Saas:
    """One SaaS in SaaSus."""

    id: str
    setting: tuple[str, str] | None = None
    delay: float | None = 0.0
    """Seconds from saving to the source; None for never."""
    number: int = 1
    tests: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        return source(UUIDS[self.id], self.number)


@dataclass(frozen=True)
class Answered:
    """What CloudFormation was told."""

    status: str
    physical_id: str
    data: dict[str, str]
    reason: str
    seconds: float
    """How long the function ran."""


class World:
    def __init__(self) -> None:
        self.now = 1_000.0
        self.saas = {id: Saas(id) for id in UUIDS}
        self.secrets: dict[str, str | None] = {SECRET: "a-saas", f"{SECRET}-of-b": "b-saas"}
        self.sources: dict[str, str] = {}
        self.stacks: dict[str, dict[str, str]] = {STACK: {"StackStatus": "CREATE_IN_PROGRESS"}}
        self.lines: list[tuple[float, str]] = []
        self.logged: list[str] = []
        """What is in the log route's group."""
        self.logs_arrive = True
        self.logs_filter = True
        """Whether only lines come that have what was asked for."""
        self.journal_works = True
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.answers: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.s3_fails = 0
        self.killed_after: int | None = None
        """How many calls of the function work before it ends in the middle."""
        self._appearing: list[tuple[float, str, str]] = []
        self._requests = 0

    def copy(self) -> Self:
        return copy.deepcopy(self)

    # ---------------------------------------------------------------- what a test says

    @property
    def status(self) -> str:
        return self.stacks[STACK]["StackStatus"]

    @status.setter
    def status(self, status: str) -> None:
        self.stacks[STACK]["StackStatus"] = status

    @property
    def setting(self) -> tuple[str, str] | None:
        return self.saas["a-saas"].setting

    @setting.setter
    def setting(self, setting: tuple[str, str] | None) -> None:
        self.save(self.saas["a-saas"], setting)

    @property
    def settings(self) -> dict[str, tuple[str, str] | None]:
        return {id: saas.setting for id, saas in self.saas.items()}

    def fail(self, service: str, kind: str, *, calls: int | None = None, skip: int = 0, seconds: float = 1e9) -> None:
        self.faults.append(Fault(service, kind, calls, skip, self.now + seconds))

    def save(self, saas: Saas, setting: tuple[str, str] | None) -> None:
        """Save the setting as SaaSus does, whoever asked."""
        was, saas.setting = saas.setting, setting
        if was == HERE and setting != HERE:
            self._appearing = [entry for entry in self._appearing if entry[2] != saas.source]
            if saas.source in self.sources:
                self.sources[saas.source] = "DELETED"
        if setting == HERE and saas.delay is not None and self.sources.get(saas.source) not in ("PENDING", "ACTIVE"):
            self._appearing.append((self.now + saas.delay, "PENDING", saas.source))
        self._pass()

    def request(
        self,
        kind: str,
        physical_id: str = "",
        *,
        kind_of: str = SETTING,
        old: dict[str, str] | None = None,
        **properties: Any,
    ) -> dict[str, Any]:
        given = {
            "SecretArn": SECRET,
            "Account": HERE[0],
            "Region": HERE[1],
            "TakeOver": "false",
            "EventSourceName": "",
            "TimeoutSeconds": "60",
            "BaseUrl": "",
        }
        if kind_of == VERIFICATION:
            given |= {"LogGroupName": GROUP, "EventSourceName": SOURCE}
        self._requests += 1
        event: dict[str, Any] = {
            "RequestType": kind,
            "RequestId": f"request-{self._requests}",
            "StackId": STACK,
            "LogicalResourceId": "Setting",
            "ResourceType": kind_of,
            "ResourceProperties": given | properties,
            "ResponseURL": "https://cloudformation-custom-resource-response.s3.amazonaws.com/answer?signed=yes",
        }
        if kind != "Create":
            event["PhysicalResourceId"] = physical_id
        if kind == "Update":
            event["OldResourceProperties"] = given | (old or {})
        return event

    def send(self, kind: str, physical_id: str = "", **options: Any) -> Answered:
        """Have the function handle a request, and give what it answered."""
        return self.deliver(self.request(kind, physical_id, **options))

    def deliver(self, event: dict[str, Any]) -> Answered:
        started, count = self.now, len(self.answers)
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: int((started + LAMBDA_SECONDS - self.now) * 1000)
        )
        with self._in_place():
            function.handler(copy.deepcopy(event), context)
        [body] = self.answers[count:]
        assert body["RequestId"] == event["RequestId"]
        return Answered(
            body["Status"],
            body["PhysicalResourceId"],
            body.get("Data", {}),
            body.get("Reason", ""),
            self.now - started,
        )

    # ---------------------------------------------------------------- the function's surroundings

    @contextlib.contextmanager
    def _in_place(self) -> Iterator[None]:
        clock = SimpleNamespace(monotonic=lambda: self.now, sleep=self.sleep)
        with (
            mock.patch.object(waiting, "time", clock),
            # The longest waits, so that what passes here passes with any.
            mock.patch.object(saasus_http, "random", SimpleNamespace(uniform=max)),
            mock.patch("boto3.client", self._client),
            mock.patch.object(saasus_http, "_opener", return_value=SimpleNamespace(open=self._open)),
            mock.patch("urllib.request.urlopen", self._put_answer),
            mock.patch.dict("os.environ", {function.LOG_GROUP_VARIABLE: OWN_LOG, "AWS_REGION": HERE[1]}),
            contextlib.redirect_stdout(_Lines(self)),
        ):
            yield

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._pass()

    def _pass(self) -> None:
        for entry in [entry for entry in self._appearing if entry[0] <= self.now]:
            self._appearing.remove(entry)
            self.sources[entry[2]] = entry[1]

    def _fault(self, service: str) -> str | None:
        if self.killed_after is not None:
            self.killed_after -= 1
            if self.killed_after < 0:
                self.killed_after = None
                raise Killed
        self.calls.append(service)
        return next((fault.kind for fault in self.faults if fault.service == service and fault.hits(self.now)), None)

    def _aws(self, service: str, operation: str) -> None:
        self.sleep(0.1)
        kind = self._fault(service)
        if kind == "no connection":
            raise EndpointConnectionError(endpoint_url="https://example.com")
        if kind is not None:
            raise ClientError({"Error": {"Code": kind, "Message": "hush"}}, operation)

    def _client(self, service: str, **_: Any) -> Any:
        return getattr(self, f"_{service}")()

    def _secretsmanager(self) -> Any:
        def get_secret_value(*, SecretId: str) -> dict[str, Any]:  # noqa: N803
            self._aws("secretsmanager", "GetSecretValue")
            saas = self.secrets.get(SecretId)
            if saas is None:
                raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
            return {"SecretString": json.dumps(keys_of(saas)) if saas in UUIDS else saas}

        return SimpleNamespace(get_secret_value=get_secret_value)

    def _events(self) -> Any:
        def list_event_sources(*, NamePrefix: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
            self._aws("events", "ListEventSources")
            names = [name for name in sorted(self.sources) if name.startswith(NamePrefix)]
            first = int(NextToken)
            # One a page, and an empty one before them: a page may be empty.
            page = [{"Name": name, "State": self.sources[name]} for name in names[first - 1 : first] if first]
            return {"EventSources": page} | ({"NextToken": str(first + 1)} if first < len(names) else {})

        return SimpleNamespace(list_event_sources=list_event_sources)

    def _cloudformation(self) -> Any:
        def describe_stacks(*, StackName: str) -> dict[str, Any]:  # noqa: N803
            self._aws("cloudformation", "DescribeStacks")
            return {"Stacks": [{"StackId": StackName, **self.stacks[StackName]}]}

        return SimpleNamespace(describe_stacks=describe_stacks)

    def _logs(self) -> Any:
        def paginate(*, logGroupName: str, filterPattern: str, **_: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
            self._aws("logs", "FilterLogEvents")
            phrases = re.findall(r'"([^"]*)"', filterPattern)
            lines = [(0.0, line) for line in self.logged] if logGroupName == GROUP else self.lines
            if logGroupName == OWN_LOG and not self.journal_works:
                lines = []
            found = [
                (time, line)
                for time, line in lines
                if not self.logs_filter or all(phrase in line for phrase in phrases)
            ]
            yield {"events": []}
            for time, line in reversed(found):  # streams come in no order
                yield {"events": [{"timestamp": int(time * 1000), "message": line}]}

        return SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))

    def _put_answer(self, request: urllib.request.Request, timeout: float) -> Any:
        self.sleep(0.1)
        if self.s3_fails:
            self.s3_fails -= 1
            raise urllib.error.HTTPError(request.full_url, 503, "Slow Down", mock.MagicMock(), None)
        assert isinstance(request.data, bytes)
        self.answers.append(json.loads(request.data))
        self.headers.append({name.lower(): value for name, value in request.header_items()})
        assert len(request.data) <= 4_096
        return contextlib.nullcontext()

    # ---------------------------------------------------------------- SaaSus over HTTP

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        self.sleep(0.2)
        path = request.full_url.partition("/v1/")[2]
        [saas_id] = re.findall(r"SaaSID=([^,]*), ", request.headers["Authorization"])
        call = f"{request.get_method()} {path.rpartition('/')[2]}"
        kind = self._fault("saasus")
        if kind == "hangs":
            self.sleep(timeout)
            raise TimeoutError("timed out")
        if kind in ("lost", None):
            self.calls.append(call)
            body = self._saasus(self.saas[saas_id], request, call)
            if kind == "lost":
                raise ConnectionResetError("Connection reset by peer")
            return _http(200, body)
        # It repeats the key that it was called with.
        key = request.headers["Authorization"].rpartition("=")[2]
        return _http(int(kind), json.dumps({"type": "unavailable", "message": f"not with {key}"}).encode())

    def _saasus(self, saas: Saas, request: urllib.request.Request, call: str) -> bytes:
        if call == "GET info":
            account, region = saas.setting or ("", "")
            return json.dumps({"aws_account_id": account, "aws_region": region}).encode()
        if call == "PUT info":
            assert isinstance(request.data, bytes)
            given = json.loads(request.data)
            self.save(saas, (given["aws_account_id"], given["aws_region"]))
        elif call == "DELETE info":
            self.save(saas, None)
        elif call == "POST test-event":
            trace_id = request.headers["X-saasus-trace-id"]
            saas.tests.append(trace_id)
            if saas.setting == HERE and self.sources.get(saas.source) == "ACTIVE" and self.logs_arrive:
                # Masked: cut in the middle, as no JSON any more.
                self.logged.append(f'{{"detail":{{"trace_id":"{trace_id}","event":"{{\\"api_key\\":****')
        return b""


def keys_of(saas: str) -> dict[str, str]:
    return {"saas_id": saas, "api_key": f"hush-key-of-{saas}", "secret_key": f"hush-secret-of-{saas}"}


def credentials_of(saas: str) -> SaasusCredentials:
    return SaasusCredentials(**keys_of(saas))


def _http(status: int, body: bytes) -> Any:
    answer = SimpleNamespace(status=status, headers={}, read=lambda: body)
    return contextlib.nullcontext(answer)


class _Lines(io.TextIOBase):
    """The function's standard output, which is its log."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._text = ""

    def write(self, text: str) -> int:
        *lines, self._text = (self._text + text).split("\n")
        self._world.lines += [(self._world.now, line) for line in lines]
        return len(text)
