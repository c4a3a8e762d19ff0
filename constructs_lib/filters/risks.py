"""What is risky or wrong about a pattern, for a construct to warn of or to refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidPattern
from constructs_lib.filters.limits import (
    PATTERN_CHARACTERS,
    PATTERN_CHARACTERS_MAXIMUM,
    WILDCARD_COMPLEXITY,
    pattern_size,
)
from constructs_lib.filters.ruler.complexity import wildcard_complexity
from constructs_lib.filters.ruler.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Mapping


_REFUSED = (
    "EventBridge refuses rules that are too complex, but does not publish its limit: "
    f"{WILDCARD_COMPLEXITY - 1} was accepted, 12 refused, and more than {WILDCARD_COMPLEXITY} is assumed to be refused."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A risk that a user can acknowledge by its id, or a certain failure; and what to do about it."""

    id: str
    text: str
    is_error: bool = False
    """Whether it is certain to fail, and so cannot be acknowledged."""


def findings_of_pattern(pattern: Mapping[str, Any], *, characters: int = PATTERN_CHARACTERS) -> tuple[Finding, ...]:
    """Check one pattern, a filter's or a raw one, for what AWS would refuse.

    Args:
        pattern: The pattern, JSON-ready.
        characters: The account's quota for a pattern's length. Default: the quota before any increase.
    """
    try:
        Matcher(pattern)
    except InvalidPattern as error:
        return (
            Finding(
                warning_ids.INVALID_PATTERN, f"EventBridge refuses the pattern ({error}). Correct it.", is_error=True
            ),
        )
    return findings_of_size(pattern, characters, "Ask for less in one pattern, and use several rules if necessary.")


def findings_of_size(pattern: Mapping[str, Any], characters: int, advice: str) -> tuple[Finding, ...]:
    """Check a valid pattern's length and the complexity of its wildcards.

    Args:
        pattern: The pattern, JSON-ready.
        characters: The account's quota for a pattern's length.
        advice: What to do about wildcards that are too complex.
    """
    size = pattern_size(pattern)
    if size > PATTERN_CHARACTERS_MAXIMUM:
        text = f"The pattern has {size:,} characters. EventBridge takes at most {PATTERN_CHARACTERS_MAXIMUM:,}."
        return (
            Finding(
                warning_ids.PATTERN_TOO_LONG,
                f"{text} Split it, for example into one route for each API.",
                is_error=True,
            ),
        )
    found = []
    complexity = wildcard_complexity(pattern)
    if complexity > WILDCARD_COMPLEXITY:
        text = (
            f"The pattern's wildcards have a complexity of {complexity} by event-ruler's measure. {_REFUSED} {advice}"
        )
        found.append(Finding(warning_ids.WILDCARD_TOO_COMPLEX, text, is_error=True))
    if size > characters:
        found.append(
            Finding(
                warning_ids.PATTERN_TOO_LONG,
                f"The pattern has {size:,} characters. The quota is {characters:,}. Split it, for example into one "
                "route for each API, or request a quota increase and pass "
                "quotas=EventBridgeQuotas(event_pattern_characters=…).",
            )
        )
    return tuple(found)
