"""The ledger's table: safe by default, used by functions with the fewest permissions that work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Environment, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import EventLedger, InvalidConfiguration
from constructs_lib.runtime.ledger.table import TABLE_VARIABLE
from tests.synth.apps import new_function, only, properties, resources, text

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = "AWS::DynamoDB::Table"


def test_the_table_is_safe_by_default(stack: Stack) -> None:
    EventLedger(stack, "Ledger")
    resource = only(stack, TABLE)
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    given = resource["Properties"]
    assert given == {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    }


def test_a_table_that_goes_with_its_stack_can_be_deleted(stack: Stack) -> None:
    EventLedger(stack, "Ledger", removal_policy=RemovalPolicy.DESTROY)
    assert only(stack, TABLE)["DeletionPolicy"] == "Delete"
    assert not properties(stack, TABLE).get("DeletionProtectionEnabled")


def test_a_function_may_do_what_the_ledger_does_and_knows_its_table(stack: Stack) -> None:
    ledger = EventLedger(stack, "Ledger")
    function = new_function(stack)
    assert ledger.grant_use(function).success
    ledger.grant_use(function)
    [table] = resources(stack, TABLE)
    environment = properties(stack, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert environment == {TABLE_VARIABLE: {"Ref": table}} == stack.resolve(ledger.environment)
    [statement] = properties(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    assert statement["Resource"] == {"Fn::GetAtt": [table, "Arn"]}


def test_with_a_key_the_function_may_use_it_through_dynamodb_only(stack: Stack) -> None:
    key = kms.Key(stack, "Key")
    EventLedger(stack, "Ledger", encryption_key=key).grant_use(new_function(stack))
    [key_id] = resources(stack, "AWS::KMS::Key")
    encryption = properties(stack, TABLE)["SSESpecification"]
    assert encryption == {
        "KMSMasterKeyId": {"Fn::GetAtt": [key_id, "Arn"]},
        "SSEEnabled": True,
        "SSEType": "KMS",
    }
    statements = properties(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    [of_key] = [each for each in statements if "kms:Decrypt" in each["Action"]]
    assert of_key["Resource"] == {"Fn::GetAtt": [key_id, "Arn"]}
    assert "kms:ViaService" in text(of_key["Condition"])
    assert "dynamodb." in text(of_key["Condition"])


def test_an_imported_alias_is_used_by_its_name(stack: Stack) -> None:
    alias = kms.Alias.from_alias_name(stack, "Alias", "alias/ours")
    EventLedger(stack, "Ledger", encryption_key=alias).grant_use(new_function(stack))
    assert "kms:ResourceAliases" in text(properties(stack, "AWS::IAM::Policy"))


def alias_of(function: lambda_.Function) -> lambda_.IFunction:
    return lambda_.Alias(function, "Live", alias_name="live", version=function.current_version)


def imported_again(function: lambda_.Function) -> lambda_.IFunction:
    return lambda_.Function.from_function_attributes(
        function, "Again", function_arn=function.function_arn, role=function.role, same_environment=True
    )


@pytest.mark.parametrize("refer", [alias_of, imported_again])
def test_whichever_way_a_function_is_named_its_environment_is_set(
    stack: Stack, refer: Callable[[lambda_.Function], lambda_.IFunction]
) -> None:
    EventLedger(stack, "Ledger").grant_use(refer(new_function(stack)))
    assert TABLE_VARIABLE in properties(stack, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert "dynamodb:UpdateItem" in text(properties(stack, "AWS::IAM::Policy"))


def test_of_an_imported_function_it_is_said_what_to_set(here: Stack) -> None:
    arn = f"arn:aws:lambda:{here.region}:{here.account}:function:theirs"
    EventLedger(here, "Ledger").grant_use(lambda_.Function.from_function_arn(here, "Theirs", arn))
    said = Annotations.from_stack(here).find_info("*", Match.any_value())
    assert [TABLE_VARIABLE in str(each.entry.data) for each in said] == [True]


def test_anything_else_that_runs_gets_permissions_and_an_environment(stack: Stack) -> None:
    ledger = EventLedger(stack, "Ledger")
    ledger.grant_use(iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")))
    assert "dynamodb:UpdateItem" in text(properties(stack, "AWS::IAM::Policy"))


def test_functions_in_other_stacks_share_it(any_app: Any) -> None:
    first, second = Stack(any_app, "First"), Stack(any_app, "Second")
    ledger = EventLedger(first, "Ledger", encryption_key=kms.Key(first, "Key"))
    for stack in (first, second):
        ledger.grant_use(new_function(stack))
    templates = [Template.from_stack(stack) for stack in (first, second)]
    for template in templates:
        template.has_resource_properties(
            "AWS::Lambda::Function", {"Environment": {"Variables": {TABLE_VARIABLE: Match.any_value()}}}
        )
    assert any_app.synth()


def test_a_function_has_one_ledger(stack: Stack) -> None:
    function = new_function(stack)
    EventLedger(stack, "One").grant_use(function)
    with pytest.raises(InvalidConfiguration, match=r"uses the ledger 'Events/One' already.*Events/Two"):
        EventLedger(stack, "Two").grant_use(function)


@pytest.mark.parametrize(
    "place",
    [{"account": "444455556666", "region": "ap-northeast-1"}, {"account": "111122223333", "region": "us-east-1"}],
)
def test_a_function_elsewhere_is_refused(app: Any, here: Stack, place: dict[str, str]) -> None:
    function = new_function(Stack(app, "There", env=Environment(**place)))
    with pytest.raises(InvalidConfiguration, match="Expected both in one account and region"):
        EventLedger(here, "Ledger").grant_use(function)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"encryption_key": "alias/ours"}, "is not a KMS key"),
        ({"removal_policy": RemovalPolicy.SNAPSHOT}, "SNAPSHOT"),
        ({"removal_policy": RemovalPolicy.DESTROY, "deletion_protection": True}, "contradicts itself"),
    ],
)
def test_what_cannot_work_is_refused(stack: Stack, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidConfiguration, match=said):
        EventLedger(stack, "Ledger", **options)
    assert stack.node.children == []


@pytest.mark.parametrize("grantee", ["function", None, lambda_.Function])
def test_only_what_can_be_granted_permissions_is_taken(stack: Stack, grantee: Any) -> None:
    with pytest.raises(InvalidConfiguration, match="not something to grant permissions to"):
        EventLedger(stack, "Ledger").grant_use(grantee)
