"""A union of filters: it matches what one of them does, and each call that follows narrows all of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.events.operations import operations as op
from constructs_lib.filters import matches
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.filter_risks import findings_of_filter
from constructs_lib.filters.limits import PATTERN_CHARACTERS, WILDCARD_COMPLEXITY, pattern_size
from constructs_lib.filters.ruler.complexity import wildcard_complexity
from constructs_lib.filters.ruler.matcher import Matcher
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE
from constructs_lib.testing.samples import sample_event
from tests.unit.filters.strategies import CALLS, TENANT, filters, narrowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CREATED = EventFilter.of(op.auth.create_tenant).succeeded()
FAILED = EventFilter.all().failed()


def sent() -> list[dict[str, Any]]:
    chosen = [*op][::6]
    return [
        sample_event(
            operation,
            status=status,
            event_type=name,
            trace_id=trace_id,
            path_params={name: TENANT for name in operation.path_params if name in ("tenant_id", "user_id")},
        )
        for operation, status in itertools.product({*chosen, op.auth.create_tenant, op.auth.delete_tenant}, (None, 404))
        for name, trace_id in ((None, "a-1"), (UNKNOWN_EVENT_TYPE, "b"))
    ]


SENT = sent()


def is_within_limits(patterns: Iterable[dict[str, Any]]) -> bool:
    return all(
        pattern_size(pattern) <= PATTERN_CHARACTERS and wildcard_complexity(pattern) <= WILDCARD_COMPLEXITY
        for pattern in patterns
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(filters(), min_size=1, max_size=4), st.one_of(st.none(), st.one_of(*CALLS.values())))
def test_it_matches_what_one_of_the_filters_does(
    chosen: list[EventFilter], call: Callable[[EventFilter], EventFilter] | None
) -> None:
    union = EventFilter.any_of(chosen[0], EventFilter.any_of(*chosen))
    parts: list[EventFilter | None] = [*chosen]
    if call is not None:
        parts = [narrowed(each, call) for each in chosen]
        narrow = narrowed(union, call)
        assert (narrow is None) == (not any(parts))
        if narrow is None:
            return
        union = narrow
    compiled = [Matcher(pattern) for pattern in union.to_patterns()]
    for event in SENT:
        expected = any(part.matches(event) for part in parts if part is not None)
        assert union.matches(event) == expected
        assert any(m.matches(event) for m in compiled) == expected
    of_parts = [pattern for part in parts if part is not None for pattern in part.to_patterns()]
    assert is_within_limits(union.to_patterns()) or not is_within_limits(of_parts)


@pytest.mark.parametrize(
    ("union", "same"),
    [
        (EventFilter.any_of(CREATED), CREATED),
        (EventFilter.any_of(CREATED, CREATED), CREATED),
        (EventFilter.any_of(EventFilter.all(), CREATED, FAILED), EventFilter.all()),
        (EventFilter.any_of(CREATED, EventFilter.of(op.auth.create_tenant)), EventFilter.of(op.auth.create_tenant)),
        (EventFilter.any_of(CREATED, EventFilter.all()).succeeded(), EventFilter.all().succeeded()),
        (EventFilter.any_of(CREATED, FAILED).succeeded(), CREATED),
        (
            EventFilter.any_of(CREATED, EventFilter.of(op.auth.create_saas_user).succeeded()),
            EventFilter.of(op.auth.create_tenant, op.auth.create_saas_user).succeeded(),
        ),
        (
            EventFilter.any_of(EventFilter.all().request(a=1, b=2), EventFilter.all().request(b=2).request(a=1)),
            EventFilter.all().request(b=2, a=1),
        ),
        (
            EventFilter.any_of(EventFilter.all().trace_id("ab"), EventFilter.all().trace_id_prefix("a")),
            EventFilter.all().trace_id_prefix("a"),
        ),
        (
            EventFilter.any_of(
                EventFilter.all().not_trace_id_prefix("abc"), EventFilter.all().not_trace_id_prefix("abcd")
            ),
            EventFilter.all().not_trace_id_prefix("abcd"),
        ),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_filter_inside_another_adds_nothing_to_the_patterns(union: EventFilter, same: EventFilter) -> None:
    assert {str(p) for p in union.to_patterns()} == {str(p) for p in same.to_patterns()}


def test_filters_of_equal_calls_are_equal_and_the_order_shows() -> None:
    assert EventFilter.any_of(CREATED, FAILED) == EventFilter.any_of(CREATED, FAILED)
    assert hash(EventFilter.any_of(CREATED, FAILED)) == hash(EventFilter.any_of(CREATED, FAILED))
    assert EventFilter.any_of(CREATED, FAILED) != EventFilter.any_of(CREATED)
    assert EventFilter.any_of(CREATED, FAILED).succeeded() != EventFilter.any_of(CREATED, FAILED)


def test_events_of_a_saas_itself_are_matched_beside_others() -> None:
    union = EventFilter.any_of(CREATED, EventFilter.all().custom("mine", "moved"))
    own = {"source": "aws.partner/saasus.io/x", "detail-type": "mine", "detail": {"event_type": "moved"}}

    assert union.matches(own)
    assert union.matches(sample_event(op.auth.create_tenant))
    assert not union.matches({**own, "detail-type": "api_call"})
    assert sum(matches(pattern, own) for pattern in union.to_patterns()) == 1
    everything = EventFilter.any_of(EventFilter.all(), EventFilter.all().custom("mine", "moved"))
    assert everything.to_pattern() == EventFilter.all().to_pattern()


def test_findings_are_those_of_the_filters() -> None:
    guessable = EventFilter.of(op.auth.create_tenant).not_trace_id_prefix("onboarding-")
    unknown = EventFilter.all().event_type("create_tenat")
    deep = EventFilter.of(op.auth.create_tenant).request(name="x")
    for parts in itertools.combinations((guessable, unknown, deep, CREATED), 2):
        of_parts = {finding for part in parts for finding in findings_of_filter(part)}
        found = {f for f in findings_of_filter(EventFilter.any_of(*parts)) if not f.id.endswith("overlappingRules")}
        assert found == of_parts


def test_an_event_that_two_rules_match_is_shown() -> None:
    tenants = EventFilter.all().tenant(TENANT)
    union = EventFilter.any_of(tenants, EventFilter.all().failed())
    (finding,) = [f for f in findings_of_filter(union) if f.id == "@saasus/events:overlappingRules"]

    assert len(union.to_patterns()) > 1
    assert "is then delivered twice" in finding.text
    apart = EventFilter.any_of(tenants.trace_id("a"), EventFilter.all().failed().trace_id("b"))
    assert len(apart.to_patterns()) > 1
    assert findings_of_filter(apart) == ()
