"""Events of SaaSus's API that match a raw pattern, one that a user wrote.

Every event that is known to come is tried: each operation's, answered with success and with errors, under the names
that are expected. What a pattern asks of the envelope (an account, a region, a trace id) is filled in.
"""

from __future__ import annotations

import copy
import itertools
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.operations import operations
from constructs_lib.filters.conjunction import Conjunction, Values
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.ruler.match_values import ExactString, IgnoreCase, Prefix, Suffix, Wildcard
from constructs_lib.filters.ruler.matcher import Matcher
from constructs_lib.filters.ruler.pattern_syntax import parse_pattern
from constructs_lib.filters.witness import UNKNOWN_NAME, common_witness, events_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter
    from constructs_lib.filters.ruler.pattern_syntax import Fields

_STATUSES: Final = (None, frozenset({400}), frozenset({500}))
_FREE: Final = ("account", "id", "region", "resources", "time", "version", "detail.trace_id")
"""Fields that can have any value, whatever the event is about."""


@lru_cache(maxsize=8)
def expected_events(known: KnownEvents, form: EventForm = EventForm.RAW) -> tuple[dict[str, Any], ...]:
    """Return the events that SaaSus's API is known to cause, in this form: three for each operation."""
    names = {operation: known.names_of(operation) for operation in operations}
    conjunctions = (
        Conjunction(event_type=Values(frozenset(names[o][:1])), candidates=(o,), statuses=statuses)
        for o, statuses in itertools.product(operations, _STATUSES)
    )
    return tuple(map(form.of, events_of(conjunctions, known)))


def can_share_events(one: EventFilter, other: EventFilter, known: KnownEvents) -> bool:
    """Check whether an event can match both filters, be it one whose name nobody knows yet.

    A wildcard on the uri can match events of other operations, too, as long as their names are unknown.
    """
    if common_witness(one, other, known) is not None:
        return True
    return not _taken_unnamed(one, known).isdisjoint(_taken_unnamed(other, known))


@lru_cache(maxsize=128)
def _taken_unnamed(event_filter: EventFilter, known: KnownEvents) -> frozenset[int]:
    """Return the numbers of the events with an unknown name that a filter matches."""
    events = enumerate(_unnamed_events(known))
    return frozenset(number for number, event in events if event_filter.matches(event, known))


@lru_cache(maxsize=8)
def _unnamed_events(known: KnownEvents) -> tuple[dict[str, Any], ...]:
    """Return the expected events of the operations whose name is not certain, with another name."""
    certain = {name for operation in operations if known.is_certain(operation) for name in known.names_of(operation)}
    return tuple(
        {**event, "detail": {**event["detail"], "event_type": UNKNOWN_NAME}}
        for event in expected_events(known)
        if event["detail"]["event_type"] not in certain
    )


def taken_events(
    pattern: Mapping[str, Any],
    known: KnownEvents,
    *,
    source: str | None = None,
    of: Iterable[Mapping[str, Any]] | None = None,
    form: EventForm = EventForm.RAW,
) -> Iterator[dict[str, Any]]:
    """Yield the events that match a pattern.

    Args:
        pattern: The pattern, JSON-ready and valid.
        known: Confirmed names and body forms.
        source: The name of the event source, if known.
        of: The events to choose from. Default: the expected ones.
        form: The form of the expected events.
    """
    matcher = Matcher(pattern)
    alternatives = parse_pattern(pattern)
    for expected in expected_events(known, form) if of is None else of:
        event = {**expected, "source": source or expected["source"]}
        if matcher.matches(event):
            yield event
            continue
        for fields in alternatives:
            filled = _filled(event, fields)
            if filled is not None and matcher.matches(filled):
                yield filled
                break


def _filled(event: dict[str, Any], fields: Fields) -> dict[str, Any] | None:
    """Return the event with what an alternative asks of the free fields; None if it asks for nothing."""
    asked = [(field, text) for field in _FREE if field in fields and (text := _text(fields[field].values))]
    if not asked:
        return None
    filled = copy.deepcopy(event)
    for field, text in asked:
        holder, _, name = field.rpartition(".")
        (filled[holder] if holder else filled)[name] = [text] if field == "resources" else text
    return filled


def _text(values: Iterable[object]) -> str | None:
    for value in values:
        if isinstance(value, (ExactString, IgnoreCase, Prefix, Suffix)):
            return value.text or None
        if isinstance(value, Wildcard):
            return "".join(value.pieces) or None
    return None


def nearest_miss(
    pattern: Mapping[str, Any], known: KnownEvents, *, source: str | None = None, form: EventForm = EventForm.RAW
) -> str:
    """Describe the conditions that keep the closest of the expected events from matching a pattern."""
    matcher = Matcher(pattern)
    events = ({**expected, "source": source or expected["source"]} for expected in expected_events(known, form))
    nearest = min((matcher.explain(event) for event in events), key=lambda failed: (len(failed), str(failed)))
    return "; ".join(map(str, nearest))
