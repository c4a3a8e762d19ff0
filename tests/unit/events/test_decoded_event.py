"""The decoded event has all that the event has as plain JSON, and no secret.

The 120 operations in every variant, 25,000 secrets planted: 0 leak, and every field is what `SaasusEvent` reads.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.events.decoded_event import _decode_any, _decode_usual, decode
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import read_json, write_json
from constructs_lib.events.operations import operations
from constructs_lib.events.operations import operations as op
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.events.secret_removal import removal_for
from constructs_lib.events.sensitive_fields import PERSONAL_NAMES, SECRET_NAMES
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing import sample_event, variants
from constructs_lib.testing.event_variants import OTHER_TEXTS
from tests.hostile_json import HOSTILE_EVENTS, HOSTILE_VALUES, hostile_events, hostile_texts
from tests.planted_secrets import lines
from tests.unit.events.test_redaction import BODIES, CANARY, SPELLINGS

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation

HARMLESS = ("id", "log_id", "operation", "status", "method", "tenant_id", "user_id")


def with_record(operation: Operation, **changes: Any) -> dict[str, Any]:
    """Return an operation's event with other fields in `detail.event`."""
    event = sample_event(operation)
    event["detail"]["event"] = json.dumps({**json.loads(event["detail"]["event"]), **changes})
    return event


def harmless(text: str | None) -> str | None:
    """Return a text unless JSON must escape something in it."""
    return text if text is None or json.dumps(text, ensure_ascii=False) == f'"{text}"' else None


def custom(text: Any) -> dict[str, Any]:
    """Return an event that a SaaS sent itself."""
    event = sample_event(op.auth.create_tenant, event_type="order_paid")
    return {**event, "detail-type": "orders", "detail": {**event["detail"], "event": text}}


def test_the_whole_form() -> None:
    event = sample_event(
        op.auth.update_tenant_user,
        request={"attributes": {"age": 1}},
        path_params={"tenant_id": "t-1", "user_id": "u-1"},
    )
    record = json.loads(event["detail"]["event"])

    assert decode(event) == {
        "version": "0",
        "id": event["id"],
        "source": "saasus.auth",
        "detail-type": "update_tenant_user",
        "account": "123456789012",
        "region": "ap-northeast-1",
        "time": "2026-05-19T02:22:58Z",
        "resources": [],
        "detail": {
            "id": event["id"],
            "log_id": record["log_id"],
            "source": event["source"],
            "event_type": "update_tenant_user",
            "trace_id": event["detail"]["trace_id"],
            "operation": "auth.update_tenant_user",
            "status": 200,
            "method": "PATCH",
            "uri": "/v1/auth/tenants/t-1/users/u-1",
            "path": {"0": "v1", "1": "auth", "2": "tenants", "3": "t-1", "4": "users", "5": "u-1"},
            "tenant_id": "t-1",
            "user_id": "u-1",
            "request": {"attributes": {"age": 1}},
            "date_time": "2026-05-19T02:22:58Z",
            "date": "2026-05-19",
            "ttl": "2033-05-19T02:22:58Z",
            "ip_address": "127.0.0.1:44896",
            "referer": "https://saasadmin.console.saasus.io/",
        },
    }


def test_every_field_is_what_the_event_says() -> None:
    checked = 0
    for operation in operations:
        for variant in variants(operation):
            decoded = decode(variant.event)
            detail, said = decoded["detail"], SaasusEvent.from_dict(variant.event)
            assert decoded["source"] == f"saasus.{operation.api}"
            assert decoded["detail-type"] == detail["event_type"] == said.event_type
            assert (detail["id"], detail["log_id"], detail["trace_id"]) == (said.id, said.log_id, said.trace_id)
            assert (detail.get("status", 0), detail["method"]) == (said.http_status, operation.method)
            assert detail["operation"] == str(operation)
            assert detail.get("tenant_id") == harmless(said.tenant_id)
            assert detail.get("user_id") == harmless(said.user_id)
            assert "/" + "/".join(detail["path"].values()) == detail["uri"]
            if not operation.secret_fields:
                assert (detail.get("request"), detail.get("response")) == (said.request, said.response), variant.name
                assert detail["uri"] == said.uri
            checked += 1
    assert checked > 10_000


