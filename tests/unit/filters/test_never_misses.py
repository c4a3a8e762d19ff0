"""Every operation's filter against every operation's events, in every form that SaaSus might send."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.known_events import KnownEvents
from constructs_lib.events.operations import operations
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE, variants
from constructs_lib.testing.samples import sample_event

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation

DOCS = Path(__file__).parents[3] / "docs" / "known-events.md"


SHARED_NAMES = ("create_api_key", "update_tenant")
"""Names of several operations, including retired ones: only the route shows whose an event is."""


def false_takers(filter_of: dict[Operation, EventFilter]) -> set[tuple[str, str]]:
    """Yield each filter with another operation that it matches if that operation's name is unknown."""
    return {
        (str(a), str(b))
        for b in operations
        if not b.documented
        for event in (sample_event(b, event_type=UNKNOWN_EVENT_TYPE),)
        for a, event_filter in filter_of.items()
        if a is not b and event_filter.matches(event)
    }


def test_of_all_pairs_only_the_operation_itself_matches(filter_of: dict[Operation, EventFilter]) -> None:
    for b in operations:
        for event_type in b.event_types:
            event = sample_event(b, event_type=event_type)
            assert [a for a, event_filter in filter_of.items() if event_filter.matches(event)] == [b], event_type


def test_every_variant_in_text_as_seen_is_taken(filter_of: dict[Operation, EventFilter]) -> None:
    missed = [
        (str(operation), variant.name)
        for operation, event_filter in filter_of.items()
        for variant in variants(operation)
        if variant.is_text_as_seen and not event_filter.matches(variant.event)
    ]

    assert missed == []


def test_with_a_known_name_every_variant_is_taken(filter_of: dict[Operation, EventFilter]) -> None:
    for operation, event_filter in filter_of.items():
        if operation.name in SHARED_NAMES:
            continue
        for variant in variants(operation):
            if variant.event["detail"]["event_type"] in operation.event_types:
                assert event_filter.matches(variant.event), (operation, variant.name)


def test_the_docs_list_what_the_other_forms_of_text_miss(filter_of: dict[Operation, EventFilter]) -> None:
    missed = Counter(
        variant.name.partition(", ")[2]
        for operation, event_filter in filter_of.items()
        for variant in variants(operation)
        if variant.event["detail"]["event_type"] == UNKNOWN_EVENT_TYPE and not event_filter.matches(variant.event)
    )

    listed = dict(re.findall(r"^\| (the event's text [^|]+|objects [^|]+) \| (\d+) \|$", DOCS.read_text("utf-8"), re.M))
    assert {name: str(count) for name, count in missed.items()} == listed
    assert set(missed.values()) == {117}


def test_the_docs_list_the_false_takers(filter_of: dict[Operation, EventFilter]) -> None:
    listed = set(re.findall(r"^\| `(\w+\.\w+)` \| `(\w+\.\w+)` \|$", DOCS.read_text("utf-8"), re.M))

    assert false_takers(filter_of) == listed


@pytest.mark.parametrize("name", ["create_tenant", "create_saas_user", "create_eventbridge_test_event"])
def test_for_documented_names_the_name_alone_decides(name: str, filter_of: dict[Operation, EventFilter]) -> None:
    event_filter = filter_of[operations[name]]

    assert event_filter.matches({"source": "aws.partner/saasus.io/x", "detail": {"event_type": name, "event": ""}})
    assert not event_filter.matches(sample_event(operations[name], event_type=UNKNOWN_EVENT_TYPE))


def test_a_confirmed_name_decides_alone_and_needs_no_wildcard() -> None:
    known = KnownEvents.of({"auth.delete_saas_user": "saas_user_deleted"})
    event_filter = EventFilter.of(operations.auth.delete_saas_user)
    seen = sample_event(operations.auth.delete_saas_user, event_type="saas_user_deleted")
    unseen = sample_event(operations.auth.delete_saas_user)

    assert event_filter.to_pattern(known)["detail"] == {"event_type": ["saas_user_deleted"]}
    assert event_filter.matches(seen, known)
    assert not event_filter.matches(unseen, known)
    assert event_filter.matches(unseen)


