"""The looks that `saasus-events status` takes: along the way of an event, from SaaSus to the log group.

Each look stands for itself: what AWS or SaaSus refuses to show becomes a finding, and the others are taken all the
same.
"""

from __future__ import annotations

import argparse
import functools
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.logs import UnreadableLogGroup, newest_line
from constructs_lib.cli.aws.queues import queue_at
from constructs_lib.cli.aws.rules import LoggedBy, logged_by, rules_of
from constructs_lib.cli.aws.session import aws_errors, caller_account, error_code, region_in_use, words
from constructs_lib.cli.aws.stack import NoSuchStack, dead_letter_queues_of, read_stack
from constructs_lib.cli.findings import Finding, add_route_step, deploy_step
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
    from collections.abc import Callable
    from datetime import datetime

    from constructs_lib.cli.aws.rules import BusRule
    from constructs_lib.cli.aws.session import AwsClients

_SETTING: Final = "SaaSus setting"
_ACCOUNT: Final = "AWS account"
_SOURCE: Final = "Event source"
_BUS: Final = "Event bus"
_RULES: Final = "Rules"
_QUEUE: Final = "Dead letters"
_LOG: Final = "Last event"
_STACK: Final = "Stack"

_AGAIN: Final = "then run saasus-events status again"


class StatusLooks:
    """Takes the looks, one after the other.

    Args:
        options: The command line's.
        clients: Clients of AWS.
    """

    def __init__(self, options: argparse.Namespace, clients: AwsClients) -> None:
        self.findings: list[Finding] = []
        self.account: str | None = options.account
        self.region: str | None = None
        self._options = options
        self._clients = clients
        self._routes: dict[str, list[LoggedBy]] = {}
        """What sends to a log group, by the group's name."""
        self._log_groups: dict[str, None] = {}
        self._queues: dict[str, str] = {}
        """ARNs or URLs of queues by what they have in common: a queue can be known by both."""

    def take_all(self) -> None:
        """Take all looks."""
        can_see = self._place()
        self._setting()
        if not can_see:
            return
        self._sources()
        self._of_the_stacks()
        for queue in self._queues.values():
            self._guarded(_QUEUE, functools.partial(self._dead_letters, queue), "sqs:GetQueueAttributes")
        for group in self._log_groups:
            self._guarded(_LOG, functools.partial(self._last_event, group), "logs:FilterLogEvents")

    def _found(self, *found: Finding) -> None:
        self.findings += found

    def _guarded(self, part: str, look: Callable[[], None], needed: str) -> None:
        try:
            look()
        except SaasusEventsError as error:
            step = f"have {needed} allowed, or choose another --profile; {_AGAIN}"
            self._found(Finding(part, "unknown", printable(str(error)), step))

    # ------------------------------------------------------------------ where we are, and where SaaSus sends

    def _place(self) -> bool:
        """Find out account and region, and whether AWS can be asked at all."""
        try:
            self.region = region_in_use(self._clients)
            caller = caller_account(self._clients)
        except SaasusEventsError as error:
            step = f"log in to AWS, or give --profile and --region; {_AGAIN}"
            self._found(Finding(_ACCOUNT, "unknown", str(error), step))
            return False
        if self.account not in (None, caller):
            text = f"the AWS credentials are of account {caller}, not of {self.account}: nothing there can be seen"
            self._found(Finding(_ACCOUNT, "WRONG", text, f"choose a --profile of account {self.account}; {_AGAIN}"))
            return False
        self.account = caller
        return True

    def _setting(self) -> None:
        try:
            current = saasus_api(self._options, self._clients).get_settings()
        except InvalidCredentials as error:
            step = f"set SAASUS_SAAS_ID, SAASUS_API_KEY and SAASUS_SECRET_KEY, or give --secret NAME; {_AGAIN}"
            self._found(Finding(_SETTING, "unknown", str(error), step))
        except SaasusEventsError as error:
            self._found(Finding(_SETTING, "unknown", printable(str(error)), f"mend what it says of SaaSus; {_AGAIN}"))
        else:
            self._found(self._compared(current))

    def _compared(self, current: EventBridgeSettings | None) -> Finding:
        if current is None:
            return Finding(
                _SETTING, "WRONG", "none is saved: SaaSus sends no events", "saasus-events connect", {"setting": None}
            )
        there = printable(words(current))
        data = {"setting": {"aws_account_id": current.aws_account_id, "aws_region": current.aws_region}}
        if self.account is None or self.region is None:
            text = f"sends to {there}; whether that is here cannot be told"
            return Finding(_SETTING, "unknown", text, f"log in to AWS, or give --account and --region; {_AGAIN}", data)
        here = EventBridgeSettings(self.account, self.region)
        if current == here:
            return Finding(_SETTING, "ok", f"sends to {there}", data=data)
        look = "saasus-events status with AWS credentials of that account"
        if current.aws_account_id == here.aws_account_id:
            look = f"saasus-events status --region {printable(current.aws_region)}"
        step = f"look there by {look}; or have the events here by saasus-events connect --take-over"
        return Finding(_SETTING, "WRONG", f"sends to {there}, and not to {words(here)}", step, data)

    # ------------------------------------------------------------------ the source and its bus

    def _sources(self) -> None:
        try:
            with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
                seen = event_sources(self._clients.of("events"))
        except SaasusEventsError as error:
            step = f"have events:ListEventSources allowed, or choose another --profile; {_AGAIN}"
            self._found(Finding(_SOURCE, "unknown", str(error), step))
            # A name that was given is enough for the rest.
            seen = {self._options.source: "unknown"} if self._options.source else {}
            if not seen:
                return
        wanted: str = self._options.source or ""
        chosen = {name: state for name, state in sorted(seen.items()) if wanted in ("", name)}
        if not chosen:
            self._found(self._no_source(wanted, len(seen)))
        elif len(chosen) > 1:
            text = f"there are {len(chosen)}; --source NAME looks at one"
            self._found(Finding(_SOURCE, "note", text))
        for name, state in chosen.items():
            self._source(name, state)

    def _no_source(self, wanted: str, others: int) -> Finding:
        what = f"there is no {wanted}" if wanted else "there is none of SaaSus"
        rest = f"; there are {others} others" if others else ""
        return Finding(
            _SOURCE,
            "WRONG",
            f"{what} in account {self.account}, region {self.region}{rest}",
            "saasus-events connect, which waits for it",
            {"name": wanted or None, "source_state": None},
        )

    def _source(self, name: str, state: str) -> None:
        has_bus = self._has_bus(name)
        data: dict[str, Any] = {"name": name, "source_state": state}
        if state == "ACTIVE":
            self._found(Finding(_SOURCE, "ok", f"{name} is ACTIVE", data=data))
        elif state == "PENDING":
            expires = self._expires(name)
            data["expires"] = None if expires is None else in_utc(expires)
            until = "in about two weeks" if expires is None else f"on {in_utc(expires)}"
            why, step = (
                ("it is deactivated, so its events are dropped", f"aws events activate-event-source --name {name}")
                if has_bus
                else ("it has no event bus, so its events are dropped", deploy_step(name))
            )
            self._found(Finding(_SOURCE, "WRONG", f"{name} is PENDING: {why}; AWS deletes it {until}", step, data))
        elif state == "DELETED":
            text = f"{name} is DELETED: SaaSus took it away; bus and rules get nothing until it is made anew"
            self._found(
                Finding(_SOURCE, "WRONG", text, "saasus-events connect --yes, which saves the setting anew", data)
            )
        if has_bus is not None:
            self._bus(name, state, has_bus=has_bus)

    def _has_bus(self, name: str) -> bool | None:
        """Tell whether the source has an event bus; None when AWS does not tell."""
        from botocore.exceptions import ClientError

        try:
            with aws_errors(f"The event bus {name} cannot be seen", "events:DescribeEventBus"):
                try:
                    self._clients.of("events").describe_event_bus(Name=name)
                except ClientError as error:
                    if error_code(error) != "ResourceNotFoundException":
                        raise
                    return False
        except SaasusEventsError as error:
            step = f"have events:DescribeEventBus allowed, or choose another --profile; {_AGAIN}"
            self._found(Finding(_BUS, "unknown", str(error), step))
            # Its rules may be seen all the same.
            self._guarded(_RULES, lambda: self._rules(name), "events:ListRules and events:ListTargetsByRule")
            return None
        return True

    def _expires(self, name: str) -> datetime | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            described = self._clients.of("events").describe_event_source(Name=name)
        except (BotoCoreError, ClientError):
            return None
        expires: datetime | None = described.get("ExpirationTime")
        return expires

    def _bus(self, name: str, state: str, *, has_bus: bool) -> None:
        data = {"name": name, "exists": has_bus}
        if has_bus:
            self._found(Finding(_BUS, "ok", "there, of the source's name", data=data))
            self._guarded(_RULES, lambda: self._rules(name), "events:ListRules and events:ListTargetsByRule")
        elif state != "DELETED":
            self._found(Finding(_BUS, "WRONG", "no event bus has the source's name", deploy_step(name), data))

    def _rules(self, bus: str) -> None:
        rules = rules_of(self._clients, bus)
        for rule in rules:
            self._queues |= {_queue_key(queue): queue for queue in rule.dead_letter_queues}
        for route in logged_by(bus, rules):
            self._log_groups[route.group] = None
            self._routes.setdefault(route.group, []).append(route)
        self._found(_judged(bus, rules))

    # ------------------------------------------------------------------ where events end

    def _of_the_stacks(self) -> None:
        """Choose the queues and log groups to look at: those of the stacks that are named, or else of all rules."""
        groups: list[str] = list(self._options.log_groups)
        queues: dict[str, str] = {}
        read = 0
        for stack in dict.fromkeys(self._options.stacks):
            try:
                resources = read_stack(self._clients, stack)
                queues |= {_queue_key(queue): queue for queue in dead_letter_queues_of(self._clients, resources)}
            except NoSuchStack as error:
                step = f"correct --stack {stack}, or give the --region and --profile where it is"
                self._found(Finding(_STACK, "WRONG", str(error), step, {"stack": stack, "exists": False}))
                continue
            except SaasusEventsError as error:
                step = f"have cloudformation:ListStackResources and DescribeStacks allowed; {_AGAIN}"
                self._found(Finding(_STACK, "unknown", printable(str(error)), step, {"stack": stack}))
                continue
            read += 1
            # A group that no rule sends to is a function's, or is not seen to be a route's.
            own = list(resources.of_type("AWS::Logs::LogGroup").values())
            groups += [group for group in own if group in self._routes] or resources.event_log_groups
        if groups or read:
            self._log_groups = dict.fromkeys(groups)
        if read:
            self._queues = queues
        if not self._log_groups:
            text = "not seen: no rule that was seen sends to a log group; --log-group names one"
            self._found(Finding(_LOG, "note", text))

    def _dead_letters(self, named: str) -> None:
        queue = queue_at(self._clients, named)
        with aws_errors(f"The queue {queue.name!r} cannot be looked at", "sqs:GetQueueAttributes on it"):
            attributes = queue.client.get_queue_attributes(
                QueueUrl=queue.url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )["Attributes"]
        count = sum(int(value) for value in attributes.values())
        data = {"queue": queue.name, "messages": count}
        if count:
            text = f"{count} in {queue.name}: events that did not reach their target"
            self._found(Finding(_QUEUE, "WRONG", text, f"saasus-events dlq list {queue.name}", data))
        else:
            self._found(Finding(_QUEUE, "ok", f"none in {queue.name}", data=data))

    def _last_event(self, group: str) -> None:
        try:
            line = newest_line(self._clients, group)
        except UnreadableLogGroup as error:
            if group not in self._routes:
                raise
            step = f"deploy the stack of {self._routes[group][0].rule_names} again, which makes the log group"
            self._found(Finding(_LOG, "WRONG", printable(str(error)), step, {"log_group": group, "time": None}))
            return
        if line is None:
            self._found(self._no_event_yet(group))
            return
        event = event_in(line.message)
        what = words_of_line(line.message)
        data = {
            "log_group": group,
            "time": in_utc(line.time),
            "event_type": None if event is None else event.event_type,
            "trace_id": None if event is None else event.trace_id,
        }
        self._found(Finding(_LOG, "ok", f"{in_utc(line.time)}  {what}  (in {group})", data=data))

    def _no_event_yet(self, group: str) -> Finding:
        """Judge an empty log group by what its rules let in: where test events are not among it, silence is no sign."""
        data = {"log_group": group, "time": None}
        routes = self._routes.get(group, [])
        if routes and not any(route.takes_test_events for route in routes):
            names = ", ".join(route.rule_names for route in routes)
            text = f"none yet in {group}: its filter leaves SaaSus's test event out, and no other event came ({names})"
            return Finding(_LOG, "note", text, data=data)
        step = f"saasus-events send-test --wait --log-group {group}"
        return Finding(_LOG, "WRONG", f"none yet in {group}", step, data)


