"""`saasus-events send-test`: SaaSus's test event, sent and waited for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws_session import AwsClients, add_aws_arguments
from constructs_lib.cli.command import Command
from constructs_lib.cli.event_log import check_event_log, find_event_log
from constructs_lib.cli.saasus_access import add_saasus_arguments, saasus_api
from constructs_lib.cli.times import duration
from constructs_lib.cli.wait_progress import WaitProgress
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.verification import EventNotLogged, wait_for_test_event

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from constructs_lib.functions.event_source import Waiting
    from constructs_lib.runtime.saasus_api import IntegrationApi

TRACE_ID_PREFIX: Final = "saasus-send-test-"
_TIMEOUT: Final = timedelta(minutes=2)


class NotConnected(SaasusEventsError):
    """SaaSus sends the events of a SaaS nowhere."""


class EventNotSeen(SaasusEventsError):
    """A test event did not arrive in time."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait until exactly this event is in the log group")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--log-group", metavar="NAME", help="the log group of a log route (default: the only one)")
    where.add_argument("--stack", metavar="NAME", help="the log group of this stack's log route")
    parser.add_argument(
        "--timeout", type=duration, default=_TIMEOUT, metavar="TIME", help="how long to wait: 90s, 5m (default: 2m)"
    )
    add_saasus_arguments(parser)
    add_aws_arguments(parser)


def _run(options: argparse.Namespace) -> int:
    clients = AwsClients(options)
    api = saasus_api(options, clients)
    if api.get_settings() is None:
        raise NotConnected(
            "SaaSus has no setting for this SaaS, so it would send its test event nowhere. Needed is one that names an "
            "AWS account and region. Save it: saasus-events connect"
        )
    if not options.wait:
        _send(api)
        return 0
    group = find_event_log(options, clients)
    check_event_log(clients, group)
    with WaitProgress("Waiting for the event") as progress:
        waiting = progress.waiting(options.timeout)
        found, seconds = _wait_for_one(api, clients.of("logs"), group, waiting)
    print(f"{found} arrived in {group} after {seconds:.0f} s.")
    return 0


def _send(api: IntegrationApi) -> str:
    trace_id = api.create_test_event(trace_id=f"{TRACE_ID_PREFIX}{uuid.uuid4()}")
    print(f"SaaSus sends its test event, trace id {trace_id}", flush=True)
    return trace_id


def _wait_for_one(api: IntegrationApi, logs: Any, group: str, waiting: Waiting) -> tuple[str, float]:
    try:
        return wait_for_test_event(lambda: _send(api), logs, group, waiting)
    except EventNotLogged as error:
        raise EventNotSeen(
            f"No test event came into the log group {group!r} within {waiting.seconds:.0f} s, though SaaSus was asked "
            f"for one with each of these trace ids: {', '.join(error.sent) or 'none'}. Needed are an ACTIVE event "
            "source and a log route that takes test events. Run "
            f"`saasus-events status --log-group {group}`: it says what is wrong."
        ) from error


SEND_TEST = Command(
    name="send-test",
    help="have SaaSus send its test event, and see it arrive",
    description="Has SaaSus send its test event, as the button on the SaaSus console does, with a trace id of its\n"
    "own. With --wait it watches until exactly that event is in the log group of a log route, sends another one\n"
    "every 20 s, and ends with 1 when none comes in time.",
    examples="  saasus-events send-test\n"
    "  saasus-events send-test --wait --stack Events\n"
    "  saasus-events send-test --wait --log-group /aws/events/Events/Saasus-Everything --secret saasus --timeout 5m",
    add_arguments=_add_arguments,
    run=_run,
)
