"""`saasus-events demo`: the reference app, deployed and seen working on this machine."""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.local_arrivals import message_lines
from constructs_lib.cli.screen.events import event_in, event_parts
from constructs_lib.cli.screen.lines import fitted, wrapped
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.events.operations import operations
from constructs_lib.runtime.saasus_http import SignedHttp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from constructs_lib.cli.local_environment import LocalEnvironment
    from constructs_lib.events.operation import Operation
    from constructs_lib.local import ReceivedRequest

_ARRIVAL_SECONDS: Final = 30
_EMAIL: Final = "person@example.com"
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}:\d+")
"""What an event has as `ip_address`."""


@dataclass(frozen=True)
class _Call:
    """A call of SaaSus's API, whose event should arrive."""

    operation: Operation
    body: dict[str, Any] | None
    trace_id: str

    @classmethod
    def of(cls, operation: Operation, body: dict[str, Any] | None = None) -> _Call:
        return cls(operation, body, str(uuid.uuid4()))

    @property
    def event_type(self) -> str:
        return self.operation.event_types[0]

    def make(self, http: SignedHttp) -> None:
        path = self.operation.path.removeprefix("/v1")
        for name in self.operation.path_params:
            path = path.replace(f"{{{name}}}", str(uuid.uuid4()))
        http.call(self.operation.method, path, self.body, trace_id=self.trace_id)


@dataclass
class _Arrival:
    """Something that an event should cause, and whether it was seen."""

    call: _Call
    where: str
    find: Callable[[str], str | None]
    after: float | None = None


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C, to look around")


def _run(options: argparse.Namespace) -> int:
    from constructs_lib.cli.local_environment import LocalEnvironment

    started = time.monotonic()
    with LocalEnvironment.start() as environment:
        environment.connect()
        environment.deploy()
        arrivals = _call_and_watch(environment)
        problems = _problems(environment, arrivals)
        _report(environment, arrivals, problems)
        if options.keep:
            _keep(environment)
        else:
            environment.destroy()
    environment.print(f"Took {time.monotonic() - started:.0f} s; nothing is left running.")
    return ExitCode.NEGATIVE if problems else ExitCode.DONE


def _call_and_watch(environment: LocalEnvironment) -> list[_Arrival]:
    outputs = environment.outputs()
    event_log, function_log = outputs["EventLog"], outputs["OnboardingLog"]
    test_event = _Call.of(operations.integration.create_eventbridge_test_event)
    tenant = _Call.of(
        operations.auth.create_tenant,
        {"name": "Example Inc.", "attributes": {}, "back_office_staff_email": _EMAIL},
    )
    user = _Call.of(operations.auth.delete_saas_user)
    calls = (test_event, tenant, user)
    arrivals = [
        *(_Arrival(call, "CloudWatch Logs", lambda id: _log_line(environment, event_log, id)) for call in calls),
        _Arrival(tenant, "Lambda function", lambda id: _log_line(environment, function_log, id)),
        _Arrival(user, "HTTPS endpoint", lambda id: _request(environment, id)),
    ]
    environment.console.print(f"[bold]SaaSus:[/] called for {', '.join(call.event_type for call in calls)}")
    http = SignedHttp(environment.saasus.credentials, base_url=environment.saasus.base_url)
    sent = time.monotonic()
    for call in calls:
        call.make(http)
    with environment.console.status("Waiting for what arrives"):
        while time.monotonic() - sent < _ARRIVAL_SECONDS and any(arrival.after is None for arrival in arrivals):
            for arrival in arrivals:
                if arrival.after is None and (shown := arrival.find(arrival.call.trace_id)) is not None:
                    arrival.after = time.monotonic() - sent
                    environment.console.print(f"[green]{arrival.where}[/] got {arrival.call.event_type}:", style="bold")
                    environment.print(shown)
            time.sleep(0.05)
    return arrivals


