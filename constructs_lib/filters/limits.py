"""The quotas of EventBridge that a filter can meet, and where each number is from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PATTERN_CHARACTERS: Final = 2048
"""Length of an event pattern: soft quota, page "Amazon EventBridge quotas"."""

PATTERN_CHARACTERS_MAXIMUM: Final = 4096
"""The length that the API itself allows (`EventPattern` in the service model), when the quota was raised."""

WILDCARD_COMPLEXITY: Final = 10
"""By event-ruler's count. AWS refuses "too complex" rules without a number; reports fit a limit near 10."""

WILDCARD_RULES_PER_BUS: Final = 30
"""Rules with a wildcard on one bus: not adjustable, page "Amazon EventBridge quotas"."""

WILDCARD_RULES_PER_BUS_WARNING: Final = 25
"""From how many such rules on to warn: adding a route with a derived name can take several."""

RULES_PER_BUS: Final = 300
"""Rules on one bus: soft quota, page "Amazon EventBridge quotas"."""

_FEWER_RULES_PER_BUS: Final = {"af-south-1": 100, "eu-south-1": 100}
"""Regions with another quota of rules, on the same page."""

TARGETS_PER_RULE: Final = 5
"""Targets of one rule: hard quota, `PutTargets` in the service model."""


def pattern_size(pattern: Mapping[str, Any]) -> int:
    """Return the length of a pattern as compact JSON, which is what the quotas count."""
    return len(json.dumps(pattern, ensure_ascii=False, separators=(",", ":")))


def rules_per_bus(region: str) -> int:
    """Give the soft quota of rules on one bus in a region; of one that is not known, that of most."""
    return _FEWER_RULES_PER_BUS.get(region, RULES_PER_BUS)
