from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from constructs_lib.events.decoded_event import decode
from constructs_lib.events.errors import InvalidEvent, UnknownOperation
from constructs_lib.events.operations import operations as op
from constructs_lib.events.redaction import REDACTED
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.testing import unexpected_events
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE, variants
from constructs_lib.testing.samples import sample_event, schemas_of

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation

EVENTS = Path(__file__).parents[2] / "fixtures" / "events"


def documented(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def test_reads_the_documented_event() -> None:
    event = SaasusEvent.from_dict(documented("create_tenant"))

    assert event.event_type == "create_tenant"
    assert event.trace_id == "6aae5af4-7ee4-4de3-bd1d-5ebf13767cbf"
    assert event.time == datetime(2026, 5, 19, 2, 22, 58, tzinfo=timezone.utc)
    assert (event.http_status, event.method, event.uri) == (201, "POST", "/v1/auth/tenants")
    assert event.operation is op.auth.create_tenant
    assert (event.tenant_id, event.user_id) == ("fc84307d-e285-4854-8c16-21a6871a2a13", None)
    assert event.request["name"] == event.response["name"] == "AmazonEventBridgeTest"


@pytest.mark.parametrize("name", ["create_tenant", "create_saas_user"])
def test_reads_the_object_form_of_2023_alike(name: str) -> None:
    texts = SaasusEvent.from_dict(documented(name))
    objects = SaasusEvent.from_dict(documented(f"{name}.2023-docs-object-form"))

    assert (objects.operation, objects.http_status, objects.method) == (texts.operation, 201, "POST")
    assert isinstance(objects.response["id"], str)
    assert objects.tenant_id or objects.user_id


@pytest.mark.parametrize(
    ("given", "hour"),
    [("2026-05-19T02:22:58Z", 2), ("2026-05-19T11:22:58+09:00", 2), ("2026-05-19T02:22:58", 2)],
)
def test_the_time_is_in_utc(given: str, hour: int) -> None:
    time = SaasusEvent.from_dict({**documented("create_tenant"), "time": given}).time

    assert time == datetime(2026, 5, 19, hour, 22, 58, tzinfo=timezone.utc)
    assert time.hour == hour


def test_events_are_equal_by_what_came() -> None:
    event = documented("create_tenant")
    other = json.loads(json.dumps(event))
    other["detail"]["event"] = other["detail"]["event"].replace("AmazonEventBridgeTest", "Another")

    assert SaasusEvent.from_dict(event) == SaasusEvent.from_dict(documented("create_tenant"))
    assert hash(SaasusEvent.from_dict(event)) == hash(SaasusEvent.from_dict(documented("create_tenant")))
    assert SaasusEvent.from_dict(event) != SaasusEvent.from_dict(other)


def test_empty_bodies_are_none() -> None:
    event = SaasusEvent.from_dict(documented("create_eventbridge_test_event"))

    assert (event.request, event.response) == (None, None)


def test_the_route_decides_on_the_operation_and_otherwise_the_name() -> None:
    event = sample_event(op.auth.update_tenant, event_type="create_tenant")
    without_uri = {"time": "2026-05-19T02:22:58Z", "detail": {"event_type": "sign_up", "event": "{}"}}
    shared_name = {"time": "2026-05-19T02:22:58Z", "detail": {"event_type": "update_tenant", "event": "{}"}}

    assert SaasusEvent.from_dict(event).operation is op.auth.update_tenant
    assert SaasusEvent.from_dict(without_uri).operation is op.auth.sign_up
    assert SaasusEvent.from_dict(shared_name).operation is None


def test_an_event_of_the_saass_own_has_a_message() -> None:
    event = SaasusEvent.from_dict(
        {"time": "2026-05-19T02:22:58Z", "detail": {"event_type": "create_user", "event": "{id:7}"}}
    )

    assert (event.message, event.http_status, event.method, event.operation) == ("{id:7}", 0, "", None)
    assert event.redacted()["detail"]["event"] == REDACTED


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "not only its 'detail'"),
        ({"event_type": "x"}, "not only its 'detail'"),
        ({"detail": {"event_type": 1}}, "event_type"),
        ({"detail": {"event_type": "x"}, "time": "yesterday"}, "'yesterday' is not a time"),
        ({"detail": {"event_type": "x"}, "time": "0001-01-01T00:00:00+14:00"}, "is not a time"),
        ({"detail": {"event_type": "x"}, "time": 1779157378}, "1779157378 is not a time"),
        ({str(n): n for n in range(30)}, "'9' and 20 more"),
        ([], "list with no fields"),
    ],
)
def test_refuses_what_is_not_an_event(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidEvent, match=words):
        SaasusEvent.from_dict(given)


