"""Whether earlier filters leave nothing of a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.events.known_events import NOTHING_KNOWN
from constructs_lib.events.operations import operations as op
from constructs_lib.filters.containment import takes_all_of
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.pattern_witness import expected_events
from tests.unit.filters.strategies import TENANT, filters

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = EventFilter.all()
CREATED = EventFilter.of(op.auth.create_tenant)
DELETED = EventFilter.of(op.auth.delete_tenant)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([ALL], CREATED.succeeded().request(name="x").trace_id("a")),
        ([CREATED], CREATED),
        ([CREATED], CREATED.succeeded()),
        ([EventFilter.of(op.auth)], CREATED.failed()),
        ([EventFilter.of(op.auth, op.pricing)], EventFilter.of(op.pricing, op.auth.create_tenant)),
        ([CREATED, DELETED], EventFilter.of(op.auth.create_tenant, op.auth.delete_tenant)),
        ([EventFilter.any_of(CREATED, ALL.failed())], CREATED.status(201)),
        ([CREATED], EventFilter.any_of(CREATED.succeeded(), CREATED.failed())),
        ([CREATED.succeeded(), CREATED.failed()], CREATED.status(200, 201, 404, 500)),
        ([ALL.succeeded()], ALL.status(200, 201)),
        ([ALL.request(a=1)], ALL.request(b=2, a=1)),
        ([ALL.trace_id_prefix("a-")], ALL.trace_id("a-1", "a-2")),
        ([ALL.not_trace_id_prefix("a")], ALL.not_trace_id_prefix("a").succeeded()),
        ([ALL.not_trace_id_prefix("a-")], ALL.trace_id("b")),
        ([ALL.event_type("a", "b")], ALL.event_type("a")),
        ([ALL.tenant(TENANT)], DELETED.tenant(TENANT)),
        ([ALL.route("DELETE", "/v1/auth/tenants/{id}")], DELETED),
        ([ALL.custom("a", "b")], ALL.custom("a", "b").trace_id("x")),
    ],
    ids=repr,
)
def test_nothing_is_left(earlier: Sequence[EventFilter], later: EventFilter) -> None:
    assert takes_all_of(earlier, later)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([], CREATED),
        ([CREATED], ALL),
        ([CREATED.succeeded()], CREATED),
        ([CREATED.succeeded(), CREATED.failed()], CREATED),
        ([EventFilter.of(*op.auth)], EventFilter.of(op.auth)),
        ([CREATED], EventFilter.of(op.auth.create_tenant, op.auth.delete_tenant)),
        ([ALL.request(a=1)], ALL.request(a=True)),
        ([ALL.request(a=1)], ALL.response(a=1)),
        ([ALL.trace_id("a-1")], ALL.trace_id_prefix("a-")),
        ([ALL.not_trace_id_prefix("ab")], ALL.trace_id_prefix("a")),
        ([ALL.status(200)], ALL.succeeded()),
        ([ALL.tenant(TENANT)], DELETED),
        ([ALL.event_type("create_tenant")], CREATED),
        ([ALL.route("DELETE", "/v1/auth/tenants/{id}")], CREATED),
        ([ALL.custom("a", "b")], ALL),
    ],
    ids=repr,
)
def test_something_is_left(earlier: Sequence[EventFilter], later: EventFilter) -> None:
    assert not takes_all_of(earlier, later)


@settings(max_examples=150, deadline=None)
@given(st.lists(filters(), min_size=1, max_size=3), filters())
def test_what_is_said_to_be_taken_is(earlier: list[EventFilter], later: EventFilter) -> None:
    if takes_all_of(earlier, later):
        for event in expected_events(NOTHING_KNOWN):
            assert not later.matches(event) or any(each.matches(event) for each in earlier)
    assert takes_all_of([*earlier, later], later)
