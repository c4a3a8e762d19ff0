"""Names that the library makes up are unique in an account and region, whatever the ids, and fit where they go."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import Environment, NestedStack, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from constructs_lib import EventFilter, EventLogging, SaasusEventBus, targets
from tests.synth.apps import SOURCE, new_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct

HERE = Environment(account="111122223333", region="ap-northeast-1")
LONGEST = {
    ("AWS::IAM::Policy", "PolicyName"): 128,
    ("AWS::IAM::Role", "RoleName"): 64,
    ("AWS::Logs::DeliveryDestination", "Name"): 60,
    ("AWS::Logs::DeliverySource", "Name"): 60,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::Logs::ResourcePolicy", "PolicyName"): 255,
}
"""What an account and region, or for a policy its role, has once by that name."""

# Ids that are equal once hyphens, dots or case are dropped or ids are joined, and long ones.
_ids = st.sampled_from(["a", "a-b", "b", "ab", "A", "a.b", "a_b", "b-c", "c", "b-", "x" * 60, "x" * 61, "-b"])
_buses = st.lists(st.tuples(_ids, st.lists(_ids, min_size=1, max_size=2, unique=True)), min_size=1, max_size=2)
_stacks = st.lists(st.tuples(st.sampled_from(["Own", "Nested", "Nested2"]), _buses), min_size=1, max_size=2)


def add_bus(scope: Construct, id: str, routes: list[str], number: int) -> None:
    source = SOURCE.replace("-1/", f"-{number}/")
    bus = SaasusEventBus(scope, id, event_source_name=source, event_logging=EventLogging())
    role = iam.Role.from_role_arn(bus, "Theirs", f"arn:aws:iam::{HERE.account}:role/theirs")
    for count, route in enumerate(routes):
        arn = f"arn:aws:lambda:{HERE.region}:{HERE.account}:function:their{number}_{count}"
        function = lambda_.Function.from_function_attributes(bus, f"F{count}", function_arn=arn, role=role)
        queue = sqs.Queue.from_queue_arn(bus, f"Q{count}", f"arn:aws:sqs:{HERE.region}:444455556666:queue{count}")
        bus.log(route, EventFilter.all().event_type(f"t{count}"))
        bus.invoke(f"{route}Run", EventFilter.all().event_type(f"u{count}"), function)
        bus.route(f"{route}Send", EventFilter.all().event_type(f"v{count}"), targets.SqsQueue(queue))


@example([("Own", [("a", ["b-c", "x" * 61]), ("a-b", ["c", "x" * 60])]), ("Own", [("a", ["b-c"])])])
@example([("Nested", [("a", ["b"])]), ("Nested", [("a", ["b"])])])
@settings(max_examples=4, deadline=None)
@given(_stacks)
def test_no_two_are_the_same(made: list[tuple[str, list[tuple[str, list[str]]]]]) -> None:
    app, number = new_app(), 0
    for count, (where, buses) in enumerate(made):
        stack = Stack(app, f"Stack{count}", env=HERE)
        scope: Stack = stack if where == "Own" else NestedStack(stack, where)
        for id in dict(buses):
            number += 1
            add_bus(scope, id, dict(buses)[id], number)
    assembly = app.synth()
    names: Counter[str] = Counter()
    for path, template in _templates(assembly.directory):
        for resource in template.get("Resources", {}).values():
            for (kind, field), longest in LONGEST.items():
                if resource["Type"] == kind and field in resource["Properties"]:
                    name = resource["Properties"][field]
                    assert not isinstance(name, str) or len(name) <= longest
                    # A name that is put together at deploy has its stack's in it.
                    names[f"{kind} {json.dumps(name)}{'' if isinstance(name, str) else path}"] += 1
        for policy in _documents(template):
            sids = [each["Sid"] for each in policy["Statement"] if "Sid" in each]
            assert len(sids) == len(set(sids))
    assert names
    assert [name for name, count in names.items() if count > 1] == []


def _templates(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in Path(folder).glob("**/*.template.json"):
        yield file.name, json.loads(file.read_text())


def _documents(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _documents(each)
    elif isinstance(value, dict):
        if isinstance(value.get("Statement"), list):
            yield value
        for each in value.values():
            yield from _documents(each)


def test_the_same_stack_nested_in_two_is_named_apart() -> None:
    app = new_app()
    for name in ("One", "Two"):
        nested = NestedStack(Stack(app, name, env=HERE), "Nested")
        add_bus(nested, "Saasus", ["Everything"], 1 if name == "One" else 2)
    found = [
        resource["Properties"]["Name"]
        for _, template in _templates(app.synth().directory)
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Logs::DeliveryDestination"
    ]
    assert len(found) == len(set(found)) == 2
