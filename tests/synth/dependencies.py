"""What waits for what in the templates of an app, as CloudFormation sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.synth.apps import text

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICIES = {
    "AWS::IAM::Policy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Logs::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "Custom::CloudwatchLogResourcePolicy",
}
"""What lets a delivery through, or takes it when it fails."""


def needed_by(resources: dict[str, Any], id: str) -> set[str]:
    """Return the resources that are made before one, by references and DependsOn, however far away.

    Raises:
        AssertionError: One is made before itself.
    """
    found: set[str] = set()
    waiting = list(_next(resources, id))
    while waiting:
        each = waiting.pop()
        assert each != id, f"{id} waits for itself: {text(resources[id])}"
        if each not in found:
            found.add(each)
            waiting += _next(resources, each)
    return found


def assert_no_cycle(resources: dict[str, Any]) -> None:
    for id in resources:
        needed_by(resources, id)


def rules_of(resources: dict[str, Any]) -> list[str]:
    return [id for id, resource in resources.items() if resource["Type"] == "AWS::Events::Rule"]


def policies_of(resources: dict[str, Any]) -> set[str]:
    return {id for id, resource in resources.items() if resource["Type"] in POLICIES}


def _next(resources: dict[str, Any], id: str) -> Iterator[str]:
    resource = resources[id]
    depends = resource.get("DependsOn", [])
    yield from [depends] if isinstance(depends, str) else depends
    yield from (name for name in _references(resource.get("Properties", {})) if name in resources)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            given = value["Fn::GetAtt"]
            yield given.split(".")[0] if isinstance(given, str) else given[0]
        for each in value.values():
            yield from _references(each)
