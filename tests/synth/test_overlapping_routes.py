"""Two routes that bring one event to one target: it is said, naming both, when an event proves it; and only then."""

from __future__ import annotations

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, SaasusEventBus, targets
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, new_function, warnings

CREATED = EventFilter.of(op.auth.create_tenant)


def overlaps(stack: Stack) -> list[str]:
    return [warning for warning in warnings(stack) if "@saasus/events:overlappingRoutes" in warning]


def test_two_routes_to_one_function_are_named_with_an_example(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    bus.invoke("Created", CREATED.succeeded(), function)
    bus.invoke("Tenants", EventFilter.of(op.auth), function)

    [warning] = overlaps(stack)
    assert "'Events/Saasus/Tenants' and 'Events/Saasus/Created'" in warning
    assert "'Events/Function'" in warning
    assert "'create_tenant' (POST /v1/auth/tenants, answered 201)" in warning
    assert "a function runs twice" in warning


@pytest.mark.parametrize(
    ("decoded", "ours", "is_said"),
    [
        (None, EventFilter.all().succeeded(), True),
        (None, CREATED.failed(), False),
        (CREATED, EventFilter.all().succeeded(), True),
        (EventFilter.of(op.pricing), EventFilter.all(), False),
    ],
)
@pytest.mark.parametrize("first", ["raw", "decoded"])
def test_a_target_that_gets_an_event_from_both_buses_is_said(
    stack: Stack, bus: SaasusEventBus, decoded: EventFilter | None, ours: EventFilter, is_said: bool, first: str
) -> None:
    function = new_function(stack)
    if first == "decoded":
        bus.decoded(event_filter=decoded).invoke("Plain", ours, function)
    bus.invoke("Created", CREATED.succeeded(), function)
    bus.route("Queue", EventFilter.all(), targets.SqsQueue(sqs.Queue(stack, "Queue")))
    if first == "raw":
        bus.decoded(event_filter=decoded).invoke("Plain", ours, function)

    found = overlaps(stack)
    assert len(found) == is_said
    for warning in found:
        assert "'Events/Saasus/Decoded/Plain' and 'Events/Saasus/Created'" in warning
        assert "use one of the two" in warning


def test_disjoint_routes_other_targets_and_rules_that_are_off_raise_no_alarm(stack: Stack, bus: SaasusEventBus) -> None:
    function, other = new_function(stack), new_function(stack, "Other")
    bus.invoke("Succeeded", CREATED.succeeded(), function)
    bus.invoke("Failed", CREATED.failed(), function)
    bus.invoke("Deleted", EventFilter.of(op.auth.delete_saas_user), function)
    bus.invoke("Off", EventFilter.all(), function, enabled=False)
    bus.invoke("Everything", EventFilter.all(), other)
    bus.log("Log")

    assert overlaps(stack) == []


def test_several_rules_of_one_route_are_one_route(stack: Stack, bus: SaasusEventBus) -> None:
    route = bus.invoke("Several", EventFilter.of(op.auth.delete_saas_user).succeeded(), new_function(stack))

    assert len(route.rules) > 1
    assert overlaps(stack) == []


def test_each_target_of_each_rule_counts_also_the_cdks_own_and_those_added_later(
    stack: Stack, bus: SaasusEventBus
) -> None:
    queue, function = sqs.Queue(stack, "Queue"), new_function(stack)
    route = bus.route("One", EventFilter.of(op.auth.delete_saas_user).succeeded(), targets.SqsQueue(queue))
    bus.route("Two", EventFilter.all().succeeded(), cdk_targets.SqsQueue(queue), cdk_targets.LambdaFunction(function))
    route.add_target(targets.LambdaFunction(function))

    assert sorted(("'Events/Queue'" in w, "'Events/Function'" in w) for w in overlaps(stack)) == [
        (False, True),
        (True, False),
    ]


def test_a_rule_that_a_user_wrote_counts_as_far_as_an_expected_event_proves_it(
    stack: Stack, bus: SaasusEventBus
) -> None:
    function = new_function(stack)
    bus.invoke("Created", CREATED.status(404), function)
    for id, names in (("Same", ["create_tenant"]), ("Other", ["delete_tenant"])):
        pattern = events.EventPattern(detail={"event_type": names}, account=["111122223333"])
        events.Rule(
            stack,
            id,
            event_bus=bus.event_bus,
            event_pattern=pattern,
            targets=[cdk_targets.LambdaFunction(function)],
        )

    [warning] = overlaps(stack)
    assert "'Events/Same' and 'Events/Saasus/Created'" in warning


def test_two_rules_that_a_user_wrote(stack: Stack, bus: SaasusEventBus) -> None:
    queue = sqs.Queue(stack, "Queue")
    for id, detail in (
        ("Named", {"event_type": ["delete_tenant"]}),
        ("Failed", {"event": [{"wildcard": '*"http_status":"5*'}]}),
        ("Disjoint", {"event_type": ["create_tenant"], "event": [{"wildcard": '*"http_status":"2*'}]}),
    ):
        pattern = events.EventPattern(detail=detail)
        events.Rule(stack, id, event_bus=bus.event_bus, event_pattern=pattern, targets=[cdk_targets.SqsQueue(queue)])

    [warning] = overlaps(stack)
    assert "'Events/Failed' and 'Events/Named'" in warning


def test_one_logical_id_in_two_stacks_is_two_functions(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    other = Stack(app, "Other")
    same_bus = SaasusEventBus.from_event_bus(other, "Saasus", bus.event_bus)
    bus.invoke("Created", CREATED, new_function(stack))
    same_bus.invoke("Created", CREATED, new_function(other))

    assert overlaps(stack) == overlaps(other) == []


def test_it_can_be_acknowledged(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    from aws_cdk import Annotations

    function = new_function(stack)
    bus.invoke("One", CREATED, function)
    two = bus.invoke("Two", CREATED, function)
    Annotations.of(two).acknowledge_warning("@saasus/events:overlappingRoutes")

    assert overlaps(stack) == []


def test_routes_of_two_constructs_on_one_bus_are_named_once_and_as_routes(
    app: App, stack: Stack, bus: SaasusEventBus
) -> None:
    function = new_function(stack)
    bus.invoke("Created", CREATED, function)
    again = SaasusEventBus.from_event_bus(stack, "Again", bus.event_bus)
    again.invoke("Created", CREATED, function)
    again.invoke("Unknown", EventFilter.all().event_type("CreateTenant"), new_function(stack, "Other"))
    app.synth()

    [warning] = overlaps(stack)
    assert "'Events/Again/Created' and 'Events/Saasus/Created' deliver" in warning
    assert len(warnings(stack)) == 2  # that of the unknown name is the route's own


def test_a_function_imported_by_name_and_by_arn_is_one(any_app: App) -> None:
    here = Stack(any_app, "Here", env=Environment(account="111122223333", region="ap-northeast-1"))
    bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
    arn = "arn:aws:lambda:ap-northeast-1:111122223333:function:theirs"
    bus.invoke("One", CREATED, lambda_.Function.from_function_name(here, "ByName", "theirs"))
    bus.invoke("Two", CREATED, lambda_.Function.from_function_arn(here, "ByArn", arn))
    bus.invoke("Three", CREATED, lambda_.Function.from_function_name(here, "Other", "others"))

    [warning] = overlaps(here)
    assert f"'Here/Saasus/Two' and 'Here/Saasus/One' deliver to the same target, {arn}," in warning


@pytest.mark.parametrize("imported", [True, False])
def test_a_log_group_is_named(stack: Stack, bus: SaasusEventBus, *, imported: bool) -> None:
    group = logs.LogGroup.from_log_group_name(stack, "Log", "theirs") if imported else logs.LogGroup(stack, "Log")
    bus.log("Everything", log_group=group, mask=False)
    bus.log("Created", CREATED, log_group=group, mask=False)

    [warning] = overlaps(stack)
    assert ("the same target, arn:" if imported else "the same target, 'Events/Log',") in warning
