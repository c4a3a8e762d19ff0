"""Checks where events end: in log groups, or in dead-letter queues."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.logs import newest_line
from constructs_lib.cli.aws.queues import QueueAddress, queue_at
from constructs_lib.cli.aws.rules import LoggedBy, logged_by
from constructs_lib.cli.aws.session import NotThere, aws_errors
from constructs_lib.cli.aws.stack import dead_letter_queues_of, fifo_dead_letter_queues_of, read_stack
from constructs_lib.cli.screen.events import event_in, words_of_line
from constructs_lib.cli.screen.lines import printable
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.cli.status_checks.findings import AGAIN, StatusFinding, allow_step
from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from constructs_lib.cli.aws.rules import BusRule
    from constructs_lib.cli.aws.session import AwsClients

LAST_EVENT: Final = "Last event"
_QUEUE: Final = "Dead letters"
_COUNTS: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_STACK: Final = "Stack"


@dataclass(frozen=True)
class _Ends:
    """Where events end up."""

    routes: Mapping[str, Sequence[LoggedBy]]
    """The rules that send to a log group, by the group's name."""
    log_groups: tuple[str, ...]
    queues: tuple[str, ...]
    """Names, URLs or ARNs of dead-letter queues, each queue once."""


def check_ends(
    clients: AwsClients, rules: Mapping[str, tuple[BusRule, ...]], stacks: Iterable[str], log_groups: Iterable[str]
) -> list[StatusFinding]:
    """Check the queues and log groups that the options name, or else those of all rules.

    Args:
        clients: The clients of AWS.
        rules: The rules that were seen, by bus.
        stacks: The stacks whose queues and log groups are checked.
        log_groups: Further log groups to check.
    """
    ends, findings = _find_ends(clients, rules, stacks, log_groups)
    for queue in ends.queues:
        findings += _guarded(_QUEUE, "sqs:GetQueueAttributes", partial(_check_queue, clients, queue))
    for group in ends.log_groups:
        look = partial(_check_log_group, clients, group, ends.routes.get(group, ()))
        findings += _guarded(LAST_EVENT, "logs:FilterLogEvents", look)
    return findings


def _find_ends(
    clients: AwsClients, rules: Mapping[str, tuple[BusRule, ...]], stacks: Iterable[str], log_groups: Iterable[str]
) -> tuple[_Ends, list[StatusFinding]]:
    """Choose the queues and log groups to check, and return what was found while reading the stacks."""
    routes: dict[str, list[LoggedBy]] = {}
    for bus, of_bus in rules.items():
        for route in logged_by(bus, of_bus):
            routes.setdefault(route.group, []).append(route)
    queues = [queue for of_bus in rules.values() for rule in of_bus for queue in rule.dead_letter_queues]
    groups, of_stacks, findings = list(log_groups), None, []
    for stack in dict.fromkeys(stacks):
        try:
            resources = read_stack(clients, stack)
            own_queues = [*dead_letter_queues_of(clients, resources), *fifo_dead_letter_queues_of(resources)]
        except NotThere as error:
            step = f"correct --stack {stack}, or pass the --region and --profile that it is in"
            findings.append(StatusFinding(_STACK, "WRONG", str(error), step, {"stack": stack, "exists": False}))
            continue
        except SaasusEventsError as error:
            step = f"get cloudformation:ListStackResources and DescribeStacks allowed; {AGAIN}"
            findings.append(StatusFinding(_STACK, "unknown", printable(str(error)), step, {"stack": stack}))
            continue
        of_stacks = [*(of_stacks or ()), *own_queues]
        # A group that no rule sends to belongs to a function, or to a route that was not seen.
        own = resources.of_type("AWS::Logs::LogGroup").values()
        groups += [group for group in own if group in routes] or resources.event_log_groups
    chosen = dict.fromkeys(groups if groups or of_stacks is not None else routes)
    if not chosen:
        text = "not seen: none of the rules seen sends to a log group; to name one, pass --log-group"
        findings.append(StatusFinding(LAST_EVENT, "note", text))
    # A rule knows a queue by its ARN, a stack by its URL.
    by_name = {_account_and_name(queue): queue for queue in (queues if of_stacks is None else of_stacks)}
    return _Ends(routes, tuple(chosen), tuple(by_name.values())), findings


