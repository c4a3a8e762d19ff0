"""The local SaaSus: signatures, the setting and its source, answers and their events, and what can go wrong."""

from __future__ import annotations

import importlib
import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import operations as op
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.local.saasus import Fault, LocalSaasus, LocalSaasusError, Sending
from constructs_lib.local.saasus.schema import problem
from constructs_lib.runtime.saasus_api import EventBridgeSettings, EventMessage, IntegrationApi
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.saasus_errors import SaasusApiError, SaasusUnreachable
from constructs_lib.runtime.saasus_http import Retries, SignedHttp
from constructs_lib.testing import variants
from constructs_lib.testing.samples import sample_body, sample_uri, schemas_of
from tests.eventually import eventually
from tests.local.resources import Bus, Queue, new_function, new_queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.operation import Operation
    from constructs_lib.local import LocalAws

# The SDK says that it is typed, and is not as a strict check wants it.
SDK_CLIENT: Any = importlib.import_module("saasus_sdk_python.client.client")
SDK_AUTH: Any = importlib.import_module("saasus_sdk_python.src.auth")
SDK_AUTH_CLIENT: Any = importlib.import_module("saasus_sdk_python.client.auth_client")
SDK_INTEGRATION: Any = importlib.import_module("saasus_sdk_python.src.integration")
SDK_INTEGRATION_CLIENT: Any = importlib.import_module("saasus_sdk_python.client.integration_client")

FIXTURES = Path(__file__).parents[1] / "fixtures" / "events"
ELSEWHERE = EventBridgeSettings("111122223333", "eu-west-1")
INFO = "/v1/integration/eventbridge/info"
AT_ONCE = Retries(attempts=3, sleep=lambda _: None)
ONCE = Retries(attempts=1)


