"""The checks of `saasus-events status`: along the path of an event, from SaaSus's setting to the log group.

Each check returns what it found. If AWS or SaaSus refuses to show something, that becomes a finding too, and the other
checks still run.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.logs import newest_line
from constructs_lib.cli.aws.queues import queue_at
from constructs_lib.cli.aws.rules import LoggedBy, logged_by, rules_of
from constructs_lib.cli.aws.session import NotThere, aws_errors, caller_account, error_code, in_words, region_in_use
from constructs_lib.cli.aws.stack import dead_letter_queues_of, read_stack
from constructs_lib.cli.findings import StatusFinding, add_route_step, deploy_step
from constructs_lib.cli.saasus_access import saasus_api
from constructs_lib.cli.screen.events import event_in, words_of_line
from constructs_lib.cli.screen.lines import counted, printable
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.filters.limits import WILDCARD_RULES_PER_BUS
from constructs_lib.runtime.event_source import event_sources
from constructs_lib.runtime.saasus_api import EventBridgeSettings
from constructs_lib.runtime.saasus_errors import InvalidCredentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from constructs_lib.cli.aws.rules import BusRule
    from constructs_lib.cli.aws.session import AwsClients

PERMISSIONS: Final = (
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "events:DescribeEventBus",
    "events:DescribeEventSource",
    "events:ListEventSources",
    "events:ListRules",
    "events:ListTargetsByRule",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "secretsmanager:GetSecretValue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueues",
    "sts:GetCallerIdentity",
)
"""What it takes to check the path of an event, with SaaSus's credentials in a secret."""

_SETTING: Final = "SaaSus setting"
_ACCOUNT: Final = "AWS account"
_SOURCE: Final = "Event source"
_BUS: Final = "Event bus"
_RULES: Final = "Rules"
_QUEUE: Final = "Dead letters"
_LOG: Final = "Last event"
_STACK: Final = "Stack"

_AGAIN: Final = "then run saasus-events status again"


