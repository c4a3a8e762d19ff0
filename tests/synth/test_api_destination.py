"""API destinations: HTTPS, secrets by reference, and little that leaves the account."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, raw_event
from constructs_lib import operations as op
from tests.synth.apps import (
    OTHER_SOURCE,
    REPOSITORY,
    SOURCE,
    new_app,
    properties,
    resources,
    rule_targets,
    text,
    warnings,
)

ENDPOINT = "https://crm.example.com/hooks"
DELETED = EventFilter.of(op.auth.delete_saas_user)


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


CANARY = SecretValue.unsafe_plain_text("canary-3f9a")
KEPT = SecretValue.secrets_manager("crm", json_field="client_secret")


def oauth(**options: Any) -> events.Authorization:
    return events.Authorization.oauth(
        **{
            "authorization_endpoint": "https://login.example.com/token",
            "client_id": "saasus",
            "client_secret": KEPT,
            "http_method": events.HttpMethod.POST,
            **options,
        }
    )


OAUTH_PARAMETERS = pytest.mark.parametrize(
    "keyword", ["body_parameters", "header_parameters", "query_string_parameters"]
)


@OAUTH_PARAMETERS
def test_a_secret_parameter_of_oauth_as_plain_text_is_refused(bus: SaasusEventBus, keyword: str) -> None:
    parameters = {"assertion": events.HttpParameter.from_secret(CANARY)}
    with pytest.raises(InvalidRoute, match=r"'assertion'.* is plain text") as refused:
        call(bus, authorization=oauth(**{keyword: parameters}))
    assert "canary-3f9a" not in str(refused.value)


@OAUTH_PARAMETERS
@pytest.mark.parametrize(
    ("name", "value"), [("client_secret", "canary-3f9a"), ("x-auth-token", "canary-3f9a"), ("x", "Bearer canary-3f9a")]
)
def test_a_text_that_looks_like_a_secret_in_oauth_warns(
    stack: Stack, bus: SaasusEventBus, keyword: str, name: str, value: str
) -> None:
    call(bus, authorization=oauth(**{keyword: {name: events.HttpParameter.from_string(value)}}))
    [warning] = warnings(stack)
    assert "@saasus/events:plainTextSecret" in warning
    assert f"'{name}'" in warning
    assert "canary-3f9a" not in warning


@OAUTH_PARAMETERS
def test_oauth_parameters_that_are_no_secrets_or_are_kept_do_not_warn(
    stack: Stack, bus: SaasusEventBus, keyword: str
) -> None:
    parameters = {
        "scope": events.HttpParameter.from_string("users:read"),
        "assertion": events.HttpParameter.from_secret(KEPT),
    }
    call(bus, authorization=oauth(**{keyword: parameters}))
    assert warnings(stack) == []


def test_a_connection_of_one_s_own_is_looked_at_too(stack: Stack, bus: SaasusEventBus) -> None:
    secret = {"x-signing-key": events.HttpParameter.from_secret(CANARY)}
    connection = events.Connection(stack, "Mine", authorization=api_key(), header_parameters=secret)
    destination = events.ApiDestination(stack, "Destination", connection=connection, endpoint=ENDPOINT)
    with pytest.raises(InvalidRoute, match=r"'x-signing-key'.* is plain text"):
        bus.route("Tell", DELETED, cdk_targets.ApiDestination(destination))


@pytest.mark.parametrize(
    ("authorization", "why"),
    [
        (events.Authorization.api_key("x-api-key:", KEPT), "name of the API key.*':'"),
        (events.Authorization.api_key("x api key", KEPT), "header name 'x api key' has ' '"),
        (events.Authorization.api_key("キー", KEPT), "header name 'キー'"),
        (events.Authorization.api_key("", KEPT), "name of the API key.* is empty"),
        (events.Authorization.api_key("k" * 513, KEPT), "AWS accepts 512"),
        (events.Authorization.api_key("Content-Length", KEPT), "sets itself or does not send"),
        (events.Authorization.basic("user:name", KEPT), "user name.*':'"),
        (oauth(client_id="a:b"), "client id.*':'"),
        (oauth(authorization_endpoint="http://login.example.com"), "authorization_endpoint=.*is not HTTPS"),
        (oauth(authorization_endpoint="https://login.example.com/#x"), "authorization_endpoint=.*'#'"),
        (oauth(header_parameters={"a b": events.HttpParameter.from_string("x")}), "header name 'a b'"),
        (oauth(header_parameters={"x": events.HttpParameter.from_string("a\nb")}), "header 'x'.*has"),
        (oauth(query_string_parameters={"x": events.HttpParameter.from_string("")}), "query parameter 'x'.*is empty"),
        (oauth(body_parameters={str(n): events.HttpParameter.from_string("x") for n in range(101)}), "101 body"),
        (events.Authorization.api_key("k", SecretValue.ssm_secure("/crm/key")), "secure parameter of Systems Manager"),
    ],
)
def test_an_authorization_that_is_certain_to_be_refused(
    bus: SaasusEventBus, authorization: events.Authorization, why: str
) -> None:
    with pytest.raises(InvalidRoute, match=why):
        call(bus, authorization=authorization)


def test_a_secret_header_or_query_parameter_is_kept_by_the_connection(stack: Stack, bus: SaasusEventBus) -> None:
    call(
        bus,
        header_parameters={"x-source": "saasus", "x-signing-key": SecretValue.secrets_manager("signing")},
        query_string_parameters={"v": "2", "token": SecretValue.secrets_manager("token")},
    )
    assert rule_targets(stack)[0]["HttpParameters"] == {
        "HeaderParameters": {"x-source": "saasus"},
        "QueryStringParameters": {"v": "2"},
    }
    kept = properties(stack, "AWS::Events::Connection")["AuthParameters"]["InvocationHttpParameters"]
    [header], [query] = kept["HeaderParameters"], kept["QueryStringParameters"]
    assert (header["Key"], header["IsValueSecret"]) == ("x-signing-key", True)
    assert (query["Key"], query["IsValueSecret"]) == ("token", True)
    assert "{{resolve:secretsmanager:signing" in header["Value"]
    assert warnings(stack) == []


@pytest.mark.parametrize("keyword", ["header_parameters", "query_string_parameters"])
def test_a_secret_header_as_plain_text_is_refused_or_warned_of(stack: Stack, bus: SaasusEventBus, keyword: str) -> None:
    with pytest.raises(InvalidRoute, match="is plain text"):
        call(bus, **{keyword: {"x-signing-key": CANARY}})
    other = SaasusEventBus(stack, "Other", event_source_name=OTHER_SOURCE)
    call(other, **{keyword: {"x-signing-key": "canary-3f9a"}})
    [warning] = warnings(stack)
    assert "@saasus/events:plainTextSecret" in warning
    assert "'x-signing-key'" in warning
    assert "canary-3f9a" not in warning


@pytest.mark.parametrize(
    ("endpoint", "where"),
    [
        ("https://hooks.slack.com/services/T0/B0/canary-3f9a", "its path"),
        ("https://crm.example.com/hook?token=canary-3f9a", "query parameter 'token'"),
        ("https://user:canary-3f9a@crm.example.com/hook", "before its host"),
    ],
)
def test_a_secret_in_the_endpoint_warns_and_says_what_works(
    stack: Stack, bus: SaasusEventBus, endpoint: str, where: str
) -> None:
    call(bus, endpoint=endpoint)
    [warning] = warnings(stack)
    assert "@saasus/events:secretInEndpoint" in warning
    assert where in warning
    assert "SecretValue.secrets_manager" in warning
    assert "bus.invoke" in warning
    assert "canary-3f9a" not in warning


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("https://hooks.slack.com/*", ["services/T000/B000/XXXXXXXXXXXXXXXXXXXXXXXX"]),
        ("https://hooks.slack.com/services/*/*", ["T000/B000", "XXXXXXXXXXXXXXXXXXXXXXXX"]),
        ("https://api.example.com/token/*/events", ["q7f3kd9s2m5x8w1z"]),
    ],
)
def test_a_secret_that_the_path_parameters_make_warns(
    stack: Stack, bus: SaasusEventBus, endpoint: str, values: list[str]
) -> None:
    call(bus, endpoint=endpoint, path_parameter_values=values)
    assert [each for each in warnings(stack) if "secret in its path" in each]


def test_path_parameters_from_the_event_are_no_secrets(stack: Stack, bus: SaasusEventBus) -> None:
    call(bus, endpoint="https://api.example.com/token/*", path_parameter_values=["$.detail.trace_id"])
    assert warnings(stack) == []


@pytest.mark.parametrize("values", ["a", [SecretValue.secrets_manager("crm")], [1], {"a": "b"}, 5])
def test_path_parameters_that_are_no_list_of_texts_are_refused(bus: SaasusEventBus, values: Any) -> None:
    with pytest.raises(InvalidRoute, match=r"path_parameter_values= got a .*Expected a list of strings"):
        call(bus, endpoint="https://api.example.com/*", path_parameter_values=values)


@pytest.mark.parametrize("rate", [True, "5", float("nan"), float("inf"), 0, -1])
def test_a_rate_that_is_no_number_of_calls_is_refused(bus: SaasusEventBus, rate: Any) -> None:
    with pytest.raises(InvalidRoute, match="rate_limit_per_second="):
        call(bus, rate_limit_per_second=rate)


def test_an_endpoint_with_a_secret_is_not_repeated_in_an_error(bus: SaasusEventBus) -> None:
    with pytest.raises(InvalidRoute, match="is not HTTPS") as refused:
        call(bus, endpoint="http://hooks.slack.com/services/T0/B0/canary-3f9a")
    assert "canary-3f9a" not in str(refused.value)


def test_an_endpoint_can_come_from_a_secret(stack: Stack, bus: SaasusEventBus) -> None:
    secret = SecretValue.secrets_manager("slack").unsafe_unwrap()
    call(bus, endpoint=f"https://hooks.slack.com/services/{secret}")
    endpoint = properties(stack, "AWS::Events::ApiDestination")["InvocationEndpoint"]
    assert endpoint == "https://hooks.slack.com/services/{{resolve:secretsmanager:slack:SecretString:::}}"
    assert warnings(stack) == []


def test_another_version_of_the_secrets_changes_the_connection_and_nothing_else() -> None:
    def template(version: str | None) -> Any:
        stack = Stack(new_app(), "Events")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        call(bus, secret_version=version)
        return Template.from_stack(stack).to_json()["Resources"]

    before, after = template("2026-11-01"), template("2026-12-01")
    changed = [id for id in before if before[id] != after[id]]
    assert [before[id]["Type"] for id in changed] == ["AWS::Events::Connection"]
    assert before[changed[0]]["Properties"]["AuthParameters"] == after[changed[0]]["Properties"]["AuthParameters"]
    assert "Description" not in template(None)[changed[0]]["Properties"]


def test_the_call_of_the_documentation_gives_no_warning() -> None:
    page = (REPOSITORY / "docs" / "api-calls.md").read_text(encoding="utf-8")
    made: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], made)  # noqa: S102 - our own page
    stack = made["stack"]
    kept = properties(stack, "AWS::Events::Connection")["AuthParameters"]
    assert kept["InvocationHttpParameters"]["HeaderParameters"][0]["Key"] == "x-signing-key"
    assert warnings(stack) == []


def test_a_secret_whose_text_eventbridge_would_refuse_is_foreseen(stack: Stack, bus: SaasusEventBus) -> None:
    def key_of(secret: secretsmanager.Secret, json_key: str | None = None) -> events.Authorization:
        value = secret.secret_value if json_key is None else secret.secret_value_from_json(json_key)
        return events.Authorization.api_key("x-api-key", value)

    generator = secretsmanager.SecretStringGenerator
    json = secretsmanager.Secret(
        stack,
        "Json",
        generate_secret_string=generator(
            generate_string_key="key", secret_string_template="{}", exclude_characters=":"
        ),
    )
    with pytest.raises(InvalidRoute, match=r"is JSON.*secret_value_from_json"):
        call(bus, authorization=key_of(json))
    fine = secretsmanager.Secret(stack, "Fine", generate_secret_string=generator(exclude_punctuation=True))
    for number, authorization in enumerate((key_of(json, "key"), key_of(fine))):
        bus.call(f"Fine{number}", DELETED, endpoint=ENDPOINT, authorization=authorization)
    bus.call("Colon", DELETED, endpoint=ENDPOINT, authorization=key_of(secretsmanager.Secret(stack, "Any")))
    [warning] = warnings(stack)
    assert "@saasus/events:secretMayHaveColon" in warning
    assert "'Events/Any'" in warning


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
