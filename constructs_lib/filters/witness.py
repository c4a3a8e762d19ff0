"""Events that SaaSus could send, made to measure: one that matches a filter, or one that matches two.

Such an event is a proof, confirmed by the matcher: that a filter can match, or that two routes overlap. Each is one
that the catalog knows of, with an operation's own method and URI, a name that the operation is expected to have, and
one status. No event contradicts itself, with the name of one operation on a call of another, or two statuses at once.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.operations import operations
from constructs_lib.events.record import API_CALL
from constructs_lib.events.source_name import EXAMPLE
from constructs_lib.filters.body_text import Scalar, as_text
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.route_text import PARAMETER, RouteText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.events.operation import Operation
    from constructs_lib.filters.conjunction import Conjunction, Values
    from constructs_lib.filters.event_filter import EventFilter

_ID: Final = "11111111-2222-4333-8444-555555555555"
_TRACE_IDS: Final = (_ID, "~", "0")
UNKNOWN_NAME: Final = "an_operation_that_nobody_knows_yet"
_UNKNOWN_PATH: Final = "/v1/unknown/things"
_TRIED: Final = 12
"""The most events to make of one conjunction, in case the first ones do not match."""


def witness_of(event_filter: EventFilter, known: KnownEvents) -> dict[str, Any] | None:
    """Return an event that matches the filter; None if none could be made."""
    for event in events_of(event_filter.conjunctions(known), known):
        if event_filter.matches(event, known):
            return event
    return None


def common_witness(
    one: EventFilter, other: EventFilter, known: KnownEvents, form: EventForm = EventForm.RAW
) -> dict[str, Any] | None:
    """Return an event in this form that matches both filters; None if none could be made."""
    pairs = itertools.product(one.conjunctions(known), other.conjunctions(known))
    both = (found for ours, theirs in pairs if _can_agree(ours, theirs) and (found := ours.both(theirs)) is not None)
    for event in map(form.of, events_of(both, known)):
        if one.matches(event, known) and other.matches(event, known):
            return event
    return None


def _can_agree(one: Conjunction, other: Conjunction) -> bool:
    """Check quickly whether two conjunctions can have an operation and a name in common."""
    names, others = one.event_type.allowed, other.event_type.allowed
    if names is not None and others is not None and names.isdisjoint(others):
        return False
    return one.candidates is None or other.candidates is None or not set(one.candidates).isdisjoint(other.candidates)


def events_of(conjunctions: Iterable[Conjunction], known: KnownEvents) -> Iterator[dict[str, Any]]:
    """Yield events that meet one of the conjunctions, as far as the catalog knows any."""
    for conjunction in conjunctions:
        yield from itertools.islice(_events(conjunction, known), _TRIED)


def _events(conjunction: Conjunction, known: KnownEvents) -> Iterator[dict[str, Any]]:
    if conjunction.detail_type.allowed is not None:
        return  # an event that a SaaS sends itself, which SaaSus does not offer yet
    trace_id = _one_of(conjunction.trace_id, _TRACE_IDS)
    if trace_id is None:
        return
    for operation in operations if conjunction.candidates is None else conjunction.candidates:
        route = RouteText(operation.path, operation.method)
        narrowed = route.both(conjunction.route) if conjunction.route else route
        name = _one_of(conjunction.event_type, known.names_of(operation))
        if narrowed is not None and name in known.names_of(operation):
            yield _event(conjunction, name, narrowed, operation, trace_id, known)
    if conjunction.candidates is None:
        name = _one_of(conjunction.event_type, (UNKNOWN_NAME,))
        is_free = name is not None and not any(name in known.names_of(operation) for operation in operations)
        if name is not None and is_free:
            yield _event(
                conjunction, name, conjunction.route or RouteText(_UNKNOWN_PATH, "POST"), None, trace_id, known
            )


def _one_of(values: Values, likely: Iterable[str]) -> str | None:
    """Return a value that is allowed, a likely one if possible."""
    if values.allowed is not None:
        return next((name for name in likely if name in values.allowed), min(values.allowed, default=None))
    for value in likely:
        for text in (value, f"{values.prefix}{value}"):
            if (
                text.startswith(values.prefix)
                and text not in values.excluded
                and not text.startswith(tuple(values.excluded_prefixes))
            ):
                return text
    return None


def _event(
    conjunction: Conjunction,
    name: str,
    route: RouteText,
    operation: Operation | None,
    trace_id: str,
    known: KnownEvents,
) -> dict[str, Any]:
    success = operation.success_status if operation else 200
    status = success if conjunction.statuses is None or success in conjunction.statuses else min(conjunction.statuses)
    uri = PARAMETER.sub(_ID, "/".join(route.segments()))
    record = {
        "log_id": _ID,
        "date_time": "2026-01-01T00:00:00Z",
        "date": "2026-01-01",
        "ttl": "2033-01-01T00:00:00Z",
        "http_status": str(status),
        "uri": f"{uri}x" if route.is_prefix and uri.endswith("/") else uri,
        "ip_address": "192.0.2.1:1",
        "referer": "",
        "request_method": route.method or "POST",
        "saas_id": "x",
        "api_key": "x",
        "request_body": _body(conjunction.request, known),
        "response_body": _body(conjunction.response, known),
    }
    return envelope(name, trace_id, "{" + ",".join(f'"{key}":"{as_text(record[key], "go")}"' for key in record) + "}")


def envelope(event_type: str, trace_id: str, text: str) -> dict[str, Any]:
    """Return a whole event with the text of `detail.event`."""
    return {
        "version": "0",
        "id": _ID,
        "detail-type": API_CALL,
        "source": EXAMPLE,
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "ap-northeast-1",
        "resources": [],
        "detail": {"event_type": event_type, "event": text, "trace_id": trace_id},
    }


def _body(fields: tuple[tuple[str, Scalar], ...], known: KnownEvents) -> str:
    """Return a body in the first form that bodies are known to have."""
    if not fields:
        return ""
    spacing, _, letters = (known.body_forms or ("compact-go",))[0].partition("-")
    comma, colon = (",", ":") if spacing == "compact" else (", ", ": ")
    return (
        "{" + comma.join(f'"{as_text(name, letters)}"{colon}{_value(value, letters)}' for name, value in fields) + "}"
    )


def _value(value: Scalar, letters: str) -> str:
    return f'"{as_text(value, letters)}"' if isinstance(value, str) else json.dumps(value)
