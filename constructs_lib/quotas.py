"""The soft quotas of an account, for those who had them raised."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.filters import limits


@dataclass(frozen=True, kw_only=True)
class EventBridgeQuotas:
    """EventBridge's adjustable quotas that a synth checks; the defaults are AWS's own ("Amazon EventBridge quotas").

    Args:
        rules_per_bus: Rules on one event bus. Default: AWS's own for the stack's region, which is 300, and 100 in
            Cape Town and Milan (af-south-1, eu-south-1).
        event_pattern_characters: Length of an event pattern. The API takes 4,096 at most.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, quotas=EventBridgeQuotas(rules_per_bus=500))
    """

    rules_per_bus: int | None = None
    event_pattern_characters: int = limits.PATTERN_CHARACTERS