@pytest.fixture
def saasus(aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[LocalSaasus]:
    with LocalSaasus(aws, **getattr(request, "param", {})) as running:
        yield running


@pytest.fixture
def api(saasus: LocalSaasus) -> IntegrationApi:
    return client_of(saasus)


@pytest.fixture
def events(aws: LocalAws, saasus: LocalSaasus, api: IntegrationApi) -> Events:
    """Everything that comes once the setting is saved; its own event comes before the bus and is lost."""
    api.save_settings(here(aws))
    return Events(aws, saasus)


class Events:
    """The events on the bus of a local SaaSus, by way of a queue."""

    def __init__(self, aws: LocalAws, saasus: LocalSaasus) -> None:
        name = saasus.event_source_name
        aws.client("events").create_event_bus(Name=name, EventSourceName=name)
        self._queue: Queue = new_queue(aws).allow_events()
        # Custom events have another detail-type, but the same source.
        Bus(aws, name).route(self._queue.arn)
        self._got: list[dict[str, Any]] = []

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        def enough() -> bool:
            self._got += [json.loads(message["Body"]) for message in self._queue.messages()]
            return len(self._got) >= count

        eventually(enough, 20)
        assert len(self._got) == count
        return self._got


def here(aws: LocalAws) -> EventBridgeSettings:
    return EventBridgeSettings(aws.account, aws.region)


def client_of(saasus: LocalSaasus, credentials: SaasusCredentials | None = None, **more: Any) -> IntegrationApi:
    return IntegrationApi(
        credentials or saasus.credentials, base_url=saasus.base_url, **{"retries": ONCE, "timeout": 5, **more}
    )


def call(saasus: LocalSaasus, operation: Operation, body: Any = None, **path_params: str) -> Any:
    """Make a call of any operation, with a body that is valid by its schema unless one is given."""
    schema = schemas_of(operation).get("request")
    content = sample_body(schema, None) if body is None else body
    http = SignedHttp(saasus.credentials, base_url=saasus.base_url, retries=ONCE)
    path = sample_uri(operation, path_params).removeprefix("/v1")
    answer = http.call(operation.method, path, content, trace_id=f"of-{operation.name}")
    assert answer.status == operation.success_status
    return json.loads(answer.body) if answer.body else None


def state(aws: LocalAws, saasus: LocalSaasus, **where: str) -> str:
    """Return the state of the source, as the customer sees it; empty if it does not exist."""
    found = aws.client("events", **where).list_event_sources(NamePrefix=saasus.event_source_name)["EventSources"]
    return found[0]["State"] if found else ""


# ------------------------------------------------------------------ the official SDK


@pytest.fixture
def sdk(saasus: LocalSaasus, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in saasus.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(SDK_CLIENT.Client, "_instance", None)  # it reads the environment once in a process


@pytest.mark.usefixtures("sdk")
def test_calls_of_the_official_sdk_come_out_as_events(saasus: LocalSaasus, events: Events) -> None:
    auth = SDK_AUTH_CLIENT.SignedAuthApiClient()
    tenant = SDK_AUTH.TenantApi(auth).create_tenant(
        SDK_AUTH.TenantProps(
            name="株式会社 <例>", attributes={"memo": "a & b"}, back_office_staff_email="x@example.com"
        )
    )
    user = SDK_AUTH.SaasUserApi(auth).create_saas_user(
        SDK_AUTH.CreateSaasUserParam(email="u@example.com", password='hush"\\hush')
    )
    SDK_AUTH.SaasUserApi(auth).delete_saas_user(user.id)
    assert tenant.name == "株式会社 <例>"
    assert user.email == "u@example.com"

    created, registered, deleted = in_order(saasus, events.wait_for(3))
    assert created.operation == op.auth.create_tenant
    assert created.tenant_id == tenant.id
    assert created.http_status == 201
    assert created.request == {
        "name": "株式会社 <例>",
        "attributes": {"memo": "a & b"},
        "back_office_staff_email": "x@example.com",
    }
    assert registered.operation == op.auth.create_saas_user
    assert registered.user_id == user.id
    assert registered.request["password"] == 'hush"\\hush'
    assert deleted.operation == op.auth.delete_saas_user
    assert deleted.user_id == user.id
    assert deleted.response["id"] == user.id


def in_order(saasus: LocalSaasus, events: list[dict[str, Any]]) -> list[SaasusEvent]:
    """Sort events, which a queue gives in any order, by when they were sent."""
    order = [event.trace_id for event in saasus.events]
    return sorted((SaasusEvent.from_dict(event) for event in events), key=lambda event: order.index(event.trace_id))


@pytest.mark.usefixtures("sdk")
def test_the_official_sdk_keeps_the_setting(aws: LocalAws, saasus: LocalSaasus) -> None:
    integration = SDK_INTEGRATION.EventBridgeApi(SDK_INTEGRATION_CLIENT.SignedIntegrationApiClient())
    integration.save_event_bridge_settings(
        SDK_INTEGRATION.EventBridgeSettings(aws_account_id=aws.account, aws_region=aws.region)
    )
    assert saasus.settings == here(aws)
    assert integration.get_event_bridge_settings().aws_account_id == aws.account
    integration.create_event_bridge_test_event()
    integration.delete_event_bridge_settings()
    assert saasus.settings is None
    assert [recorded.status for recorded in saasus.calls] == [200, 200, 201, 200]


# ------------------------------------------------------------------ the setting and its source


def test_a_setting_makes_the_source_pending_and_deleting_it_takes_it_away(
    aws: LocalAws, saasus: LocalSaasus, api: IntegrationApi
) -> None:
    assert api.get_settings() is None
    assert state(aws, saasus) == ""
    api.save_settings(here(aws))
    assert api.get_settings() == here(aws)
    assert state(aws, saasus) == "PENDING"
    api.save_settings(here(aws))
    aws.client("events").create_event_bus(Name=saasus.event_source_name, EventSourceName=saasus.event_source_name)
    assert state(aws, saasus) == "ACTIVE"
    api.delete_settings()
    api.delete_settings()
    assert api.get_settings() is None
    assert state(aws, saasus) == "DELETED"
    api.save_settings(here(aws))
    assert state(aws, saasus) == "ACTIVE"


def test_another_setting_replaces_the_one_before(aws: LocalAws, saasus: LocalSaasus, api: IntegrationApi) -> None:
    api.save_settings(here(aws))
    api.save_settings(ELSEWHERE)
    assert state(aws, saasus) == ""
    assert state(aws, saasus, account=ELSEWHERE.aws_account_id, region=ELSEWHERE.aws_region) == "PENDING"


def test_a_setting_can_be_somebody_elses_from_the_start(aws: LocalAws) -> None:
    with LocalSaasus(aws, settings=ELSEWHERE) as saasus:
        assert client_of(saasus).get_settings() == ELSEWHERE
        assert state(aws, saasus, account=ELSEWHERE.aws_account_id, region=ELSEWHERE.aws_region) == "PENDING"


@pytest.mark.parametrize("nothing_saved", ["404", "empty fields", "empty body"])
def test_nothing_saved_is_none_however_it_is_said(aws: LocalAws, nothing_saved: Any) -> None:
    with LocalSaasus(aws, nothing_saved=nothing_saved) as saasus:
        assert client_of(saasus).get_settings() is None


def test_a_source_can_take_its_time_or_never_appear(aws: LocalAws) -> None:
    with LocalSaasus(aws, source_delay=0.3) as saasus:
        client_of(saasus).save_settings(here(aws))
        assert state(aws, saasus) == ""
        eventually(lambda: state(aws, saasus) == "PENDING")
        client_of(saasus).delete_settings()
        saasus.source_delay = None
        client_of(saasus).save_settings(here(aws))
        time.sleep(0.4)
        assert state(aws, saasus) == ""


def test_a_setting_that_is_deleted_before_its_source_appears_makes_none(aws: LocalAws) -> None:
    with LocalSaasus(aws, source_delay=0.2) as saasus:
        client_of(saasus).save_settings(here(aws))
        client_of(saasus).delete_settings()
        time.sleep(0.4)
        assert state(aws, saasus) == ""


def test_a_setting_that_cannot_be_one_is_not_saved(saasus: LocalSaasus) -> None:
    http = SignedHttp(saasus.credentials, base_url=saasus.base_url, retries=ONCE)
    path = INFO.removeprefix("/v1")
    bodies = [None, {}, {"aws_account_id": "123456789012", "aws_region": "cn-north-1"}]
    for body in bodies:
        with pytest.raises(SaasusApiError, match=r"400 .*invalid_parameter"):
            http.call("PUT", path, body, trace_id="t")
    with pytest.raises(SaasusApiError, match=r"500 .*AWS"):
        http.call("PUT", path, {"aws_account_id": "1", "aws_region": "us-east-1"}, trace_id="t")
    assert saasus.settings is None


# ------------------------------------------------------------------ signatures


def test_a_wrong_signature_is_a_401_and_does_nothing(aws: LocalAws, saasus: LocalSaasus) -> None:
    right = saasus.credentials
    for wrong in (
        SaasusCredentials(right.saas_id, right.api_key, "another"),
        SaasusCredentials(right.saas_id, "another", right.secret_key),
        SaasusCredentials("another", right.api_key, right.secret_key),
    ):
        with pytest.raises(SaasusApiError, match=r"401 .*unauthorized") as caught:
            client_of(saasus, wrong).save_settings(here(aws))
        assert right.api_key not in str(caught.value)
    assert saasus.settings is None
    assert saasus.events == ()
    assert {recorded.status for recorded in saasus.calls} == {401}


def test_no_signature_is_a_401_with_saasus_error_form(saasus: LocalSaasus) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{saasus.base_url}/auth/tenants")
    assert caught.value.code == 401
    assert json.loads(caught.value.read())["type"] == "unauthorized"


def test_a_signature_of_another_body_is_a_401(saasus: LocalSaasus) -> None:
    url = f"{saasus.base_url}/auth/users"
    header = saasus.credentials.authorization("POST", url, b'{"email":"a@example.com"}')
    request = urllib.request.Request(url, b'{"email":"b@example.com"}', {"Authorization": header}, method="POST")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)


def test_a_clock_that_is_wrong_is_a_401_that_says_so(aws: LocalAws) -> None:
    def ahead() -> datetime:
        return datetime.now(timezone.utc) + timedelta(minutes=10)

    with (
        LocalSaasus(aws, clock=ahead) as saasus,
        pytest.raises(SaasusApiError, match=r"clock is (599|600|601) s behind SaaSus's: set the clock"),
    ):
        client_of(saasus).get_settings()


# ------------------------------------------------------------------ every operation


@pytest.mark.parametrize("saasus", [{"custom_events": True}], indirect=True)
def test_every_operation_is_answered_as_its_schema_says_and_becomes_an_event(
    aws: LocalAws, saasus: LocalSaasus, api: IntegrationApi
) -> None:
    later = {op.integration.save_eventbridge_settings, op.integration.delete_eventbridge_settings}
    api.save_settings(here(aws))
    called = [operation for operation in op if operation not in later]
    events = Events(aws, saasus)
    for operation in called:
        answer = call(saasus, operation)
        schema = schemas_of(operation).get("response")
        if schema is None:
            assert answer is None, operation
        else:
            assert problem(answer, schema) == "", operation
    # One event for each call, and the one event of its own that create_eventbridge_event's sample body has.
    got = events.wait_for(len(called) + 1)
    parsed = [SaasusEvent.from_dict(event) for event in got if event["detail-type"] == "api_call"]
    assert {event.operation for event in parsed} == set(called)
    for event in parsed:
        assert event.operation is not None
        assert event.event_type == event.operation.event_types[0]
        assert event.trace_id == f"of-{event.operation.name}"
        assert event.http_status == event.operation.success_status
        assert event.method == event.operation.method


def test_an_answer_holds_what_was_sent_and_ids_of_its_own(saasus: LocalSaasus) -> None:
    first = call(saasus, op.auth.create_tenant_user, {"email": "a@example.com", "attributes": {}}, tenant_id="t-1")
    second = call(saasus, op.auth.create_tenant_user, {"email": "b@example.com", "attributes": {}}, tenant_id="t-2")
    assert (first["email"], first["tenant_id"]) == ("a@example.com", "t-1")
    assert (second["email"], second["tenant_id"]) == ("b@example.com", "t-2")
    assert first["id"] != second["id"]


def test_what_was_created_can_be_read_until_it_is_deleted(saasus: LocalSaasus) -> None:
    http = SignedHttp(saasus.credentials, base_url=saasus.base_url)
    user = call(saasus, op.auth.create_saas_user, {"email": "a@example.com", "password": "only-in-this-test"})
    tenant = call(saasus, op.auth.create_tenant)
    changed = {"name": "x", "attributes": {"plan": "A"}, "back_office_staff_email": "y@example.com"}
    call(saasus, op.auth.update_tenant, changed, tenant_id=tenant["id"])

    def read(path: str) -> Any:
        answer = http.call("GET", path, trace_id="t")
        return None if answer.status == 404 else json.loads(answer.body)

    assert read(f"/auth/users/{user['id']}") == {name: user[name] for name in user if name != "password"}
    assert read(f"/auth/tenants/{tenant['id']}") == {**tenant, **changed}
    call(saasus, op.auth.delete_tenant, tenant_id=tenant["id"])
    assert read(f"/auth/tenants/{tenant['id']}") is None
    assert len(saasus.events) == 4, "reading makes no event"


def test_the_same_calls_get_the_same_answers(aws: LocalAws) -> None:
    def answers() -> list[Any]:
        with LocalSaasus(aws, SaasusCredentials("same", "k", "s")) as saasus:
            return [
                call(saasus, op.auth.create_tenant),
                call(saasus, op.auth.create_env),
                call(saasus, op.auth.sign_up),
            ]

    assert answers() == answers()


def test_a_body_that_is_not_the_operations_is_a_400_with_an_event(saasus: LocalSaasus, events: Events) -> None:
    with pytest.raises(SaasusApiError, match=r"400 .*the body has no attributes"):
        call(saasus, op.auth.create_tenant, {"name": "x"})
    failed = in_order(saasus, events.wait_for(1))[0]
    assert (failed.event_type, failed.http_status) == ("create_tenant", 400)
    assert failed.response == {"type": "invalid_parameter", "message": "the body has no attributes"}


def test_bodies_need_not_be_checked(aws: LocalAws) -> None:
    with LocalSaasus(aws, checks_requests=False) as saasus:
        assert call(saasus, op.auth.create_tenant, {"name": "x"})["name"] == "x"


def test_what_nobody_knows_is_a_404_in_saasus_error_form(saasus: LocalSaasus) -> None:
    http = SignedHttp(saasus.credentials, base_url=saasus.base_url)
    for method, path in (("GET", "/auth/tenants"), ("POST", "/auth/nothing"), ("GET", "/nothing?a=1")):
        answer = http.call(method, path, trace_id="t")
        assert answer.status == 404
        assert json.loads(answer.body)["type"] == "not_found"
    assert saasus.events == ()


# ------------------------------------------------------------------ the events


def test_an_event_has_the_form_of_saasus_samples(saasus: LocalSaasus, events: Events) -> None:
    sample = json.loads((FIXTURES / "create_eventbridge_test_event.json").read_text(encoding="utf-8"))
    trace_id = client_of(saasus, referer="https://example.com/").create_test_event()
    (event,) = events.wait_for(1)
    assert list(event["detail"]) == list(sample["detail"])
    assert event["detail"]["trace_id"] == trace_id
    record = json.loads(event["detail"]["event"])
    assert list(record) == list(json.loads(sample["detail"]["event"]))
    assert record["http_status"] == "201"
    assert record["uri"] == "/v1/integration/eventbridge/test-event"
    assert record["referer"] == "https://example.com/"
    assert record["api_key"] == saasus.credentials.api_key
    assert record["saas_id"] == saasus.credentials.saas_id
    assert record["ip_address"].startswith("127.0.0.1:")
    assert (record["request_body"], record["response_body"]) == ("", "")


@pytest.mark.parametrize("saasus", [{"custom_events": True}], indirect=True)
def test_events_of_ones_own_come_as_saasus_examples_suggest(api: IntegrationApi, events: Events) -> None:
    messages = [EventMessage("my_type", "my_detail", '{"a":"日本"}'), EventMessage("other", "other_detail", "no JSON")]
    trace_id = api.create_event(messages)
    own = {event["detail-type"]: event["detail"] for event in events.wait_for(3)}
    assert own["my_type"] == {"event_type": "my_detail", "event": '{"a":"日本"}', "trace_id": trace_id}
    assert own["other"] == {"event_type": "other_detail", "event": "no JSON", "trace_id": trace_id}
    assert "api_call" in own


def test_events_of_ones_own_are_not_there_unless_asked_for(saasus: LocalSaasus, events: Events) -> None:
    url = f"{saasus.base_url}/integration/eventbridge/event"
    body = json.dumps({"event_messages": [{"event_type": "a", "event_detail_type": "b", "message": "c"}]}).encode()
    headers = {"Authorization": saasus.credentials.authorization("POST", url, body), "Content-Type": "application/json"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, body, headers))
    assert refused.value.code == 501
    (event,) = events.wait_for(1)
    assert event["detail-type"] == "api_call", "the call itself is one, as every call"
    assert json.loads(event["detail"]["event"])["http_status"] == "501"


