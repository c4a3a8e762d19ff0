"""The soft quotas of an account, for those who had them raised."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.filters import limits


@dataclass(frozen=True, kw_only=True)
class EventBridgeQuotas:
    """EventBridge's adjustable quotas that a synth checks; the defaults are AWS's own ("Amazon EventBridge quotas").

    Args:
        rules_per_bus: Rules on one event bus. AWS's default is 300, and 100 in some regions.
        event_pattern_characters: Length of an event pattern. The API takes 4,096 at most.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, quotas=EventBridgeQuotas(rules_per_bus=500))
    """

    rules_per_bus: int = limits.RULES_PER_BUS
    event_pattern_characters: int = limits.PATTERN_CHARACTERS