def _log_line(environment: LocalEnvironment, group: str, trace_id: str) -> str | None:
    for event in environment.aws.client("logs").filter_log_events(logGroupName=group)["events"]:
        message = event["message"].strip()
        if trace_id in message:
            parsed = event_in(message)
            if parsed is None:
                return "\n".join(f"  {line}" for line in message_lines(message))
            return f"  {fitted([in_utc(parsed.time), *event_parts(parsed)])}"
    return None


def _request(environment: LocalEnvironment, trace_id: str) -> str | None:
    for request in environment.api.requests:
        if trace_id.encode() in request.body:
            key = "API key checked" if request.authorized else "API KEY MISSING OR WRONG"
            lines = [f"{request.method} {request.path} ({key})", *message_lines(request.body.decode())]
            return "\n".join(f"  {line}" for line in lines)
    return None


def _problems(environment: LocalEnvironment, arrivals: list[_Arrival]) -> list[str]:
    problems = [
        f"{arrival.call.event_type} did not arrive at the {arrival.where} within {_ARRIVAL_SECONDS} s"
        for arrival in arrivals
        if arrival.after is None
    ]
    requests = environment.api.requests
    if len(requests) != 1:
        problems.append(f"the HTTPS endpoint was called {len(requests)} times, not once")
    for request in requests:
        problems += _problems_of(request, environment.saasus.credentials.api_key)
    queue = environment.aws.client("sqs").get_queue_attributes(
        QueueUrl=environment.outputs()["DeadLetterQueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    if (waiting := queue["Attributes"]["ApproximateNumberOfMessages"]) != "0":
        problems.append(f"{waiting} events are in the dead-letter queue")
    return problems


def _problems_of(request: ReceivedRequest, api_key: str) -> list[str]:
    problems = [] if request.authorized else ["the HTTPS endpoint was called without its API key"]
    if set(request.json()) != {"id", "time", "event_type", "trace_id"}:
        problems.append(f"the request's body has the fields {sorted(request.json())}")
    # The host is the endpoint's own address.
    headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    received = json.dumps([request.path, request.query, headers, request.body.decode()])
    left = (
        ("SaaSus API key", api_key in received),
        ("caller's IP address", _ADDRESS.search(received) is not None),
        ("user's e-mail address", _EMAIL in received),
    )
    return [*problems, *(f"the {what} left the account" for what, is_there in left if is_there)]


def _report(environment: LocalEnvironment, arrivals: list[_Arrival], problems: list[str]) -> None:
    console = environment.console
    console.print("\n[bold]What arrived[/]")
    for arrival in arrivals:
        after = "not seen" if arrival.after is None else f"{arrival.after:.1f} s"
        parts = [f"{arrival.where:16}", f"{after:>8}", arrival.call.event_type, f"trace={arrival.call.trace_id}"]
        console.print(fitted(parts), markup=False, style="red" if arrival.after is None else None)
    for problem in problems:
        console.print(f"[red]Problem:[/] {problem}.")
    if not problems:
        said = (
            "Every event arrived where it should, once. The endpoint received id, time, event_type, and trace_id: no "
            "SaaSus API key, IP address, or body left the account."
        )
        console.print(wrapped(said))


def _keep(environment: LocalEnvironment) -> None:
    environment.console.print("\n[bold]Still running[/] until Ctrl-C. To look around, use another terminal:")
    environment.print(environment.exports())
    environment.print(f"aws logs tail {environment.outputs()['EventLog']}")
    environment.print(f"The API that the route calls: {environment.hook}")
    try:
        environment.aws.wait()
    except KeyboardInterrupt:
        environment.print("\nStopping.")


DEMO = Command(
    name="demo",
    help="deploy the reference app to a local AWS, send events, and show what arrives",
    description="Starts an AWS and a SaaSus on this machine, deploys the reference app with the real CDK command\n"
    "line, calls SaaSus's API, and shows each event as it arrives. Needs no AWS account, and sends nothing\n"
    "off this machine.",
    examples="  saasus-events demo\n  saasus-events demo --keep",
    add_arguments=_add_arguments,
    run=_run,
    negative="an event did not arrive as it should",
    extra="local",
)
