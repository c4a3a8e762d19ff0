"""Input, InputPath and InputTransformer, by the examples of AWS's user guide and API reference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.testing.input_transformer import Payload, payload_of

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {"instance-id": "i-0123456789", "state": "RUNNING", "text": 'say "hi"', "日": ["日本", 1, None]},
}
PATHS = {"timestamp": "$.time", "instance": "$.detail.instance-id", "state": "$.detail.state"}


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
    ],
)
def test_a_template_gives_what_aws_documents(template: str, sent: str) -> None:
    payload = transform(template)
    assert (payload.text, payload.made_by, payload.problems) == (sent, "InputTransformer", ())


def test_the_event_s_own_variables_are_json() -> None:
    body = transform('{"whole": <aws.events.event.json>, "envelope": <aws.events.event>}').body
    assert body["whole"] == EVENT
    assert body["envelope"] == {name: value for name, value in EVENT.items() if name != "detail"}
    assert transform('{"at": <aws.events.event.ingestion-time>}').body == {"at": EVENT["time"]}


def test_values_outside_quotes_keep_their_type_and_their_quotes() -> None:
    body = transform('{"t": <text>, "d": <list>}', text="$.detail.text", list="$.detail.日").body
    assert body == {"t": 'say "hi"', "d": ["日本", 1, None]}


def test_json_inside_a_text_loses_its_quotes() -> None:
    payload = transform('"got <list>"', list="$.detail.日")
    assert (payload.text, payload.problems) == ('"got [日本,1,null]"', ())


def test_a_text_with_quotes_inside_quotes_is_not_escaped_and_is_a_problem() -> None:
    payload = transform('{"t": "<text>"}', text="$.detail.text")
    assert payload.text == '{"t": "say "hi""}'
    assert "delivers nothing" in payload.problems[0]


def test_what_the_event_does_not_have_is_empty_and_said() -> None:
    payload = transform('{"a": <gone>, "b": "x<gone>y"}', gone="$.detail.gone")
    assert payload.body == {"a": "", "b": "xy"}
    assert "'$.detail.gone'" in payload.problems[0]


def test_a_variable_that_nobody_defined_is_a_problem() -> None:
    assert "<other>" in transform('{"a": "<other>"}').problems[0]


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
