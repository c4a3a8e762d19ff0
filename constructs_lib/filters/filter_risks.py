"""What is risky or wrong about a filter, and what to change about it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from constructs_lib.events import warning_ids
from constructs_lib.events.known_events import EVENT_TYPES_KEY, NOTHING_KNOWN, KnownEvents
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.events.trace_prefix import is_guessable
from constructs_lib.filters.conditions import BodyCondition, OperationCondition, TraceIdCondition
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.likely_mistakes import mistakes_of
from constructs_lib.filters.limits import PATTERN_CHARACTERS, WILDCARD_COMPLEXITY
from constructs_lib.filters.risks import Finding, findings_of_size
from constructs_lib.filters.ruler.complexity import wildcard_complexity
from constructs_lib.filters.ruler.matcher import Matcher
from constructs_lib.filters.witness import common_witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.operation import Operation


_OPERATIONS_SHOWN = 3


def findings_of_filter(
    event_filter: EventFilter,
    known: KnownEvents = NOTHING_KNOWN,
    *,
    characters: int = PATTERN_CHARACTERS,
    patterns: tuple[dict[str, Any], ...] | None = None,
    form: EventForm = EventForm.RAW,
) -> tuple[Finding, ...]:
    """Check a filter for what is wrong or risky: its patterns, its conditions, and what those on bodies can see.

    Args:
        event_filter: The filter.
        known: Confirmed names and body forms. Default: none.
        characters: The account's quota for a pattern's length. Default: the quota before any increase.
        patterns: The patterns for events in this form. Default: they are made.
        form: The form of the events.
    """
    if patterns is None:
        patterns = form.patterns(event_filter, known)
    is_too_complex = any(wildcard_complexity(pattern) > WILDCARD_COMPLEXITY for pattern in patterns)
    advice = _advice_to_simplify(event_filter, known) if is_too_complex else ""
    found = [finding for pattern in patterns for finding in findings_of_size(pattern, characters, advice)]
    for alternative in event_filter.alternatives:
        found += mistakes_of(alternative, known)
        found += _bodies_seen_as_text(alternative, known) if form is EventForm.RAW else ()
        found += [_guessable(prefix) for prefix in _prefixes_left_out(alternative) if is_guessable(prefix)]
    found += _overlap_of_rules(event_filter, known, patterns, form)
    return tuple(dict.fromkeys(found))


def _bodies_seen_as_text(event_filter: EventFilter, known: KnownEvents) -> Iterator[Finding]:
    for side, names, free_form in _unseen_depth(event_filter, known):
        yield Finding(
            warning_ids.BODY_DEPTH_UNSEEN,
            f"{event_filter!r} asks for {', '.join(map(repr, names))} in the {side}, but a pattern sees a body as "
            f"text and cannot see depth: the same field inside {', '.join(free_form)} matches too. Check the field "
            "in the target, or acknowledge this.",
        )


def _overlap_of_rules(
    event_filter: EventFilter, known: KnownEvents, patterns: tuple[dict[str, Any], ...], form: EventForm
) -> Iterator[Finding]:
    """Find an event that two filters of `any_of` match, and two rules as well."""
    if len(patterns) == 1:
        return
    matchers = [Matcher(pattern) for pattern in patterns]
    for one, other in itertools.combinations(event_filter.alternatives, 2):
        event = common_witness(one, other, known, form)
        if event is not None and sum(matcher.matches(event) for matcher in matchers) > 1:
            parsed = SaasusEvent.from_dict(event)
            yield Finding(
                warning_ids.OVERLAPPING_RULES,
                f"{event_filter!r} takes {len(patterns)} rules, and one event can match two of them: for example "
                f"{parsed.event_type!r} ({parsed.method} {parsed.uri}, answered {parsed.http_status}), which both "
                f"{one!r} and {other!r} match. It is then delivered twice, and a function runs twice for it. Narrow "
                "one of the two filters, or acknowledge this if it is intended.",
            )
            return


def _guessable(prefix: str) -> Finding:
    return Finding(
        warning_ids.GUESSABLE_TRACE_ID_PREFIX,
        f"The filter leaves out events whose trace id starts with {prefix!r}. The caller of SaaSus's API chooses the "
        "trace id, and if a backend passes on its front end's, an end user can. Anyone who guesses the prefix can hide "
        "calls from this route. Add something that nobody can guess, made once with "
        "`python -c 'import secrets; print(secrets.token_hex(8))'`, and do not leave events out of an audit or an "
        "offboarding.",
    )


def _unseen_depth(
    event_filter: EventFilter, known: KnownEvents
) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """Return the body conditions that a free-form object can meet too: side, fields, paths of the objects."""
    found: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for conjunction in event_filter.conjunctions(known):
        for condition in event_filter.conditions:
            if isinstance(condition, BodyCondition):
                names = tuple(name for name, _ in condition.fields)
                for operation in conjunction.candidates or ():
                    found.setdefault((condition.side, names), set()).update(
                        path for path in operation.free_form_fields if path.startswith(f"{condition.side}_body.")
                    )
    return tuple((side, names, tuple(sorted(paths))) for (side, names), paths in found.items() if paths)


def _prefixes_left_out(event_filter: EventFilter) -> tuple[str, ...]:
    """Return the prefixes of trace ids whose events the filter leaves out."""
    return tuple(
        text
        for condition in event_filter.conditions
        if isinstance(condition, TraceIdCondition) and condition.call == "not_trace_id_prefix"
        for text in condition.arguments
    )


def _advice_to_simplify(event_filter: EventFilter, known: KnownEvents) -> str:
    """Return the changes that bring each pattern within the limit, as the end of an error's text."""
    too_complex = [alternative for alternative in event_filter.alternatives if not _fits(alternative, known)]
    found = [change for alternative in too_complex for change in _simplifications(alternative, known)]
    found = list(dict.fromkeys(found)) or ["ask for less in one filter"]
    return f"What helps: {'; or '.join(found)}."