@dataclass(frozen=True)
class Checked:
    """Everything that was found, in the order of an event's path."""

    account: str | None
    """The account that was checked; None if it is unknown."""
    region: str | None
    findings: tuple[StatusFinding, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done."""
        return all(finding.is_fine for finding in self.findings)


@dataclass(frozen=True)
class _Here:
    """The account and region of the command."""

    account: str | None
    region: str | None
    problem: StatusFinding | None = None
    """Why AWS cannot be checked. Default: it can."""


@dataclass(frozen=True)
class _Ends:
    """Where events end up."""

    routes: Mapping[str, Sequence[LoggedBy]]
    """The rules that send to a log group, by the group's name."""
    log_groups: tuple[str, ...]
    queues: tuple[str, ...]
    """Names, URLs or ARNs of dead-letter queues, each queue once."""


def check(options: argparse.Namespace, clients: AwsClients) -> Checked:
    """Run every check, in the order of an event's path.

    Args:
        options: The options of `status`.
        clients: The clients of AWS.
    """
    here = _here(options.account, clients)
    findings = [here.problem] if here.problem else []
    findings.append(_check_setting(options, clients, here))
    if not here.problem:
        rules, of_sources = _check_sources(clients, here, options.source or "")
        ends, of_stacks = _find_ends(clients, rules, options.stacks, options.log_groups)
        findings += of_sources + of_stacks
        for queue in ends.queues:
            findings += _guarded(_QUEUE, "sqs:GetQueueAttributes", partial(_check_queue, clients, queue))
        for group in ends.log_groups:
            look = partial(_check_log_group, clients, group, ends.routes.get(group, ()))
            findings += _guarded(_LOG, "logs:FilterLogEvents", look)
    return Checked(here.account, here.region, tuple(findings))


def what_is_wrong(options: argparse.Namespace, clients: AwsClients, group: str) -> list[StatusFinding]:
    """Return what is wrong on the path of an event that did not reach a log group, apart from the empty group."""
    asked = {"account": None, "source": None, "stacks": [], **vars(options), "log_groups": [group]}
    findings = check(argparse.Namespace(**asked), clients).findings
    return [finding for finding in findings if not finding.is_fine and finding.part != _LOG]


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
        return [StatusFinding(part, "unknown", printable(str(error)), _allow(needed))]


def _allow(needed: str) -> str:
    return f"get {needed} allowed, or choose another --profile; {_AGAIN}"


# ---------------------------------------------------------------------- where we are, and where SaaSus sends


def _here(account: str | None, clients: AwsClients) -> _Here:
    """Return the account and region, and whether AWS can be checked."""
    region = None
    try:
        region = region_in_use(clients)
        caller = caller_account(clients)
    except SaasusEventsError as error:
        step = f"log in to AWS, or pass --profile and --region; {_AGAIN}"
        return _Here(account, region, StatusFinding(_ACCOUNT, "unknown", str(error), step))
    if account not in (None, caller):
        text = f"the AWS credentials are for account {caller}, not {account}, which therefore cannot be checked"
        step = f"choose a --profile of account {account}; {_AGAIN}"
        return _Here(account, region, StatusFinding(_ACCOUNT, "WRONG", text, step))
    return _Here(caller, region)


def _check_setting(options: argparse.Namespace, clients: AwsClients, here: _Here) -> StatusFinding:
    try:
        current = saasus_api(options, clients).get_settings()
    except InvalidCredentials as error:
        step = f"set SAASUS_SAAS_ID, SAASUS_API_KEY, and SAASUS_SECRET_KEY, or pass --secret NAME; {_AGAIN}"
        return StatusFinding(_SETTING, "unknown", str(error), step)
    except SaasusEventsError as error:
        return StatusFinding(_SETTING, "unknown", printable(str(error)), f"fix what this says about SaaSus; {_AGAIN}")
    if current is None:
        text = "nothing is saved, so SaaSus sends no events"
        return StatusFinding(_SETTING, "WRONG", text, "saasus-events connect", {"setting": None})
    there = printable(in_words(current))
    data = {"setting": {"aws_account_id": current.aws_account_id, "aws_region": current.aws_region}}
    if here.account is None or here.region is None:
        text = f"SaaSus sends to {there}; whether that is this account is unknown"
        return StatusFinding(
            _SETTING, "unknown", text, f"log in to AWS, or pass --account and --region; {_AGAIN}", data
        )
    ours = EventBridgeSettings(here.account, here.region)
    if current == ours:
        return StatusFinding(_SETTING, "ok", f"SaaSus sends to {there}", data=data)
    look = "saasus-events status, with AWS credentials of that account"
    if current.aws_account_id == ours.aws_account_id:
        look = f"saasus-events status --region {printable(current.aws_region)}"
    step = f"look there: {look}; or bring the events here: saasus-events connect --take-over"
    return StatusFinding(_SETTING, "WRONG", f"SaaSus sends to {there}, not to {in_words(ours)}", step, data)


# ---------------------------------------------------------------------- the source, its bus and its rules


def _check_sources(
    clients: AwsClients, here: _Here, wanted: str
) -> tuple[dict[str, tuple[BusRule, ...]], list[StatusFinding]]:
    """Check the event sources, each with its bus and rules; return the rules by bus, and what was found.

    Args:
        clients: The clients of AWS.
        here: The account and region.
        wanted: The only source to check; empty for all of SaaSus's.
    """
    rules: dict[str, tuple[BusRule, ...]] = {}
    findings: list[StatusFinding] = []
    try:
        with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
            seen = event_sources(clients.of("events"))
    except SaasusEventsError as error:
        findings.append(StatusFinding(_SOURCE, "unknown", str(error), _allow("events:ListEventSources")))
        # If its name is known, the rest can still be checked.
        seen = {wanted: "unknown"} if wanted else {}
        if not seen:
            return rules, findings
    chosen = {name: state for name, state in sorted(seen.items()) if wanted in ("", name)}
    if not chosen:
        findings.append(_no_source(here, wanted, len(seen)))
    elif len(chosen) > 1:
        findings.append(
            StatusFinding(_SOURCE, "note", f"there are {len(chosen)}; to check only one, pass --source NAME")
        )
    for name, state in chosen.items():
        has_bus, bus_findings = _look_for_bus(clients, name, state)
        findings += _check_source(clients, name, state, has_bus=has_bus)
        findings += bus_findings
        if has_bus is not False:
            # Even if the bus itself cannot be seen, its rules may be.
            rules[name], found = _look_for_rules(clients, name)
            findings.append(found)
    return rules, findings


def _no_source(here: _Here, wanted: str, others: int) -> StatusFinding:
    what = f"{wanted} does not exist" if wanted else "SaaSus has no event source"
    rest = f"; others: {others}" if others else ""
    return StatusFinding(
        _SOURCE,
        "WRONG",
        f"{what} in account {here.account}, region {here.region}{rest}",
        "saasus-events connect, which waits for it",
        {"name": wanted or None, "source_state": None},
    )


def _check_source(clients: AwsClients, name: str, state: str, *, has_bus: bool | None) -> list[StatusFinding]:
    data: dict[str, Any] = {"name": name, "source_state": state}
    if state == "ACTIVE":
        return [StatusFinding(_SOURCE, "ok", f"{name} is ACTIVE", data=data)]
    if state == "DELETED":
        text = f"{name} is DELETED: SaaSus removed it; its bus and rules get nothing until SaaSus creates it again"
        return [
            StatusFinding(_SOURCE, "WRONG", text, "saasus-events connect --yes, which saves the setting again", data)
        ]
    if state != "PENDING":
        return []
    expires = _expires(clients, name)
    data["expires"] = None if expires is None else in_utc(expires)
    until = "in about two weeks" if expires is None else f"on {in_utc(expires)}"
    why, step = (
        ("it is deactivated, so its events are dropped", f"aws events activate-event-source --name {name}")
        if has_bus
        else ("it has no event bus, so its events are dropped", deploy_step(name))
    )
    return [StatusFinding(_SOURCE, "WRONG", f"{name} is PENDING: {why}; AWS deletes it {until}", step, data)]


def _expires(clients: AwsClients, name: str) -> datetime | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        described = clients.of("events").describe_event_source(Name=name)
    except (BotoCoreError, ClientError):
        return None
    expires: datetime | None = described.get("ExpirationTime")
    return expires


def _look_for_bus(clients: AwsClients, name: str, state: str) -> tuple[bool | None, list[StatusFinding]]:
    """Return whether the source has an event bus (None if AWS does not say), and what to report about that."""
    from botocore.exceptions import ClientError

    try:
        with aws_errors(f"The event bus {name} cannot be seen", "events:DescribeEventBus"):
            try:
                clients.of("events").describe_event_bus(Name=name)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                text, data = "no event bus has the source's name", {"name": name, "exists": False}
                wrong = [] if state == "DELETED" else [StatusFinding(_BUS, "WRONG", text, deploy_step(name), data)]
                return False, wrong
    except SaasusEventsError as error:
        return None, [StatusFinding(_BUS, "unknown", str(error), _allow("events:DescribeEventBus"))]
    return True, [StatusFinding(_BUS, "ok", "exists, with the source's name", data={"name": name, "exists": True})]


def _look_for_rules(clients: AwsClients, bus: str) -> tuple[tuple[BusRule, ...], StatusFinding]:
    """Return the rules of a bus (empty if AWS does not list them), and what to report about them."""
    try:
        rules = rules_of(clients, bus)
    except SaasusEventsError as error:
        step = _allow("events:ListRules and events:ListTargetsByRule")
        return (), StatusFinding(_RULES, "unknown", printable(str(error)), step)
    return rules, _check_rules(bus, rules)


def _check_rules(bus: str, every_rule: Sequence[BusRule]) -> StatusFinding:
    rules = [rule for rule in every_rule if not rule.is_managed]
    enabled = [rule for rule in rules if rule.enabled]
    to_nowhere = [rule.name for rule in enabled if not rule.targets]
    targets = sum(len(rule.targets) for rule in rules)
    wildcards = sum(rule.has_wildcard for rule in every_rule)
    limit = WILDCARD_RULES_PER_BUS
    text = f"{len(rules)}, {len(enabled)} enabled, {counted(targets, 'target')}; {wildcards} of {limit} with a wildcard"
    data = {
        "bus": bus,
        "count": len(rules),
        "enabled": len(enabled),
        "targets": targets,
        "without_targets": to_nowhere,
        "wildcard_rules": wildcards,
        "wildcard_limit": limit,
    }
    if not rules:
        return StatusFinding(_RULES, "WRONG", "none: events reach the bus and go nowhere", add_route_step(bus), data)
    if not enabled:
        step = f"aws events enable-rule --event-bus-name {bus} --name {rules[0].name}"
        return StatusFinding(_RULES, "WRONG", f"{text}: no event goes anywhere", step, data)
    if to_nowhere:
        step = f"deploy the stack of {to_nowhere[0]} again, which gives it its targets"
        return StatusFinding(_RULES, "WRONG", f"{text}; without a target: {', '.join(to_nowhere)}", step, data)
    off = ", ".join(rule.name for rule in rules if not rule.enabled)
    return StatusFinding(_RULES, "note" if off else "ok", f"{text}; disabled: {off}" if off else text, data=data)


# ---------------------------------------------------------------------- where events end


def _find_ends(
    clients: AwsClients, rules: Mapping[str, tuple[BusRule, ...]], stacks: Iterable[str], log_groups: Iterable[str]
) -> tuple[_Ends, list[StatusFinding]]:
    """Choose the queues and log groups to check: those that the options name, or else those of all rules.

    Args:
        clients: The clients of AWS.
        rules: The rules that were seen, by bus.
        stacks: The stacks whose queues and log groups are checked.
        log_groups: Further log groups to check.
    """
    routes: dict[str, list[LoggedBy]] = {}
    for bus, of_bus in rules.items():
        for route in logged_by(bus, of_bus):
            routes.setdefault(route.group, []).append(route)
    queues = [queue for of_bus in rules.values() for rule in of_bus for queue in rule.dead_letter_queues]
    groups, of_stacks, findings = list(log_groups), None, []
    for stack in dict.fromkeys(stacks):
        try:
            resources = read_stack(clients, stack)
            own_queues = dead_letter_queues_of(clients, resources)
        except NotThere as error:
            step = f"correct --stack {stack}, or pass the --region and --profile that it is in"
            findings.append(StatusFinding(_STACK, "WRONG", str(error), step, {"stack": stack, "exists": False}))
            continue
        except SaasusEventsError as error:
            step = f"get cloudformation:ListStackResources and DescribeStacks allowed; {_AGAIN}"
            findings.append(StatusFinding(_STACK, "unknown", printable(str(error)), step, {"stack": stack}))
            continue
        of_stacks = [*(of_stacks or ()), *own_queues]
        # A group that no rule sends to belongs to a function, or to a route that was not seen.
        own = resources.of_type("AWS::Logs::LogGroup").values()
        groups += [group for group in own if group in routes] or resources.event_log_groups
    chosen = dict.fromkeys(groups if groups or of_stacks is not None else routes)
    if not chosen:
        text = "not seen: none of the rules seen sends to a log group; to name one, pass --log-group"
        findings.append(StatusFinding(_LOG, "note", text))
    # A rule knows a queue by its ARN, a stack by its URL.
    by_name = {_account_and_name(queue): queue for queue in (queues if of_stacks is None else of_stacks)}
    return _Ends(routes, tuple(chosen), tuple(by_name.values())), findings


def _account_and_name(queue: str) -> tuple[str, ...]:
    """Return what the ARN and the URL of a queue have in common."""
    return tuple(queue.split(":" if queue.startswith("arn:") else "/")[-2:])


def _check_queue(clients: AwsClients, named: str) -> list[StatusFinding]:
    queue = queue_at(clients, named)
    with aws_errors(f"The queue {queue.name!r} cannot be read", "sqs:GetQueueAttributes on it"):
        attributes = queue.client.get_queue_attributes(
            QueueUrl=queue.url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
    count = sum(int(value) for value in attributes.values())
    data = {"queue": queue.name, "messages": count}
    if not count:
        return [StatusFinding(_QUEUE, "ok", f"none in {queue.name}", data=data)]
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
        return [StatusFinding(_LOG, "WRONG", printable(str(error)), step, nothing)]
    if line is not None:
        event = event_in(line.message)
        data = {
            "log_group": group,
            "time": in_utc(line.time),
            "event_type": None if event is None else event.event_type,
            "trace_id": None if event is None else event.trace_id,
        }
        text = f"{in_utc(line.time)}  {words_of_line(line.message)}  (in {group})"
        return [StatusFinding(_LOG, "ok", text, data=data)]
    if routes and not any(route.takes_test_events for route in routes):
        names = ", ".join(route.rule_names for route in routes)
        text = f"none yet in {group}: its filter leaves out SaaSus's test event, and no other event came ({names})"
        return [StatusFinding(_LOG, "note", text, data=nothing)]
    step = f"saasus-events send-test --wait --log-group {group}"
    return [StatusFinding(_LOG, "WRONG", f"none yet in {group}", step, nothing)]
