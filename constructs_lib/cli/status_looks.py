"""The looks that `saasus-events status` takes: along the way of an event, from SaaSus to the log group.

Each look stands for itself: what AWS or SaaSus refuses to show becomes a finding, and the others are taken all the
same.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws_place import caller_account, region_in_use, words
from constructs_lib.cli.aws_session import aws_errors, error_code
from constructs_lib.cli.bus_rules import rules_of
from constructs_lib.cli.event_log import newest_line
from constructs_lib.cli.event_text import event_in, event_words
from constructs_lib.cli.findings import Finding
from constructs_lib.cli.queue_address import queue_at
from constructs_lib.cli.saasus_access import saasus_api
from constructs_lib.cli.stack_resources import dead_letter_queue_of, event_log_group_of
from constructs_lib.cli.text_redaction import printable
from constructs_lib.cli.times import in_utc
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.filters.limits import WILDCARD_RULES_PER_BUS
from constructs_lib.functions.event_source import event_sources
from constructs_lib.runtime.saasus_api import EventBridgeSettings
from constructs_lib.runtime.saasus_errors import InvalidCredentials

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime

    from constructs_lib.cli.aws_session import AwsClients
    from constructs_lib.cli.bus_rules import BusRule

_SETTING: Final = "SaaSus setting"
_ACCOUNT: Final = "AWS account"
_SOURCE: Final = "Event source"
_BUS: Final = "Event bus"
_RULES: Final = "Rules"
_QUEUE: Final = "Dead letters"
_LOG: Final = "Last event"

_AGAIN: Final = "then run saasus-events status again"
_DEPLOY: Final = "cdk deploy -c saasus:eventSourceName="


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
        self._log_groups: dict[str, None] = {}
        self._queues: dict[str, None] = {}

    def take_all(self) -> None:
        """Take all looks."""
        can_see = self._place()
        self._setting()
        if not can_see:
            return
        self._sources()
        self._of_the_stack()
        for queue in self._queues:
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
                else ("it has no event bus, so its events are dropped", f"{_DEPLOY}{name}")
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
            self._found(Finding(_BUS, "WRONG", "no event bus has the source's name", f"{_DEPLOY}{name}", data))

    def _rules(self, bus: str) -> None:
        rules = rules_of(self._clients, bus)
        for rule in rules:
            self._log_groups |= dict.fromkeys(rule.log_groups)
            self._queues |= dict.fromkeys(rule.dead_letter_queues)
        self._found(_judged(bus, rules))

    # ------------------------------------------------------------------ where events end

    def _of_the_stack(self) -> None:
        stack, group = self._options.stack, self._options.log_group
        if group is not None:
            self._log_groups = {group: None}
        elif stack is not None:
            self._guarded(_LOG, lambda: self._use_log_of(stack), "cloudformation:ListStackResources")
        elif not self._log_groups:
            text = "not seen: no rule that was seen sends to a log group; --log-group names one"
            self._found(Finding(_LOG, "note", text))
        if stack is not None:
            self._guarded(_QUEUE, lambda: self._use_queue_of(stack), "cloudformation:ListStackResources")

    def _use_log_of(self, stack: str) -> None:
        self._log_groups = {event_log_group_of(self._clients, stack): None}

    def _use_queue_of(self, stack: str) -> None:
        self._queues = {dead_letter_queue_of(self._clients, stack): None}

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
        line = newest_line(self._clients, group)
        if line is None:
            text = f"none yet in {group}"
            step = f"saasus-events send-test --wait --log-group {group}"
            self._found(Finding(_LOG, "WRONG", text, step, {"log_group": group, "time": None}))
            return
        event = event_in(line.message)
        what = "a line that is no event of SaaSus" if event is None else event_words(event)
        data = {
            "log_group": group,
            "time": in_utc(line.time),
            "event_type": None if event is None else event.event_type,
            "trace_id": None if event is None else event.trace_id,
        }
        self._found(Finding(_LOG, "ok", f"{in_utc(line.time)}  {what}  (in {group})", data=data))


def _judged(bus: str, rules: tuple[BusRule, ...]) -> Finding:
    enabled = [rule for rule in rules if rule.enabled]
    to_nowhere = [rule.name for rule in enabled if not rule.targets]
    targets = sum(len(rule.targets) for rule in rules)
    wildcards = sum(rule.has_wildcard for rule in rules)
    limit = WILDCARD_RULES_PER_BUS
    text = f"{len(rules)}, {len(enabled)} enabled, {targets} targets; {wildcards} of {limit} with a wildcard"
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
        return Finding(_RULES, "WRONG", "none: events reach the bus and go nowhere", f"{_DEPLOY}{bus}", data)
    if not enabled:
        step = f"aws events enable-rule --event-bus-name {bus} --name {rules[0].name}"
        return Finding(_RULES, "WRONG", f"{text}: no event goes anywhere", step, data)
    if to_nowhere:
        step = f"deploy the stack of {to_nowhere[0]} again, which gives it its targets"
        return Finding(_RULES, "WRONG", f"{text}; without a target: {', '.join(to_nowhere)}", step, data)
    off = ", ".join(rule.name for rule in rules if not rule.enabled)
    return Finding(_RULES, "note" if off else "ok", f"{text}; disabled: {off}" if off else text, data=data)
