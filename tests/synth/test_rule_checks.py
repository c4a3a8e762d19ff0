"""Quotas of a bus's rules, what is confirmed by the context, and risky patterns: seen at synth, not at deploy."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Environment, Stack, Stage
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventArchive, EventBridgeQuotas, EventFilter, SaasusEventBus, targets
from constructs_lib import operations as op
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_app, properties, resources, text, warnings

WILDCARD: dict[str, Any] = {"event": [{"wildcard": '*"http_status":"5*'}]}


def add_wildcard_routes(bus: SaasusEventBus, count: int) -> None:
    queue = sqs.Queue(bus, "Queue")
    for number in range(count):
        bus.route(f"Succeeded{number}", EventFilter.all().event_type(f"t{number}").succeeded(), targets.SqsQueue(queue))


def test_24_rules_with_a_wildcard_are_fine(stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 24)
    assert warnings(stack) == []


def test_from_25_on_they_are_warned_of(stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 25)
    [warning] = warnings(stack)
    assert "25 rules of the bus have a wildcard" in warning
    assert "saasus-events learn" in warning


def test_30_are_taken(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    add_wildcard_routes(bus, 30)
    app.synth()
    assert "30 rules of the bus have a wildcard" in text(warnings(stack))


class TestArchives:
    """Whether the managed rule of an archive counts is not documented: here it does."""

    WILD = EventArchive(event_filter=EventFilter.all().failed())

    def test_one_with_a_wildcard_is_the_31st(self, app: App, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=self.WILD)
        add_wildcard_routes(bus, 30)
        with pytest.raises(RuntimeError, match="31 rules of the bus have a wildcard, that of each archive included"):
            app.synth()

    def test_one_without_is_none(self, app: App, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive())
        add_wildcard_routes(bus, 30)
        app.synth()
        assert len(resources(stack, "AWS::Events::Rule")) == 30

    @pytest.mark.parametrize("how", ["the bus", "by name", "by ARN", "of a resource", "of the bus's resource"])
    def test_one_of_another_stack_counts_too_but_not_one_of_another_bus(self, app: App, how: str) -> None:
        quotas = EventBridgeQuotas(rules_per_bus=1)
        bus = SaasusEventBus(Stack(app, "Events"), "Saasus", event_source_name=SOURCE, quotas=quotas)
        bus.log("Everything")
        other = Stack(app, "Other")
        elsewhere = SaasusEventBus(other, "Elsewhere", event_source_name=OTHER_SOURCE, archive=EventArchive())
        assert elsewhere.archive is not None
        given = {
            "the bus": bus.event_bus,
            "by name": events.EventBus.from_event_bus_name(other, "Named", SOURCE),
            "by ARN": events.EventBus.from_event_bus_arn(other, "Arn", f"arn:aws:events:a:1:event-bus/{SOURCE}"),
        }.get(how)
        if given is None:
            made = bus.event_bus.node.default_child
            assert isinstance(made, events.CfnEventBus)
            arn = made.attr_arn if "bus" in how else bus.event_bus.event_bus_arn
            events.CfnArchive(other, "Raw", source_arn=arn)
        else:
            SaasusEventBus.from_event_bus(other, "Saasus", given, archive=EventArchive())
        with pytest.raises(RuntimeError, match="has 2 rules, that of each archive included"):
            app.synth()

    def test_without_one_nothing_is_said_of_it(self, app: App, bus: SaasusEventBus) -> None:
        add_wildcard_routes(bus, 31)
        with pytest.raises(RuntimeError, match="31 rules of the bus have a wildcard; EventBridge accepts 30"):
            app.synth()


@pytest.mark.parametrize(
    ("region", "allowed", "counts"),
    [
        ("af-south-1", 100, (100, 101)),
        ("eu-south-1", 100, (101,)),
        ("ap-northeast-1", 300, (101,)),
        (None, 300, (300, 301)),
    ],
)
def test_the_quota_of_rules_is_that_of_the_region(region: str | None, allowed: int, counts: tuple[int, ...]) -> None:
    for count in counts:
        app = new_app()
        env = None if region is None else Environment(account="111122223333", region=region)
        stack = Stack(app, "Events", env=env)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        for number in range(count):
            # Raw resources, which are made faster than routes.
            name = bus.event_bus.event_bus_name
            events.CfnRule(stack, f"R{number}", event_bus_name=name, event_pattern={"source": [f"s{number}"]})
        if count <= allowed:
            app.synth()
        else:
            with pytest.raises(RuntimeError, match=f"EventBridge accepts {allowed} on a bus by default"):
                app.synth()


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


def test_rules_that_name_the_bus_count_too_where_they_are_in_its_place() -> None:
    quotas = EventBridgeQuotas(rules_per_bus=1)
    for region, count in (("us-east-1", 2), ("us-east-2", 1)):
        app = new_app()
        stack = Stack(app, "Events", env=Environment(account="111122223333", region="us-east-1"))
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, quotas=quotas).log("Everything")
        other = Stack(app, "Other", env=Environment(account="111122223333", region=region))
        named = events.EventBus.from_event_bus_name(other, "Named", SOURCE)
        events.Rule(other, "Mine", event_bus=named, event_pattern=events.EventPattern(source=["mine"]))
        if count == 1:
            app.synth()
        else:
            with pytest.raises(RuntimeError, match="has 2 rules"):
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
        assert len(resources(stack, "AWS::Events::Rule")) == 16


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


def test_a_body_condition_that_sees_no_depth_is_warned_of(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Named", EventFilter.of(op.auth.create_tenant).request(name="Example"))
    assert "@saasus/events:bodyDepthUnseen" in text(warnings(stack))


def test_a_loop_guard_that_can_be_guessed_is_warned_of(stack: Stack, bus: SaasusEventBus) -> None:
    of_tenants = EventFilter.of(op.auth.create_tenant)
    bus.log("Guarded", of_tenants.not_trace_id_prefix("onboarding-9f3b0c7d1e5a4826-"))
    bus.log("Unresolved", of_tenants.not_trace_id_prefix(CfnParameter(stack, "Prefix").value_as_string))
    assert "guessableTraceIdPrefix" not in text(warnings(stack))
    bus.log("Guessable", of_tenants.not_trace_id_prefix("onboarding-"))
    assert "@saasus/events:guessableTraceIdPrefix" in text(warnings(stack))


def test_a_name_that_the_context_confirms_needs_no_wildcard() -> None:
    app = new_app({"saasus:eventTypes": {"auth.delete_saas_user": "remove_saas_user"}})
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    route = bus.log("Deleted", EventFilter.of(op.auth.delete_saas_user))
    pattern = properties(stack, "AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"] == {"event_type": ["remove_saas_user"]}
    assert route.patterns == (pattern,)
