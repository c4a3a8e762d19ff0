"""Patterns that AWS refuses are errors at synth, those that never fire are warned of: routes' and a user's own."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk import aws_events as events

from constructs_lib import EventArchive, EventBridgeQuotas, EventFilter, SaasusEventBus
from constructs_lib import operations as op
from constructs_lib.events.errors import InvalidArchive
from constructs_lib.events.known_events import NOTHING_KNOWN
from constructs_lib.filters.likely_mistakes import mistakes_of
from constructs_lib.filters.limits import pattern_size
from constructs_lib.filters.ruler.complexity import wildcard_complexity
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_app, resources, text, warnings

TENANT = "fc84307d-e285-4854-8c16-21a6871a2a13"


def add_raw(bus: SaasusEventBus, pattern: dict[str, Any], id: str = "Mine") -> None:
    events.CfnRule(Stack.of(bus), id, event_bus_name=bus.event_bus.event_bus_name, event_pattern=pattern)


def of_complexity(count: int) -> dict[str, Any]:
    pattern = {"detail": {"event": [{"wildcard": f"*{'a' * (count - 2)}*"}]}}
    assert wildcard_complexity(pattern) == count
    return pattern


def of_length(characters: int) -> dict[str, Any]:
    pattern = {"detail": {"event_type": ["create_tenant", "x"]}}
    pattern["detail"]["event_type"][1] *= characters - pattern_size(pattern) + 1
    assert pattern_size(pattern) == characters
    return pattern


def named(found: list[str], id: str) -> list[str]:
    return [warning for warning in found if f"@saasus/events:{id}" in warning]


class TestComplexity:
    def test_a_route_above_10_is_an_error_that_names_it_and_what_helps(self, app: App, bus: SaasusEventBus) -> None:
        operation = op.auth.confirm_sign_up_with_aws_marketplace
        bus.log("Joined", EventFilter.of(operation).succeeded().tenant(TENANT))

        with pytest.raises(RuntimeError) as failure:
            app.synth()
        said = str(failure.value)
        assert "The route 'Events/Saasus/Joined'" in said
        assert "a complexity of 11" in said
        assert "confirm the event type of operations.auth.confirm_sign_up_with_aws_marketplace" in said
        assert "leave out .succeeded()" in said
        assert f"leave out .tenant({TENANT!r})" in said

    def test_what_an_error_says_helps(self) -> None:
        context = {"saasus:eventTypes": {"auth.confirm_sign_up_with_aws_marketplace": "confirmed"}}
        operation = op.auth.confirm_sign_up_with_aws_marketplace
        for event_filter, known in (
            (EventFilter.of(operation).succeeded().tenant(TENANT), context),
            (EventFilter.of(operation).tenant(TENANT), {}),
            (EventFilter.of(operation).succeeded(), {}),
        ):
            app = new_app(known)
            stack = Stack(app, "Events")
            SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).log("Joined", event_filter)
            app.synth()
            assert resources(stack, "AWS::Events::Rule")

    def test_only_what_helps_is_said(self, app: App, bus: SaasusEventBus) -> None:
        bus.log("Planned", EventFilter.of(op.auth.update_tenant_plan).succeeded().request(next_plan_id="p"))

        with pytest.raises(RuntimeError, match=r"leave out \.request\(next_plan_id='p'\)") as failure:
            app.synth()
        assert "leave out .succeeded()" not in str(failure.value), "12 are left without it"

    @pytest.mark.parametrize(("count", "refused"), [(9, False), (10, False), (11, True)])
    def test_of_a_rule_that_a_user_wrote(
        self, app: App, stack: Stack, bus: SaasusEventBus, count: int, refused: bool
    ) -> None:
        add_raw(bus, {**of_complexity(count), "source": [SOURCE]})
        if refused:
            with pytest.raises(RuntimeError, match=rf"The rule 'Events/Mine'.*a complexity of {count}"):
                app.synth()
        else:
            assert bool(named(warnings(stack), "wildcardAtLimit")) is (count == 10)

    def test_exactly_10_is_warned_of_once_for_all_routes(self, stack: Stack, bus: SaasusEventBus) -> None:
        for number in range(4):
            bus.log(f"Failed{number}", EventFilter.all().event_type(f"t{number}").failed())
        bus.log("Succeeded", EventFilter.all().succeeded())

        [warning] = named(warnings(stack), "wildcardAtLimit")
        assert "'Events/Saasus/Failed0/Rule'" in warning
        assert "and 1 more" in warning
        assert "bus.decoded()" in warning
        assert "Succeeded" not in warning

    def test_of_an_archive(self, stack: Stack) -> None:
        archive = EventArchive(event_filter=EventFilter.of(*op.groups))
        with pytest.raises(InvalidArchive, match=r"of\(operations.*a complexity of 40.*EventFilter\.all\(\)"):
            SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=archive)


class TestLength:
    @pytest.mark.parametrize(("characters", "warned"), [(2_048, False), (2_049, True), (4_096, True)])
    def test_the_quota_is_warned_of(self, stack: Stack, bus: SaasusEventBus, characters: int, warned: bool) -> None:
        add_raw(bus, of_length(characters))
        assert bool(named(warnings(stack), "patternTooLong")) is warned

    def test_what_the_api_takes_is_an_error_above(self, app: App, bus: SaasusEventBus) -> None:
        add_raw(bus, of_length(4_097))
        with pytest.raises(RuntimeError, match=r"The rule 'Events/Mine'.*4,097 characters"):
            app.synth()

    def test_a_raised_quota_counts_for_rules_and_archives(self) -> None:
        names = [f"{'x' * 90}{number}" for number in range(25)]
        event_filter = EventFilter.all().event_type(*names)
        assert 2_048 < pattern_size(event_filter.to_pattern()) < 3_000
        for characters, warned in ((2_048, True), (3_000, False)):
            stack = Stack(new_app(), "Events")
            bus = SaasusEventBus(
                stack,
                "Saasus",
                event_source_name=SOURCE,
                archive=EventArchive(event_filter=event_filter),
                quotas=EventBridgeQuotas(event_pattern_characters=characters),
            )
            add_raw(bus, of_length(2_500))
            assert len(named(warnings(stack), "patternTooLong")) == (2 if warned else 0)


class TestRulesThatAUserWrote:
    def test_what_eventbridge_refuses_is_an_error_of_each(self, app: App, bus: SaasusEventBus) -> None:
        refused: dict[str, dict[str, Any]] = {
            "Stars": {"detail": {"event": [{"wildcard": "*a**b*"}]}},
            "NoList": {"detail": {"event_type": "create_tenant"}},
            "Empty": {"detail": {"event_type": []}},
            "Typo": {"detail": {"event_type": [{"prefixx": "a"}]}},
            "OneOr": {"detail": {"$or": [{"event_type": ["x"]}]}},
            "NoOr": {"detail": {"$or": 5}},
        }
        for id, pattern in refused.items():
            add_raw(bus, pattern, id)
        add_raw(bus, {"source": [SOURCE]}, "Right")

        with pytest.raises(RuntimeError) as failure:
            app.synth()
        for id in refused:
            assert f"The rule 'Events/{id}': EventBridge refuses the pattern (detail" in str(failure.value)
        assert "Events/Right" not in str(failure.value)

    @pytest.mark.parametrize(
        ("pattern", "reason"),
        [
            ({"source": ["aws.s3"]}, "source: expected ['aws.s3']"),
            ({"detail-type": ["API Call"]}, "detail-type: expected ['API Call'], found 'api_call'"),
            ({"detail": {"eventName": ["create_tenant"]}}, "detail.eventName"),
            ({"detail": {"event": {"uri": ["/v1/auth/tenants"]}}}, "detail.event.uri"),
            ({"detail": {"event_type": ["CreateTenant"]}}, "detail.event_type"),
            ({"detail": {"event": [{"wildcard": '*"uri": "/v1/*'}]}}, "detail.event"),
            ({"detail": {"event": [{"wildcard": '*"uri":"/v1/*"http_status":"2*'}]}}, "detail.event"),
            ({"detail": {"event_type": ["create_tenant"], "event": [{"wildcard": '*"PUT"*'}]}}, "detail.event"),
            ({"source": [OTHER_SOURCE]}, "source: expected"),
        ],
    )
    def test_what_never_fires_is_warned_of(self, pattern: dict[str, Any], reason: str) -> None:
        stack = Stack(new_app(), "Events")
        imported = events.EventBus.from_event_bus_name(stack, "Bus", SOURCE)
        add_raw(SaasusEventBus.from_event_bus(stack, "Saasus", imported), pattern)

        [warning] = named(warnings(stack), "ruleNeverFires")
        assert reason in warning

    @pytest.mark.parametrize(
        "pattern",
        [
            {"source": [SOURCE]},
            {"source": [{"prefix": "aws.partner/saasus.io"}], "detail-type": ["api_call"]},
            {"account": ["111122223333"], "region": ["us-east-1"]},
            {"detail": {"event_type": ["delete_saas_user"]}},
            {"detail": {"trace_id": [{"prefix": "onboarding-"}], "event_type": [{"prefix": "create_"}]}},
            {"detail": {"event": [{"wildcard": '*"http_status":"4*'}]}},
            {"detail": {"event": [{"wildcard": '*"http_status":"500"*"uri":"/v1/pricing/*'}]}},
            {"detail": {"$or": [{"event_type": ["nobody_knows"]}, {"event": [{"wildcard": '*"PATCH"*'}]}]}},
        ],
    )
    def test_what_can_fire_is_not(self, stack: Stack, bus: SaasusEventBus, pattern: dict[str, Any]) -> None:
        add_raw(bus, pattern)
        assert named(warnings(stack), "ruleNeverFires") == []

    def test_on_a_bus_of_other_events_nothing_is_said_of_it(self, stack: Stack) -> None:
        other = events.EventBus(stack, "Other")
        add_raw(SaasusEventBus.from_event_bus(stack, "Saasus", other), {"source": ["my.app"]})
        assert named(warnings(stack), "ruleNeverFires") == []

    def test_what_only_the_deployment_knows_is_left_alone(self, stack: Stack, bus: SaasusEventBus) -> None:
        name, names = CfnParameter(stack, "Name"), CfnParameter(stack, "Names", type="CommaDelimitedList")
        pattern = {"account": [stack.account], "detail": {"event_type": [name.value_as_string]}}
        add_raw(bus, pattern)
        add_raw(bus, {"detail": {"event_type": names.value_as_list}}, "Listed")
        assert named(warnings(stack), "ruleNeverFires") == []


class TestRoutesThatNeverFire:
    def test_are_warned_of_each_by_an_id_of_its_own(self, stack: Stack, bus: SaasusEventBus) -> None:
        expected = [
            (EventFilter.all().custom("mine", "moved"), "customEventsUnsent", "answers 501"),
            (EventFilter.of(op.auth.update_tenant).tenant("acme"), "idNotUuid", ".tenant('acme')"),
            (EventFilter.of(op.auth.delete_saas_user).user(TENANT.upper()), "idNotUuid", ".user('FC84307D"),
            (EventFilter.all().route("GET", "/v1/auth/tenants"), "noEventForGet", "asks for GET"),
            (EventFilter.all().route("POST", "/v1/auth/tennants"), "unknownRoute", "Did you mean '/v1/auth/tenants'"),
            (EventFilter.all().route("PUT", "/v1/auth/tenants"), "unknownRoute", "POST (auth.create_tenant)"),
            (EventFilter.all().route("POST", "/v1/auth/apikeys"), "unknownRoute", "only its consoles"),
            (EventFilter.all().event_type("CreateTenant"), "unknownEventType", "('CreateTenant')"),
            (EventFilter.all().event_type("create_tenat"), "unknownEventType", "('create_tenat')"),
            (EventFilter.of(op.auth.create_tenant).status(200), "otherStatus", "create_tenant with 201"),
            (EventFilter.of(op.auth.create_tenant).route("POST", "/v1/auth/users"), "neverMatches", "all conditions"),
            (EventFilter.all().event_type("api_call"), "unknownEventType", "detail-type"),
            (EventFilter.all().event_type("get_tenants"), "noEventForGet", "named like a GET"),
            (EventFilter.of(op.auth.create_tenant).failed().response(id=TENANT), "otherResponse", "'id'"),
            (EventFilter.of(op.auth.create_tenant).succeeded().response(message="x"), "otherResponse", "an error"),
        ]
        for number, (event_filter, _, _) in enumerate(expected):
            bus.log(f"Route{number}", event_filter)

        found = warnings(stack)
        for event_filter, id, words in expected:
            said = [warning for warning in named(found, id) if words in warning]
            assert len(said) == 1, (event_filter, said)
            assert "acknowledge this" in said[0]
        of_the_patterns = {"bodyDepthUnseen", "wildcardAtLimit"}
        ids = {warning.rpartition("events:")[2].strip("]") for warning in found}
        assert ids - of_the_patterns == {id for _, id, _ in expected}

    @pytest.mark.parametrize(
        "event_filter",
        [
            EventFilter.all().route("DELETE", f"/v1/auth/tenants/{TENANT}"),
            EventFilter.all().route("PATCH", "/v1/pricing/plans/{any}"),
            EventFilter.all().event_type("brand_new_name"),
            EventFilter.of(op.auth.create_tenant).status(201, 400),
            EventFilter.of(op.auth.create_role).status(404).response(message="x"),
            EventFilter.of(op.auth.create_env).response(message="x"),
            EventFilter.of(op.auth.create_tenant).succeeded().response(id=TENANT),
        ],
        ids=repr,
    )
    def test_what_can_fire_is_not(self, event_filter: EventFilter) -> None:
        assert list(mistakes_of(event_filter, NOTHING_KNOWN)) == []

    def test_a_token_is_taken_as_an_id(self, app: App, stack: Stack, bus: SaasusEventBus) -> None:
        id = CfnParameter(stack, "Tenant").value_as_string
        bus.log("Mine", EventFilter.of(op.auth.update_tenant).tenant(id))

        assert named(warnings(stack), "idNotUuid") == []
        template = text(app.synth().get_stack_by_name("Events").template)
        assert '/v1/auth/tenants/", {"Ref": "Tenant"}' in template