def _account_and_name(queue: str) -> tuple[str, ...]:
    """Return what the ARN and the URL of a queue have in common."""
    return tuple(queue.split(":" if queue.startswith("arn:") else "/")[-2:])


def _check_queue(clients: AwsClients, named: str) -> list[StatusFinding]:
    is_fifo = named.endswith(".fifo") and not named.startswith("arn:")
    # A FIFO queue cannot be read as others can, but it can be counted.
    queue = QueueAddress(clients.of("sqs"), named) if is_fifo else queue_at(clients, named)
    with aws_errors(f"The queue {queue.name!r} cannot be read", "sqs:GetQueueAttributes on it"):
        attributes = queue.client.get_queue_attributes(
            QueueUrl=queue.url, AttributeNames=[*_COUNTS, *(["QueueArn"] if is_fifo else [])]
        )["Attributes"]
    count = sum(int(attributes[name]) for name in _COUNTS if name in attributes)
    data = {"queue": queue.name, "messages": count}
    if not count:
        return [StatusFinding(_QUEUE, "ok", f"none in {queue.name}", data=data)]
    if is_fifo:
        text = f"{count} in {queue.name}: the consumer of the ordered queue failed on them"
        again = f"aws sqs start-message-move-task --source-arn {attributes['QueueArn']}"
        return [StatusFinding(_QUEUE, "WRONG", text, f"fix the consumer, and have SQS move them back: {again}", data)]
    text = f"{count} in {queue.name}: events that did not reach their target"
    return [StatusFinding(_QUEUE, "WRONG", text, f"saasus-events dlq list {queue.name}", data)]


def _check_log_group(clients: AwsClients, group: str, routes: Sequence[LoggedBy]) -> list[StatusFinding]:
    """Check when the last event arrived in a log group.

    An empty group is judged by the filters of its rules: if they leave out the test event, it is not a fault.
    """
    nothing = {"log_group": group, "time": None}
    try:
        line = newest_line(clients, group)
    except NotThere as error:
        if not routes:
            raise
        step = f"deploy the stack of {routes[0].rule_names} again, which creates the log group"
        return [StatusFinding(LAST_EVENT, "WRONG", printable(str(error)), step, nothing)]
    if line is not None:
        event = event_in(line.message)
        data = {
            "log_group": group,
            "time": in_utc(line.time),
            "event_type": None if event is None else event.event_type,
            "trace_id": None if event is None else event.trace_id,
        }
        text = f"{in_utc(line.time)}  {words_of_line(line.message)}  (in {group})"
        return [StatusFinding(LAST_EVENT, "ok", text, data=data)]
    if routes and not any(route.takes_test_events for route in routes):
        names = ", ".join(route.rule_names for route in routes)
        text = f"none yet in {group}: its filter leaves out SaaSus's test event, and no other event came ({names})"
        return [StatusFinding(LAST_EVENT, "note", text, data=nothing)]
    step = f"saasus-events send-test --wait --log-group {group}"
    return [StatusFinding(LAST_EVENT, "WRONG", f"none yet in {group}", step, nothing)]


def _guarded(part: str, needed: str, look: Callable[[], list[StatusFinding]]) -> list[StatusFinding]:
    """Return what a check finds, or that it could not run.

    Args:
        part: What is checked.
        needed: The permissions that the check needs.
        look: The check.
    """
    try:
        return look()
    except SaasusEventsError as error:
        return [StatusFinding(part, "unknown", printable(str(error)), allow_step(needed))]