def test_functions_of_the_local_aws_call_the_local_saasus_by_default(aws: LocalAws, saasus: LocalSaasus) -> None:
    tells = "import os\nreturn os.environ.get('SAASUS_BASE_URL')"
    invoke = aws.client("lambda").invoke
    function = new_function(aws, tells)
    assert json.loads(invoke(FunctionName=function.name)["Payload"].read()) == saasus.base_url
    own = new_function(aws, tells)
    aws.client("lambda").update_function_configuration(
        FunctionName=own.name, Environment={"Variables": {"SAASUS_BASE_URL": "https://saasus.example.com/v1"}}
    )
    assert json.loads(invoke(FunctionName=own.name)["Payload"].read()) == "https://saasus.example.com/v1"
    aws.give_functions({})
    without = new_function(aws, tells)
    assert json.loads(invoke(FunctionName=without.name)["Payload"].read()) is None


def test_a_trace_id_is_generated_when_none_is_given(saasus: LocalSaasus) -> None:
    url = f"{saasus.base_url}/integration/eventbridge/test-event"
    header = saasus.credentials.authorization("POST", url)
    request = urllib.request.Request(url, headers={"Authorization": header}, method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["X-SaaSus-Trace-Id"] == saasus.calls[0].trace_id == saasus.events[0].trace_id


@pytest.mark.parametrize("variant", variants(op.auth.create_saas_user), ids=lambda variant: variant.name)
def test_an_event_can_come_in_every_form_that_saasus_might_send(
    saasus: LocalSaasus, events: Events, variant: Any
) -> None:
    body = {"email": 'quote"@example.com', "password": "日本<&>"}
    saasus.send_events(Sending(variant), op.auth.create_saas_user)
    call(saasus, op.auth.create_saas_user, body)
    (event,) = events.wait_for(1)
    expected = variant.event["detail"]
    assert event["detail"]["event_type"] == expected["event_type"]
    given, wanted = event["detail"]["event"], expected["event"]
    assert type(given) is type(wanted)
    parse = json.loads if isinstance(given, str) else dict
    assert list(parse(given)) == list(parse(wanted))
    if variant.is_text_as_seen:
        assert ('":"' in given) == ('":"' in wanted)
    if ", bodies as Go" in variant.name:
        assert parse(given)["request_body"] == r'{"email":"quote\"@example.com","password":"日本\u003c\u0026\u003e"}'
    if ", bodies spaced" in variant.name:
        assert parse(given)["request_body"] == json.dumps(body)
    if ", status 500" in variant.name:
        assert parse(given)["http_status"] == "500"


@pytest.mark.parametrize("operation", [op.auth.create_tenant, op.apigateway.create_api_gateway])
def test_every_variant_is_a_form_that_can_be_sent(operation: Operation) -> None:
    for variant in variants(operation):
        assert f"{Sending(variant).event_type}, {Sending(variant).form}" == variant.name
        assert Sending(Sending(variant).form).event_type == ""


def test_a_form_that_does_not_exist_is_refused() -> None:
    with pytest.raises(LocalSaasusError, match="Did you mean 'bodies pretty-printed'"):
        Sending("bodies pretty printed")


def test_events_can_come_twice_late_or_never(saasus: LocalSaasus, events: Events) -> None:
    saasus.send_events(Sending(copies=2), op.auth.create_env)
    saasus.send_events(Sending(copies=0), op.auth.create_role)
    saasus.send_events(Sending(delay=0.5))
    call(saasus, op.auth.create_tenant)
    call(saasus, op.auth.create_env)
    call(saasus, op.auth.create_role)
    assert [event.event_type for event in saasus.events[1:]] == ["create_env", "create_env"]
    saasus.wait_for_events(4)
    got = in_order(saasus, events.wait_for(3))
    assert [event.event_type for event in got] == ["create_env", "create_env", "create_tenant"]
    assert got[2].time <= got[0].time


def test_events_can_come_in_the_wrong_order(saasus: LocalSaasus, events: Events) -> None:
    with saasus.out_of_order():
        call(saasus, op.auth.create_tenant)
        call(saasus, op.auth.create_env)
        before_the_end = len(saasus.events)
    assert before_the_end == 1
    assert [event.event_type for event in saasus.events[1:]] == ["create_env", "create_tenant"]
    events.wait_for(2)


def test_events_without_a_source_are_lost(saasus: LocalSaasus) -> None:
    call(saasus, op.auth.create_tenant)
    assert [event.accepted for event in saasus.events] == [False]


def test_waiting_for_events_that_do_not_come_is_an_error(saasus: LocalSaasus) -> None:
    with pytest.raises(LocalSaasusError, match="0 of 1 events"):
        saasus.wait_for_events(1, timeout=0.05)


# ------------------------------------------------------------------ what goes wrong


def test_a_status_once_is_tried_again_by_the_client(aws: LocalAws, saasus: LocalSaasus) -> None:
    api = client_of(saasus, retries=AT_ONCE)
    saasus.fail(Fault(status=500))
    saasus.fail(Fault(status=429, retry_after=1))
    api.save_settings(here(aws))
    assert [recorded.status for recorded in saasus.calls] == [500, 429, 200]
    assert len({recorded.trace_id for recorded in saasus.calls}) == 1
    assert saasus.count("put", INFO) == 3


def test_a_connection_that_breaks_off_is_tried_again(saasus: LocalSaasus) -> None:
    saasus.fail(Fault(broken=True))
    client_of(saasus, retries=AT_ONCE).create_test_event()
    assert [recorded.status for recorded in saasus.calls] == [None, 201]


def test_an_answer_can_be_lost_after_the_work_was_done(aws: LocalAws, saasus: LocalSaasus) -> None:
    saasus.fail(Fault(broken=True, carried_out=True))
    with pytest.raises(SaasusUnreachable):
        client_of(saasus).save_settings(here(aws))
    assert saasus.settings == here(aws)
    saasus.fail(Fault(status=503, carried_out=True))
    client_of(saasus, retries=AT_ONCE).create_test_event()
    sent = [event.trace_id for event in saasus.events if event.event_type == "create_eventbridge_test_event"]
    assert len(sent) == 2
    assert len(set(sent)) == 1


def test_faults_last_until_they_are_cleared_and_are_for_the_calls_that_they_name(
    aws: LocalAws, saasus: LocalSaasus, api: IntegrationApi
) -> None:
    saasus.fail(Fault(status=401, times=None, method="PUT", path=INFO))
    for _ in range(3):
        with pytest.raises(SaasusApiError, match=r"401 .*simulated_fault"):
            api.save_settings(here(aws))
    assert api.get_settings() is None
    saasus.clear_faults()
    api.save_settings(here(aws))


def test_slow_is_slow_and_otherwise_as_ever(saasus: LocalSaasus) -> None:
    saasus.fail(Fault(delay=0.5, times=2))
    with pytest.raises(SaasusUnreachable, match="timed out"):
        client_of(saasus, timeout=0.1).create_test_event()
    client_of(saasus).create_test_event()
    eventually(lambda: len(saasus.calls) == 2)


def test_down_and_up_again_is_on_the_same_port_with_the_same_setting(aws: LocalAws, saasus: LocalSaasus) -> None:
    api = client_of(saasus)
    api.save_settings(here(aws))
    saasus.stop()
    with pytest.raises(SaasusUnreachable):
        api.get_settings()
    saasus.start()
    assert api.get_settings() == here(aws)


def test_stopping_does_not_wait_for_what_is_slow_or_late(aws: LocalAws) -> None:
    started = time.monotonic()
    with LocalSaasus(aws, source_delay=60) as saasus:
        client_of(saasus).save_settings(here(aws))
        saasus.fail(Fault(delay=60))
        with pytest.raises(SaasusUnreachable):
            client_of(saasus, timeout=0.1).get_settings()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "arguments", [{}, {"status": 200}, {"status": 500, "broken": True}, {"carried_out": True}, {"retry_after": 1}]
)
def test_a_fault_that_is_none_is_refused(arguments: Any) -> None:
    with pytest.raises(LocalSaasusError, match="Expected"):
        Fault(**arguments)