def what_is_wrong(options: argparse.Namespace, clients: AwsClients, group: str) -> list[Finding]:
    """Look along the way of an event that did not come into a log group; that the group is empty is no answer."""
    asked = {"account": None, "source": None, "stacks": [], **vars(options), "log_groups": [group]}
    looks = StatusLooks(argparse.Namespace(**asked), clients)
    looks.take_all()
    return [finding for finding in looks.findings if not finding.is_fine and finding.part != _LOG]


def _queue_key(queue: str) -> str:
    """Give what an ARN and a URL of the same queue have in common."""
    return "/".join(queue.split(":")[-2:]) if queue.startswith("arn:") else "/".join(queue.split("/")[-2:])


def _judged(bus: str, every_rule: tuple[BusRule, ...]) -> Finding:
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
        return Finding(_RULES, "WRONG", "none: events reach the bus and go nowhere", add_route_step(bus), data)
    if not enabled:
        step = f"aws events enable-rule --event-bus-name {bus} --name {rules[0].name}"
        return Finding(_RULES, "WRONG", f"{text}: no event goes anywhere", step, data)
    if to_nowhere:
        step = f"deploy the stack of {to_nowhere[0]} again, which gives it its targets"
        return Finding(_RULES, "WRONG", f"{text}; without a target: {', '.join(to_nowhere)}", step, data)
    off = ", ".join(rule.name for rule in rules if not rule.enabled)
    return Finding(_RULES, "note" if off else "ok", f"{text}; disabled: {off}" if off else text, data=data)
