"""A bus, function or log group that is given indirectly is what it really is, for permissions, targets and checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aws_cdk import App, Aws, CfnParameter, Environment, Fn, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm

from constructs_lib import EventFilter, InvalidConfiguration, InvalidRoute, SaasusEventBus, log_mask_policy, targets
from constructs_lib.synth.statement_text import readable
from tests.synth.apps import (
    HERE,
    OTHER_SOURCE,
    SOURCE,
    new_app,
    new_function,
    only,
    properties,
    resources,
    rule_targets,
    text,
    warnings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = EventFilter.all()
FUNCTION = "arn:aws:lambda:ap-northeast-1:111122223333:function:theirs"
BUS = f"arn:aws:events:ap-northeast-1:111122223333:event-bus/{SOURCE}"
BOTH = pytest.mark.parametrize("module", [targets, cdk_targets], ids=["ours", "the CDK's"])


def _by_arn(stack: Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(stack, "Again", new_function(stack).function_arn)


def _by_name(stack: Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_name(stack, "Again", new_function(stack).function_name)


def _by_arn_as_name(stack: Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_name(stack, "Again", new_function(stack).function_arn)


def _by_attributes(stack: Stack) -> lambda_.IFunction:
    function = new_function(stack)
    return lambda_.Function.from_function_attributes(
        stack, "Again", function_arn=function.function_arn, role=function.role, same_environment=True
    )


def _latest(stack: Stack) -> lambda_.IFunction:
    return new_function(stack).latest_version


def _singleton(stack: Stack) -> lambda_.IFunction:
    return lambda_.SingletonFunction(
        stack,
        "Single",
        uuid="0b0d7e4c-7d5c-4a5c-8b44-3c6f3a0f0f11",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
    )


@pytest.mark.parametrize("configured", [True, False])
@pytest.mark.parametrize(
    "give", [_by_arn, _by_name, _by_arn_as_name, _by_attributes, _latest, _singleton, new_function]
)
@BOTH
def test_a_function_of_the_app_is_itself_however_it_is_given(
    stack: Stack, bus: SaasusEventBus, module: object, give: Callable[[Stack], lambda_.IFunction], *, configured: bool
) -> None:
    function = give(stack)
    bus.route("Run", ANY, module.LambdaFunction(function))  # type: ignore[attr-defined]
    if configured:
        real = next(each for each in stack.node.find_all() if type(each) is lambda_.Function)
        real.configure_async_invoke(retry_attempts=0)
    [id] = resources(stack, "AWS::Lambda::Function")
    config = only(stack, "AWS::Lambda::EventInvokeConfig")["Properties"]
    assert config["FunctionName"] == {"Ref": id}
    assert config["Qualifier"] == "$LATEST"
    assert "DeadLetterQueue" in text(config["DestinationConfig"])
    assert config.get("MaximumRetryAttempts") == (0 if configured else None)
    assert properties(stack, "AWS::Lambda::Permission")["FunctionName"] == {"Fn::GetAtt": [id, "Arn"]}
    assert [target["Arn"] for target in rule_targets(stack)] == [{"Fn::GetAtt": [id, "Arn"]}]
    assert not [each for each in warnings(stack) if "@saasus" in each]


@pytest.mark.parametrize(
    "name", [FUNCTION, "111122223333:function:theirs", "theirs"], ids=["whole ARN", "partial ARN", "name"]
)
@pytest.mark.parametrize("qualifier", ["", ":live"])
@BOTH
def test_an_imported_function_is_the_same_by_name_and_arn(
    here: Stack, module: object, name: str, qualifier: str
) -> None:
    bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
    function = lambda_.Function.from_function_name(here, "Theirs", name + qualifier)
    bus.route("Run", ANY, module.LambdaFunction(function))  # type: ignore[attr-defined]
    bus.invoke("Again", EventFilter.all().succeeded(), function, on_failure=bus.dead_letter_queue)
    permission = properties(here, "AWS::Lambda::Permission")["FunctionName"]
    arns = {readable(here, each) for each in (*(target["Arn"] for target in rule_targets(here)), permission)}
    assert arns == {FUNCTION + qualifier}
    config = only(here, "AWS::Lambda::EventInvokeConfig")["Properties"]
    assert (config["FunctionName"], config["Qualifier"]) == ("theirs", qualifier.lstrip(":") or "$LATEST")


def test_a_function_at_the_edge_is_in_its_own_region(here: Stack) -> None:
    function = cloudfront.experimental.EdgeFunction(
        here,
        "Edge",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
    )
    bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
    with pytest.raises(InvalidRoute, match="is in region us-east-1"):
        bus.invoke("Run", ANY, function)  # type: ignore[arg-type]  # newer versions of the CDK say less of it


@pytest.mark.parametrize("name", [FUNCTION, "theirs"])
def test_a_warning_names_the_function_as_the_user_does(here: Stack, name: str) -> None:
    bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
    bus.invoke("Run", ANY, lambda_.Function.from_function_name(here, "Theirs", name))
    [warning] = [each for each in warnings(here) if "@saasus/events:importedFunctionFailures" in each]
    assert "The function 'Here/Theirs' is imported" in warning


def test_the_cdks_target_of_an_imported_function_gets_a_permission_without_an_environment(
    stack: Stack, bus: SaasusEventBus
) -> None:
    bus.route("Run", ANY, cdk_targets.LambdaFunction(lambda_.Function.from_function_arn(stack, "Theirs", FUNCTION)))
    assert properties(stack, "AWS::Lambda::Permission")["FunctionName"] == FUNCTION


class TestBus:
    @pytest.mark.parametrize(
        "give",
        [
            lambda stack: events.EventBus.from_event_bus_name(stack, "Bus", BUS),
            lambda stack: events.EventBus.from_event_bus_arn(stack, "Bus", BUS),
            lambda stack: events.EventBus.from_event_bus_name(stack, "Bus", SOURCE),
        ],
        ids=["an ARN as name", "an ARN", "a name"],
    )
    def test_an_existing_one_is_the_same_by_name_and_arn(
        self, here: Stack, give: Callable[[Stack], events.IEventBus]
    ) -> None:
        bus = SaasusEventBus.from_event_bus(here, "Saasus", give(here))
        bus.invoke("Run", ANY, new_function(here))
        assert properties(here, "AWS::Events::Rule")["EventBusName"] == SOURCE
        for policy in (properties(here, "AWS::Lambda::Permission"), properties(here, "AWS::SQS::QueuePolicy")):
            assert f":rule/{SOURCE}/*" in text(policy)
            assert text(policy).count("event-bus") == 0
        assert bus.event_bus.event_bus_name == SOURCE

    @pytest.mark.parametrize(
        "give",
        [
            lambda stack, bus: events.EventBus.from_event_bus_name(stack, "Again", bus.event_bus_arn),
            lambda stack, bus: events.EventBus.from_event_bus_name(stack, "Again", bus.event_bus_name),
            lambda stack, bus: events.EventBus.from_event_bus_arn(stack, "Again", bus.event_bus_arn),
        ],
    )
    def test_one_of_the_app_is_itself(
        self, stack: Stack, bus: SaasusEventBus, give: Callable[[Stack, events.IEventBus], events.IEventBus]
    ) -> None:
        again = SaasusEventBus.from_event_bus(stack, "Again2", give(stack, bus.event_bus))
        assert again.event_bus is bus.event_bus

    @pytest.mark.parametrize(("account", "region"), [("444455556666", "ap-northeast-1"), ("111122223333", "us-east-1")])
    @pytest.mark.parametrize("by_name", [True, False])
    def test_one_of_another_account_or_region_is_refused(
        self, here: Stack, account: str, region: str, *, by_name: bool
    ) -> None:
        arn = f"arn:aws:events:{region}:{account}:event-bus/{SOURCE}"
        give = events.EventBus.from_event_bus_name if by_name else events.EventBus.from_event_bus_arn
        with pytest.raises(InvalidConfiguration, match=f"account {account}, region {region}"):
            SaasusEventBus.from_event_bus(here, "Saasus", give(here, "Bus", arn))

    def test_one_of_a_stack_elsewhere_is_refused(self, app: App, here: Stack) -> None:
        there = Stack(app, "There", env=Environment(account="111122223333", region="us-east-1"))
        with pytest.raises(InvalidConfiguration, match="region us-east-1"):
            SaasusEventBus.from_event_bus(here, "Saasus", events.EventBus(there, "Bus"))

    @pytest.mark.parametrize(
        "give",
        [
            *(
                lambda stack, name=name: events.EventBus.from_event_bus_name(stack, "Bus", name)
                for name in ("", f" {SOURCE}", f"{SOURCE}\n", f"event-bus/{SOURCE}", "buß", FUNCTION)
            ),
            *(
                lambda stack, arn=arn: events.EventBus.from_event_bus_arn(stack, "Bus", arn)
                for arn in ("arn:aws:sqs:ap-northeast-1:111122223333:theirs", BUS.replace(":event-bus/", ":rule/"))
            ),
        ],
    )
    def test_what_is_no_name_and_no_arn_of_a_bus_is_refused(
        self, here: Stack, give: Callable[[Stack], events.IEventBus]
    ) -> None:
        with pytest.raises(InvalidConfiguration, match=r"'Here/Bus' is imported by .*Expected its name"):
            SaasusEventBus.from_event_bus(here, "Saasus", give(here))

    @pytest.mark.parametrize("made", [True, False])
    def test_one_of_another_partner_is_refused(self, here: Stack, *, made: bool) -> None:
        name = "aws.partner/example.com/acme/1"
        other = (
            events.EventBus(here, "Bus", event_source_name=name)
            if made
            else events.EventBus.from_event_bus_name(here, "Bus", name)
        )
        with pytest.raises(InvalidConfiguration, match="no route would ever fire"):
            SaasusEventBus.from_event_bus(here, "Saasus", other)

    def test_the_default_bus_is_warned_of(self, stack: Stack) -> None:
        bus = SaasusEventBus.from_event_bus(
            stack, "Saasus", events.EventBus.from_event_bus_name(stack, "Bus", "default")
        )
        bus.log("Everything")
        assert [each for each in warnings(stack) if "@saasus/events:defaultBus" in each]


class TestTwoBusesOfOneSource:
    def test_in_one_stack_are_refused(self, stack: Stack, bus: SaasusEventBus) -> None:
        with pytest.raises(InvalidConfiguration, match=r"'Events/Again' and 'Events/Saasus' both.*from_event_bus"):
            SaasusEventBus(stack, "Again", event_source_name=SOURCE)

    def test_in_two_stacks_of_one_account_and_region_are_refused(self, app: App, here: Stack) -> None:
        SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        with pytest.raises(InvalidConfiguration, match="both make the event bus"):
            SaasusEventBus(Stack(app, "Also", env=HERE), "Saasus", event_source_name=SOURCE)

    def test_where_that_is_not_known_they_are_warned_of(self, app: App, bus: SaasusEventBus) -> None:
        also = Stack(app, "Also")
        SaasusEventBus(also, "Saasus", event_source_name=SOURCE)
        assert [each for each in warnings(also) if "@saasus/events:twoBusesOfASource" in each]

    def test_elsewhere_or_of_another_source_they_are_fine(self, app: App, here: Stack) -> None:
        SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        SaasusEventBus(here, "Other", event_source_name=OTHER_SOURCE)
        there = Stack(app, "There", env=Environment(account="111122223333", region="us-east-1"))
        SaasusEventBus(there, "Saasus", event_source_name=SOURCE)
        assert warnings(there) == []

    def test_one_that_was_taken_away_does_not_count(self, stack: Stack, bus: SaasusEventBus) -> None:
        stack.node.try_remove_child("Saasus")
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).log("Everything")
        assert only(stack, "AWS::Events::EventBus")


class TestLogGroup:
    ARN = "arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/events/theirs"

    @pytest.mark.parametrize(
        "give",
        [
            lambda stack: logs.LogGroup.from_log_group_name(stack, "Log", TestLogGroup.ARN),
            lambda stack: logs.LogGroup.from_log_group_name(stack, "Log", f"{TestLogGroup.ARN}:*"),
            lambda stack: logs.LogGroup.from_log_group_arn(stack, "Log", TestLogGroup.ARN),
            lambda stack: logs.LogGroup.from_log_group_name(stack, "Log", "/aws/events/theirs"),
        ],
    )
    @pytest.mark.parametrize("through", ["log", "ours", "the CDK's"])
    def test_an_existing_one_is_the_same_by_name_and_arn(
        self, here: Stack, give: Callable[[Stack], logs.ILogGroup], through: str
    ) -> None:
        bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        group = give(here)
        if through == "log":
            route = bus.log("Log", log_group=group)
            assert route.log_group.log_group_name == "/aws/events/theirs"
        else:
            module = targets if through == "ours" else cdk_targets
            bus.route("Log", ANY, module.CloudWatchLogGroup(group))
        [target] = rule_targets(here)
        assert readable(here, target["Arn"]) == self.ARN
        if through != "the CDK's":
            assert text(properties(here, "AWS::Logs::ResourcePolicy")).count(":log-group:/aws/events/theirs:*") >= 1

    def test_the_mask_of_one_of_the_app_is_seen_through_an_import(self, stack: Stack, bus: SaasusEventBus) -> None:
        group = logs.LogGroup(stack, "Log", data_protection_policy=log_mask_policy())
        bus.log("Everything", log_group=logs.LogGroup.from_log_group_name(stack, "Again", group.log_group_name))
        assert warnings(stack) == []

    @pytest.mark.parametrize(("account", "region"), [("444455556666", "ap-northeast-1"), ("111122223333", "us-east-1")])
    @pytest.mark.parametrize("through", ["log", "ours", "the CDK's"])
    def test_one_of_another_account_or_region_is_refused(
        self, here: Stack, account: str, region: str, through: str
    ) -> None:
        bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        arn = f"arn:aws:logs:{region}:{account}:log-group:/aws/events/theirs"
        group = logs.LogGroup.from_log_group_arn(here, "Log", arn)
        uses: dict[str, Callable[[], object]] = {
            "log": lambda: bus.log("Log", log_group=group),
            "ours": lambda: bus.route("Log", ANY, targets.CloudWatchLogGroup(group)),
            "the CDK's": lambda: bus.route("Log", ANY, cdk_targets.CloudWatchLogGroup(group)),
        }
        with pytest.raises(InvalidRoute, match=f"account {account}, region {region}"):
            uses[through]()


def test_a_role_given_as_the_functions_own_is_used(here: Stack) -> None:
    bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
    role = iam.Role.from_role_arn(here, "Role", "arn:aws:iam::111122223333:role/theirs")
    function = lambda_.Function.from_function_attributes(here, "Theirs", function_arn=FUNCTION, role=role)
    bus.invoke("Run", ANY, function)
    assert properties(here, "AWS::IAM::Policy")["Roles"] == ["theirs"]
    assert "DeadLetterQueue" in text(properties(here, "AWS::Lambda::EventInvokeConfig"))


def test_a_bus_by_a_token_arn_keeps_its_whole_name() -> None:
    stack = Stack(new_app(), "Events")
    arn = CfnParameter(stack, "BusArn").value_as_string
    bus = SaasusEventBus.from_event_bus(stack, "Saasus", events.EventBus.from_event_bus_arn(stack, "Bus", arn))
    bus.log("Everything")
    assert "Fn::Split" in text(properties(stack, "AWS::Events::Rule")["EventBusName"])


@pytest.mark.parametrize(
    "write",
    [
        lambda parts: ":".join(parts),
        lambda parts: Fn.join(":", parts),
        lambda _: Fn.sub("arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:theirs"),
        lambda parts: ":".join([*parts[:3], Fn.join("", [parts[3]]), *parts[4:]]),
        lambda parts: ":".join([*parts[:-1], Fn.join("", [parts[-1], Aws.NO_VALUE])]),
        lambda _: Fn.import_value("TheirArn"),
    ],
    ids=["text", "join", "sub", "a region that is joined", "a name that is joined", "an import"],
)
@BOTH
def test_the_failures_of_a_function_whose_arn_is_made_at_deploy_are_of_its_latest_version(
    here: Stack, module: object, write: Callable[[list[str]], str]
) -> None:
    bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
    arn = write(["arn", "aws", "lambda", Aws.REGION, Aws.ACCOUNT_ID, "function", "theirs"])
    role = iam.Role.from_role_arn(here, "Role", "arn:aws:iam::111122223333:role/theirs")
    function = lambda_.Function.from_function_attributes(here, "Theirs", function_arn=arn, role=role)
    bus.route("Run", ANY, module.LambdaFunction(function))  # type: ignore[attr-defined]
    config = only(here, "AWS::Lambda::EventInvokeConfig")["Properties"]
    assert config["Qualifier"] == "$LATEST"
    assert "Token[" not in text(config)


def test_a_source_that_is_still_to_be_looked_up_lets_the_cli_look(app: App, here: Stack) -> None:
    for number in (1, 2):
        name = ssm.StringParameter.value_from_lookup(here, f"/saasus/source{number}")
        SaasusEventBus(here, f"Saasus{number}", event_source_name=name).log("Everything")
    manifest = json.loads((Path(app.synth().directory) / "manifest.json").read_text())
    asked = {each["props"].get("parameterName") for each in manifest["missing"]}
    assert asked == {"/saasus/source1", "/saasus/source2"}
