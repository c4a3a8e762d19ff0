"""The rules of an event bus, where they send its events, and which log groups get SaaSus's test event from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors
from constructs_lib.events.decoded_event import decode
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.events.operations import operations
from constructs_lib.events.source_name import EXAMPLE, PREFIX
from constructs_lib.filters.ruler.complexity import has_wildcard
from constructs_lib.filters.ruler.matcher import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.cli.aws.session import AwsClients

_LOG_GROUP: Final = ":log-group:"


@dataclass(frozen=True)
class BusRule:
    """One rule of a bus."""

    name: str
    enabled: bool
    pattern: str
    """Its event pattern, as JSON; empty for a schedule."""
    is_managed: bool
    """Whether AWS manages it, such as the rule of an archive."""
    targets: tuple[str, ...]
    """The ARNs of its targets."""
    dead_letter_queues: tuple[str, ...]
    """The ARNs of its targets' dead-letter queues."""

    @property
    def has_wildcard(self) -> bool:
        """Whether it counts against the bus's quota of wildcard rules."""
        return has_wildcard(self.pattern)

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The names of the log groups that it sends to."""
        found = (arn.partition(_LOG_GROUP)[2].removesuffix(":*") for arn in self.targets if _LOG_GROUP in arn)
        return tuple(found)


@dataclass(frozen=True)
class LoggedBy:
    """A log group, and the enabled rules of a bus that send to it."""

    group: str
    bus: str
    rules: tuple[BusRule, ...]

    @property
    def takes_test_events(self) -> bool:
        """Whether the event of "Send test" arrives in the group; also true if a pattern cannot be read."""
        return any(_takes_test_event(rule.pattern, self.bus) for rule in self.rules)

    @property
    def rule_names(self) -> str:
        """The rules, in words."""
        names = [rule.name for rule in self.rules]
        return f"the rule {names[0]}" if len(names) == 1 else f"the rules {', '.join(names)}"


def rules_of(clients: AwsClients, bus: str) -> tuple[BusRule, ...]:
    """Return all rules of a bus.

    Raises:
        AwsRefused: AWS does not list them.
    """
    events = clients.of("events")
    with aws_errors(f"The rules of {bus} cannot be listed", "events:ListRules and events:ListTargetsByRule"):
        pages = events.get_paginator("list_rules").paginate(EventBusName=bus)
        return tuple(_rule(events, bus, listed) for page in pages for listed in page["Rules"])


def logged_by(bus: str, rules: Iterable[BusRule]) -> list[LoggedBy]:
    """Return the log groups that the enabled rules of a bus send to."""
    senders: dict[str, list[BusRule]] = {}
    for rule in rules:
        for group in rule.log_groups if rule.enabled else ():
            senders.setdefault(group, []).append(rule)
    return [LoggedBy(group, bus, tuple(found)) for group, found in senders.items()]


def _rule(events: Any, bus: str, listed: dict[str, Any]) -> BusRule:
    name = listed["Name"]
    pages = events.get_paginator("list_targets_by_rule").paginate(Rule=name, EventBusName=bus)
    targets = [target for page in pages for target in page["Targets"]]
    queues = (target.get("DeadLetterConfig", {}).get("Arn") for target in targets)
    return BusRule(
        name=name,
        enabled=str(listed.get("State", "")).startswith("ENABLED"),
        pattern=listed.get("EventPattern", ""),
        is_managed=bool(listed.get("ManagedBy")),
        targets=tuple(target["Arn"] for target in targets),
        dead_letter_queues=tuple(queue for queue in queues if queue),
    )


def _takes_test_event(pattern: str, bus: str) -> bool:
    from constructs_lib.testing.samples import sample_event

    operation = operations.integration.create_eventbridge_test_event
    event = sample_event(operation, source=bus if bus.startswith(PREFIX) else EXAMPLE)
    forms = [event] if bus.startswith(PREFIX) else [event, decode(event)]
    try:
        return bool(pattern) and any(matches(pattern, form) for form in forms)
    except SaasusEventsError:
        return True
