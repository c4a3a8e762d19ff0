"""The rules of an event bus, and where they send its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors
from constructs_lib.events.json_values import read_json
from constructs_lib.filters.complexity import has_wildcard

if TYPE_CHECKING:
    from constructs_lib.cli.aws.session import AwsClients

_LOG_GROUP: Final = ":log-group:"


@dataclass(frozen=True)
class BusRule:
    """One rule of a bus."""

    name: str
    enabled: bool
    pattern: str
    """Its event pattern, JSON; empty for a schedule."""
    is_managed: bool
    """Whether it is one of AWS's own, such as an archive's."""
    targets: tuple[str, ...]
    """The ARNs of what it sends to."""
    dead_letter_queues: tuple[str, ...]
    """The ARNs of its targets' dead-letter queues."""

    @property
    def has_wildcard(self) -> bool:
        """Whether it counts against the bus's quota of wildcard rules."""
        return _counts_as_wildcard(self.pattern)

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The names of the log groups that it sends to."""
        found = (arn.partition(_LOG_GROUP)[2].removesuffix(":*") for arn in self.targets if _LOG_GROUP in arn)
        return tuple(found)


def rules_of(clients: AwsClients, bus: str) -> tuple[BusRule, ...]:
    """Give all rules of a bus.

    Raises:
        AwsRefused: AWS does not list them.
    """
    events = clients.of("events")
    with aws_errors(f"The rules of {bus} cannot be listed", "events:ListRules and events:ListTargetsByRule"):
        pages = events.get_paginator("list_rules").paginate(EventBusName=bus)
        return tuple(_rule(events, bus, listed) for page in pages for listed in page["Rules"])


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


def _counts_as_wildcard(pattern: str) -> bool:
    try:
        return has_wildcard(read_json(pattern))
    except (ValueError, AttributeError, TypeError):
        return False  # a schedule, or a rule that somebody else wrote in a form of the future
