"""Payloads that people can read: valid JSON whatever is in the event, and a slip in a placeholder is an error."""

from __future__ import annotations

import gc
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import InvalidRoute, payload
from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.events.input_transformer import Payload, payload_of
from constructs_lib.testing import sample_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib import Operation

HOSTILE = st.text(st.sampled_from('"\\\n\t\x00<>{}$%&é本🎉 ab/\u2028')) | st.text(max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)
HARMLESS_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=20)


def delivered(made: events.RuleTargetInput, event: dict[str, Any]) -> Payload:
    """Return what EventBridge makes of an event."""
    bound = made.bind(None)  # type: ignore[arg-type]  # it looks at no rule
    transformer = {"InputTemplate": bound.input_template, "InputPathsMap": dict(bound.input_paths_map or {})}
    return payload_of({"InputTransformer": transformer}, event, rule_name="rule", rule_arn="arn")


def decoded(**detail: Any) -> dict[str, Any]:
    envelope = {"id": "new", "source": "saasus.auth", "time": "2026-05-19T02:22:58Z", "region": "eu-west-1"}
    return {**envelope, "account": "111122223333", "detail": detail}


FAILED = decoded(operation="auth.create_tenant", status=500, tenant_id="t-1", method="POST", request={"name": "Ann"})


def test_one_line_makes_a_message() -> None:
    made = payload.text("{operation} failed with {status} for {tenant_id} in {region}", channel="#alerts")
    body = delivered(made, FAILED).body
    assert body == {"text": "auth.create_tenant failed with 500 for t-1 in eu-west-1", "channel": "#alerts"}


def test_what_an_event_does_not_have_is_empty() -> None:
    sent = delivered(payload.text("{user_id}|{status}"), decoded())
    assert (sent.delivered, sent.body) == (True, {"text": "|"})
    assert delivered(payload.json({"a": "{request.count}", "b": "{status}"}), decoded()).body == {"a": "", "b": ""}


def test_literal_text_is_sent_as_it_is() -> None:
    text = 'a <https://example.com|link> & "quotes" \\ {{braces}} \n <operation> 本'
    shown = text.replace("{{", "{").replace("}}", "}")
    for made in (payload.text(text, note=shown), payload.slack(text, note=shown)):
        body = delivered(made, FAILED).body
        assert (body["text"], body["note"]) == (shown, shown)
    assert delivered(payload.json({"a": text, "<b>": [1, None, True]}), FAILED).body == {
        "a": shown,
        "<b>": [1, None, True],
    }


@settings(max_examples=150, deadline=None)
@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("operation", "tenant_id", "user_id", "log_id", "id", "method"), HARMLESS_TEXT),
            **dict.fromkeys(("event_type", "trace_id", "uri", "message", "ip_address"), HOSTILE),
            "status": st.integers(100, 599),
            "request": ANY_JSON | st.fixed_dictionaries({"name": ANY_JSON}),
        },
    ),
    literal=HOSTILE,
)
def test_whatever_is_in_an_event_the_message_is_json_with_it(values: dict[str, Any], literal: str) -> None:
    event = decoded(**values)
    text = literal.replace("{", "{{").replace("}", "}}")
    request = values.get("request")
    name = request.get("name", "") if isinstance(request, dict) else ""

    def value(field: str) -> Any:
        return values.get(field, "")

    safe = delivered(payload.text(f"{text}{{operation}}{text}{{status}}{{tenant_id}}"), event)
    assert safe.delivered
    assert safe.body["text"] == f"{literal}{value('operation')}{literal}{value('status')}{value('tenant_id')}"

    template = f"{text}{{trace_id}}{{request.name}}{text}{{status}}"
    expected = [literal, value("trace_id"), name, f"{literal}{value('status')}"]
    sent = delivered(payload.slack(template), event)
    assert sent.delivered
    texts = sent.body["blocks"][0]["elements"][0]["elements"]
    assert [each["text"] for each in texts] == (expected if literal else expected[1:])

    sent = delivered(payload.teams(template), event)
    assert sent.delivered
    texts = sent.body["attachments"][0]["content"]["body"][0]["inlines"]
    assert [each["text"] for each in texts] == (expected if literal else expected[1:])

    own = delivered(payload.json({literal: ["{request}", "{message}", f"{text} {{method}}"]}), event)
    assert own.delivered
    assert own.body == {literal: [value("request"), value("message"), f"{literal} {value('method')}"]}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: payload.text("{request.name} failed"), "{request.name} in .* can hold quotes.*payload.slack"),
        (lambda: payload.text("{trace_id} and {message}"), "{trace_id}, {message} in "),
        (lambda: payload.text("{oparation}"), "'operation'"),
        (lambda: payload.text("{operation!r}"), "not a field"),
        (lambda: payload.text("{status:03}"), "not a field"),
        (lambda: payload.text("{}"), "not a field"),
        (lambda: payload.text("{operation"), "without its counterpart.*Write {{ and }}"),
        (lambda: payload.text("{operation.name}"), "plain value"),
        (lambda: payload.text("{request.na me}"), "not a field"),
        (lambda: payload.text(5), "5 is not a text"),  # type: ignore[arg-type]
        (lambda: payload.text("hello", text="x"), "text= is made from the template"),
        (lambda: payload.slack("hello", blocks=[]), "blocks= is made from the template"),
        (lambda: payload.slack("{request}"), "whole object.*{request.name}"),
        (lambda: payload.teams("{path}"), "whole object.*{path.3}"),
        (lambda: payload.json({"a": "to {message}"}), "Make it a value of its own"),
        (lambda: payload.json("{operation}"), "of type str"),  # type: ignore[arg-type]
        (lambda: payload.json({"a": {1, 2}}), "is not JSON"),
        (lambda: payload.text("hello", at=object()), "is not JSON"),
    ],
)
def test_a_slip_is_an_error_that_says_what_to_write(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidRoute, match=says):
        make()


