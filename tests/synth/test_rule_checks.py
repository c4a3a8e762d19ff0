"""Quotas of a bus's rules, what is confirmed by the context, and risky patterns: seen at synth, not at deploy."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Stack, Stage
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventBridgeQuotas, EventFilter, SaasusEventBus, targets
from constructs_lib import operations as op
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_app, properties, text, warnings

WILDCARD: dict[str, Any] = {"event": [{"wildcard": '*"http_status":"5*'}]}


@pytest.fixture
def bus(stack: Stack) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)


def add_wildcard_routes(bus: SaasusEventBus, count: int) -> None:
    queue = sqs.Queue(bus, "Queue")
    for number in range(count):
        bus.route(f"Failed{number}", EventFilter.all().event_type(f"t{number}").failed(), targets.SqsQueue(queue))


def test_24_rules_with_a_wildcard_are_fine(stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 24)
    assert warnings(stack) == []


def test_from_25_on_they_are_warned_of(stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 25)
    [warning] = warnings(stack)
    assert "25 rules of the bus have a wildcard" in warning
    assert "saasus-events learn" in warning


def test_the_31st_is_an_error_that_says_what_to_do(app: App, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 31)
    with pytest.raises(RuntimeError, match=r"31 rules of the bus have a wildcard.*saasus-events learn"):
        app.synth()


def test_rules_that_a_user_wrote_on_the_bus_count_too(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 30)
    pattern = events.EventPattern(detail=WILDCARD)
    events.Rule(Stack(app, "Other"), "Mine", event_bus=bus.event_bus, event_pattern=pattern)
    with pytest.raises(RuntimeError, match="31 rules of the bus have a wildcard"):
        app.synth()


def test_rules_of_another_bus_do_not_count(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 20)
    other = Stack(app, "Other")
    add_wildcard_routes(SaasusEventBus(other, "Saasus", event_source_name=OTHER_SOURCE), 20)
    app.synth()
    assert warnings(stack) == warnings(other) == []


def test_rules_of_the_same_bus_in_another_stage_do_not_count(app: App) -> None:
    for name in ("Beta", "Prod"):
        stack = Stack(Stage(app, name), "Events")
        imported = events.EventBus.from_event_bus_name(stack, "Imported", SOURCE)
        add_wildcard_routes(SaasusEventBus.from_event_bus(stack, "Saasus", imported), 16)
    app.synth()


def test_more_rules_than_the_quota_is_an_error_unless_the_quota_was_raised() -> None:
    def synthesize(quotas: EventBridgeQuotas) -> None:
        app = new_app()
        stack = Stack(app, "Events")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, quotas=quotas)
        queue = sqs.Queue(stack, "Queue")
        for number in range(6):
            bus.route(f"R{number}", EventFilter.all().event_type(f"t{number}"), targets.SqsQueue(queue))
        app.synth()

    with pytest.raises(RuntimeError, match=r"has 6 rules.*EventBridgeQuotas"):
        synthesize(EventBridgeQuotas(rules_per_bus=5))
    synthesize(EventBridgeQuotas(rules_per_bus=6))


def test_a_raw_pattern_that_aws_may_refuse_is_warned_of(stack: Stack, bus: SaasusEventBus) -> None:
    uris = [{"wildcard": f'*"uri":"/v1/{letter}*'} for letter in "abcde"]
    pattern = events.EventPattern(detail={"event": uris})
    events.Rule(stack, "Mine", event_bus=bus.event_bus, event_pattern=pattern)
    assert "@saasus/events:wildcardTooComplex" in text(warnings(stack))


def test_a_body_condition_that_sees_no_depth_is_warned_of(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Named", EventFilter.of(op.auth.create_tenant).request(name="Example"))
    assert "@saasus/events:bodyDepthUnseen" in text(warnings(stack))


def test_a_name_that_the_context_confirms_needs_no_wildcard() -> None:
    app = new_app({"saasus:eventTypes": {"auth.delete_saas_user": "remove_saas_user"}})
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    route = bus.log("Deleted", EventFilter.of(op.auth.delete_saas_user))
    pattern = properties(stack, "AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"] == {"event_type": ["remove_saas_user"]}
    assert route.patterns == (pattern,)
