"""The EventBridge quotas that matter to a filter, and the source of each number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PATTERN_CHARACTERS: Final = 2048
"""Length of an event pattern: adjustable quota, page "Amazon EventBridge quotas"."""

PATTERN_CHARACTERS_MAXIMUM: Final = 4096
"""The length that the API itself takes (`EventPattern` in the service model), for accounts with a higher quota."""

OR_COMBINATIONS: Final = 1000
"""Combinations of the alternatives of all `$or` in a pattern: user guide, "Comparison operators"."""

WILDCARD_COMPLEXITY: Final = 10
"""By event-ruler's count. AWS names no number for "too complex" rules; reports suggest a limit near 10."""

WILDCARD_RULES_PER_BUS: Final = 30
"""Rules with a wildcard on one bus: not adjustable, page "Amazon EventBridge quotas"."""

WILDCARD_RULES_PER_BUS_WARNING: Final = 25
"""The number of such rules from which to warn: one more route with a derived name can take several."""

RULES_PER_BUS: Final = 300
"""Rules on one bus: adjustable quota, page "Amazon EventBridge quotas"."""

_FEWER_RULES_PER_BUS: Final = {"af-south-1": 100, "eu-south-1": 100}
"""Regions with a different quota of rules, on the same page."""

TARGETS_PER_RULE: Final = 5
"""Targets of one rule: not adjustable, `PutTargets` in the service model."""


def pattern_size(pattern: Mapping[str, Any]) -> int:
    """Return the length of a pattern as compact JSON, which is what the quotas count."""
    return len(json.dumps(pattern, ensure_ascii=False, separators=(",", ":")))


def rules_per_bus(region: str) -> int:
    """Return the default quota of rules on one bus in a region; for an unknown region, that of most regions."""
    return _FEWER_RULES_PER_BUS.get(region, RULES_PER_BUS)
