"""Which log groups the rules of a bus write to, and whether SaaSus's test event is among what they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.events.operations import operations
from constructs_lib.events.source_name import EXAMPLE, PREFIX
from constructs_lib.filters.ruler.matcher import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.cli.aws.rules import BusRule


@dataclass(frozen=True)
class LoggedBy:
    """A log group, and the enabled rules of a bus that send to it."""

    group: str
    bus: str
    rules: tuple[BusRule, ...]

    @property
    def takes_test_events(self) -> bool:
        """Whether the event of "Send test" comes into the group; also where a pattern cannot be read."""
        return any(_takes_test_event(rule.pattern, self.bus) for rule in self.rules)

    @property
    def rule_names(self) -> str:
        """The rules, in words."""
        names = [rule.name for rule in self.rules]
        return f"the rule {names[0]}" if len(names) == 1 else f"the rules {', '.join(names)}"


def logged_by(bus: str, rules: Iterable[BusRule]) -> list[LoggedBy]:
    """Give the log groups that the enabled rules of a bus send to."""
    senders: dict[str, list[BusRule]] = {}
    for rule in rules:
        for group in rule.log_groups if rule.enabled else ():
            senders.setdefault(group, []).append(rule)
    return [LoggedBy(group, bus, tuple(found)) for group, found in senders.items()]


def _takes_test_event(pattern: str, bus: str) -> bool:
    from constructs_lib.testing.samples import sample_event

    operation = operations.integration.create_eventbridge_test_event
    event = sample_event(operation, source=bus if bus.startswith(PREFIX) else EXAMPLE)
    try:
        return bool(pattern) and matches(pattern, event)
    except SaasusEventsError:
        return True
