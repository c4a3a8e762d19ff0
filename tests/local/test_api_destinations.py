"""API destinations: what the endpoint gets, how it is authorized, and what its answers lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, SecretValue, Stack
from aws_cdk.assertions import Template
from aws_cdk.aws_events import Authorization
from botocore.exceptions import ClientError

from constructs_lib import EventFilter, SaasusEventBus
from constructs_lib.local import Hang, HttpsEndpoint
from tests.eventually import eventually
from tests.local.api import API_KEY, ApiDestination
from tests.local.resources import Bus, Queue, new_role, unique
from tests.local.stacks import deploy

if TYPE_CHECKING:
    import trustme

    from constructs_lib.local import LocalAws


def connection(kind: str, **parameters: Any) -> dict[str, Any]:
    return {"AuthorizationType": kind, "AuthParameters": parameters}


def oauth(endpoint: HttpsEndpoint) -> dict[str, Any]:
    return connection(
        "OAUTH_CLIENT_CREDENTIALS",
        OAuthParameters={
            "ClientParameters": {"ClientID": "the-client", "ClientSecret": "the-secret"},
            "AuthorizationEndpoint": endpoint.url("/token"),
            "HttpMethod": "POST",
        },
    )


def test_an_endpoint_gets_the_event_with_the_api_key(aws: LocalAws, bus: Bus, authority: trustme.CA) -> None:
    with HttpsEndpoint(api_key=("x-api-key", "the-key"), authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/hooks/crm")).route(bus)
        event_id = bus.send(n=1)
        (request,) = endpoint.wait_for(1)
    assert (request.method, request.path, request.authorized) == ("POST", "/hooks/crm", True)
    assert request.json()["id"] == event_id
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["user-agent"] == "Amazon/EventBridge/ApiDestinations"


def test_path_query_and_headers_are_filled_in_from_the_event(aws: LocalAws, bus: Bus, authority: trustme.CA) -> None:
    authorization = connection(
        "API_KEY",
        ApiKeyAuthParameters=API_KEY["AuthParameters"]["ApiKeyAuthParameters"],  # type: ignore[index]
        InvocationHttpParameters={
            "HeaderParameters": [{"Key": "x-from", "Value": "connection", "IsValueSecret": False}],
            "QueryStringParameters": [{"Key": "version", "Value": "2", "IsValueSecret": False}],
        },
    )
    with HttpsEndpoint(authority=authority) as endpoint:
        destination = ApiDestination.make(
            aws, endpoint.url("/tenants/*/users/*"), method="PUT", connection=authorization
        )
        destination.route(
            bus,
            HttpParameters={
                "PathParameterValues": ["$.detail.tenant", "fixed"],
                "HeaderParameters": {"x-trace": "$.detail.trace_id", "x-from": "target"},
                "QueryStringParameters": {"dry": "yes"},
            },
        )
        bus.send(tenant="a/b", trace_id="t-1")
        (request,) = endpoint.wait_for(1)
    assert request.method == "PUT"
    assert request.path == "/tenants/a%2Fb/users/fixed"
    assert request.query == {"version": ("2",), "dry": ("yes",)}
    assert request.headers["x-trace"] == "t-1"
    assert request.headers["x-from"] == "connection"


def test_basic_authorization(aws: LocalAws, bus: Bus, authority: trustme.CA) -> None:
    authorization = connection("BASIC", BasicAuthParameters={"Username": "user", "Password": "pass"})
    with HttpsEndpoint(basic=("user", "pass"), authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/"), connection=authorization).route(bus)
        bus.send(n=1)
        assert endpoint.wait_for(1)[0].authorized


def test_an_oauth_token_is_fetched_kept_and_renewed_when_it_is_refused(
    aws: LocalAws, bus: Bus, authority: trustme.CA
) -> None:
    with HttpsEndpoint(oauth=("the-client", "the-secret"), authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/"), connection=oauth(endpoint)).route(bus)
        for n in (1, 2):
            bus.send(n=n)
            endpoint.wait_for(n)
        assert endpoint.tokens_given == 1
        endpoint.forget_token()
        bus.send(n=3)
        requests = endpoint.wait_for(4)
        assert [request.authorized for request in requests] == [True, True, False, True]
        assert endpoint.tokens_given == 2


@pytest.mark.parametrize("status", [300, 400, 403, 404, 413])
def test_an_answer_that_will_not_change_is_not_asked_for_again(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue, status: int
) -> None:
    with HttpsEndpoint(status, authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/")).route(bus, DeadLetterConfig={"Arn": dead_letters.arn})
        bus.send(n=1)
        attributes = dead_letters.attributes()
        assert len(endpoint.requests) == 1
    assert attributes["ERROR_CODE"] == "ERROR_FROM_TARGET"
    assert str(status) in attributes["ERROR_MESSAGE"]
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


@pytest.mark.parametrize("status", [409, 429, 500, 504])
def test_an_answer_that_can_change_is_asked_for_again(
    aws: LocalAws, bus: Bus, authority: trustme.CA, status: int
) -> None:
    with HttpsEndpoint([status, 200], authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/")).route(bus)
        bus.send(n=1)
        endpoint.wait_for(2)


def test_a_wrong_api_key_is_not_tried_again(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue
) -> None:
    with HttpsEndpoint(api_key=("x-api-key", "another"), authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/")).route(bus, DeadLetterConfig={"Arn": dead_letters.arn})
        bus.send(n=1)
        assert "403" in dead_letters.attributes()["ERROR_MESSAGE"]
        assert [request.authorized for request in endpoint.requests] == [False]


def test_an_endpoint_has_five_seconds_to_answer(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue
) -> None:
    with HttpsEndpoint(Hang(30), authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/")).route(
            bus, DeadLetterConfig={"Arn": dead_letters.arn}, RetryPolicy={"MaximumRetryAttempts": 0}
        )
        bus.send(n=1)
        (request,) = endpoint.wait_for(1)
        attributes = dead_letters.attributes()
        message_came = bus.metric("InvocationsSentToDlq")
    assert attributes["ERROR_CODE"] == "TIMEOUT"
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert message_came == 1
    assert request.json()["detail"] == {"n": 1}


def test_an_endpoint_that_is_not_there_is_tried_again(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue
) -> None:
    with HttpsEndpoint(authority=authority) as endpoint:
        url = endpoint.url("/")
    ApiDestination.make(aws, url).route(
        bus, DeadLetterConfig={"Arn": dead_letters.arn}, RetryPolicy={"MaximumRetryAttempts": 2}
    )
    bus.send(n=1)
    attributes = dead_letters.attributes()
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("CONNECTION_FAILURE", "2")


def test_a_certificate_that_nobody_trusts_is_refused(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    with HttpsEndpoint() as stranger:
        ApiDestination.make(aws, stranger.url("/")).route(
            bus, DeadLetterConfig={"Arn": dead_letters.arn}, RetryPolicy={"MaximumRetryAttempts": 0}
        )
        bus.send(n=1)
        assert "CERTIFICATE_VERIFY_FAILED" in dead_letters.attributes()["ERROR_MESSAGE"]
        assert stranger.requests == ()


@pytest.mark.parametrize(
    ("service", "statement", "code"),
    [
        ("lambda.amazonaws.com", {"Action": "events:InvokeApiDestination", "Resource": "*"}, "FAILED_TO_ASSUME_ROLE"),
        ("events.amazonaws.com", {"Action": "events:PutEvents", "Resource": "*"}, "NO_PERMISSIONS"),
        (
            "events.amazonaws.com",
            {"Action": "events:InvokeApiDestination", "Resource": "arn:aws:events:*:*:api-destination/another"},
            "NO_PERMISSIONS",
        ),
    ],
)
def test_the_role_has_to_be_assumable_and_to_allow_the_call(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue, service: str, statement: Any, code: str
) -> None:
    role = new_role(aws, service, {"Effect": "Allow", **statement})
    with HttpsEndpoint(authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/"), role=role).route(bus, DeadLetterConfig={"Arn": dead_letters.arn})
        bus.send(n=1)
        assert dead_letters.attributes()["ERROR_CODE"] == code
        assert endpoint.requests == ()


def test_an_input_transformer_decides_what_leaves_the_account(aws: LocalAws, bus: Bus, authority: trustme.CA) -> None:
    transformer = {"InputPathsMap": {"id": "$.id"}, "InputTemplate": '{"id": <id>}'}
    with HttpsEndpoint(authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/")).route(bus, InputTransformer=transformer)
        event_id = bus.send(secret="x")
        assert endpoint.wait_for(1)[0].json() == {"id": event_id}


def test_a_connection_does_not_show_its_secrets(aws: LocalAws) -> None:
    events, name = aws.client("events"), unique("connection")
    authorization: Any = connection(
        "API_KEY",
        ApiKeyAuthParameters={"ApiKeyName": "x-api-key", "ApiKeyValue": "the-key"},
        InvocationHttpParameters={
            "HeaderParameters": [
                {"Key": "x-secret", "Value": "hidden", "IsValueSecret": True},
                {"Key": "x-open", "Value": "shown", "IsValueSecret": False},
            ]
        },
    )
    events.create_connection(Name=name, **authorization)
    described = events.describe_connection(Name=name)
    assert described["ConnectionState"] == "AUTHORIZED"
    assert described["SecretArn"].startswith("arn:aws:secretsmanager:")
    assert described["AuthParameters"]["ApiKeyAuthParameters"] == {"ApiKeyName": "x-api-key"}
    text = str(described)
    assert "the-key" not in text
    assert "hidden" not in text
    assert "shown" in text


@pytest.mark.parametrize(
    "authorization",
    [
        connection("API_KEY"),
        connection("API_KEY", ApiKeyAuthParameters={"ApiKeyName": "a:b", "ApiKeyValue": "x"}),
        connection("BASIC", ApiKeyAuthParameters={"ApiKeyName": "x-api-key", "ApiKeyValue": "x"}),
        connection(
            "OAUTH_CLIENT_CREDENTIALS",
            OAuthParameters={
                "ClientParameters": {"ClientID": "c", "ClientSecret": "s"},
                "AuthorizationEndpoint": "http://example.com/token",
                "HttpMethod": "POST",
            },
        ),
    ],
)
def test_a_connection_that_is_not_whole_is_refused(aws: LocalAws, authorization: Any) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").create_connection(Name=unique("connection"), **authorization)


@pytest.mark.parametrize("key", ["hush\n", "hu:sh"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(aws: LocalAws, key: str) -> None:
    parameters: Any = {"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": key}}
    with pytest.raises(ClientError, match=r"ApiKeyValue.*regular expression") as refused:
        aws.client("events").create_connection(Name="key", AuthorizationType="API_KEY", AuthParameters=parameters)
    assert "hu" not in str(refused.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1/", "ftp://127.0.0.1/", "https://a b/"])
def test_an_endpoint_has_to_be_https(aws: LocalAws, endpoint: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        ApiDestination.make(aws, endpoint)


def test_an_api_destination_needs_a_connection_that_exists(aws: LocalAws) -> None:
    arn = f"arn:aws:events:{aws.region}:{aws.account}:connection/x/00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("events").create_api_destination(
            Name=unique("api"), ConnectionArn=arn, InvocationEndpoint="https://example.com/", HttpMethod="POST"
        )


def test_a_deauthorized_connection_is_not_used(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue
) -> None:
    with HttpsEndpoint(authority=authority) as endpoint:
        destination = ApiDestination.make(aws, endpoint.url("/"))
        destination.route(bus, DeadLetterConfig={"Arn": dead_letters.arn})
        aws.client("events").deauthorize_connection(Name=destination.name)
        bus.send(n=1)
        assert dead_letters.attributes()["ERROR_CODE"] == "NO_RESOURCE"
        assert endpoint.requests == ()
    eventually(lambda: bus.metric("FailedInvocations") == 1)


def test_a_rotated_secret_is_taken_with_another_secret_version(aws: LocalAws, authority: trustme.CA) -> None:
    secrets, stack, secret = aws.client("secretsmanager"), unique("stack"), unique("secret")
    secrets.create_secret(Name=secret, SecretString="first")

    def key_sent_after_deploying(version: str, *, description: str) -> str:
        app = Stack(App(), "App")
        SaasusEventBus(app, "Saasus", event_source_name=source_name, description=description).call(
            "Tell",
            EventFilter.all().event_type("wanted"),
            endpoint=endpoint.url("/"),
            authorization=Authorization.api_key("x-api-key", SecretValue.secrets_manager(secret)),
            secret_version=version,
        )
        deploy(aws, dict(Template.from_stack(app).to_json()["Resources"]), stack=stack)
        seen = len(endpoint.requests)
        Bus(aws, source_name).send(event_type="wanted", trace_id="t-1")
        return endpoint.wait_for(seen + 1)[-1].headers["x-api-key"]

    source_name = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-7/event"
    aws.client("events").create_partner_event_source(Name=source_name, Account=aws.account)
    with HttpsEndpoint(authority=authority) as endpoint:
        assert key_sent_after_deploying("1", description="one") == "first"
        secrets.put_secret_value(SecretId=secret, SecretString="second")
        # CloudFormation does not look at the secret again, although the stack changes.
        assert key_sent_after_deploying("1", description="two") == "first"
        assert key_sent_after_deploying("2", description="two") == "second"