def test_a_confirmed_name_of_a_sibling_guards_the_route() -> None:
    known = KnownEvents.of({"unlink_provider": "provider_unlinked"})
    event = sample_event(operations.auth.unlink_provider, event_type="provider_unlinked")
    event_filter = EventFilter.of(operations.auth.delete_saas_user)

    assert event_filter.matches(event)
    assert not event_filter.matches(event, known)


def test_the_two_update_tenants_are_distinguished_and_can_be_matched_together() -> None:
    one, other = operations.auth.update_tenant, operations.apigateway.update_tenant
    both = EventFilter.of(one, other)

    for operation in (one, other):
        for event_type in ("update_tenant", UNKNOWN_EVENT_TYPE):
            event = sample_event(operation, event_type=event_type)
            assert both.matches(event)
            assert EventFilter.of(operation).matches(event)
            assert not EventFilter.of(other if operation is one else one).matches(event)


def test_a_retired_operation_is_taken_by_no_filter_of_an_operation(filter_of: dict[Operation, EventFilter]) -> None:
    for retired in operations.retired:
        event = sample_event(retired)
        assert [str(o) for o, event_filter in filter_of.items() if event_filter.matches(event)] == []
        route = EventFilter.all().route(retired.method, retired.path)
        assert route.matches(event)
        assert [o for o in operations if route.matches(sample_event(o))] == []


def test_a_confirmed_name_decides_also_where_a_retired_operation_had_it() -> None:
    operation = operations.apigateway.create_api_key
    known = KnownEvents.of({str(operation): "create_api_key"})

    assert EventFilter.of(operation).to_pattern(known)["detail"] == {"event_type": ["create_api_key"]}


def test_a_name_on_the_call_of_another_operation_is_taken_unless_the_route_is_asked_for() -> None:
    """The docs say it: a pattern sees the contradiction only by a wildcard, of which a bus can have 30 rules."""
    operation = operations.auth.create_tenant
    contradicting = sample_event(operations.auth.delete_env, event_type="create_tenant")
    by_name = EventFilter.of(operation)

    assert by_name.matches(contradicting)
    assert SaasusEvent.from_dict(contradicting).operation is operations.auth.delete_env
    assert not by_name.route(operation.method, operation.path).matches(contradicting)
    for other in operations:
        event = sample_event(other, event_type="create_tenant")
        assert by_name.route(operation.method, operation.path).matches(event) is (other is operation)


def test_a_group_takes_its_whole_api_and_nothing_else() -> None:
    for group in operations.groups:
        event_filter = EventFilter.of(group)
        for operation in operations:
            for event_type in (operation.name, UNKNOWN_EVENT_TYPE):
                event = sample_event(operation, event_type=event_type)
                assert event_filter.matches(event) == (operation.api == group.api)


def test_a_route_takes_its_operation_whatever_the_name_and_no_known_other() -> None:
    for operation in operations:
        template = re.sub(r"{\w+}", "{any}", operation.path)
        event_filter = EventFilter.all().route(operation.method.lower(), template)
        assert event_filter.matches(sample_event(operation, event_type=UNKNOWN_EVENT_TYPE))
        taken = [o for o in operations if event_filter.matches(sample_event(o))]
        assert taken == [operation], operation


def test_a_route_of_an_operation_that_nobody_knows_yet() -> None:
    event = sample_event(operations.auth.create_tenant, event_type="x")
    event["detail"]["event"] = event["detail"]["event"].replace("/v1/auth/tenants", "/v1/new/things/7")

    assert EventFilter.all().route("POST", "/v1/new/things/{thing_id}").matches(event)
    assert not EventFilter.all().route("POST", "/v1/new/others/{thing_id}").matches(event)
    assert not EventFilter.all().route("PUT", "/v1/new/things/{thing_id}").matches(event)
