"""The two forms in which a bus has SaaSus's events, and what that means for filters and rules."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from constructs_lib.events.decoded_event import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter


class EventForm(Enum):
    """In which form a bus has SaaSus's events."""

    RAW = "raw"
    """As SaaSus sends them: JSON text inside JSON text."""
    DECODED = "decoded"
    """As plain JSON, without secrets."""

    def pattern(self, event_filter: EventFilter[Any, Any], known: KnownEvents) -> dict[str, Any]:
        """Return the one pattern of a filter for events in this form, whatever its size."""
        if self is EventForm.DECODED:
            return event_filter.to_decoded_pattern(known)
        return event_filter.to_pattern(known)

    def patterns(self, event_filter: EventFilter[Any, Any], known: KnownEvents) -> tuple[dict[str, Any], ...]:
        """Return the patterns that a route deploys for events in this form."""
        if self is EventForm.DECODED:
            return event_filter.to_decoded_patterns(known)
        return event_filter.to_patterns(known)

    def of(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return an event of SaaSus's in this form."""
        return decode(event) if self is EventForm.DECODED else dict(event)
