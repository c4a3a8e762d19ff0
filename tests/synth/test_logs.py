"""Log routes: one resource policy, no Lambda, a group that is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, NestedStack, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, log_mask_policy, targets
from constructs_lib import operations as op
from constructs_lib.access.logs_resource_policy import LogsResourcePolicy
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_app, only, properties, resources, rule_targets, text, warnings
from tests.synth.test_encryption import cycle

RULES = "arn:AWS::Partition:events:AWS::Region:AWS::AccountId:rule"
ANY_PATTERN = events.EventPattern(source=["mine"])


def test_the_tutorials_stack_has_no_lambda_and_no_custom_resource(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything")
    kinds = [resource["Type"] for resource in _all(stack)]
    assert sorted(kinds) == [
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::Logs::LogGroup",
        "AWS::Logs::ResourcePolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    ]


def test_the_guides_own_pattern_by_default(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything")
    assert properties(stack, "AWS::Events::Rule")["EventPattern"] == {"source": [{"prefix": "aws.partner/saasus.io"}]}


def test_the_group_expires_and_is_kept_but_for_a_first_deploy_that_failed(stack: Stack, bus: SaasusEventBus) -> None:
    route = bus.log("Everything")
    group = only(stack, "AWS::Logs::LogGroup")
    assert group["Properties"]["LogGroupName"] == "/aws/events/Events/Saasus-Everything"
    assert group["Properties"]["RetentionInDays"] == 90
    assert group["DeletionPolicy"] == "RetainExceptOnCreate"
    assert group["UpdateReplacePolicy"] == "Retain"
    assert stack.resolve(route.log_group.log_group_name) == {"Ref": next(iter(resources(stack, "AWS::Logs::LogGroup")))}


def test_retention_and_removal_can_be_chosen(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything", retention=logs.RetentionDays.ONE_DAY, removal_policy=RemovalPolicy.DESTROY)
    group = only(stack, "AWS::Logs::LogGroup")
    assert group["Properties"]["RetentionInDays"] == 1
    assert group["DeletionPolicy"] == "Delete"


def test_an_existing_group_is_used_as_it_is(stack: Stack, bus: SaasusEventBus) -> None:
    group = logs.LogGroup.from_log_group_name(stack, "Theirs", "/aws/events/theirs")
    route = bus.log("Everything", log_group=group)
    assert route.log_group is group
    assert resources(stack, "AWS::Logs::LogGroup") == {}
    assert ":log-group:/aws/events/theirs:*" in text(properties(stack, "AWS::Logs::ResourcePolicy"))
    assert text(rule_targets(stack)[0]["Arn"]).endswith(':log-group:/aws/events/theirs"]]}')


def document(stack: Stack) -> list[dict[str, Any]]:
    """Return the statements of the stack's Logs policy, which is text with references in it."""
    written = properties(stack, "AWS::Logs::ResourcePolicy")["PolicyDocument"]
    parts = written["Fn::Join"][1] if isinstance(written, dict) else [written]
    found = json.loads("".join(part if isinstance(part, str) else _name(part) for part in parts))
    assert found["Version"] == "2012-10-17"
    statements: list[dict[str, Any]] = found["Statement"]
    return statements


def _name(reference: dict[str, Any]) -> str:
    return str(reference.get("Ref") or reference["Fn::GetAtt"][0])


def test_one_policy_lets_the_rules_of_the_bus_write_to_all_groups_of_the_stack(
    stack: Stack, bus: SaasusEventBus
) -> None:
    for number in range(12):
        bus.log(f"Log{number}")
    assert properties(stack, "AWS::Logs::ResourcePolicy")["PolicyName"] == "Events-saasus-events"
    groups = list(resources(stack, "AWS::Logs::LogGroup"))
    assert document(stack) == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "logs:CreateLogStream",
            "Resource": groups,
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "logs:PutLogEvents",
            "Resource": groups,
            "Condition": {"ArnLike": {"aws:SourceArn": f"{RULES}/{SOURCE}/*"}},
        },
    ]


def test_each_bus_writes_to_its_own_groups_only_but_for_those_that_it_shares(stack: Stack, bus: SaasusEventBus) -> None:
    other = SaasusEventBus(stack, "Other", event_source_name=OTHER_SOURCE)
    shared = bus.log("Mine").log_group
    other.log("Theirs")
    other.log("Shared", log_group=shared)
    written = {
        each["Condition"]["ArnLike"]["aws:SourceArn"]: len(each["Resource"])
        for each in document(stack)
        if each["Action"] == "logs:PutLogEvents"
    }
    assert written == {f"{RULES}/{SOURCE}/*": 1, f"{RULES}/{OTHER_SOURCE}/*": 2}


@pytest.mark.parametrize("name", ["default", "forwarded"])
@pytest.mark.parametrize("how", ["route", "rule of the app"])
def test_on_another_bus(stack: Stack, name: str, how: str) -> None:
    imported = events.EventBus.from_event_bus_name(stack, "Imported", name)
    if how == "route":
        SaasusEventBus.from_event_bus(stack, "Saasus", imported).log("Everything")
    else:
        rule = events.Rule(stack, "Mine", event_bus=imported, event_pattern=events.EventPattern(source=["mine"]))
        rule.add_target(targets.CloudWatchLogGroup(logs.LogGroup(stack, "Log")))
    rules = f"{RULES}/*" if name == "default" else f"{RULES}/forwarded/*"
    assert document(stack)[1]["Condition"] == {"ArnLike": {"aws:SourceArn": rules}}