def test_a_retired_operation_has_no_name_but_its_tenant() -> None:
    [retired] = [o for o in operations.retired if o.name == "create_api_key" and o.api == "apigateway"]
    detail = decode(sample_event(op.apigateway.create_api_key))["detail"]
    assert detail["operation"] == "apigateway.create_api_key"
    event = with_record(op.apigateway.create_api_key, uri=retired.path.replace("{tenant_id}", "t-1"))
    detail = decode(event)["detail"]
    assert "operation" not in detail
    assert (detail["tenant_id"], detail["uri"]) == ("t-1", "/v1/apigateway/tenants/t-1/api-key")


def test_the_given_event_is_not_changed() -> None:
    for operation in operations:
        for as_object in (False, True):
            event = sample_event(operation)
            if as_object:
                event["detail"]["event"] = OTHER_TEXTS["objects in place of texts (documentation of 2023)"](
                    json.loads(event["detail"]["event"])
                )
            before = copy.deepcopy(event)
            decoded = decode(event)
            assert event == before
            assert json.loads(write_json(decoded)) == decoded
            assert decode(decoded) == decoded


def test_no_planted_secret_is_in_a_decoded_event() -> None:
    secrets = 0
    failures = []
    for is_text in (True, False):
        # One of the two shapes of each secret in each variant; by hand, both.
        for name, operation, line in itertools.islice(lines(is_text=is_text), 0, None, 2):
            decoded = decode(line.event)
            shown = write_json(decoded)
            secrets += len(line.canaries)
            failures += [f"{name}: {canary} leaks" for canary in line.canaries if canary in shown]
            assert decoded["detail"]["operation"] == str(operation), name
            assert {"api_key", "saas_id", "event", "http_status", "request_body"}.isdisjoint(decoded["detail"])

    assert failures == []
    assert secrets > 12_000


@given(
    st.sampled_from([*operations, *operations.retired]),
    st.sampled_from(["POST", "GET", ""]),
    st.sampled_from(["request_body", "response_body", "new_field"]),
    BODIES,
    st.booleans(),
)
@settings(max_examples=100)
def test_no_secret_by_name_is_in_a_decoded_event(
    operation: Any, method: str, place: str, body: Any, as_object: bool
) -> None:
    changes = {place: body if as_object else json.dumps(body), "request_method": method or operation.method}
    event = with_record(operation, **changes)
    if as_object:
        event["detail"]["event"] = json.loads(event["detail"]["event"])
    event["detail"]["new"] = body

    assert CANARY not in write_json(decode(event))


@given(st.sampled_from([*operations, *operations.retired]), BODIES)
@settings(max_examples=100)
def test_what_a_text_shows_quickly_is_as_good_as_a_look_at_everything(operation: Any, body: Any) -> None:
    removal, text = removal_for(operation), json.dumps(body)

    assert removal.from_json(text, "response_body") == removal.of(body, "response_body")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"password:canary"}',
        '{"a":":password:canary"}',
        '{"a":"x","b" : "password :canary"}',
        '{"a:b":"password: canary","c":":"}',
        '{"a":":","b":[":","client_secret:canary"]}',
    ],
)
def test_a_colon_in_a_text_is_noticed_wherever_it_stands(text: str) -> None:
    removal = removal_for(op.auth.create_tenant)

    assert removal.from_json(text) == removal.of(read_json(text))
    assert "canary" not in write_json(removal.from_json(text))


@pytest.mark.parametrize("operation", [*operations, *operations.retired], ids=str)
def test_every_name_of_a_secret_is_noticed_in_every_spelling(operation: Operation) -> None:
    removal = removal_for(operation)
    names = {path.rpartition(".")[2].removesuffix("[]") for path in operation.secret_fields if path[:4] != "uri."}
    for name in names | SECRET_NAMES:
        for spelled in {spell(name) for spell in SPELLINGS}:
            text = json.dumps({"a": [{spelled: CANARY}], spelled: CANARY})
            shown = removal.from_json(text, "response_body")
            assert CANARY not in json.dumps(shown if name != "id" else shown.get(spelled))


