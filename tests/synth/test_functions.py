"""Lambda functions: invoked by this bus's rules only, and their asynchronous failures kept."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Environment, Stack, Stage
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, targets
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_function, only, properties, resources, text, warnings

ANY = EventFilter.all()


def failure_destination(config: dict[str, Any]) -> str:
    return text(config["Properties"]["DestinationConfig"]["OnFailure"]["Destination"])


def test_only_this_buss_rules_may_invoke_it(stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Run", ANY, new_function(stack))
    permission = properties(stack, "AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["Action"] == "lambda:InvokeFunction"
    assert text(permission["SourceArn"]).endswith(f':rule/{SOURCE}/*"]]}}')


def test_failures_go_to_the_buss_dead_letter_queue(stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Run", ANY, new_function(stack))
    config = only(stack, "AWS::Lambda::EventInvokeConfig")
    assert "DeadLetterQueue" in failure_destination(config)
    assert config["Properties"]["Qualifier"] == "$LATEST"


def test_the_role_may_send_before_lambda_is_told_where(stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Run", ANY, new_function(stack))
    [(grant_id, grant)] = resources(stack, "AWS::IAM::Policy").items()
    [statement] = grant["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sqs:SendMessage"
    assert "DeadLetterQueue" in text(statement["Resource"])
    assert "FunctionServiceRole" in text(grant["Properties"]["Roles"])
    assert grant_id in only(stack, "AWS::Lambda::EventInvokeConfig")["DependsOn"]


def test_many_routes_to_one_function_need_one_permission_and_one_config(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    for number in range(5):
        bus.invoke(f"Run{number}", ANY, function)
    assert len(resources(stack, "AWS::Lambda::Permission")) == 1
    assert len(resources(stack, "AWS::Lambda::EventInvokeConfig")) == 1


def test_of_two_buses_the_first_takes_the_failures(stack: Stack) -> None:
    function = new_function(stack)
    for id, source in (("First", SOURCE), ("Second", OTHER_SOURCE)):
        SaasusEventBus(stack, id, event_source_name=source).invoke("Run", ANY, function)
    assert "FirstDeadLetterQueue" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))


def test_to_synthesize_twice_says_nothing_else(stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Run", ANY, new_function(stack), on_failure=sqs.Queue(stack, "Failed"))
    first = resources(stack, "AWS::Lambda::EventInvokeConfig")
    assert resources(stack, "AWS::Lambda::EventInvokeConfig") == first
    assert warnings(stack) == []


def test_on_failure_of_any_route_says_otherwise(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    queue = sqs.Queue(stack, "Failed")
    bus.invoke("Run", ANY, function)
    bus.invoke("RunToo", ANY, function, on_failure=queue)
    assert "Failed" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))


@pytest.mark.parametrize("added_later", [True, False])
def test_on_failure_counts_on_a_rule_of_a_users_own(stack: Stack, added_later: bool) -> None:
    target = targets.LambdaFunction(new_function(stack), on_failure=sqs.Queue(stack, "Failed"))
    rule = events.Rule(
        stack, "Mine", event_pattern=events.EventPattern(source=["mine"]), targets=[] if added_later else [target]
    )
    if added_later:
        rule.add_target(target)
    assert "Failed" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))


def test_on_failure_takes_the_cdks_destinations(stack: Stack, bus: SaasusEventBus) -> None:
    queue = sqs.Queue(stack, "Failed")
    bus.invoke("Run", ANY, new_function(stack), on_failure=destinations.SqsDestination(queue))
    assert "Failed" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))


def test_two_destinations_for_one_function_are_refused(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    bus.invoke("Run", ANY, function, on_failure=sqs.Queue(stack, "One"))
    with pytest.raises(InvalidRoute, match="two failure destinations"):
        bus.invoke("RunToo", ANY, function, on_failure=sqs.Queue(stack, "Two"))


@pytest.mark.parametrize("configured_first", [True, False])
def test_a_config_without_a_destination_is_completed(
    stack: Stack, bus: SaasusEventBus, *, configured_first: bool
) -> None:
    function = new_function(stack)
    success = sqs.Queue(stack, "Succeeded")
    if configured_first:
        function.configure_async_invoke(retry_attempts=0, on_success=destinations.SqsDestination(success))
    bus.invoke("Run", ANY, function)
    if not configured_first:
        function.configure_async_invoke(retry_attempts=0, on_success=destinations.SqsDestination(success))
    config = only(stack, "AWS::Lambda::EventInvokeConfig")
    assert config["Properties"]["MaximumRetryAttempts"] == 0
    assert "DeadLetterQueue" in failure_destination(config)
    assert "Succeeded" in text(config["Properties"]["DestinationConfig"]["OnSuccess"])
    assert any("SendFailures" in id for id in config["DependsOn"])


@pytest.mark.parametrize("configured_first", [True, False])
def test_a_config_that_has_a_destination_is_left(stack: Stack, bus: SaasusEventBus, *, configured_first: bool) -> None:
    function = new_function(stack)
    on_failure = destinations.SqsDestination(sqs.Queue(stack, "Mine"))
    if configured_first:
        function.configure_async_invoke(on_failure=on_failure)
    bus.invoke("Run", ANY, function)
    if not configured_first:
        function.configure_async_invoke(on_failure=on_failure)
    assert "Mine" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))
    assert not any("SendFailures" in id for id in resources(stack, "AWS::IAM::Policy"))


def test_a_config_written_at_the_lowest_level_is_completed_too(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    bus.invoke("Run", ANY, function)
    lambda_.CfnEventInvokeConfig(
        stack, "Config", function_name=function.function_name, qualifier="$LATEST", maximum_retry_attempts=1
    )
    config = only(stack, "AWS::Lambda::EventInvokeConfig")
    assert config["Properties"]["MaximumRetryAttempts"] == 1
    assert "DeadLetterQueue" in failure_destination(config)


def test_a_function_with_its_own_dead_letter_queue_keeps_it(stack: Stack, bus: SaasusEventBus) -> None:
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        dead_letter_queue_enabled=True,
    )
    bus.invoke("Run", ANY, function)
    assert resources(stack, "AWS::Lambda::EventInvokeConfig") == {}


def test_an_alias_and_a_version_have_configs_of_their_own(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    bus.invoke("Latest", ANY, function)
    bus.invoke("Live", ANY, alias)
    bus.invoke("Version", ANY, function.current_version)
    configs = [c["Properties"] for c in resources(stack, "AWS::Lambda::EventInvokeConfig").values()]
    qualifiers = [c["Qualifier"] for c in configs]
    assert "$LATEST" in qualifiers
    assert "live" in text(qualifiers)
    assert len({text(q) for q in qualifiers}) == 3
    assert {text(c["FunctionName"]) for c in configs} == {
        text({"Ref": next(iter(resources(stack, "AWS::Lambda::Function")))})
    }
    assert len(resources(stack, "AWS::Lambda::Permission")) == 3


def test_a_rule_waits_for_the_permission(stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Run", ANY, new_function(stack))
    [permission] = resources(stack, "AWS::Lambda::Permission")
    assert permission in only(stack, "AWS::Events::Rule")["DependsOn"]


@pytest.mark.parametrize("configured_first", [True, False])
def test_an_aliass_own_config_is_completed_and_not_doubled(
    stack: Stack, bus: SaasusEventBus, *, configured_first: bool
) -> None:
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=new_function(stack).current_version)
    if configured_first:
        alias.configure_async_invoke(retry_attempts=0)
    bus.invoke("Run", ANY, alias)
    if not configured_first:
        alias.configure_async_invoke(retry_attempts=0)
    config = only(stack, "AWS::Lambda::EventInvokeConfig")
    assert config["Properties"]["MaximumRetryAttempts"] == 0
    assert "DeadLetterQueue" in failure_destination(config)


def test_a_config_by_the_functions_arn_is_not_doubled(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    bus.invoke("Run", ANY, function)
    lambda_.CfnEventInvokeConfig(stack, "Config", function_name=function.function_arn, qualifier="$LATEST")
    assert "DeadLetterQueue" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))


def test_an_on_failure_that_is_not_used_is_said(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    function.configure_async_invoke(on_failure=destinations.SqsDestination(sqs.Queue(stack, "Mine")))
    bus.invoke("Run", ANY, function, on_failure=sqs.Queue(stack, "Unused"))
    assert "@saasus/events:onFailureUnused" in text(warnings(stack))


def test_functions_of_one_name_in_two_stages_are_two(app: App) -> None:
    stacks = []
    for name, account in (("Beta", "111122223333"), ("Prod", "444455556666")):
        stack = Stack(Stage(app, name), "Events", env=Environment(account=account, region="us-east-1"))
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
        bus.invoke("Run", ANY, theirs, on_failure=bus.dead_letter_queue)
        stacks.append(stack)
    assert [len(resources(stack, "AWS::Lambda::EventInvokeConfig")) for stack in stacks] == [1, 1]


class TestAcrossStacks:
    @pytest.fixture
    def app(self, any_app: App) -> App:
        return any_app

    def test_everything_is_in_the_buss_stack_and_makes_no_cycle(self, app: App, bus: SaasusEventBus) -> None:
        functions = Stack(app, "Functions")
        function = new_function(functions)
        bus.invoke("Run", ANY, function)
        app.synth()
        stack = Stack.of(bus)
        assert only(stack, "AWS::Lambda::Permission")
        assert only(stack, "AWS::Lambda::EventInvokeConfig")
        assert any("SendFailures" in id for id in resources(stack, "AWS::IAM::Policy"))
        assert resources(functions, "AWS::Lambda::Permission") == {}
        assert functions not in [*stack.dependencies] or stack not in functions.dependencies

    def test_a_config_there_without_a_destination_is_warned_of(self, app: App, bus: SaasusEventBus) -> None:
        function = new_function(Stack(app, "Functions"))
        function.configure_async_invoke(retry_attempts=1)
        bus.invoke("Run", ANY, function)
        app.synth()
        [warning] = [w for w in warnings(Stack.of(bus)) if "@saasus/events:invokeConfigElsewhere" in w]
        assert "on_failure=" in warning
        assert resources(Stack.of(bus), "AWS::Lambda::EventInvokeConfig") == {}

    def test_two_buses_in_two_stacks_to_a_function_in_a_third(self, app: App) -> None:
        function = new_function(Stack(app, "Functions"))
        stacks = [Stack(app, "One"), Stack(app, "Two")]
        for stack, source in zip(stacks, (SOURCE, OTHER_SOURCE), strict=True):
            SaasusEventBus(stack, "Saasus", event_source_name=source).invoke("Run", ANY, function)
        app.synth()
        assert [len(resources(stack, "AWS::Lambda::EventInvokeConfig")) for stack in stacks] == [1, 0]
        assert [len(resources(stack, "AWS::Lambda::Permission")) for stack in stacks] == [1, 1]


class TestImported:
    ARN = "arn:aws:lambda:ap-northeast-1:111122223333:function:theirs"

    def test_of_the_same_account_and_region_gets_the_permission(self, stack_in_tokyo: Stack) -> None:
        bus = SaasusEventBus(stack_in_tokyo, "Saasus", event_source_name=SOURCE)
        bus.invoke("Run", ANY, lambda_.Function.from_function_arn(stack_in_tokyo, "Theirs", self.ARN))
        assert properties(stack_in_tokyo, "AWS::Lambda::Permission")["FunctionName"] == self.ARN

    def test_in_a_stack_without_an_environment_gets_the_permission_too(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.invoke("Run", ANY, lambda_.Function.from_function_arn(stack, "Theirs", self.ARN))
        assert properties(stack, "AWS::Lambda::Permission")["FunctionName"] == self.ARN

    def test_without_its_role_the_warning_says_what_to_add(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.invoke("Run", ANY, lambda_.Function.from_function_name(stack, "Theirs", "theirs"))
        [warning] = warnings(stack)
        assert "@saasus/events:importedFunctionFailures" in warning
        assert "role=" in warning
        assert resources(stack, "AWS::Lambda::EventInvokeConfig") == {}

    def test_with_its_role_its_failures_are_kept(self, stack: Stack, bus: SaasusEventBus) -> None:
        role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/theirs")
        function = lambda_.Function.from_function_attributes(stack, "Theirs", function_arn=self.ARN, role=role)
        bus.invoke("Run", ANY, function)
        config = only(stack, "AWS::Lambda::EventInvokeConfig")
        assert config["Properties"]["FunctionName"] == "theirs"
        assert properties(stack, "AWS::IAM::Policy")["Roles"] == ["theirs"]
        assert warnings(stack) == []

    def test_on_failure_asks_for_a_destination_even_without_the_role(self, stack: Stack, bus: SaasusEventBus) -> None:
        function = lambda_.Function.from_function_arn(stack, "Theirs", self.ARN)
        bus.invoke("Run", ANY, function, on_failure=bus.dead_letter_queue)
        assert "DeadLetterQueue" in failure_destination(only(stack, "AWS::Lambda::EventInvokeConfig"))

    def test_an_alias_in_the_arn_is_the_configs_qualifier(self, stack: Stack, bus: SaasusEventBus) -> None:
        function = lambda_.Function.from_function_arn(stack, "Theirs", self.ARN + ":live")
        bus.invoke("Run", ANY, function, on_failure=bus.dead_letter_queue)
        config = properties(stack, "AWS::Lambda::EventInvokeConfig")
        assert (config["FunctionName"], config["Qualifier"]) == ("theirs", "live")
