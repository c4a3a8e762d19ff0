"""Log routes: one resource policy, no Lambda, a group that is kept."""

from __future__ import annotations

import pytest
from aws_cdk import App, CfnParameter, NestedStack, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus
from constructs_lib import operations as op
from constructs_lib.log_mask_policy import log_mask_policy
from tests.synth.apps import SOURCE, new_app, only, properties, resources, rule_targets, text, warnings


@pytest.fixture
def bus(stack: Stack) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)


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


def test_one_policy_lets_eventbridge_write_to_all_groups_of_the_stack(stack: Stack, bus: SaasusEventBus) -> None:
    for number in range(12):
        bus.log(f"Log{number}")
    policy = properties(stack, "AWS::Logs::ResourcePolicy")
    assert policy["PolicyName"] == "Events-saasus-events"
    document = text(policy["PolicyDocument"])
    assert document.count("log-group") + document.count("Fn::GetAtt") == 12
    for word in ("events.amazonaws.com", "delivery.logs.amazonaws.com", "logs:CreateLogStream", "logs:PutLogEvents"):
        assert word in document


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
    for number in range(40):
        bus.log(f"ARouteWithAnIdOfSomeLength{number}")
    app.synth()


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
