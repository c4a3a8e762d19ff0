"""The soft quotas of an account, for those who had them raised."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.events.errors import InvalidRoute
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

    def __post_init__(self) -> None:
        """Refuse what no rule can be counted against at synth."""
        for name in ("rules_per_bus", "event_pattern_characters"):
            value = getattr(self, name)
            if value is None and name == "rules_per_bus":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidRoute(
                    f"EventBridgeQuotas({name}=…) was given {_shown(value)}. Rules are counted against it at synth, so "
                    "it is a whole number, 1 or more, that is known then: the quota that Service Quotas shows."
                )


def _shown(value: object) -> str:
    return "a token, which is known at deploy only" if isinstance(value, float) and value < -1e200 else repr(value)
