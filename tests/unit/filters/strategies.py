"""Filters to try: what each call of the language makes, and the calls together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.operations import operations as op
from constructs_lib.filters.event_filter import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable

TENANT = "fc84307d-e285-4854-8c16-21a6871a2a13"
OTHER = "0c84307d-e285-4854-8c16-21a6871a2a13"

PLAIN_STARTS = st.one_of(
    st.just(EventFilter.all()),
    st.lists(st.sampled_from([*op, *op.groups]), min_size=1, max_size=3).map(lambda given: EventFilter.of(*given)),
)
CALLS: dict[str, st.SearchStrategy[Callable[[EventFilter], EventFilter]]] = {
    "status": st.sampled_from(
        [
            lambda f: f.succeeded(),
            lambda f: f.failed(),
            lambda f: f.status(404),
            lambda f: f.status(200, 201, 500),
        ]
    ),
    "trace": st.sampled_from(
        [
            lambda f: f.trace_id("a-1", "b"),
            lambda f: f.trace_id_prefix("a-"),
            lambda f: f.not_trace_id_prefix("a-"),
        ]
    ),
    "name": st.sampled_from(["create_tenant", "delete_tenant", "nobody_knows"]).map(
        lambda n: lambda f: f.event_type(n)
    ),
    "about": st.sampled_from([lambda f: f.tenant(TENANT), lambda f: f.tenant(OTHER), lambda f: f.user(TENANT)]),
    "route": st.sampled_from(
        [
            lambda f: f.route("POST", "/v1/auth/tenants"),
            lambda f: f.route("DELETE", "/v1/auth/tenants/{id}"),
            lambda f: f.route("PUT", "/v1/new/things"),
        ]
    ),
}


@st.composite
def _chains(draw: st.DrawFn, starts: st.SearchStrategy[EventFilter]) -> EventFilter:
    made: EventFilter = draw(starts)
    for name in draw(st.lists(st.sampled_from(sorted(CALLS)), max_size=2, unique=True)):
        made = narrowed(made, draw(CALLS[name])) or made
    return made


def filters() -> st.SearchStrategy[EventFilter]:
    """Return filters of every start, with up to two calls that narrow them."""
    unions = st.lists(_chains(PLAIN_STARTS), min_size=1, max_size=3).map(lambda chosen: EventFilter.any_of(*chosen))
    return st.one_of(_chains(PLAIN_STARTS), _chains(unions))


def narrowed(made: EventFilter, call: Callable[[EventFilter], EventFilter]) -> EventFilter | None:
    """Return what a call makes of a filter; None if it contradicts the filter."""
    try:
        return call(made)
    except InvalidFilter:
        return None