@pytest.mark.parametrize(
    "body",
    [
        r'{"\u0070assword":"canary"}',
        r'{"a":"{\"\\u0070assword\":\"canary\"}"}',
        '{"a":"{\\"password\\":\\"canary\\""}',
        '{"a":"{\\"b\\":{\\"password\\":\\"canary\\"},\\"b\\":1}"}',
        '"password=canary"',
        "grant_type=password&password=canary",
        '{"password":"canary","name":',
        '{"a":"https://user:canary@example.com/"}',
        '{"a":"https://example.com/cb?refresh_token=canary&x=1"}',
        '{"a":"https://example.com/v1/auth/invitations/canary"}',
        '{"a":"Authorization: Bearer canary0123"}',
        '{"a":"eyJcanarycanarycanary.x.y"}',
        '{"a":"sk_live_canary"}',
        '[["x",{"Access-Token":["canary"]}]]',
        '{"id":"canary","invitation_url":"https://example.com/canary"}',
        "{" + '"a":{' * 1_500 + '"password":"canary"' + "}" * 1_501,
    ],
)
def test_secrets_in_unusual_places_are_removed(body: str) -> None:
    for operation in (op.auth.create_tenant, op.auth.update_saas_user_attributes, operations.retired[0]):
        assert "canary" not in write_json(decode(with_record(operation, request_body=body, response_body=body)))


@pytest.mark.parametrize(
    "uri",
    [
        "/v1/auth/invitations/canary",
        "/v1/auth/tenants/t/invitations/canary/validity",
        "/v1/auth/api_keys/canary/canary",
        "/v1/auth/users?token=canary",
        "/v1/auth/users;token=canary",
        "/v1/auth/users%3Ftoken=canary",
        "/v1/auth/%69nvitations/canary",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_secrets_in_uris_are_removed(uri: str, method: str) -> None:
    event = with_record(op.auth.create_tenant, uri=uri, request_method=method, referer=f"https://example.com{uri}")
    decoded = decode(event)

    assert "canary" not in write_json(decoded)
    assert len(decoded["detail"]["path"]) == uri.partition("?")[0].count("/"), "each segment keeps its position"


def test_personal_data_and_what_only_looks_like_a_secret_stay() -> None:
    body = {
        "email": "jo@example.com",
        "attributes": {"address": "1 High Street", "code": "A-1", "keyboard": "jp"},
        "callback": "https://example.com/cb?page=2",
        "forgot_password": True,
        "password_policy": {"minimum_length": 8},
        "metadata": '{ "spaced": true }',
    }
    decoded = decode(with_record(op.auth.update_saas_user_attributes, request_body=json.dumps(body)))

    assert decoded["detail"]["request"] == body
    assert decoded["detail"]["ip_address"] == "127.0.0.1:44896"


def test_fields_that_saasus_may_add_keep_their_names() -> None:
    new: dict[str, Any] = {
        "duration_ms": 12,
        "caller": {"name": "jo", "authorization": "canary", "sessions": [1]},
        "note": json.dumps({"api_key": "canary", "a": 1}),
        "referer": "https://app.example.com/callback?code=canary",
        "client_secret": "canary",
        "tenant_id": "another",
        "path": "another",
    }
    event = with_record(op.auth.create_saas_user, **new)
    event["detail"]["region_name"] = "tokyo"
    detail = decode(event)["detail"]

    assert "canary" not in json.dumps(detail)
    assert detail["duration_ms"] == 12
    assert detail["caller"] == {"name": "jo", "sessions": [1]}
    assert detail["note"] == '{"a":1}'
    assert detail["referer"] == "https://app.example.com/callback?[redacted]"
    assert detail["region_name"] == "tokyo"
    assert "tenant_id" not in detail, "what the library says of an event is never another's"
    assert detail["path"] == {"0": "v1", "1": "auth", "2": "users"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Order 7 was paid", "Order 7 was paid"),
        ("token: canary", "token: [redacted]"),
        ("[not json", "[not json"),
        ('"a text"', '"a text"'),
        ("[1,2]", "[1,2]"),
        ('{"order":7,"secret":"canary"}', {"order": 7}),
        ({"order": 7}, {"order": 7}),
        ("", None),
        ("{}", None),
        (None, None),
    ],
)
def test_what_a_saas_sends_itself_becomes_a_message(text: Any, message: Any) -> None:
    decoded = decode(custom(text))

    assert (decoded["source"], decoded["detail-type"]) == ("saasus.custom", "order_paid")
    assert decoded["detail"].get("message") == message
    assert decoded["detail"]["detail_type"] == "orders", "the original's, which a filter can ask for"
    assert {"operation", "status", "method", "uri", "path", "request", "response"}.isdisjoint(decoded["detail"])


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({}, "'detail' that has an 'event_type'"),
        ([], "'detail' that has an 'event_type'"),
        ({"detail": {"event": "x"}}, "'detail' that has an 'event_type'"),
        ({**custom("x"), "time": "yesterday"}, "is not a time"),
        ({**custom("x"), "time": None}, "is not a time"),
        (custom(["x"]), "Expected text, or the object in it"),
        (custom(7), "Expected text, or the object in it"),
        (custom('{"api_key":"canary","uri":'), "its 26 characters are not JSON"),
    ],
)
def test_what_cannot_be_decoded_is_refused(event: Any, words: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        decode(event)

    assert words in str(raised.value)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "\ud800", 7, None, {"a": 1}])
