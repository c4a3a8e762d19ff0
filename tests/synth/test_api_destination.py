"""API destinations: HTTPS, secrets by reference, and little that leaves the account."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, raw_event
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, properties, resources, rule_targets, text, warnings

ENDPOINT = "https://crm.example.com/hooks"
DELETED = EventFilter.of(op.auth.delete_saas_user)


@pytest.fixture
def bus(stack: Stack) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)


def api_key() -> events.Authorization:
    return events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm"))


def call(bus: SaasusEventBus, **options: Any) -> None:
    bus.call("Tell", DELETED, **{"endpoint": ENDPOINT, "authorization": api_key(), **options})


def test_only_what_names_the_event_leaves_the_account_by_default(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus)
    transformer = rule_targets(stack)[0]["InputTransformer"]
    assert set(transformer["InputPathsMap"].values()) == {
        "$.id",
        "$.time",
        "$.detail.event_type",
        "$.detail.trace_id",
    }
    assert warnings(stack) == []


def test_the_raw_event_leaves_when_it_is_asked_for_and_warns(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus, event=raw_event())
    assert rule_targets(stack)[0]["InputPath"] == "$"
    [warning] = warnings(stack)
    assert "@saasus/events:rawEvent" in warning
    assert "API key" in warning


@pytest.mark.parametrize(
    "event",
    [
        events.RuleTargetInput.from_event_path("$.detail"),
        events.RuleTargetInput.from_object({"call": events.EventField.from_path("$.detail.event")}),
    ],
)
def test_a_part_that_holds_the_secrets_warns_too(
    stack: Stack, bus: SaasusEventBus, event: events.RuleTargetInput
) -> None:
    call(bus, event=event)
    assert "@saasus/events:rawEvent" in text(warnings(stack))


def test_the_cdks_own_target_without_an_input_warns_too(stack: Stack, bus: SaasusEventBus) -> None:
    connection = events.Connection(stack, "Connection", authorization=api_key())
    destination = events.ApiDestination(stack, "Destination", connection=connection, endpoint=ENDPOINT)
    bus.route("Tell", DELETED, cdk_targets.ApiDestination(destination))
    assert "@saasus/events:rawEvent" in text(warnings(stack))


def test_single_fields_can_be_chosen(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus, event=events.RuleTargetInput.from_object({"kind": events.EventField.from_path("$.detail.event_type")}))
    assert list(rule_targets(stack)[0]["InputTransformer"]["InputPathsMap"].values()) == ["$.detail.event_type"]
    assert warnings(stack) == []


@pytest.mark.parametrize(
    ("authorization", "kind"),
    [
        (api_key(), "API_KEY"),
        (events.Authorization.basic("saasus", SecretValue.secrets_manager("crm")), "BASIC"),
        (
            events.Authorization.oauth(
                authorization_endpoint="https://login.example.com/token",
                client_id="saasus",
                client_secret=SecretValue.secrets_manager("crm", json_field="client_secret"),
                http_method=events.HttpMethod.POST,
            ),
            "OAUTH_CLIENT_CREDENTIALS",
        ),
    ],
)
def test_every_kind_of_authorization_refers_to_its_secret(
    stack: Stack, bus: SaasusEventBus, authorization: events.Authorization, kind: str
) -> None:
    call(bus, authorization=authorization)
    connection = properties(stack, "AWS::Events::Connection")
    assert connection["AuthorizationType"] == kind
    assert "{{resolve:secretsmanager:crm" in text(connection)


def test_a_secret_of_the_same_app_can_be_used(stack: Stack, bus: SaasusEventBus) -> None:
    secret = secretsmanager.Secret(stack, "Secret")
    call(bus, authorization=events.Authorization.api_key("x-api-key", secret.secret_value))
    assert "resolve:secretsmanager" in text(properties(stack, "AWS::Events::Connection"))


@pytest.mark.parametrize(
    "authorization",
    [
        events.Authorization.api_key("x-api-key", SecretValue.unsafe_plain_text("canary-3f9a")),
        events.Authorization.basic("saasus", SecretValue.unsafe_plain_text("canary-3f9a")),
        events.Authorization.oauth(
            authorization_endpoint="https://login.example.com/token",
            client_id="saasus",
            client_secret=SecretValue.unsafe_plain_text("canary-3f9a"),
            http_method=events.HttpMethod.POST,
        ),
    ],
)
def test_a_secret_as_plain_text_is_refused_and_not_repeated(
    bus: SaasusEventBus, authorization: events.Authorization
) -> None:
    with pytest.raises(InvalidRoute, match="plain text") as refused:
        call(bus, authorization=authorization)
    assert "canary-3f9a" not in str(refused.value)
    assert "SecretValue.secrets_manager" in str(refused.value)


@pytest.mark.parametrize("endpoint", ["http://crm.example.com", "crm.example.com", "ftp://crm.example.com", ""])
def test_an_endpoint_that_is_not_https_is_refused(bus: SaasusEventBus, endpoint: str) -> None:
    with pytest.raises(InvalidRoute, match="https://"):
        call(bus, endpoint=endpoint)


def test_an_endpoint_known_only_at_deploy_is_accepted(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus, endpoint=CfnParameter(stack, "Endpoint").value_as_string)
    assert properties(stack, "AWS::Events::ApiDestination")["InvocationEndpoint"] == {"Ref": "Endpoint"}


@pytest.mark.parametrize("rate", [0, -5])
def test_a_rate_below_one_is_refused(bus: SaasusEventBus, rate: int) -> None:
    with pytest.raises(InvalidRoute, match="1 invocation a second"):
        call(bus, rate_limit_per_second=rate)


def test_a_rate_above_the_default_quota_warns(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus, rate_limit_per_second=500)
    assert properties(stack, "AWS::Events::ApiDestination")["InvocationRateLimitPerSecond"] == 500
    assert "@saasus/events:rateAboveQuota" in text(warnings(stack))


def test_headers_path_and_query_reach_the_target(stack: Stack, bus: SaasusEventBus) -> None:
    call(
        bus,
        endpoint="https://crm.example.com/users/*",
        http_method=events.HttpMethod.DELETE,
        rate_limit_per_second=5,
        header_parameters={"x-source": "saasus"},
        path_parameter_values=["$.detail.trace_id"],
        query_string_parameters={"dry": "no"},
    )
    assert rule_targets(stack)[0]["HttpParameters"] == {
        "HeaderParameters": {"x-source": "saasus"},
        "PathParameterValues": ["$.detail.trace_id"],
        "QueryStringParameters": {"dry": "no"},
    }
    destination = properties(stack, "AWS::Events::ApiDestination")
    assert (destination["HttpMethod"], destination["InvocationRateLimitPerSecond"]) == ("DELETE", 5)


def test_a_star_without_a_value_is_refused(bus: SaasusEventBus) -> None:
    with pytest.raises(InvalidRoute, match="each `\\*` takes one value"):
        call(bus, endpoint="https://crm.example.com/users/*")


def test_eventbridge_may_invoke_this_destination_only(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus)
    [policy] = resources(stack, "AWS::IAM::Policy").values()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "events:InvokeApiDestination"
    assert statement["Resource"] == {"Fn::GetAtt": [next(iter(resources(stack, "AWS::Events::ApiDestination"))), "Arn"]}


def test_the_parts_can_be_got_at(bus: SaasusEventBus) -> None:
    route = bus.call("Tell", DELETED, endpoint=ENDPOINT, authorization=api_key())
    assert isinstance(route.connection, events.Connection)
    assert isinstance(route.api_destination, events.ApiDestination)
