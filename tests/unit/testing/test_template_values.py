"""Intrinsic functions, resolved as far as a template tells."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.testing.template_values import TemplateValues, is_literal

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "prod"},
        "Given": {"Type": "String"},
        "FromSsm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/path"},
    },
    "Mappings": {"Names": {"prod": {"queue": "jobs"}}},
    "Resources": {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": {"Fn::Sub": "bus-${Stage}"}}},
        "Unnamed": {"Type": "AWS::Events::EventBus"},
        "Queue": {"Type": "AWS::SQS::Queue"},
    },
}
VALUES = TemplateValues(TEMPLATE, parameters={"Given": "yes"}, pseudo={"AWS::Region": "ap-northeast-1"})


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("plain", "plain"),
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Given"}, "yes"),
        ({"Ref": "FromSsm"}, "${FromSsm}"),
        ({"Ref": "AWS::Region"}, "ap-northeast-1"),
        ({"Ref": "AWS::AccountId"}, "${AWS::AccountId}"),
        ({"Ref": "Bus"}, "bus-prod"),
        ({"Ref": "Unnamed"}, "${Unnamed}"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "${Queue.Arn}"),
        ({"Fn::GetAtt": "Queue.Arn"}, "${Queue.Arn}"),
        ({"Fn::GetAtt": ["Bus", "Name"]}, "bus-prod"),
        ({"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, {"Ref": "Stage"}]]}, "arn:${AWS::Partition}:prod"),
        ({"Fn::Sub": "${Stage}/${Queue.Arn}/${!literal}"}, "prod/${Queue.Arn}/${literal}"),
        ({"Fn::Sub": ["${x}-${Given}", {"x": {"Ref": "Stage"}}]}, "prod-yes"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::Select": [4, {"Fn::Split": [":", {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:q"}]}]},
         "${AWS::AccountId}"),
        ({"Fn::FindInMap": ["Names", {"Ref": "Stage"}, "queue"]}, "jobs"),
        ({"Fn::ImportValue": "Other:Bus"}, "${ImportValue Other:Bus}"),
        ({"Fn::If": ["IsProd", "a", "b"]}, '${If ["IsProd", "a", "b"]}'),
        ({"a": [{"Ref": "Stage"}, {"Ref": "AWS::NoValue"}], "b": {"Ref": "AWS::NoValue"}}, {"a": ["prod"]}),
    ],
)  # fmt: skip
def test_a_value_is_resolved_or_readable(value: Any, resolved: Any) -> None:
    assert VALUES.resolve(value) == resolved


def test_a_separator_inside_a_token_does_not_split_it() -> None:
    value = {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Join": [":", ["a", {"Ref": "AWS::AccountId"}, "b"]]}]}]}
    assert VALUES.resolve(value) == "${AWS::AccountId}"


def test_what_cannot_be_selected_stays_readable() -> None:
    selected = VALUES.resolve({"Fn::Select": [3, {"Fn::Split": ["/", {"Fn::GetAtt": ["Queue", "Arn"]}]}]})
    assert "Queue.Arn" in selected
    assert not is_literal(selected)


def test_the_resource_behind_a_value_is_found() -> None:
    assert VALUES.referred({"Fn::Join": ["", ["x", {"Ref": "AWS::Region"}, {"Ref": "Queue"}]]}) == "Queue"
    assert VALUES.referred({"Fn::GetAtt": ["Bus", "Arn"]}) == "Bus"
    assert VALUES.referred("arn:aws:sqs:x") is None
