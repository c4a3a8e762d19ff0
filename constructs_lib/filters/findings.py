"""What is risky about a pattern or a filter, for a construct to warn of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.events.known_events import NOTHING_KNOWN

from .complexity import pattern_size, wildcard_complexity
from .limits import PATTERN_CHARACTERS, WILDCARD_COMPLEXITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.known_events import KnownEvents

    from .event_filter import EventFilter

TOO_COMPLEX = "@saasus/events:wildcardTooComplex"
TOO_LONG = "@saasus/events:patternTooLong"
DEPTH_UNSEEN = "@saasus/events:bodyDepthUnseen"


@dataclass(frozen=True, slots=True)
class Finding:
    """A risk: the id under which a user can acknowledge it, and what to do about it."""

    id: str
    text: str


def findings_of_pattern(pattern: Mapping[str, Any], *, characters: int = PATTERN_CHARACTERS) -> tuple[Finding, ...]:
    """Find what AWS may refuse about one pattern, one of a filter's or a raw one.

    Args:
        pattern: the pattern, JSON-ready.
        characters: the account's quota for a pattern's length, where it was raised.
    """
    found = []
    complexity = wildcard_complexity(pattern)
    if complexity > WILDCARD_COMPLEXITY:
        found.append(
            Finding(
                TOO_COMPLEX,
                f"The pattern's wildcards count {complexity} by event-ruler's measure. Up to {WILDCARD_COMPLEXITY} is "
                "known to be accepted; AWS may refuse this one as too complex. Confirm the operation's event type "
                "('saasus:eventTypes' in the CDK context, written by `saasus-events learn`), or ask for less in "
                "one filter.",
            )
        )
    size = pattern_size(pattern)
    if size > characters:
        found.append(
            Finding(
                TOO_LONG,
                f"The pattern has {size} characters, and the quota is {characters}. Split it, for example into one "
                "route for each API, or have the quota raised and say so.",
            )
        )
    return tuple(found)


def findings_of_filter(
    event_filter: EventFilter, known: KnownEvents = NOTHING_KNOWN, *, characters: int = PATTERN_CHARACTERS
) -> tuple[Finding, ...]:
    """Find what is risky about a filter's patterns, and about what its body conditions cannot see.

    Args:
        event_filter: the filter.
        known: confirmed names and body forms.
        characters: the account's quota for a pattern's length, where it was raised.
    """
    found = [
        finding
        for pattern in event_filter.to_patterns(known)
        for finding in findings_of_pattern(pattern, characters=characters)
    ]
    for side, names, free_form in event_filter.unseen_depth(known):
        found.append(
            Finding(
                DEPTH_UNSEEN,
                f"{event_filter!r} asks for {', '.join(map(repr, names))} in the {side}, and a pattern sees a body as "
                f"text, whatever the depth: the same field inside {', '.join(free_form)} matches too. Check it in the "
                "target, or acknowledge this.",
            )
        )
    return tuple(dict.fromkeys(found))
