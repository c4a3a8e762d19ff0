"""Input, InputPath and InputTransformer, by the examples of AWS's user guide and API reference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.events.input_transformer import Payload, payload_of

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {
        "instance-id": "i-0123456789",
        "state": "RUNNING",
        "text": 'say "hi"',
        "日": ["日本", 1, None],
        "tags": {"team": "crm", "cost": "low"},
        "one": ["HIGH"],
        "two": ["ON", "OFF"],
        "true": True,
    },
}
PATHS = {
    "timestamp": "$.time",
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "tags": "$.detail.tags",
    "one": "$.detail.one",
    "two": "$.detail.two",
    "true": "$.detail.true",
}


def send(**target: Any) -> Payload:
    return payload_of(target, EVENT, rule_name="example", rule_arn="arn:aws:events:us-east-2:123456789012:rule/example")


def transform(template: str, **paths: str) -> Payload:
    return send(InputTransformer={"InputPathsMap": {**PATHS, **paths}, "InputTemplate": template})


@pytest.mark.parametrize(
    ("template", "sent"),
    [
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        ('"instance \\"<instance>\\" is in <state>"', '"instance \\"i-0123456789\\" is in RUNNING"'),
        ('{\n  "instance" : <instance>,\n  "state": <state>\n}', '{"instance":"i-0123456789","state":"RUNNING"}'),
        (
            '{"instance": <instance>, "state": "<state>", "instanceStatus": "instance \\"<instance>\\" is in <state>"}',
            (
                '{"instance":"i-0123456789","state":"RUNNING",'
                '"instanceStatus":"instance \\"i-0123456789\\" is in RUNNING"}'
            ),
        ),
        ('{"state": [9, <state>, true]}', '{"state":[9,"RUNNING",true]}'),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        ('{"arn": <aws.events.rule-arn>}', '{"arn":"arn:aws:events:us-east-2:123456789012:rule/example"}'),
        ("<instance> is in state <state>", "i-0123456789 is in state RUNNING"),
        ('"a <instance>"\n"b"', '"a i-0123456789"\n"b"'),
        # As LocalStack's tests recorded AWS.
        (
            '"of <tags> by users/<instance> and <instance>"',
            '"of {team:crm,cost:low} by users/i-0123456789 and i-0123456789"',
        ),
        ('"<one> is one"', '"[HIGH] is one"'),
        ('"<two> are two"', '"[ON,OFF] are two"'),
        ('"It is <true>!"', '"It is true!"'),
        ('"<one> a"\n"<tags> b"\n"<instance> c"', '"[HIGH] a"\n"{team:crm,cost:low} b"\n"i-0123456789 c"'),
        ('"{[/an odd beginning of <state>"', '"{[/an odd beginning of RUNNING"'),
        ('{"list": <one>}', '{"list":["HIGH"]}'),
        (
            '{"path": "users/<instance>", "body": <tags>}',
            '{"path":"users/i-0123456789","body":{"team":"crm","cost":"low"}}',
        ),
        (
            '{"a": {"b": {"c": "users/<instance>"}}, "list": [<state>, "x"]}',
            '{"a":{"b":{"c":"users/i-0123456789"}},"list":["RUNNING","x"]}',
        ),
    ],
)
def test_a_template_gives_what_aws_documents(template: str, sent: str) -> None:
    payload = transform(template)
    assert (payload.text, payload.made_by, payload.problems) == (sent, "InputTransformer", ())


def test_the_event_s_own_variables_are_json() -> None:
    body = transform('{"whole": <aws.events.event.json>, "envelope": <aws.events.event>}').body
    assert body["whole"] == EVENT
    assert body["envelope"] == {
        **{name: EVENT[name] for name in ("id", "account", "time", "source", "region", "resources", "version")},
        "detailType": EVENT["detail-type"],
    }
    assert transform('{"at": <aws.events.event.ingestion-time>}').body == {"at": EVENT["time"]}


def test_values_outside_quotes_keep_their_type_and_their_quotes() -> None:
    body = transform('{"t": <text>, "d": <list>}', text="$.detail.text", list="$.detail.日").body
    assert body == {"t": 'say "hi"', "d": ["日本", 1, None]}


def test_json_inside_a_text_loses_its_quotes() -> None:
    payload = transform('"got <list>"', list="$.detail.日")
    assert (payload.text, payload.problems) == ('"got [日本,1,null]"', ())


@pytest.mark.parametrize(
    "template",
    [
        '{"a": "users/<tags>", "b": <tags>}',
        '{"a": "<tags>"}',
        '{"a": "<one>"}',
        '["<two>"]',
        '{"a": "<aws.events.event>"}',
        '{"a": "x <aws.events.event.json>"}',
    ],
)
def test_an_object_or_a_list_inside_a_text_of_json_is_not_delivered(template: str) -> None:
    payload = transform(template)
    assert not payload.delivered
    assert "without quotes around it" in payload.problems[0]


@pytest.mark.parametrize("template", ['{"a": <tags>}', '"x <tags>"', '{"a": "<true>"}', '{"a": "<gone>"}'])
def test_what_is_delivered_says_so(template: str) -> None:
    assert transform(template, gone="$.detail.gone").delivered


def test_a_text_with_quotes_inside_quotes_is_not_escaped_and_is_a_problem() -> None:
    payload = transform('{"t": "<text>"}', text="$.detail.text")
    assert payload.text == '{"t": "say "hi""}'
    assert "delivers nothing" in payload.problems[0]
    assert not payload.delivered


def test_what_the_event_does_not_have_is_empty_and_said() -> None:
    payload = transform('{"a": <gone>, "b": "x<gone>y"}', gone="$.detail.gone")
    assert payload.body == {"a": "", "b": "xy"}
    assert "'$.detail.gone'" in payload.problems[0]


def test_a_variable_that_nobody_defined_is_a_problem() -> None:
    payload = transform('{"a": "<other>"}')
    assert "<other>" in payload.problems[0]
    assert not payload.delivered


def test_a_reserved_variable_cannot_be_redefined() -> None:
    paths = {"aws.events.rule-name": "$.detail.state"}
    payload = send(InputTransformer={"InputPathsMap": paths, "InputTemplate": '"<aws.events.rule-name>"'})
    assert payload.body == "example"


def test_other_inputs() -> None:
    assert send().text == json.dumps(EVENT, ensure_ascii=False, separators=(",", ":"))
    assert (send(Input='{"a": 1}').text, send(Input='{"a": 1}').made_by) == ('{"a": 1}', "Input")
    assert send(InputPath="$.detail.state").text == '"RUNNING"'
    assert send(InputPath="$.resources[0]").body == EVENT["resources"][0]
    assert send(InputPath="$").body == EVENT
    assert send(InputPath="$.detail.nothing").problems
    assert send(InputPath="$['detail']").problems
