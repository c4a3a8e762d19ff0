"""What a route deploys: patterns within the limits that match the same events, each event once."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.events.known_events import KnownEvents
from constructs_lib.events.operations import operations as op
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.filter_risks import findings_of_filter
from constructs_lib.filters.limits import PATTERN_CHARACTERS, WILDCARD_COMPLEXITY, pattern_size
from constructs_lib.filters.risks import findings_of_pattern
from constructs_lib.filters.ruler.complexity import has_wildcard, wildcard_complexity
from constructs_lib.filters.ruler.matcher import Matcher
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE, variants
from constructs_lib.testing.samples import sample_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.operation import Operation

TENANT = "fc84307d-e285-4854-8c16-21a6871a2a13"

FILTERS = {
    "two routes": EventFilter.of(op.auth.delete_saas_user, op.auth.delete_env),
    "two routes, succeeded": EventFilter.of(op.auth.delete_saas_user, op.auth.delete_env).succeeded(),
    "contained": EventFilter.of(op.auth.delete_saas_user, op.auth.unlink_provider).failed(),
    "three levels": EventFilter.of(op.auth.delete_tenant, op.auth.delete_tenant_user, op.auth.delete_tenant_user_role),
    "an api and an operation": EventFilter.of(op.pricing, op.auth.create_tenant, op.auth.delete_tenant).failed(),
    "an api and its own operation": EventFilter.of(op.pricing, op.pricing.create_tax_rate),
    "update_tenant": EventFilter.of(op.auth.update_tenant, op.apigateway.update_tenant).succeeded(),
    "statuses": EventFilter.of(op.auth.create_tenant).status(200, 201, 400),
    "every operation": EventFilter.of(*op),
    "every api": EventFilter.of(*op.groups),
    "tenant": EventFilter.all().tenant(TENANT),
    "tenant, not a UUID": EventFilter.all().tenant("t-1"),
    "tenant of an api": EventFilter.of(op.auth).tenant(TENANT),
    "user": EventFilter.all().user(TENANT),
    "tenant and user": EventFilter.all().tenant(TENANT).user("u-1"),
    "body": EventFilter.of(op.auth.create_tenant).request(name="日本<&>"),
    "any of two with different conditions": EventFilter.any_of(
        EventFilter.of(op.auth.create_tenant).succeeded(), EventFilter.of(op.auth.delete_saas_user).failed()
    ),
    "any of many with different conditions": EventFilter.any_of(
        *(EventFilter.of(o).status(200 + n) for n, o in enumerate(op) if o.api != "apigateway")
    ),
    "any of one inside another": EventFilter.any_of(
        EventFilter.of(op.auth), EventFilter.of(op.auth.create_tenant).succeeded()
    ).failed(),
    "any of all and some": EventFilter.any_of(EventFilter.of(*op), EventFilter.all(), EventFilter.of(op.pricing)),
    "any of this and a SaaS's own": EventFilter.any_of(
        EventFilter.of(op.auth.create_tenant).succeeded(), EventFilter.all().custom("mine", "x")
    ),
    "bodies": EventFilter.of(op.auth.create_tenant).request(name="a").response(name="a"),
}


@functools.cache
def matchers(event_filter: EventFilter) -> tuple[Matcher, ...]:
    return tuple(Matcher(pattern) for pattern in event_filter.to_patterns())


def events() -> Iterator[tuple[Operation, str, dict[str, Any]]]:
    ids = {"tenant_id": TENANT, "user_id": "u-1"}
    for operation, status in itertools.product(op, (None, 302, 404)):
        params = {name: value for name, value in ids.items() if name in operation.path_params}
        for event_type in (*operation.event_types, UNKNOWN_EVENT_TYPE):
            for chosen in ({}, params):
                event = sample_event(operation, event_type=event_type, status=status, path_params=chosen)
                yield operation, event_type, event


EVENTS = list(events())


@pytest.mark.parametrize("event_filter", FILTERS.values(), ids=FILTERS)
def test_the_patterns_together_match_what_the_whole_does(event_filter: EventFilter) -> None:
    for _, _, event in EVENTS:
        assert event_filter.matches(event) == any(m.matches(event) for m in matchers(event_filter))


@pytest.mark.parametrize("event_filter", FILTERS.values(), ids=FILTERS)
def test_no_event_is_delivered_twice(event_filter: EventFilter) -> None:
    for operation, event_type, event in EVENTS:
        taken = sum(m.matches(event) for m in matchers(event_filter))
        assert taken <= 1, (operation, event_type)


@pytest.mark.parametrize("event_filter", [FILTERS[name] for name in FILTERS if name != "bodies"])
def test_each_pattern_is_within_the_limits(event_filter: EventFilter) -> None:
    for pattern in event_filter.to_patterns():
        assert pattern_size(pattern) <= PATTERN_CHARACTERS
        assert wildcard_complexity(pattern) <= WILDCARD_COMPLEXITY
        assert findings_of_pattern(pattern) == ()


def test_each_operation_fits_with_and_without_a_status() -> None:
    for operation in op:
        one = EventFilter.of(operation)
        assert len(one.to_patterns()) == 1
        for event_filter in (one, one.succeeded(), one.failed(), one.status(409)):
            assert findings_of_filter(event_filter) == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([*op]), min_size=2, max_size=5, unique=True), st.booleans())
def test_any_selection_is_disjoint_for_events_whose_name_is_known_or_derived(
    selected: list[Operation], has_status: bool
) -> None:
    event_filter = EventFilter.of(*selected)
    event_filter = event_filter.succeeded() if has_status else event_filter
    compiled = [Matcher(pattern) for pattern in event_filter.to_patterns()]
    for operation in op:
        for event_type in operation.event_types:
            taken = sum(m.matches(sample_event(operation, event_type=event_type)) for m in compiled)
            assert taken == (operation in selected)
    for operation in selected:
        if not operation.documented:
            assert any(m.matches(sample_event(operation, event_type=UNKNOWN_EVENT_TYPE)) for m in compiled)


def test_a_contained_route_is_merged_into_the_wider_one() -> None:
    both = EventFilter.of(op.auth.delete_saas_user, op.auth.unlink_provider).to_patterns()

    assert len(both) == 1
    assert wildcard_complexity(both[0]) == 7


def test_names_that_are_confirmed_need_no_wildcard_however_many() -> None:
    known = KnownEvents.of({str(operation): operation.name for operation in op})
    patterns = EventFilter.of(*(o for o in op if o.name != "update_tenant")).to_patterns(known)

    assert len(patterns) == 2, "116 names are more than one pattern can hold"
    assert not any(has_wildcard(pattern) for pattern in patterns)
    assert not has_wildcard(EventFilter.of(op.auth, op.apigateway).to_patterns(known)[0])


def test_one_conjunction_that_passes_the_limit_alone_is_found_and_the_way_out_works() -> None:
    event_filter = EventFilter.of(op.auth.update_tenant_plan).succeeded().request(next_plan_id="p")
    over = [p for p in event_filter.to_patterns() if wildcard_complexity(p) > WILDCARD_COMPLEXITY]
    finding = findings_of_filter(event_filter)[0]

    assert over
    assert finding.id == "@saasus/events:wildcardTooComplex"
    assert "saasus:eventTypes" in finding.text
    confirmed = KnownEvents.of({"update_tenant_plan": "update_tenant_plan"})
    assert findings_of_filter(event_filter, confirmed) == ()


def test_a_body_field_that_a_free_form_object_could_have_is_found() -> None:
    ids = [f.id for f in findings_of_filter(EventFilter.of(op.auth.create_tenant).request(name="x"))]

    assert ids == ["@saasus/events:bodyDepthUnseen"]
    assert findings_of_filter(EventFilter.of(op.auth.create_env).request(name="x")) == ()


def test_known_body_forms_make_fewer_rules() -> None:
    event_filter = EventFilter.of(op.auth.create_tenant).request(name="x")

    assert len(event_filter.to_patterns()) == 2
    assert len(event_filter.to_patterns(KnownEvents.of({}, ["compact-go"]))) == 1


def test_a_long_raw_pattern_is_found() -> None:
    long = {"detail": {"event_type": ["x" * 2100]}}

    assert [finding.id for finding in findings_of_pattern(long)] == ["@saasus/events:patternTooLong"]
    assert findings_of_pattern(long, characters=4096) == ()


def test_splitting_loses_no_variant() -> None:
    for operation in (op.auth.delete_saas_user, op.auth.update_tenant, op.pricing.create_tax_rate):
        compiled = [Matcher(p) for p in EventFilter.of(operation, op.auth.sign_in).to_patterns()]
        for variant in variants(operation):
            if variant.is_text_as_seen:
                assert sum(m.matches(variant.event) for m in compiled) == 1, variant.name


def test_a_referer_that_ends_like_a_route_is_taken_where_the_name_is_unknown() -> None:
    """The docs list it: a wildcard runs on into the next field."""
    referer = "https://example.com/password"
    event = sample_event(op.auth.update_saas_user_attributes, event_type=UNKNOWN_EVENT_TYPE, referer=referer)

    assert EventFilter.of(op.auth.update_saas_user_password).matches(event)
    event["detail"]["event_type"] = "update_saas_user_attributes"
    assert EventFilter.of(op.auth.update_saas_user_attributes).matches(event)


def test_a_field_twice_in_two_depths_and_two_endings_is_delivered_by_two_rules() -> None:
    """The docs list it: the rules of a body condition differ in how the value is written."""
    operation = op.pricing.update_metering_unit_timestamp_count_now
    known = KnownEvents.of({str(operation): operation.name}, ["compact-plain"])
    compiled = [Matcher(p) for p in EventFilter.of(operation).request(count=1).to_patterns(known)]
    once = sample_event(operation, request={"count": 1})
    twice = sample_event(operation, request={"count": 1, "a": {"count": 1}})

    assert sum(m.matches(once) for m in compiled) == 1
    assert sum(m.matches(twice) for m in compiled) == 2


def test_a_prefix_of_trace_ids_that_can_be_guessed_is_a_finding() -> None:
    start = EventFilter.of(op.auth.create_tenant)

    (finding,) = findings_of_filter(start.not_trace_id_prefix("onboarding-"))
    assert finding.id == "@saasus/events:guessableTraceIdPrefix"
    assert "'onboarding-'" in finding.text
    assert "secrets.token_hex(8)" in finding.text
    assert findings_of_filter(start.not_trace_id_prefix("onboarding-9f3b0c7d1e5a4826-")) == ()
    assert findings_of_filter(start.trace_id_prefix("onboarding-")) == ()
    two = start.not_trace_id_prefix("a-").not_trace_id_prefix("b-9f3b0c7d1e5a4826-").not_trace_id_prefix("c-")
    assert [found.text.split("'")[1] for found in findings_of_filter(two)] == ["a-", "c-"]
