"""What is risky or wrong about a pattern or a filter, for a construct to warn of or to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidPattern
from constructs_lib.events.known_events import NOTHING_KNOWN
from constructs_lib.events.trace_prefix import is_guessable
from constructs_lib.filters.complexity import pattern_size, wildcard_complexity
from constructs_lib.filters.likely_mistakes import mistakes_of
from constructs_lib.filters.limits import PATTERN_CHARACTERS, PATTERN_CHARACTERS_MAXIMUM, WILDCARD_COMPLEXITY
from constructs_lib.filters.risk import Finding
from constructs_lib.filters.ruler.matcher import Matcher
from constructs_lib.filters.ways_out import simpler_ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter

TOO_COMPLEX = "@saasus/events:wildcardTooComplex"
TOO_LONG = "@saasus/events:patternTooLong"
INVALID = "@saasus/events:invalidPattern"
DEPTH_UNSEEN = "@saasus/events:bodyDepthUnseen"
GUESSABLE_PREFIX = "@saasus/events:guessableTraceIdPrefix"

_REFUSED = (
    f"EventBridge refuses a rule that is too complex without publishing its measure: {WILDCARD_COMPLEXITY - 1} was "
    f"accepted, 12 refused, and above {WILDCARD_COMPLEXITY} is taken for refused."
)


def findings_of_pattern(pattern: Mapping[str, Any], *, characters: int = PATTERN_CHARACTERS) -> tuple[Finding, ...]:
    """Find what AWS would refuse about one pattern, one of a filter's or a raw one.

    Args:
        pattern: the pattern, JSON-ready.
        characters: the account's quota for a pattern's length, where it was raised.
    """
    try:
        Matcher(pattern)
    except InvalidPattern as error:
        return (Finding(INVALID, f"EventBridge refuses the pattern ({error}). Correct it.", is_error=True),)
    return _limits_passed(pattern, characters, "Ask for less in one pattern, in several rules if need be.")


def _limits_passed(pattern: Mapping[str, Any], characters: int, way_out: str) -> tuple[Finding, ...]:
    size = pattern_size(pattern)
    if size > PATTERN_CHARACTERS_MAXIMUM:
        text = f"The pattern has {size:,} characters, and EventBridge takes {PATTERN_CHARACTERS_MAXIMUM:,} at most."
        return (Finding(TOO_LONG, f"{text} Split it, for example into one route for each API.", is_error=True),)
    found = []
    complexity = wildcard_complexity(pattern)
    if complexity > WILDCARD_COMPLEXITY:
        text = f"The pattern's wildcards count {complexity} by event-ruler's measure. {_REFUSED} {way_out}"
        found.append(Finding(TOO_COMPLEX, text, is_error=True))
    if size > characters:
        found.append(
            Finding(
                TOO_LONG,
                f"The pattern has {size:,} characters, and the quota is {characters:,}. Split it, for example into one "
                "route for each API, or have the quota raised and pass "
                "quotas=EventBridgeQuotas(event_pattern_characters=…).",
            )
        )
    return tuple(found)


def findings_of_filter(
    event_filter: EventFilter, known: KnownEvents = NOTHING_KNOWN, *, characters: int = PATTERN_CHARACTERS
) -> tuple[Finding, ...]:
    """Find what is wrong or risky about a filter: its patterns, what it asks for, and what its body conditions see.

    Args:
        event_filter: the filter.
        known: confirmed names and body forms.
        characters: the account's quota for a pattern's length, where it was raised.
    """
    patterns = event_filter.to_patterns(known)
    is_too_complex = any(wildcard_complexity(pattern) > WILDCARD_COMPLEXITY for pattern in patterns)
    way_out = simpler_ways(event_filter, known) if is_too_complex else ""
    found = [finding for pattern in patterns for finding in _limits_passed(pattern, characters, way_out)]
    found += mistakes_of(event_filter, known)
    for side, names, free_form in event_filter.unseen_depth(known):
        found.append(
            Finding(
                DEPTH_UNSEEN,
                f"{event_filter!r} asks for {', '.join(map(repr, names))} in the {side}, and a pattern sees a body as "
                f"text, whatever the depth: the same field inside {', '.join(free_form)} matches too. Check it in the "
                "target, or acknowledge this.",
            )
        )
    found.extend(_guessable(prefix) for prefix in event_filter.prefixes_left_out() if is_guessable(prefix))
    return tuple(dict.fromkeys(found))


def _guessable(prefix: str) -> Finding:
    return Finding(
        GUESSABLE_PREFIX,
        f"The filter leaves out events whose trace id starts with {prefix!r}. The caller of SaaSus's API chooses the "
        "trace id, and a backend that passes on its front end's lets an end user choose it: who guesses the prefix can "
        "hide calls from this route. Put something that nobody can guess behind it, made once with "
        "`python -c 'import secrets; print(secrets.token_hex(8))'`, and leave nothing out of an audit or an "
        "offboarding.",
    )