def _simplifications(event_filter: EventFilter, known: KnownEvents) -> Iterator[str]:
    guessed = list(_guessed(event_filter, known))
    names = {**dict(known.event_types), **{str(operation): operation.event_types[:1] for operation in guessed}}
    confirmed = KnownEvents.of(names, known.body_forms)
    if guessed and _fits(event_filter, confirmed):
        shown = ", ".join(map(repr, guessed[:_OPERATIONS_SHOWN]))
        more = len(guessed) - _OPERATIONS_SHOWN
        yield (
            f"confirm the event type of {shown}{f' and {more} more' if more > 0 else ''} "
            f"({EVENT_TYPES_KEY!r} in the CDK context, written by `saasus-events learn`), "
            "because a confirmed name needs no wildcard on the URI"
        )
    for call, simpler in _without_each_call(event_filter):
        if _fits(simpler, known):
            yield f"leave out .{call}, and check it in the target"


def _guessed(event_filter: EventFilter, known: KnownEvents) -> Iterator[Operation]:
    """Return the operations that the filter names and whose event type is not confirmed."""
    found: dict[Operation, None] = {}
    for conjunction in event_filter.conjunctions(known):
        found |= dict.fromkeys(conjunction.candidates or ())
    return (operation for operation in found if not known.is_certain(operation))


def _fits(event_filter: EventFilter, known: KnownEvents) -> bool:
    return all(wildcard_complexity(pattern) <= WILDCARD_COMPLEXITY for pattern in event_filter.to_patterns(known))


def _without_each_call(event_filter: EventFilter) -> Iterator[tuple[str, EventFilter]]:
    """Yield each call that narrows the filter, with the filter that remains without it."""
    for number, condition in enumerate(event_filter.conditions):
        if not isinstance(condition, OperationCondition):
            yield (
                repr(condition),
                EventFilter((*event_filter.conditions[:number], *event_filter.conditions[number + 1 :])),
            )