@pytest.mark.parametrize("operation", op, ids=str)
def test_of_takes_the_events_of_its_operation_and_no_others(operation: Operation) -> None:
    other = op.auth.delete_tenant if operation != op.auth.delete_tenant else op.auth.create_tenant
    sent = sample_event(operation)
    for event in (sent, decode(sent)):
        assert SaasusEvent.of(operation, event) == SaasusEvent.from_dict(event)
        with pytest.raises(InvalidEvent) as caught:
            SaasusEvent.of(other, event)
        for words in (f"is an event of {operation!r}", f"Expected an event of {other!r}", f"EventFilter.of({other!r})"):
            assert words in str(caught.value)
    assert SaasusEvent.of(operation, decode(sample_event(operation, status=400))).error is not None


def test_of_says_what_it_was_given_instead_of_an_operation_or_of_an_event_of_one() -> None:
    event = documented("create_tenant")
    for given in ("auth.create_tenant", event, op.auth):
        with pytest.raises(UnknownOperation, match=r"is not an operation\. Expected .*operations\.auth\.create_tenant"):
            SaasusEvent.of(given, event)  # type: ignore[arg-type]
    event["detail"] |= {"event_type": "nobody_knows", "event": "a text"}
    with pytest.raises(InvalidEvent, match="'nobody_knows' is an event of no known operation"):
        SaasusEvent.of(op.auth.create_tenant, event)
    with pytest.raises(InvalidEvent, match="Pass what the Lambda function received"):
        SaasusEvent.of(op.auth.create_tenant, event["detail"])


@pytest.mark.parametrize(("status", "failed"), [(200, False), (201, False), (302, False), (400, True), (599, True)])
def test_the_error_is_the_response_of_a_failed_call(status: int, *, failed: bool) -> None:
    event = SaasusEvent.from_dict(sample_event(op.auth.create_tenant, status=status))

    assert event.error == (event.response if failed else None)


def test_a_failed_call_without_an_object_has_no_error() -> None:
    event = documented("create_tenant")
    call = json.loads(event["detail"]["event"])
    event["detail"]["event"] = json.dumps({**call, "http_status": "502", "response_body": "<html>Bad Gateway</html>"})

    assert SaasusEvent.from_dict(event).error is None


def test_every_variant_is_read() -> None:
    for operation in op:
        for variant in variants(operation):
            event = SaasusEvent.from_dict(variant.event)
            assert event.operation is operation
            assert event.http_status in (200, 201, 302, 400, 500, 501)