def test_what_stands_in_a_text_template_needs_no_escape(value: Any) -> None:
    event = with_record(op.auth.create_tenant, log_id=value, response_body=json.dumps({"id": value}))
    event["id"] = value
    detail = decode(event)["detail"]

    assert {"id", "log_id", "tenant_id"}.isdisjoint(detail)
    for name in HARMLESS:
        assert name not in detail or json.dumps(detail[name]).strip('"') == str(detail[name])


def decoded_or_refusal(value: Any) -> dict[str, Any] | str:
    try:
        return decode(value)
    except InvalidEvent as error:
        return str(error)


def decode_or_refuse(value: Any) -> None:
    decoded = decoded_or_refusal(value)
    if isinstance(decoded, str):
        assert 0 < len(decoded) < 2_000
        return
    text = write_json(decoded)
    assert text.encode("utf-8")
    assert "sample_api_key_sample" not in text
    assert decoded["source"].startswith("saasus.")
    for name in HARMLESS:
        assert name not in decoded["detail"] or json.dumps(str(decoded["detail"][name]))[1:-1].isprintable()


@pytest.mark.parametrize("text", HOSTILE_EVENTS.values(), ids=HOSTILE_EVENTS)
def test_hostile_events_are_decoded_or_refused(text: str) -> None:
    try:
        value = read_json(text)
    except ValueError:
        return  # what AWS would not deliver
    decode_or_refuse(value)


@given(hostile_events())
def test_any_event_is_decoded_or_refused(text: str) -> None:
    try:
        value = read_json(text)
    except ValueError:
        return
    decode_or_refuse(value)


@given(st.sampled_from(["uri", "request_method", "http_status", "request_body", "new", "log_id"]), hostile_texts())
def test_any_field_of_a_call_is_decoded_or_refused(name: str, text: str) -> None:
    decode_or_refuse(with_record(op.auth.create_tenant, **{name: text}))


def test_a_decoded_event_is_read_like_the_original() -> None:
    for operation in operations:
        for variant in variants(operation)[::4]:
            said, decoded = SaasusEvent.from_dict(variant.event), SaasusEvent.from_dict(decode(variant.event))
            names = ("id", "log_id", "event_type", "trace_id", "time", "http_status", "method", "operation", "message")
            for name in names:
                assert getattr(decoded, name) == getattr(said, name), (variant.name, name)
            assert (decoded.tenant_id, decoded.user_id) == (said.tenant_id, said.user_id)
            if not operation.secret_fields:
                assert (decoded.uri, decoded.request, decoded.response) == (said.uri, said.request, said.response)


