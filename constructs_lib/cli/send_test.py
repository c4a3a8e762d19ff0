"""`saasus-events send-test`: sends SaaSus's test event, and waits for it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.logs import add_log_group_argument
from constructs_lib.cli.aws.route_log import check_event_log, find_event_logs
from constructs_lib.cli.aws.session import AwsClients, add_aws_arguments
from constructs_lib.cli.aws.stack import add_stack_argument
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.options import add_timeout_argument
from constructs_lib.cli.saasus_access import add_saasus_arguments, saasus_api
from constructs_lib.cli.screen.lines import wrapped
from constructs_lib.cli.screen.progress import Progress
from constructs_lib.cli.status_checks.whole_path import PERMISSIONS, what_is_wrong
from constructs_lib.runtime.event_arrival import EventNotLogged, wait_for_test_event

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.status_checks.findings import StatusFinding
    from constructs_lib.runtime.saasus_api import IntegrationApi
    from constructs_lib.runtime.waiting import Waiting

TRACE_ID_PREFIX: Final = "saasus-send-test-"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait until exactly this event is in each log group")
    add_log_group_argument(parser, "the log group of a log route (default: all that accept test events)")
    add_stack_argument(parser, "the log routes of this stack that accept test events")
    add_timeout_argument(parser, "2m")
    add_saasus_arguments(parser)
    add_aws_arguments(parser)


def _run(options: argparse.Namespace) -> int:
    clients = AwsClients(options)
    api = saasus_api(options, clients)
    if api.get_settings() is None:
        raise CommandError(
            "SaaSus has no setting for this SaaS, so the test event would go nowhere. Expected a setting that names an "
            "AWS account and region. Save one: saasus-events connect",
            ExitCode.NEGATIVE,
        )
    if not options.wait:
        _send(api)
        return ExitCode.DONE
    groups = find_event_logs(options, clients)
    for group in groups:
        check_event_log(clients, group)
    for group in groups:
        with Progress() as progress:
            waiting = progress.waiting(f"Waiting for the event in {group}", options.timeout)
            try:
                found, seconds = wait_for_test_event(lambda: _send(api), clients.of("logs"), group, waiting)
            except EventNotLogged as error:
                raise _not_seen(error, group, waiting, what_is_wrong(options, clients, group)) from error
        print(wrapped(f"{found} arrived in {group} after {seconds:.0f} s."))
    return ExitCode.DONE


def _send(api: IntegrationApi) -> str:
    trace_id = api.create_test_event(trace_id=f"{TRACE_ID_PREFIX}{uuid.uuid4()}")
    print(wrapped(f"SaaSus sends its test event, with the trace id {trace_id}"), flush=True)
    return trace_id


def _not_seen(error: EventNotLogged, group: str, waiting: Waiting, wrong: list[StatusFinding]) -> CommandError:
    """Return an error with what is wrong on the event's path, or with what cannot be seen from here."""
    seen = "\n".join(f"  {finding.part}: {finding.text}. To do:\n    {finding.next}" for finding in wrong)
    unseen = (
        "As far as can be seen, nothing is wrong: source, bus, rules, and dead letters are as they should be. So "
        "CloudWatch Logs probably does not accept events from EventBridge there. Check that a resource policy allows "
        "events.amazonaws.com to call CreateLogStream and PutLogEvents on the group (aws logs "
        "describe-resource-policies), and that EventBridge may use the group's key. Deploying the stack of the log "
        "route again restores its policy."
    )
    return CommandError(
        f"No test event reached the log group {group!r} within {waiting.seconds:.0f} s, although SaaSus was asked for "
        f"one with each of these trace ids: {', '.join(error.sent) or 'none'}. {error.problem}"
        + (f"\nWhat is wrong on its path:\n{seen}" if seen else f"\n{unseen}"),
        ExitCode.NEGATIVE,
    )


SEND_TEST = Command(
    name="send-test",
    help="have SaaSus send its test event, and see it arrive",
    description="Has SaaSus send its test event, as the button on the SaaSus console does, with a trace id of its\n"
    "own. With --wait, it waits until exactly that event is in the log group of each log route that accepts test\n"
    "events, sends another one every 20 s, and says what is wrong if none arrives in time.",
    examples="  saasus-events send-test\n"
    "  saasus-events send-test --wait --stack Events\n"
    "  saasus-events send-test --wait --secret saasus --timeout 5m \\\n"
    "    --log-group /aws/events/Events/Saasus-Everything",
    add_arguments=_add_arguments,
    run=_run,
    negative="SaaSus has no setting, or the event did not arrive in time",
    permissions=PERMISSIONS,
)
