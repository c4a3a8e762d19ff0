"""What to change about a filter that EventBridge refuses as too complex: only what was found to help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.events.known_events import EVENT_TYPES_KEY, KnownEvents
from constructs_lib.filters.complexity import wildcard_complexity
from constructs_lib.filters.limits import WILDCARD_COMPLEXITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.operation import Operation
    from constructs_lib.filters.event_filter import EventFilter

_OPERATIONS_SHOWN = 3


def simpler_ways(event_filter: EventFilter, known: KnownEvents) -> str:
    """Give the changes that bring each pattern of the filter within the limit, as the end of an error's text."""
    found = list(_ways(event_filter, known)) or ["ask for less in one filter"]
    return f"What helps: {'; or '.join(found)}."


def _ways(event_filter: EventFilter, known: KnownEvents) -> Iterator[str]:
    guessed = list(_guessed(event_filter, known))
    names = {**dict(known.event_types), **{str(operation): operation.event_types[:1] for operation in guessed}}
    confirmed = KnownEvents.of(names, known.body_forms)
    if guessed and _fits(event_filter, confirmed):
        shown = ", ".join(map(repr, guessed[:_OPERATIONS_SHOWN]))
        more = len(guessed) - _OPERATIONS_SHOWN
        yield (
            f"confirm the event type of {shown}{f' and {more} more' if more > 0 else ''} "
            f"({EVENT_TYPES_KEY!r} in the CDK context, written by `saasus-events learn`), "
            "for a confirmed name needs no wildcard on the uri"
        )
    for call, simpler in event_filter.without_each_call():
        if _fits(simpler, known):
            yield f"leave out .{call}, and check it in the target"


def _guessed(event_filter: EventFilter, known: KnownEvents) -> Iterator[Operation]:
    """Give the operations that the filter names and whose event type nobody confirmed."""
    found: dict[Operation, None] = {}
    for branch in event_filter.branches(known):
        found |= dict.fromkeys(branch.candidates or ())
    return (operation for operation in found if not known.is_certain(operation))


def _fits(event_filter: EventFilter, known: KnownEvents) -> bool:
    return all(wildcard_complexity(pattern) <= WILDCARD_COMPLEXITY for pattern in event_filter.to_patterns(known))
