"""`.tenant` and `.user` mean what `SaasusEvent.tenant_id` and `.user_id` say."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE
from constructs_lib.testing.samples import sample_event

UUID = "fc84307d-e285-4854-8c16-21a6871a2a13"
OTHER_UUID = "fc84307d-e285-4854-8c16-21a6871a2a14"
IDS = [UUID, OTHER_UUID, "t1", "t10", "1", "*"]


def events() -> list[dict[str, Any]]:
    found = []
    for operation in op:
        own = [name for name in operation.path_params if name in ("tenant_id", "user_id")]
        for event_type in (*operation.event_types, UNKNOWN_EVENT_TYPE):
            for chosen in IDS:
                response = {"id": chosen} if "id" in operation.response_fields else None
                params = dict.fromkeys(own, chosen)
                found.append(sample_event(operation, event_type=event_type, path_params=params, response=response))
    return found


EVENTS = [(event, SaasusEvent.from_dict(event)) for event in events()]


@pytest.mark.parametrize("wanted", IDS)
def test_tenant_and_user_take_the_events_that_are_about_them(wanted: str) -> None:
    tenant, user = EventFilter.all().tenant(wanted), EventFilter.all().user(wanted)
    for event, parsed in EVENTS:
        if parsed.operation is op.auth.create_tenant and parsed.event_type == UNKNOWN_EVENT_TYPE:
            continue  # its name is documented, so it decides
        if parsed.operation is op.auth.create_saas_user and parsed.event_type == UNKNOWN_EVENT_TYPE:
            continue
        assert tenant.matches(event) == (parsed.tenant_id == wanted), (parsed.operation, parsed.event_type)
        assert user.matches(event) == (parsed.user_id == wanted), (parsed.operation, parsed.event_type)


def test_of_one_operation_too() -> None:
    for operation in op:
        for parameter in ("tenant", "user"):
            if f"{parameter}_id" not in operation.path_params:
                continue
            event_filter = getattr(EventFilter.of(operation), parameter)("t1")
            for event_type in (operation.name, UNKNOWN_EVENT_TYPE):
                for given in ("t1", "t10"):
                    event = sample_event(operation, event_type=event_type, path_params={f"{parameter}_id": given})
                    assert event_filter.matches(event) == (given == "t1"), (operation, event_type)


def test_of_a_whole_api_and_of_a_route() -> None:
    mine = sample_event(op.pricing.update_metering_unit_timestamp_count_now, path_params={"tenant_id": UUID})
    theirs = sample_event(op.pricing.update_metering_unit_timestamp_count_now, path_params={"tenant_id": OTHER_UUID})
    route = EventFilter.all().route("PUT", op.pricing.update_metering_unit_timestamp_count_now.path)

    for event_filter in (EventFilter.of(op.pricing).tenant(UUID), route.tenant(UUID)):
        assert event_filter.matches(mine)
        assert not event_filter.matches(theirs)


def test_a_tenant_and_a_user_at_once() -> None:
    event_filter = EventFilter.all().tenant("t1").user("u1")
    operation = op.auth.delete_tenant_user

    assert event_filter.matches(sample_event(operation, path_params={"tenant_id": "t1", "user_id": "u1"}))
    assert not event_filter.matches(sample_event(operation, path_params={"tenant_id": "t1", "user_id": "u2"}))
    assert not event_filter.matches(sample_event(operation, path_params={"tenant_id": "t2", "user_id": "u1"}))
    created = sample_event(op.auth.create_tenant_user, path_params={"tenant_id": "t1"}, response={"id": "u1"})
    assert event_filter.matches(created)


def test_the_console_page_in_the_referer_is_not_taken_for_the_tenant() -> None:
    event = sample_event(op.auth.update_basic_info, referer=f"https://saasadmin.console.saasus.io/tenants/{UUID}")

    assert not EventFilter.all().tenant(UUID).matches(event)


def test_names_that_are_known_and_new_beside_a_tenant() -> None:
    """A name that nobody knows can be of any operation: what it is about is in the URI, or in what was created."""
    event_filter = EventFilter.all().event_type("delete_tenant", "create_tenant", "brand_new").tenant(UUID)

    for id, expected in ((UUID, True), (OTHER_UUID, False)):
        deleted = sample_event(op.auth.delete_tenant, path_params={"tenant_id": id})
        created = sample_event(op.auth.create_tenant, response={"id": id})
        new = sample_event(op.auth.update_tenant, event_type="brand_new", path_params={"tenant_id": id})
        for event in (deleted, created, new):
            assert event_filter.matches(event) is expected
    for operation, event_type in ((op.auth.update_tenant, "update_tenant"), (op.auth.create_tenant_user, "x")):
        event = sample_event(operation, event_type=event_type, path_params={"tenant_id": UUID})
        assert not event_filter.matches(event), "the name is none of those asked for"


def test_known_names_alone_beside_a_tenant_look_where_these_operations_have_it() -> None:
    event_filter = EventFilter.all().event_type("delete_tenant", "update_tenant").tenant(UUID)
    created = sample_event(op.auth.create_tenant, event_type="update_tenant", response={"id": UUID})

    assert not event_filter.matches(created)
    assert len(event_filter.to_patterns()) < len(EventFilter.all().tenant(UUID).to_patterns())
    for operation in (op.auth.delete_tenant, op.auth.update_tenant, op.apigateway.update_tenant):
        assert event_filter.matches(sample_event(operation, path_params={"tenant_id": UUID}))


@pytest.mark.parametrize("id", ["t-1", "x" * 36, UUID.upper()])
def test_an_id_that_is_not_a_uuid_ends_where_a_segment_does(id: str) -> None:
    for operation in (op.auth.delete_tenant, op.auth.update_tenant_plan):
        for event_type in (operation.name, UNKNOWN_EVENT_TYPE):
            for given in (id, f"{id}0"):
                event = sample_event(operation, event_type=event_type, path_params={"tenant_id": given})
                assert EventFilter.all().tenant(id).matches(event) is (given == id)
                assert EventFilter.of(op.auth).tenant(id).matches(event) is (given == id)
