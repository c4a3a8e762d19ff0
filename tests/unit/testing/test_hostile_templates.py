"""The router against hostile events and templates: an answer, or an error of the library's own."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from constructs_lib.events.errors import InvalidEvent, InvalidPattern
from constructs_lib.events.json_values import read_json
from constructs_lib.testing import Router
from constructs_lib.testing.template_rules import InvalidTemplate
from tests.hostile_json import HOSTILE_EVENTS, HOSTILE_VALUES, hostile_events

if TYPE_CHECKING:
    from pathlib import Path

_TARGETS = [
    {"Arn": "arn:aws:lambda:x:1:function:f", "Id": "whole"},
    {"Arn": "arn:aws:lambda:x:1:function:f", "Id": "part", "InputPath": "$.detail.event"},
    {
        "Arn": "arn:aws:lambda:x:1:function:f",
        "Id": "template",
        "InputTransformer": {
            "InputPathsMap": {"a": "$.detail", "b": "$.a_new_field.a", "c": "$.detail.trace_id"},
            "InputTemplate": '{"a":<a>,"b":<b>,"c":"<c>"}',
        },
    },
    {
        "Arn": "arn:aws:events:x:1:api-destination/d",
        "Id": "call",
        "HttpParameters": {"HeaderParameters": {"x": "$.detail.trace_id", "y": "$.a_new_field"}},
    },
]
RULE = {
    "Type": "AWS::Events::Rule",
    "Properties": {"EventPattern": {"source": [{"exists": True}]}, "Targets": _TARGETS},
}
NEVER = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"detail": {"event": [{"wildcard": "*x*y*"}]}}}}
ROUTER = Router.from_template({"Resources": {"Rule": RULE, "Never": NEVER}})


def ask(event: str) -> None:
    with contextlib.suppress(InvalidEvent):
        for firing in ROUTER.firings(event):
            for delivery in firing.targets:
                assert delivery.payload.text.encode()
                assert delivery.payload.body is not NotImplemented
        assert all(str(explanation).encode() for explanation in ROUTER.explain(event))


@pytest.mark.parametrize("chunk", range(4))
def test_events_get_an_answer_or_invalid_event(chunk: int) -> None:
    for text in [text for text in HOSTILE_EVENTS.values() if len(text) < 40_000][chunk::4]:
        ask(text)


@settings(max_examples=40)
@given(hostile_events())
def test_any_event_gets_an_answer_or_invalid_event(text: str) -> None:
    ask(text)


def test_a_deep_event_is_delivered_as_it_is() -> None:
    deep = f'{{"source":"x","a_new_field":{"[" * 5_000}{"]" * 5_000}}}'
    [firing] = ROUTER.firings(deep)

    assert firing.targets[0].payload.text == deep


def _in_rule(name: str) -> str:
    return f'{{"Resources":{{"R":{{"Type":"AWS::Events::Rule","Properties":{{"{name}":HERE}}}}}}}}'


def _in_target(name: str) -> str:
    return _in_rule("Targets").replace("HERE", f'[{{"Arn":"a","Id":"x","{name}":HERE}}]')


TEMPLATES = [
    "HERE",
    '{"Resources":HERE}',
    '{"Resources":{"R":HERE}}',
    '{"Resources":{"R":{"Type":"AWS::Events::Rule","Properties":HERE}}}',
    *(_in_rule(name) for name in ("EventPattern", "EventBusName", "Name", "Description", "State", "Targets")),
    *(_in_target(n) for n in ("Arn", "Id", "Input", "InputPath", "InputTransformer", "HttpParameters", "Other")),
    *(
        _in_rule("Name").replace("HERE", f'{{"{function}":HERE}}')
        for function in ("Ref", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::GetAtt", "Fn::FindInMap")
    ),
    *(_in_rule("Name").replace("HERE", f'{{"{f}":HERE}}') for f in ("Fn::ImportValue", "Fn::GetStackOutput", "Fn::If")),
]
ARGUMENTS = [
    *(text for text in HOSTILE_VALUES.values() if len(text) < 30_000),
    *('{"Ref":"R"}', "[]", "[1]", '[{"Ref":"R"},{"Ref":"R"}]', '"${R}"', '"R.Name"', '["a",["b"]]', '["${a}",1]'),
    *('["${a}",{"a":{"Ref":"R"}}]', "5", "[-5,[1]]", "[9,[1]]", '["",[{"a":1}]]', '{"Fn::GetAtt":["R"]}'),
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_are_read_or_invalid(template: str) -> None:
    for argument in ARGUMENTS:
        try:
            read: Any = read_json(template.replace("HERE", argument))
        except ValueError:
            continue
        with contextlib.suppress(InvalidTemplate, InvalidPattern):
            router = Router.from_template(read)
            assert all(str(explanation) for explanation in router.explain({"source": "x", "detail": {}}))
            router.firings({"source": "x", "detail": {}})


@pytest.mark.parametrize(
    "manifest",
    [
        *("5", "[]", '{"artifacts":5}', '{"artifacts":{"a":5}}', '{"artifacts":{"a":{"type":"cdk:cloud-assembly"}}}'),
        '{"artifacts":{"a":{"type":"aws:cloudformation:stack","properties":{}}}}',
        '{"artifacts":{"a":{"type":"aws:cloudformation:stack","properties":{"templateFile":7}}}}',
        '{"artifacts":{"a":{"type":"cdk:cloud-assembly","properties":{"directoryName":"."}}}}',
        *(text for text in HOSTILE_VALUES.values() if len(text) < 30_000),
    ],
    ids=len,
)
def test_assemblies_are_read_or_invalid(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")

    with contextlib.suppress(InvalidTemplate):
        assert Router.from_assembly(tmp_path).rules == ()


def test_a_template_that_refers_to_itself_says_so() -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"Name": {"Ref": "R"}}}

    with pytest.raises(InvalidTemplate, match="the rule 'R' is nested too deeply to be read, or refers to itself"):
        Router.from_template({"Resources": {"R": rule}})
    with pytest.raises(InvalidTemplate, match="the rule 'R' does not have the form"):
        Router.from_template(
            json.loads('{"Resources":{"R":{"Type":"AWS::Events::Rule","Properties":{"Targets":[5]}}}}')
        )