def test_a_rule_of_the_app_waits_for_the_policy_which_does_not_wait_for_the_rule(app: App, stack: Stack) -> None:
    for number, event_bus in enumerate([None, events.EventBus(stack, "Bus")]):
        rule = events.Rule(stack, f"Rule{number}", event_bus=event_bus, event_pattern=ANY_PATTERN)
        rule.add_target(targets.CloudWatchLogGroup(logs.LogGroup(stack, f"Log{number}")))
    template = app.synth().get_stack_by_name("Events").template
    assert cycle(template["Resources"]) == []
    policy = next(iter(resources(stack, "AWS::Logs::ResourcePolicy")))
    assert all(policy in rule["DependsOn"] for rule in resources(stack, "AWS::Events::Rule").values())


def test_two_deployments_of_one_app_have_policies_of_their_own() -> None:
    names = []
    for stack in (Stack(new_app(), "Blue"), Stack(new_app(), "Green")):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).log("Everything")
        names.append(properties(stack, "AWS::Logs::ResourcePolicy")["PolicyName"])
    assert len(set(names)) == 2


def test_a_rule_waits_for_the_policy(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything")
    assert next(iter(resources(stack, "AWS::Logs::ResourcePolicy"))) in only(stack, "AWS::Events::Rule")["DependsOn"]


def test_a_policy_past_what_cloudwatch_logs_takes_is_an_error_with_the_way_out(app: App, bus: SaasusEventBus) -> None:
    for number in range(60):
        bus.log(f"ARouteWithAnIdOfSomeLength{number}")
    with pytest.raises(RuntimeError, match=r"5,120.*log_group="):
        app.synth()


def test_a_policy_just_below_is_none(app: App, bus: SaasusEventBus) -> None:
    for number in range(20):
        bus.log(f"ARouteWithAnIdOfSomeLength{number}")
    app.synth()
    assert len(resources(Stack.of(bus), "AWS::Logs::ResourcePolicy")) == 1


def test_its_size_is_that_of_what_is_deployed_or_a_little_more(app: App, bus: SaasusEventBus) -> None:
    for number in range(20):
        bus.log(f"ARouteWithAnIdOfSomeLength{number}")
    stack = Stack.of(bus)
    policy = LogsResourcePolicy.of(bus)
    longest = {"AWS::Partition": "aws-us-gov", "AWS::Region": "ap-southeast-1", "AWS::AccountId": "111122223333"}
    parts = properties(stack, "AWS::Logs::ResourcePolicy")["PolicyDocument"]["Fn::Join"][1]
    names = {id: each["Properties"]["LogGroupName"] for id, each in resources(stack, "AWS::Logs::LogGroup").items()}
    start = "arn:aws-us-gov:logs:ap-southeast-1:111122223333:log-group:"
    deployed = "".join(
        part if isinstance(part, str) else longest.get(str(part.get("Ref"))) or f"{start}{names[_name(part)]}:*"
        for part in parts
    )
    assert len(deployed) <= policy.size() <= len(deployed) * 1.01


def test_in_a_nested_stack_the_name_is_that_stacks(stack: Stack) -> None:
    nested = NestedStack(stack, "Inner")
    SaasusEventBus(nested, "Saasus", event_source_name=SOURCE).log("Everything")
    name = text(properties(nested, "AWS::Logs::LogGroup")["LogGroupName"])
    assert "/aws/events/" in name
    assert name.endswith('/Saasus-Everything"]]}')


def test_ids_that_no_log_group_can_be_named_after_are_refused(bus: SaasusEventBus) -> None:
    with pytest.raises(InvalidRoute, match="log_group="):
        bus.log("すべて")


def test_any_log_group_by_a_name_known_only_at_deploy(stack: Stack, bus: SaasusEventBus) -> None:
    name = CfnParameter(stack, "GroupName").value_as_string
    bus.log("Everything", log_group=logs.LogGroup.from_log_group_name(stack, "Theirs", name))
    assert {"Ref": "GroupName"} in rule_targets(stack)[0]["Arn"]["Fn::Join"][1]


class TestMask:
    def test_secrets_are_masked_by_default_and_nothing_is_said(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.log("Everything")
        statements = properties(stack, "AWS::Logs::LogGroup")["DataProtectionPolicy"]["Statement"]
        assert [list(statement["Operation"]) for statement in statements] == [["Audit"], ["Deidentify"]]
        assert warnings(stack) == []

    def test_without_the_mask_a_warning_says_what_stands_in_the_clear(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.log("Everything", mask=False)
        assert "DataProtectionPolicy" not in properties(stack, "AWS::Logs::LogGroup")
        [warning] = warnings(stack)
        assert "@saasus/events:unmaskedLog" in warning
        assert "API key" in warning

    def test_an_existing_group_is_not_changed_and_a_warning_says_so(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.log("Everything", log_group=logs.LogGroup.from_log_group_name(stack, "Theirs", "/aws/events/theirs"))
        [warning] = warnings(stack)
        assert "@saasus/events:existingLogUnmasked" in warning
        assert "log_mask_policy()" in warning

    def test_one_that_has_a_policy_is_fine(self, stack: Stack, bus: SaasusEventBus) -> None:
        group = logs.LogGroup(stack, "Mine", data_protection_policy=log_mask_policy())
        bus.log("Everything", log_group=group)
        assert warnings(stack) == []

    def test_so_is_the_group_of_another_route(self, stack: Stack, bus: SaasusEventBus) -> None:
        first = bus.log("First")
        bus.log("Second", EventFilter.of(op.auth), log_group=first.log_group)
        assert not [each for each in warnings(stack) if "nmasked" in each]


def _all(stack: Stack) -> list[dict[str, str]]:
    from aws_cdk.assertions import Template

    return list(Template.from_stack(stack).to_json()["Resources"].values())