class Canaries:
    """Makes a different value for each secret, and remembers them."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, name: str) -> str:
        self.given.append(f"c{len(self.given):04d}{name.replace('_', '')}z")
        return self.given[-1]


def test_what_should_not_come_is_read_and_leaks_nothing() -> None:
    canaries = Canaries()
    for variant in unexpected_events(canaries):
        event = SaasusEvent.from_dict(variant.event)
        shown = json.dumps(event.redacted()) + repr(event)

        assert [canary for canary in canaries.given if canary in shown] == [], variant.name
        assert SaasusEvent.from_dict(event.redacted()).http_status == event.http_status
        if event.method == "GET" or "nobody knows" in variant.name:
            assert event.operation is None, variant.name
        elif event.method:
            assert event.operation is op.integration.create_eventbridge_event or event.operation in op.retired
    assert len(canaries.given) > 30


def test_a_retired_operation_is_identified_by_its_call_and_not_taken_for_its_namesake() -> None:
    names = [variant.name for variant in unexpected_events() if "(retired)" in variant.name]
    events = [SaasusEvent.from_dict(v.event) for v in unexpected_events() if "(retired)" in v.name]

    assert [str(event.operation) for event in events] == names
    assert {event.event_type for event in events} >= {"create_api_key"}
    assert op.apigateway.create_api_key not in {event.operation for event in events}
    allowed_ips = next(event for event in events if event.event_type == "update_allowed_ips")
    assert allowed_ips.tenant_id
    assert "/apikeys/[redacted]" in json.dumps([event.redacted() for event in events])


def test_ids_are_those_of_the_event_and_of_the_call() -> None:
    event = SaasusEvent.from_dict(documented("create_tenant"))
    again = SaasusEvent.from_dict({**documented("create_tenant"), "id": "another"})

    assert event.id == "71e793dd-3177-ac6b-7baf-ae54615a3bb3"
    assert event.log_id == json.loads(documented("create_tenant")["detail"]["event"])["log_id"] != ""
    assert (again.id, again.log_id) == ("another", event.log_id)
    assert SaasusEvent.from_dict({"time": "2026-05-19T02:22:58Z", "detail": {"event_type": "x"}}).log_id == ""


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("201", 201),
        (201, 201),
        (201.0, 201),
        (501, 501),
        ("", 0),
        ("OK", 0),
        ("2O1", 0),
        ("20", 0),
        ("2010", 0),
        ("-20", 0),
        (" 201", 0),
        ("\uff12\uff10\uff11", 0),
        (201.5, 0),
        (True, 0),
        (-201, 0),
        pytest.param(10**5000, 0, id="huge"),
        (None, 0),
        ([201], 0),
    ],
)
def test_the_status_is_read_from_text_or_number(given: object, status: int) -> None:
    event = documented("create_tenant")
    event["detail"]["event"] = {**json.loads(event["detail"]["event"]), "http_status": given}

    assert SaasusEvent.from_dict(event).http_status == status


def redacted_record(**fields: Any) -> dict[str, Any]:
    """Return the redacted fields of a call with others in it, once text and object are checked to come out alike."""
    event = documented("create_tenant")
    record = {**json.loads(event["detail"]["event"]), **fields}
    event["detail"]["event"] = record
    as_object: dict[str, Any] = SaasusEvent.from_dict(event).redacted()["detail"]["event"]
    event["detail"]["event"] = json.dumps(record)
    assert json.loads(SaasusEvent.from_dict(event).redacted()["detail"]["event"]) == as_object
    return as_object


@pytest.mark.parametrize(
    "uri",
    [
        "/v1/auth/apikeys/canary",
        "/v1/auth/apikeys/canary/",
        "/v1/auth/apikeys/ca/nary=/canary",
        "/v1/auth/APIKEYS/canary%2Fcanary",
        "/v1/apigateway/api-keys/canary",
        "/v1/apigateway/api-keys/canary/client-secret",
        "/v1/apigateway/api-keys/[canary/client-secret",
        "/v1/apigateway/api-keys/[redacted]canary",
        "/v1/auth/invitations/canary/validity",
        "/v2/other/api-keys/canary canary/canary?canary=canary#canary",
        "/v1/auth/tenants?canary",
        "/v1/auth/tenants?a=1&token=canary",
        "/v1/auth/tenants?a?canary",
        '/v1/auth/tenants?a="canary"',
        "/v1/auth/tenants#access_token=canary",
        "https://api.saasus.io/v1/auth/tenants?canary",
        "/v1/auth/apikeys%2Fcanary",
        "/v1/auth%2fapikeys%252Fcanary",
        "/v1/auth/api%2Dkeys/canary",
        "/v1/auth/%61pi%5fkeys/canary",
        "/v1/auth/api_keys/canary",
        "/v1/apigateway/tenants/t/api-key/canary",
        "/v1/auth//apikeys//canary",
        r"\/v1\/auth\/apikeys\/canary",
        "/v1/auth/tenants%3Ftoken=canary",
        "/v1/auth/tenants%253ftoken=canary",
        "/v1/auth/tenants;token=canary",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", ""])
def test_no_secret_stays_in_a_uri_of_any_call(uri: str, method: str) -> None:
    shown = redacted_record(uri=uri, request_method=method)

    assert "canary" not in json.dumps(shown)
    assert shown["uri"].startswith(uri[:8])
    for end in ("/client-secret", "/validity"):
        assert shown["uri"].endswith(end) == uri.endswith(end)


def test_what_is_beside_the_bodies_is_redacted_alike() -> None:
    shown = redacted_record(
        request_headers={"Authorization": "canary", "X-Api-Key": "canary", "accept": "shown"},
        session={"any": "canary"},
        a_list=[{"refreshToken": "canary"}, {"new_password": "canary", "kept": "shown"}],
        a_text=json.dumps({"client_secret": "canary", "kept": "shown"}),
        half_a_text='{"client_secret":"canary',
        half_a_text_in_a_text='"{\\"client_secret\\":\\"canary',
        a_log="POST /v1/auth/apikeys/canary?x=canary",
        a_note="it was eyJhbGciOiJSUzI1NiJ9.canary and sk_live_canary",
        referer="https://example.com/callback?code=canary",
    )
    text = json.dumps(shown)

    assert "canary" not in text
    assert text.count("shown") == 3
    assert shown["referer"] == "https://example.com/callback?[redacted]"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canary-0123",
        "authorization=Basic Y2FuYXJ5canary=",
        "it sent Bearer canary.0123456789 to us",
        "SAASUSSIGV1 Sig=0, SaaSID=0, APIKey=canary",
        'the body was {"password":"canary"} then',
        'the body was {"password":"canary',
        "password: canary with more canary",
        "X-Api-Key:canary",
        "newPassword = 'canary'",
        "see https://me:canary@example.com/",
        "GET /v1/auth/tenants%3Ftoken=canary failed",
        "GET /v1/auth/apikeys%2Fcanary failed",
    ],
)
def test_what_tells_a_secret_inside_a_text_is_enough(text: str) -> None:
    body = json.dumps({"note": text, "texts": [text], "inner": json.dumps({"note": text})})
    shown = redacted_record(request_body=body, a_note=text)

    assert "canary" not in json.dumps(shown)
    assert shown["a_note"].startswith(text[:2])


@pytest.mark.parametrize("name", ["password_confirmation", "passwordHash", "private-key", "passphrase", "db_passwd"])
def test_other_words_for_a_secret_are_known(name: str) -> None:
    assert json.loads(redacted_record(request_body=json.dumps({name: "canary"}))["request_body"]) == {name: REDACTED}


def test_text_without_a_secret_stays_letter_by_letter() -> None:
    kept = {"a": '{"b" : [1, "x"]}', "c": "Basic subscription", "d": "a password is needed", "e": "12:30", "token": ""}
    assert json.loads(redacted_record(request_body=json.dumps(kept))["request_body"]) == kept
    assert redacted_record(request_body="")["request_body"] == ""


def test_what_is_beside_detail_event_is_redacted_alike() -> None:
    event = documented("create_tenant")
    event["detail"] |= {"api_key": "canary", "new": {"access_token": "canary"}}
    event["new"] = {"password": "canary"}
    shown = SaasusEvent.from_dict(event).redacted()

    assert "canary" not in json.dumps(shown)
    assert {n: v for n, v in shown.items() if n not in ("detail", "new")} == {
        n: v for n, v in event.items() if n not in ("detail", "new")
    }
    assert list(shown["detail"]) == ["event_type", "event", "trace_id", "api_key", "new"] or "event" in shown["detail"]


@pytest.mark.parametrize("given", [["canary"], 7, True, '["canary"]', '"canary"', "canary", '{"password":"canary"'])
def test_redacted_hides_an_event_that_is_not_an_object(given: object) -> None:
    event = documented("create_tenant")
    event["detail"]["event"] = given

    assert SaasusEvent.from_dict(event).redacted()["detail"]["event"] == REDACTED


def test_bodies_with_crlf_are_read_and_redacted() -> None:
    body = '{\r\n  "password" :\r\n "canary",\r\n  "name": "shown"\r\n}\r\n'
    shown = redacted_record(request_body=body)

    assert json.loads(shown["request_body"]) == {"password": REDACTED, "name": "shown"}


def test_what_only_looks_like_a_secret_stays() -> None:
    fields = {
        "forgot_password": {"subject": "x"},
        "has_password": True,
        "product_code": "x",
        "postal_code": "1000001",
        "site_key": "x",
        "question": "what is it? yes",
        "other": "issue#12",
        "text": "{not json",
        "quote": '"well", an email and a code',
        "list": "[x] done",
        "path": "/v1/apigateway/api-keys",
    }
    assert json.loads(redacted_record(request_body=json.dumps(fields))["request_body"]) == fields


def values_at(value: Any, steps: list[str]) -> list[Any]:
    """Return the values at a path of the catalog."""
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        return [found for item in value for found in values_at(item, steps)]
    if not isinstance(value, dict):
        return []
    inner = value.values() if step == "*" else [value[step]] if step in value else []
    return [found for item in inner for found in values_at(item, rest)]


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value] if isinstance(value, str) and value else []


def test_redacted_hides_every_listed_field_in_every_variant_and_nothing_else() -> None:
    hidden = 0
    for operation in op:
        for variant in variants(operation):
            before = copy.deepcopy(variant.event)
            parsed = SaasusEvent.from_dict(variant.event)
            redacted = parsed.redacted()
            after = SaasusEvent.from_dict(redacted)
            record = redacted["detail"]["event"]
            text = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)

            assert variant.event == before, "the event itself stays as it was"
            assert "sample_api_key_sample" not in text
            assert "127.0.0.1" not in text
            for path in (*operation.secret_fields, *operation.personal_fields):
                side, _, rest = path.partition(".")
                body = {"request_body": after.request, "response_body": after.response}.get(side)
                for value in values_at(body, rest.replace("[]", "").split(".")):
                    assert value in (REDACTED, None, ""), (operation, variant.name, path)
                    hidden += 1
            assert after.http_status == parsed.http_status
            assert after.event_type == parsed.event_type
            assert after.trace_id == parsed.trace_id
    assert hidden > 1000


def test_redacted_keeps_what_is_neither_secret_nor_personal() -> None:
    event = SaasusEvent.from_dict(documented("create_tenant")).redacted()
    parsed = SaasusEvent.from_dict(event)

    assert parsed.request == {
        "attributes": {"memo": "AmazonEventBridgeTest"},
        "back_office_staff_email": REDACTED,
        "name": "AmazonEventBridgeTest",
    }
    assert parsed.tenant_id == "fc84307d-e285-4854-8c16-21a6871a2a13"
    assert parsed.uri == "/v1/auth/tenants"


def test_redacted_hides_the_key_in_the_uri() -> None:
    event = sample_event(op.apigateway.refresh_client_secret, path_params={"api_key": "KEY-IN-URI"})
    redacted = SaasusEvent.from_dict(event).redacted()

    assert "KEY-IN-URI" not in json.dumps(redacted)
    assert SaasusEvent.from_dict(redacted).uri == f"/v1/apigateway/api-keys/{REDACTED}/client-secret"


def test_redacted_hides_names_of_secrets_where_nobody_expected_them() -> None:
    event = sample_event(op.auth.create_tenant, request={"attributes": {"x": [{"password": "p-1"}], "email": "e-1"}})
    text = json.dumps(SaasusEvent.from_dict(event).redacted())

    assert "p-1" not in text
    assert "e-1" not in text


def test_redacted_of_an_unknown_operation_hides_whatever_is_sensitive_in_any() -> None:
    event = sample_event(op.auth.sign_in, event_type=UNKNOWN_EVENT_TYPE, request={"session": "s-1", "x": "kept"})
    event["detail"]["event"] = event["detail"]["event"].replace("/v1/auth/sign-in", "/v1/new/sign-in")
    parsed = SaasusEvent.from_dict(event)

    assert parsed.operation is None
    assert "s-1" not in json.dumps(parsed.redacted())
    assert SaasusEvent.from_dict(parsed.redacted()).request["x"] == "kept"


def test_redacted_hides_a_body_that_cannot_be_read() -> None:
    event = sample_event(op.auth.sign_in)
    record = json.loads(event["detail"]["event"])
    record["request_body"] = '{"password":"p-1"'
    event["detail"]["event"] = json.dumps(record)

    assert "p-1" not in json.dumps(SaasusEvent.from_dict(event).redacted())


def test_the_catalog_lists_every_secret_that_the_schemas_have_by_name() -> None:
    from constructs_lib.events.sensitive_fields import SECRET_NAMES

    for operation in op:
        for side, schema in schemas_of(operation).items():
            if side != "error":
                found = [name for name in SECRET_NAMES if f'"{name}":' in json.dumps(schema)]
                listed = [p for p in operation.secret_fields if p.startswith(f"{side}_body")]
                assert len(listed) >= len(found), operation


def test_a_key_in_the_uri_of_a_call_of_no_operation_is_hidden_too() -> None:
    event = documented("create_tenant")
    call = json.loads(event["detail"]["event"])
    call |= {"request_method": "GET", "uri": "/v1/auth/invitations/canary-5d1e?x=1"}
    event["detail"] |= {"event_type": "get_tenant_invitation", "event": json.dumps(call)}

    shown = SaasusEvent.from_dict(event).redacted()

    assert "canary-5d1e" not in json.dumps(shown)
    assert f"/v1/auth/invitations/{REDACTED}?{REDACTED}" in json.dumps(shown)


def test_its_repr_holds_no_secret_and_no_personal_data() -> None:
    event = sample_event(
        op.apigateway.refresh_client_secret,
        path_params={"api_key": "KEY-IN-URI"},
        request={"password": "p-1", "email": "mail-in-request"},
    )
    response = json.loads(event["detail"]["event"])
    response["response_body"] = '{"client_secret":"secret-in-response"}'
    event["detail"]["event"] = json.dumps(response)
    sent_itself = documented("create_tenant")
    sent_itself["detail"]["event"] = "text with a canary"

    shown = repr([SaasusEvent.from_dict(event), SaasusEvent.from_dict(sent_itself)])

    assert not [text for text in ("KEY-IN-URI", "p-1", "mail-in-", "secret-in-response", "canary") if text in shown]
    assert str(event["detail"]["trace_id"]) in shown


@pytest.mark.parametrize("operation", list(op), ids=str)
def test_the_parameters_of_the_path_are_those_of_the_call(operation: Operation) -> None:
    given = {name: f"the {name}/é" for name in operation.path_params}
    uri = operation.path
    for name, value in given.items():
        uri = uri.replace(f"{{{name}}}", quote(value, safe=""))
    event = sample_event(operation)
    record = {**json.loads(event["detail"]["event"]), "uri": f"{uri}?x=/y"}
    event["detail"]["event"] = json.dumps(record)
    assert SaasusEvent.from_dict(event).path_params == given


def test_a_call_of_no_operation_has_no_parameters() -> None:
    event = sample_event(op.auth.delete_tenant)
    record = {**json.loads(event["detail"]["event"]), "uri": "/v1/auth/nothing/1/2/3"}
    event["detail"]["event"] = json.dumps(record)
    assert SaasusEvent.from_dict(event).path_params == {}