def test_nothing_secret_or_personal_is_in_a_redacted_decoded_event() -> None:
    for operation in [*operations, *operations.retired]:
        body = {name: f"{CANARY}-{name}" for name in sorted(PERSONAL_NAMES | {"note"})}
        event = with_record(
            operation, request_body=json.dumps(body), response_body=json.dumps({"a": [body]}), ip_address=CANARY
        )
        shown = SaasusEvent.from_dict(decode(event)).redacted()

        assert CANARY not in json.dumps(shown).replace(f"{CANARY}-note", "")
        assert shown["detail"]["request"]["note"] == f"{CANARY}-note"
        assert shown["detail"]["path"] == decode(event)["detail"]["path"]
        assert SaasusEvent.from_dict(shown).redacted() == shown, "nothing is left to take out"
    shown = SaasusEvent.from_dict(decode(custom(f"Order of {CANARY}"))).redacted()
    assert CANARY not in json.dumps(shown)
    shown = SaasusEvent.from_dict(decode(with_record(op.auth.create_tenant, request_body=CANARY))).redacted()
    assert CANARY not in json.dumps(shown)


@pytest.mark.parametrize("text", [t for t in HOSTILE_VALUES.values() if len(t) < 100_000], ids=lambda text: text[:20])
def test_hostile_decoded_events_are_read_and_redacted(text: str) -> None:
    try:
        value = read_json(text)
    except ValueError:
        return
    decoded = decode(sample_event(op.auth.create_tenant))
    for name in [*decoded["detail"], "new"]:
        hostile = {**decoded, "detail": {**decoded["detail"], name: value}}
        if name == "event_type" and not isinstance(value, str):
            continue
        event = SaasusEvent.from_dict(hostile)
        assert repr(event)
        assert event.operation is None or event.method in ("", event.operation.method)
        assert write_json(event.redacted())
        with contextlib.suppress(InvalidEvent):  # nested more deeply than PutEvents takes
            assert isinstance(EventFilter.of(op.auth.create_tenant).matches(hostile), bool)


ODD: tuple[Any, ...] = (
    "",
    None,
    7,
    [],
    {"api_key": "x"},
    'a"b',
    "é",
    "api_call",
    "get",
    "/v1/auth/tenants?token=x",
    "/v1/auth/tenants/**/x",
    "saasus.auth",
    "null",
    '""',
    "[]",
)


def test_the_quick_way_of_the_usual_event_does_the_same() -> None:
    usual = 0
    base = sample_event(op.auth.create_tenant)
    record = json.loads(base["detail"]["event"])
    events = [variant.event for operation in operations for variant in variants(operation)[::3]]
    events += [with_record(op.auth.create_tenant, **{name: odd}) for name in [*record, "new"] for odd in ODD]
    events += [{**base, name: odd} for name in [*base, "new"] for odd in ODD if name != "detail"]
    events += [
        {**base, "detail": {**base["detail"], name: odd}}
        for name in ("event", "trace_id", "new")
        for odd in ODD
        if name != "event" or not isinstance(odd, (int, list))
    ]
    for name in record:
        for other in (record[name], record["uri"]):
            renamed = {**{n: v for n, v in record.items() if n != name}, "another": other}
            events.append({**base, "detail": {**base["detail"], "event": json.dumps(renamed)}})
    for operation in operations:
        decode(sample_event(operation))  # what it knows of an operation, it learns from the first event
    for event in events:
        quick = _decode_usual(event)
        usual += quick is not None
        with contextlib.suppress(InvalidEvent):
            assert quick is None or quick == _decode_any(event)
    assert usual > 1_500
    not_events: tuple[Any, ...] = ({}, [], {"detail": []}, {**base, "time": "never"})
    assert [_decode_usual(other) for other in not_events] == [None] * 4
