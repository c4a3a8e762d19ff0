"""Metrics of EventBridge: what AWS/Events counts, and for which rule and bus.

AWS: user guide, "Monitoring Amazon EventBridge".
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDWATCH
from constructs_lib.local.adapter.replacements import extends

_counted: tuple[Any, str] = (None, "")
"""The event and the bus that were counted last: each event counts once for its bus."""


def rule_dimensions(bus: str, rule: str) -> dict[str, str]:
    """Return a rule's dimensions, which do not name the bus if it is the default one."""
    return {"RuleName": rule} if bus == "default" else {"EventBusName": bus, "RuleName": rule}


def count(metric: str, dimensions: dict[str, str]) -> None:
    """Add one to a metric of AWS/Events."""
    CLOUDWATCH.record_metric("AWS/Events", metric, 1, "Count", dimensions)


@extends("services.eventbridge._matches_pattern_view")
def _matches(original: Any, pattern_str: str, view: Any, owner: str = "rule") -> bool:
    """Match an event, and count the rules that it matched and the events of each bus."""
    global _counted
    matched = bool(original(pattern_str, view, owner))
    if matched and owner.startswith("rule "):
        bus, _, name = owner.removeprefix("rule ").partition("|")
        for metric in ("MatchedEvents", "TriggeredRules"):
            count(metric, rule_dimensions(bus, name))
        if _counted[0] is not view or _counted[1] != bus:
            _counted = (view, bus)
            count("MatchedEvents", {"EventBusName": bus})
    return matched