def test_a_port_that_is_taken_is_said(aws: LocalAws, saasus: LocalSaasus) -> None:
    taken = int(saasus.base_url.split(":")[2].removesuffix("/v1"))
    with pytest.raises(LocalSaasusError, match=f"port {taken}"):
        LocalSaasus(aws, port=taken).start()
    with pytest.raises(LocalSaasusError, match="is already running"):
        saasus.start()


# ------------------------------------------------------------------ what it shows


def test_nothing_that_it_remembers_or_shows_is_secret(saasus: LocalSaasus) -> None:
    call(saasus, op.auth.create_saas_user, {"email": "hush@example.com", "password": "hush"})
    call(saasus, op.apigateway.refresh_client_secret, api_key="hush")
    SignedHttp(saasus.credentials, base_url=saasus.base_url).call("GET", "/auth/credentials?code=hush", trace_id="t")
    SignedHttp(saasus.credentials, base_url=saasus.base_url).call("GET", "/auth/invitations/hush", trace_id="t")
    shown = repr((saasus, saasus.calls, saasus.events))
    for secret in ("hush", saasus.credentials.api_key, saasus.credentials.secret_key):
        assert secret not in shown
    assert saasus.calls[1].path == "/v1/apigateway/api-keys/[redacted]/client-secret"


