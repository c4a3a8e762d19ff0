"""Events made to measure: one that SaaSus could send proves that a filter, or two filters, can match."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from constructs_lib.events.known_events import NOTHING_KNOWN, KnownEvents
from constructs_lib.events.operations import operations as op
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters import matches
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.filter_risks import findings_of_filter
from constructs_lib.filters.pattern_witness import expected_events, taken_events
from constructs_lib.filters.witness import common_witness, witness_of
from tests.unit.filters.strategies import OTHER, TENANT, filters


def is_plausible(event: dict[str, Any], known: KnownEvents) -> bool:
    """Check that an event does not contradict itself, as far as the catalog knows."""
    record = json.loads(event["detail"]["event"])
    found = SaasusEvent.from_dict(event)
    named = {o for o in op if found.event_type in known.names_of(o)}
    return (
        list(record).count("http_status") == 1
        and 100 <= found.http_status <= 599
        and event["detail-type"] == "api_call"
        and (found.operation is None or found.operation in named)
        and (found.operation is not None or not named)
    )


@settings(max_examples=150, deadline=None)
@given(filters(), filters())
def test_what_is_said_to_overlap_does(one: EventFilter, other: EventFilter) -> None:
    event = common_witness(one, other, NOTHING_KNOWN)

    if event is not None:
        assert one.matches(event)
        assert other.matches(event)
        assert any(matches(pattern, event) for pattern in one.to_patterns())
        assert is_plausible(event, NOTHING_KNOWN)
    assert (event is None) is (common_witness(other, one, NOTHING_KNOWN) is None)


@settings(max_examples=100, deadline=None)
@given(filters())
def test_a_filter_overlaps_with_itself_and_with_all_if_it_can_fire(event_filter: EventFilter) -> None:
    fires = witness_of(event_filter, NOTHING_KNOWN) is not None

    assert fires is (common_witness(event_filter, event_filter, NOTHING_KNOWN) is not None)
    assert fires is (common_witness(EventFilter.all(), event_filter, NOTHING_KNOWN) is not None)


def test_of_operations_only_the_same_overlap() -> None:
    some = [*op][::4]
    for one in some:
        for other in some:
            event = common_witness(EventFilter.of(one), EventFilter.of(other).succeeded(), NOTHING_KNOWN)
            assert (event is not None) is (one is other), (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EventFilter.all().succeeded(), EventFilter.all().failed()),
        (EventFilter.of(op.auth.delete_saas_user).succeeded(), EventFilter.of(op.auth.delete_saas_user).failed()),
        (EventFilter.of(op.auth), EventFilter.of(op.pricing)),
        (EventFilter.all().tenant(TENANT), EventFilter.all().tenant(OTHER)),
        (EventFilter.all().event_type("a"), EventFilter.all().event_type("b")),
        (EventFilter.all().trace_id_prefix("a-"), EventFilter.all().not_trace_id_prefix("a-")),
        (EventFilter.all().trace_id_prefix("a-"), EventFilter.all().not_trace_id_prefix("a")),
        (EventFilter.of(op.auth.update_tenant), EventFilter.of(op.apigateway.update_tenant)),
        (EventFilter.of(op.auth.create_tenant), EventFilter.all().route("DELETE", "/v1/auth/tenants/{id}")),
        (EventFilter.of(op.auth.delete_tenant), EventFilter.of(op.auth.delete_tenant_user)),
        (EventFilter.all(), EventFilter.all().custom("mine", "moved")),
        (EventFilter.all(), EventFilter.all().custom("api_call", "moved")),
        (EventFilter.of(op.auth.create_env).request(name="a"), EventFilter.of(op.auth.create_env).request(name="b")),
    ],
    ids=repr,
)
def test_disjoint_filters_raise_no_alarm(one: EventFilter, other: EventFilter) -> None:
    assert common_witness(one, other, NOTHING_KNOWN) is None
    assert common_witness(other, one, NOTHING_KNOWN) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EventFilter.all(), EventFilter.all()),
        (EventFilter.all().failed(), EventFilter.of(op.auth.create_tenant)),
        (EventFilter.of(op.auth), EventFilter.of(op.auth.delete_tenant).succeeded()),
        (EventFilter.all().status(200, 201), EventFilter.all().status(201, 404)),
        (EventFilter.all().tenant(TENANT), EventFilter.of(op.auth.delete_tenant)),
        (EventFilter.all().user(TENANT), EventFilter.of(op.auth.create_saas_user)),
        (EventFilter.all().trace_id_prefix("ab"), EventFilter.all().trace_id_prefix("a")),
        (EventFilter.all().route("PUT", "/v1/new/things"), EventFilter.all().succeeded()),
        (EventFilter.all().event_type("nobody_knows"), EventFilter.all().succeeded()),
        (EventFilter.of(op.auth.create_env).request(name="a"), EventFilter.of(op.auth.create_env).request(id=7)),
    ],
    ids=repr,
)
def test_overlapping_filters_are_found(one: EventFilter, other: EventFilter) -> None:
    for known in (NOTHING_KNOWN, KnownEvents.of({}, ["spaced-ascii"])):
        assert common_witness(one, other, known) is not None
        assert common_witness(other, one, known) is not None


def test_each_operation_has_events_that_its_filter_takes_and_no_mistakes_are_found() -> None:
    for operation in op:
        for event_filter in (EventFilter.of(operation), EventFilter.of(operation).failed()):
            assert witness_of(event_filter, NOTHING_KNOWN) is not None
        assert findings_of_filter(EventFilter.of(operation).succeeded()) == ()
        assert findings_of_filter(EventFilter.all().route(operation.method, operation.path)) == ()
        assert findings_of_filter(EventFilter.all().event_type(*operation.event_types)) == ()


def test_the_expected_events_are_of_each_operation_once_right_and_twice_in_error() -> None:
    found = [
        (SaasusEvent.from_dict(event).operation, SaasusEvent.from_dict(event).http_status)
        for event in expected_events(NOTHING_KNOWN)
    ]

    assert set(found) == {(o, status) for o in op for status in (o.success_status, 400, 500)}
    assert len(found) == 3 * len([*op])


def test_a_pattern_takes_events_with_what_it_asks_of_the_envelope() -> None:
    pattern = {"account": ["111122223333"], "resources": ["r"], "detail": {"trace_id": [{"prefix": "x-"}]}}
    event = next(taken_events(pattern, NOTHING_KNOWN, source="aws.partner/saasus.io/x"))

    assert (event["account"], event["resources"], event["source"]) == ("111122223333", ["r"], "aws.partner/saasus.io/x")
    assert matches(pattern, event)
    assert event["detail"]["trace_id"] == "x-"
    for expected in expected_events(NOTHING_KNOWN):
        assert expected["account"] != "111122223333", "the expected ones stay as they are"
        assert expected["detail"]["trace_id"] != "x-"