def test_fields_with_the_same_letters_stay_apart() -> None:
    made = payload.json({"a": "{request.a.b}", "b": "{request.a_b}", "c": "{request.awsome}", "d": "{request.x[0].y}"})
    event = decoded(request={"a": {"b": 1}, "a_b": 2, "awsome": 3, "x": [{"y": 4}]})
    assert delivered(made, event).body == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_a_payload_outlives_the_line_that_made_it(stack: Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    # The CDK keeps the target, and calls the payload in it when the rule is made.
    target = cdk_targets.SqsQueue(queue, message=payload.text("{operation} failed"))
    gc.collect()
    events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["saasus.auth"]), targets=[target])
    [rule] = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    [sent] = rule["Properties"]["Targets"]
    assert sent["InputTransformer"] == {
        "InputPathsMap": {"operation": "$.detail.operation"},
        "InputTemplate": '{"text":"<operation> failed"}',
    }


def test_what_counts_as_harmless_is_what_the_decoder_sees_to() -> None:
    texts = {"account", "region", "time"}  # EventBridge's own
    hostile = dict.fromkeys(payload.FIELDS, 'a"b')
    record = {
        "uri": '/v1/auth/tenants/a"b',
        "request_method": "DELETE",
        "http_status": "200",
        **hostile,
        "log_id": 'a"b',
    }
    made = sample_event(op.auth.delete_tenant)
    for method, uri in (("DELETE", '/v1/auth/tenants/a"b'), ('a"b', "/v1/auth/tenants/x")):
        event = {**record, "request_method": method, "uri": uri}
        detail = decode({**made, "id": 'a"b', "detail": {**made["detail"], "event": json.dumps(event)}})["detail"]
        assert {name for name in payload.HARMLESS - texts if '"' in str(detail.get(name, ""))} == set()


@settings(max_examples=150, deadline=None)
@given(operation=st.sampled_from(list(op)), value=HOSTILE, status=st.sampled_from(["200", "500", "", "abc"]))
def test_whatever_is_in_any_field_of_any_operation_is_delivered(operation: Operation, value: str, status: str) -> None:
    made = sample_event(operation)
    body = json.dumps({"id": value, "name": value})
    record = {
        **json.loads(made["detail"]["event"]),
        "log_id": value,
        "uri": re.sub(r"\{\w+\}", lambda _: value, operation.path),
        "http_status": status,
        "request_body": body,
        "response_body": body,
        "referer": value,
    }
    detail = {**made["detail"], "trace_id": value, "event": json.dumps(record)}
    event = decode({**made, "id": value, "detail": detail})
    everything = " ".join(f"{{{name}}}" for name in sorted(payload.HARMLESS))
    sent = delivered(payload.text(everything), event)
    assert sent.delivered
    assert json.loads(sent.text) == {"text": sent.body["text"]}
    for make in (payload.slack, payload.teams):
        sent = delivered(make(f"{everything} {{trace_id}} {{request.name}} {{response.id}} {{uri}}"), event)
        assert sent.delivered
        texts = [each for each in strings_in(sent.body) if each == value]
        assert len(texts) >= ("name" in event["detail"].get("request", {})) + (value == event["detail"].get("trace_id"))


def strings_in(value: Any) -> list[str]:
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return [text for each in inner for text in strings_in(each)]
    return [value] if isinstance(value, str) else []