def test_its_secret_and_its_environment_give_its_credentials(saasus: LocalSaasus) -> None:
    assert SaasusCredentials.from_secret_string(saasus.secret_string()) == saasus.credentials
    assert SaasusCredentials.from_environment(saasus.environment()) == saasus.credentials
    assert saasus.environment()["SAASUS_BASE_URL"] == saasus.base_url


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ({"a": 1}, {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, ""),
        ({}, {"type": "object", "required": ["a"]}, "the body has no a"),
        ({"a": {"b": ""}}, {"properties": {"a": {"properties": {"b": {"type": "array"}}}}}, "a.b is not of type array"),
        ({"a": [1, "x"]}, {"properties": {"a": {"items": {"type": "integer"}}}}, "a[1] is not of type integer"),
        (True, {"type": "integer"}, "the body is not of type integer"),
        ({"a": None}, {"properties": {"a": {"type": "integer", "nullable": True}}}, ""),
        ({"a": None}, {"properties": {"a": {"type": "integer"}}}, "a is not of type integer"),
        ({"a": "x"}, {"properties": {"a": {"enum": ["y", "z"]}}}, "a is not one of y, z"),
        ({"a": "jp"}, {"properties": {"a": {"pattern": "^[A-Z]{2}$"}}}, "a does not match ^[A-Z]{2}$"),
        ({"a": 7}, {"properties": {"a": {"type": "integer", "maximum": 6}}}, "a is out of range"),
        ({"a": [1, 2]}, {"properties": {"a": {"type": "array", "maxItems": 1}}}, "a has more than 1 items"),
        ({"x": 1}, {"additionalProperties": {"type": "string"}}, "x is not of type string"),
        (1, {"oneOf": [{"type": "string"}, {"type": "integer"}]}, ""),
        ([], {"oneOf": [{"type": "string"}, {"type": "integer"}]}, "the body is not of type string"),
    ],
)
def test_a_schema_is_checked(value: Any, schema: Any, expected: str) -> None:
    assert problem(value, schema) == expected
