"""What `saasus-events demo` does: the reference app, deployed and seen working on one machine."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from constructs_lib.cli.local_arrivals import message_lines
from constructs_lib.cli.screen.events import event_in, event_parts
from constructs_lib.cli.screen.lines import fitted, wrapped
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.local import HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, ensure_cdk_cli, run_cdk
from constructs_lib.local.reference_app import STACK_NAME, reference_app_directory
from constructs_lib.local.saasus_calls import (
    API_KEY,
    EMAIL,
    IP_ADDRESS,
    SaasusCall,
    create_tenant,
    create_test_event,
    delete_saas_user,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
SECRET_NAME = "crm-api-key"  # noqa: S105 - the name of a secret, not one
_ARRIVAL_SECONDS = 30


@dataclass
class Arrival:
    """Something that an event is expected to cause, and whether it was seen."""

    call: SaasusCall
    where: str
    find: Callable[[str], str | None]
    after: float | None = None


def demo(*, keep: bool) -> int:
    """Deploy, send, show, and take all down again.

    Args:
        keep: Leave everything running until Ctrl-C, in place of taking it down.

    Returns:
        0 when every expected arrival was seen and nothing arrived that must not, 1 otherwise.
    """
    console = Console(highlight=False, soft_wrap=True)
    started = time.monotonic()
    ensure_cdk_cli(console.print)
    api_key = secrets.token_urlsafe(24)
    with HttpsEndpoint(api_key=("x-api-key", api_key)) as crm, LocalAws(ca_file=crm.ca_file) as aws:
        console.print(f"[bold]Local AWS[/] at {aws.endpoint_url}")
        console.print(f"[bold]API[/] to be called at {crm.url('/hooks/saasus')}")
        with _step(console, "SaaSus: creating the partner event source"):
            aws.client("events").create_partner_event_source(Name=SOURCE, Account=aws.account)
        with _step(console, "Bootstrapping the account for the CDK"):
            bootstrap(aws)
            aws.client("secretsmanager").create_secret(Name=SECRET_NAME, SecretString=api_key)
        with tempfile.TemporaryDirectory(prefix="saasus-demo-") as folder:
            cdk = _Cdk(aws, crm.url("/hooks/saasus"), Path(folder))
            with _step(console, "cdk deploy"):
                cdk.run("deploy", "--require-approval", "never")
            arrivals = _send_and_watch(console, aws, crm)
            problems = _problems(aws, crm, arrivals)
            _report(console, arrivals, problems)
            if keep:
                _keep(console, aws, crm)
            else:
                with _step(console, "cdk destroy"):
                    cdk.run("destroy", "--force")
    console.print(f"Took {time.monotonic() - started:.0f} s; nothing is left running.")
    return 1 if problems else 0


class _Cdk:
    """The real CDK command line on the reference app."""

    def __init__(self, aws: LocalAws, endpoint: str, folder: Path) -> None:
        self._aws = aws
        self._output = str(folder / "cdk.out")
        self._context = [
            f"saasus:eventSourceName={SOURCE}",
            f"saasus:endpoint={endpoint}",
            f"saasus:secretName={SECRET_NAME}",
        ]

    def run(self, command: str, *options: str) -> None:
        context = [option for value in self._context for option in ("-c", value)]
        run_cdk(
            [command, STACK_NAME, "--output", self._output, *options, *context],
            cwd=reference_app_directory(),
            environment=self._aws.environment(),
        )


def _send_and_watch(console: Console, aws: LocalAws, crm: HttpsEndpoint) -> list[Arrival]:
    outputs = _outputs(aws)
    event_log, function_log = outputs["EventLog"], outputs["OnboardingLog"]
    test_event, tenant, user = create_test_event(), create_tenant(), delete_saas_user()
    arrivals = [
        *(
            Arrival(call, "CloudWatch Logs", lambda trace_id: _log_line(aws, event_log, trace_id))
            for call in (test_event, tenant, user)
        ),
        Arrival(tenant, "Lambda function", lambda trace_id: _log_line(aws, function_log, trace_id)),
        Arrival(user, "HTTPS endpoint", lambda trace_id: _request(crm, trace_id)),
    ]
    console.print("[bold]SaaSus:[/] sending create_eventbridge_test_event, create_tenant, delete_saas_user")
    sent = time.monotonic()
    entries = [call.entry(SOURCE) for call in (test_event, tenant, user)]
    aws.client("events").put_partner_events(Entries=entries)
    with console.status("Waiting for what arrives"):
        while time.monotonic() - sent < _ARRIVAL_SECONDS and any(arrival.after is None for arrival in arrivals):
            for arrival in arrivals:
                if arrival.after is None and (shown := arrival.find(arrival.call.trace_id)) is not None:
                    arrival.after = time.monotonic() - sent
                    console.print(f"[green]{arrival.where}[/] got {arrival.call.event_type}:", style="bold")
                    console.print(shown, markup=False)
            time.sleep(0.05)
    return arrivals


def _outputs(aws: LocalAws) -> dict[str, str]:
    [stack] = aws.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _log_line(aws: LocalAws, group: str, trace_id: str) -> str | None:
    for event in aws.client("logs").filter_log_events(logGroupName=group)["events"]:
        message = event["message"].strip()
        if trace_id in message:
            parsed = event_in(message)
            if parsed is None:
                return "\n".join(f"  {line}" for line in message_lines(message))
            return f"  {fitted([in_utc(parsed.time), *event_parts(parsed)])}"
    return None


def _request(crm: HttpsEndpoint, trace_id: str) -> str | None:
    for request in crm.requests:
        if trace_id.encode() in request.body:
            key = "API key checked" if request.authorized else "API KEY MISSING OR WRONG"
            lines = [f"{request.method} {request.path} ({key})", *message_lines(request.body.decode())]
            return "\n".join(f"  {line}" for line in lines)
    return None


def _problems(aws: LocalAws, crm: HttpsEndpoint, arrivals: list[Arrival]) -> list[str]:
    problems = [
        f"{arrival.call.event_type} did not arrive at the {arrival.where} within {_ARRIVAL_SECONDS} s"
        for arrival in arrivals
        if arrival.after is None
    ]
    if len(crm.requests) != 1:
        problems.append(f"the HTTPS endpoint was called {len(crm.requests)} times, once was expected")
    for request in crm.requests:
        if not request.authorized:
            problems.append("the HTTPS endpoint was called without its API key")
        if set(request.json()) != {"id", "time", "event_type", "trace_id"}:
            problems.append(f"the request's body has the fields {sorted(request.json())}")
        received = json.dumps([request.path, request.query, dict(request.headers), request.body.decode()])
        problems += [
            f"SaaSus's {what} left the account"
            for what, canary in (("API key", API_KEY), ("IP address", IP_ADDRESS), ("user's e-mail address", EMAIL))
            if canary in received
        ]
    queue = aws.client("sqs").get_queue_attributes(
        QueueUrl=_outputs(aws)["DeadLetterQueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    if (waiting := queue["Attributes"]["ApproximateNumberOfMessages"]) != "0":
        problems.append(f"{waiting} events are in the dead-letter queue")
    return problems


def _report(console: Console, arrivals: list[Arrival], problems: list[str]) -> None:
    console.print("\n[bold]What arrived[/]")
    for arrival in arrivals:
        after = "not seen" if arrival.after is None else f"{arrival.after:.1f} s"
        parts = [f"{arrival.where:16}", f"{after:>8}", arrival.call.event_type, f"trace={arrival.call.trace_id}"]
        console.print(fitted(parts), markup=False, style="red" if arrival.after is None else None)
    for problem in problems:
        console.print(f"[red]Problem:[/] {problem}.")
    if not problems:
        said = (
            "Every event arrived where it should, once. The endpoint was given id, time, event_type and trace_id: no "
            "SaaSus API key, IP address or body left the account."
        )
        console.print(wrapped(said))


def _keep(console: Console, aws: LocalAws, crm: HttpsEndpoint) -> None:
    variables = aws.variables()
    console.print("\n[bold]Still running[/] until Ctrl-C. Look around with the AWS CLI or boto3:")
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        console.print(f"  export {name}={variables[name]}", markup=False)
    console.print(f"  aws logs tail {_outputs(aws)['EventLog']}", markup=False)
    console.print('  boto3.client("events").list_event_sources()', markup=False)
    console.print(f"The API that is called: {crm.url('/hooks/saasus')}")
    try:
        aws.wait()
    except KeyboardInterrupt:
        console.print("\nStopping.")


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    started = time.monotonic()
    with console.status(what):
        yield
    console.print(f"{what} [dim]({time.monotonic() - started:.1f} s)[/]")
