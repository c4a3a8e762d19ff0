"""Functions and queues of another account or region: what cannot work is refused, what needs a statement says it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, SaasusEventsError, targets
from tests.synth.apps import HERE, SOURCE, new_function, only, properties, resources, rule_targets, text, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = EventFilter.all()
BOTH = pytest.mark.parametrize("module", [targets, cdk_targets], ids=["ours", "the CDK's"])


@pytest.fixture
def bus(here: Stack) -> SaasusEventBus:
    return SaasusEventBus(here, "Saasus", event_source_name=SOURCE)


def function_in(stack: Stack, account: str, region: str = "ap-northeast-1") -> lambda_.IFunction:
    arn = f"arn:aws:lambda:{region}:{account}:function:theirs"
    return lambda_.Function.from_function_arn(stack, "Theirs", arn)


def queue_in(stack: Stack, account: str, region: str = "ap-northeast-1") -> sqs.IQueue:
    return sqs.Queue.from_queue_arn(stack, "Theirs", f"arn:aws:sqs:{region}:{account}:theirs")


def json_in(warning: str) -> Any:
    """Return the first JSON that can be pasted out of a warning."""
    start = min(at for at in (warning.find("{"), warning.find("[")) if at >= 0)
    return json.JSONDecoder().raw_decode(warning[start:])[0]


class TestAnotherRegion:
    @BOTH
    @pytest.mark.parametrize("account", ["111122223333", "444455556666"])
    def test_a_function_is_refused(self, here: Stack, bus: SaasusEventBus, module: object, account: str) -> None:
        function = function_in(here, account, "us-east-1")
        with pytest.raises(InvalidRoute, match=r"'Here/Theirs' is in region us-east-1.*its own region only"):
            bus.route("Run", ANY, module.LambdaFunction(function))  # type: ignore[attr-defined]

    @BOTH
    def test_a_function_of_a_stack_there_is_refused(self, app: App, bus: SaasusEventBus, module: object) -> None:
        there = Stack(app, "There", env=Environment(account=HERE.account, region="us-east-1"))
        with pytest.raises(InvalidRoute, match="its own region only"):
            bus.route("Run", ANY, module.LambdaFunction(new_function(there)))  # type: ignore[attr-defined]

    @BOTH
    @pytest.mark.parametrize("account", ["111122223333", "444455556666"])
    def test_a_queue_is_refused(self, here: Stack, bus: SaasusEventBus, module: object, account: str) -> None:
        with pytest.raises(InvalidRoute, match=r"'Here/Theirs' is in region us-east-1.*its own region only"):
            bus.route("Send", ANY, module.SqsQueue(queue_in(here, account, "us-east-1")))  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "use",
        [
            lambda bus, queue: bus.log("Log", dead_letter_queue=queue),
            lambda bus, queue: bus.route(
                "Send", ANY, targets.SqsQueue(queue_in(Stack.of(bus), "444455556666"), dead_letter_queue=queue)
            ),
        ],
    )
    def test_a_dead_letter_queue_is_refused(
        self, here: Stack, bus: SaasusEventBus, use: Callable[[SaasusEventBus, sqs.IQueue], object]
    ) -> None:
        queue = sqs.Queue.from_queue_arn(here, "Failed", "arn:aws:sqs:us-east-1:111122223333:failed")
        with pytest.raises(InvalidRoute, match="its own region only"):
            use(bus, queue)

    @pytest.mark.parametrize(
        "use",
        [
            lambda bus, arn: bus.invoke(
                "Run", ANY, lambda_.Function.from_function_arn(bus, "It", arn("lambda", "function:it"))
            ),
            lambda bus, arn: bus.route(
                "Send", ANY, targets.SqsQueue(sqs.Queue.from_queue_arn(bus, "It", arn("sqs", "it")))
            ),
            lambda bus, arn: bus.log(
                "Log", log_group=logs.LogGroup.from_log_group_arn(bus, "It", arn("logs", "log-group:it"))
            ),
            lambda bus, arn: SaasusEventBus.from_event_bus(
                bus, "Bus", events.EventBus.from_event_bus_arn(bus, "It", arn("events", "event-bus/it"))
            ),
            lambda bus, arn: bus.route(
                "Tell", ANY, cdk_targets.SnsTopic(sns.Topic.from_topic_arn(bus, "It", arn("sns", "it")))
            ),
        ],
        ids=["function", "queue", "log group", "bus", "topic"],
    )
    def test_what_is_known_only_at_deployment_is_not_in_the_error(
        self, app: App, use: Callable[[SaasusEventBus, Callable[[str, str], str]], object]
    ) -> None:
        here = Stack(app, "AnyAccount", env=Environment(region="ap-northeast-1"))
        bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        with pytest.raises(SaasusEventsError, match=r"region us-east-1.*ap-northeast-1") as raised:
            use(bus, lambda service, resource: f"arn:aws:{service}:us-east-1:444455556666:{resource}")
        assert "Token" not in str(raised.value)


class TestFunctionOfAnotherAccount:
    @BOTH
    def test_is_invoked_by_a_role_that_may_only_that(self, here: Stack, bus: SaasusEventBus, module: object) -> None:
        function = function_in(here, "444455556666")
        for number in range(3):
            bus.route(f"Run{number}", ANY.event_type(f"t{number}"), module.LambdaFunction(function))  # type: ignore[attr-defined]
        [(role_id, role)] = resources(here, "AWS::IAM::Role").items()
        assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
            "Service": "events.amazonaws.com"
        }
        assert {text(target["RoleArn"]) for target in rule_targets(here)} == {text({"Fn::GetAtt": [role_id, "Arn"]})}
        [statement] = properties(here, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
        assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", function.function_arn)
        assert resources(here, "AWS::Lambda::Permission") == {}
        assert resources(here, "AWS::Lambda::EventInvokeConfig") == {}
        [policy] = resources(here, "AWS::IAM::Policy")
        assert all(policy in rule["DependsOn"] for rule in resources(here, "AWS::Events::Rule").values())

    def test_the_warning_holds_what_the_other_account_needs(self, here: Stack, bus: SaasusEventBus) -> None:
        bus.invoke("Run", ANY, function_in(here, "444455556666"))
        [warning] = [each for each in warnings(here) if "@saasus/events:functionElsewhere" in each]
        statement = json_in(warning)
        name = only(here, "AWS::IAM::Role")["Properties"]["RoleName"]
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::111122223333:role/{name}"}
        assert statement["Resource"] == "arn:aws:lambda:ap-northeast-1:444455556666:function:theirs"
        assert "aws lambda add-permission" in warning
        assert "put-function-event-invoke-config" in warning

    def test_a_role_of_the_users_is_used(self, here: Stack, bus: SaasusEventBus) -> None:
        role = iam.Role(here, "Mine", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
        bus.invoke("Run", ANY, function_in(here, "444455556666"), role=role)
        [id] = resources(here, "AWS::IAM::Role")
        assert [target["RoleArn"] for target in rule_targets(here)] == [{"Fn::GetAtt": [id, "Arn"]}]
        assert "lambda:InvokeFunction" in text(properties(here, "AWS::IAM::Policy"))

    def test_an_immutable_role_is_left_and_warned_of(self, here: Stack, bus: SaasusEventBus) -> None:
        role = iam.Role.from_role_arn(here, "Mine", "arn:aws:iam::111122223333:role/mine", mutable=False)
        bus.invoke("Run", ANY, function_in(here, "444455556666"), role=role)
        assert resources(here, "AWS::IAM::Policy") == {}
        [warning] = [each for each in warnings(here) if "@saasus/events:rolePolicy" in each]
        [statement] = json_in(warning)
        assert statement["Action"] == "lambda:InvokeFunction"


class TestQueueOfAnotherAccount:
    @BOTH
    def test_is_sent_to_by_a_role(self, here: Stack, bus: SaasusEventBus, module: object) -> None:
        queue = queue_in(here, "444455556666")
        bus.route("Send", ANY, module.SqsQueue(queue))  # type: ignore[attr-defined]
        [target] = rule_targets(here)
        assert (target["Arn"], "RoleArn" in target) == (queue.queue_arn, True)
        [statement] = properties(here, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
        assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", queue.queue_arn)
        [warning] = [each for each in warnings(here) if "@saasus/events:queuePolicy" in each]
        [needed] = json_in(warning)
        name = only(here, "AWS::IAM::Role")["Properties"]["RoleName"]
        assert needed["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
        assert needed["Condition"] == {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::111122223333:role/{name}"}}

    def test_of_a_stack_of_the_app_gets_the_statement_and_the_key(self, app: App, bus: SaasusEventBus) -> None:
        there = Stack(app, "There", env=Environment(account="444455556666", region=HERE.region))
        key = kms.Key(there, "Key", alias="theirs")
        queue = sqs.Queue(there, "Queue", queue_name="theirs", encryption_master_key=key)
        bus.route("Send", ANY, targets.SqsQueue(queue))
        app.synth()
        here = Stack.of(bus)
        name = only(here, "AWS::IAM::Role")["Properties"]["RoleName"]
        for policy in (properties(there, "AWS::SQS::QueuePolicy"), properties(there, "AWS::KMS::Key")["KeyPolicy"]):
            assert f":iam::111122223333:role/{name}" in text(policy)
        [_, of_key] = properties(here, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
        assert "kms:GenerateDataKey" in of_key["Action"]
        assert of_key["Condition"] == {"StringEquals": {"kms:ViaService": "sqs.ap-northeast-1.amazonaws.com"}}
        assert text(of_key["Resource"]).endswith(':kms:ap-northeast-1:444455556666:key/*"')

    def test_as_a_dead_letter_queue_needs_the_rules_statement_only(self, here: Stack, bus: SaasusEventBus) -> None:
        bus.log("Log", dead_letter_queue=queue_in(here, "444455556666"))
        [warning] = [each for each in warnings(here) if "@saasus/events:queuePolicy" in each]
        assert json_in(warning)[0]["Principal"] == {"Service": "events.amazonaws.com"}
        assert resources(here, "AWS::IAM::Role") == {}


def test_in_the_own_account_a_role_is_not_used_and_warned_of(here: Stack, bus: SaasusEventBus) -> None:
    role = iam.Role(here, "Mine", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
    bus.route("Send", ANY, targets.SqsQueue(sqs.Queue(here, "Queue"), role=role))
    assert "RoleArn" not in rule_targets(here)[0]
    assert [each for each in warnings(here) if "@saasus/events:roleUnused" in each]


def test_what_the_cdk_mirrors_it_mirrors_still_and_the_warning_says_what_that_lacks(
    app: App, bus: SaasusEventBus
) -> None:
    there = Stack(app, "There", env=Environment(account=HERE.account, region="us-east-1"))
    bus.route("Tell", ANY, cdk_targets.SnsTopic(sns.Topic(there, "Topic", topic_name="theirs")))
    app.synth()
    [mirror] = resources(there, "AWS::Events::Rule").values()
    [target] = mirror["Properties"]["Targets"]
    assert "Topic" in text(target["Arn"])
    assert "DeadLetterConfig" not in target  # a queue of another region would be refused
    assert [each for each in warnings(Stack.of(bus)) if "@saasus/events:mirroredRule" in each]


def test_a_bus_there_is_reached_with_the_routes_dead_letter_queue(here: Stack, bus: SaasusEventBus) -> None:
    arn = "arn:aws:events:us-east-1:111122223333:event-bus/theirs"
    bus.route("Forward", ANY, cdk_targets.EventBus(events.EventBus.from_event_bus_arn(here, "Theirs", arn)))
    [target] = rule_targets(here)
    assert target["Arn"] == arn
    assert "DeadLetterQueue" in text(target["DeadLetterConfig"])


IMPORTED = [
    lambda here, place: cdk_targets.SnsTopic(sns.Topic.from_topic_arn(here, "Theirs", f"arn:aws:sns:{place}:theirs")),
    lambda here, place: cdk_targets.SfnStateMachine(
        sfn.StateMachine.from_state_machine_arn(here, "Theirs", f"arn:aws:states:{place}:stateMachine:theirs")
    ),
    lambda here, place: cdk_targets.KinesisStream(
        kinesis.Stream.from_stream_arn(here, "Theirs", f"arn:aws:kinesis:{place}:stream/theirs")
    ),
    lambda here, place: cdk_targets.CodeBuildProject(
        codebuild.Project.from_project_arn(here, "Theirs", f"arn:aws:codebuild:{place}:project/theirs")
    ),
]


@pytest.mark.parametrize("account", ["111122223333", "444455556666"])
@pytest.mark.parametrize("give", IMPORTED)
def test_what_the_cdk_cannot_mirror_is_refused_by_name(
    here: Stack, bus: SaasusEventBus, give: Callable[..., events.IRuleTarget], account: str
) -> None:
    with pytest.raises(
        InvalidRoute, match=r"'Here/Theirs' \(aws_events_targets\.\w+\) is imported.*us-east-1.*or route"
    ):
        bus.route("Route", ANY, give(here, f"us-east-1:{account}"))


@pytest.mark.parametrize("give", IMPORTED)
def test_what_is_imported_from_here_is_taken(
    here: Stack, bus: SaasusEventBus, give: Callable[..., events.IRuleTarget]
) -> None:
    bus.route("Route", ANY, give(here, "ap-northeast-1:111122223333"))
    assert "theirs" in text(rule_targets(here)[0]["Arn"])


@pytest.mark.parametrize("given", [True, False], ids=["own role", "new role"])
def test_a_topic_of_another_account_gets_a_role_and_the_warning_holds_its_statement(
    here: Stack, bus: SaasusEventBus, *, given: bool
) -> None:
    topic = sns.Topic.from_topic_arn(here, "Theirs", "arn:aws:sns:ap-northeast-1:444455556666:theirs")
    role = iam.Role(here, "Mine", role_name="mine", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
    bus.route("Tell", ANY, cdk_targets.SnsTopic(topic, role=role) if given else cdk_targets.SnsTopic(topic))
    [target] = rule_targets(here)
    assert ("Mine" in text(target["RoleArn"])) is given
    assert target["Arn"] == topic.topic_arn
    policies = resources(here, "AWS::IAM::Policy")
    statements = [each for policy in policies.values() for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    assert {"Action": "sns:Publish", "Effect": "Allow", "Resource": topic.topic_arn} in statements
    assert set(policies) & set(only(here, "AWS::Events::Rule")["DependsOn"])
    [warning] = [each for each in warnings(here) if "@saasus/events:topicPolicy" in each]
    [statement] = json_in(warning)
    names = [role["Properties"]["RoleName"] for role in resources(here, "AWS::IAM::Role").values()]
    assert statement["Condition"]["ArnEquals"]["aws:PrincipalArn"] in [
        f"arn:aws:iam::111122223333:role/{name}" for name in names
    ]
    assert (statement["Action"], statement["Resource"]) == ("sns:Publish", topic.topic_arn)


@pytest.mark.parametrize("made", [True, False])
def test_a_fifo_topic_is_refused(here: Stack, bus: SaasusEventBus, *, made: bool) -> None:
    arn = "arn:aws:sns:ap-northeast-1:111122223333:theirs.fifo"
    topic = sns.Topic(here, "Topic", fifo=True) if made else sns.Topic.from_topic_arn(here, "Topic", arn)
    with pytest.raises(InvalidRoute, match=r"'Here/Topic' is a FIFO topic.*Expected a standard topic"):
        bus.route("Tell", ANY, cdk_targets.SnsTopic(topic))


@pytest.mark.parametrize(
    "give",
    [
        lambda here, role: targets.LambdaFunction(function_in(here, "444455556666"), role=role),
        lambda here, role: targets.SqsQueue(queue_in(here, "444455556666"), role=role),
        lambda here, role: cdk_targets.SnsTopic(
            sns.Topic.from_topic_arn(here, "Theirs", "arn:aws:sns:ap-northeast-1:444455556666:theirs"), role=role
        ),
    ],
)
def test_a_role_whose_name_is_made_at_deploy_is_named_by_a_placeholder(
    here: Stack, bus: SaasusEventBus, give: Callable[..., events.IRuleTarget]
) -> None:
    role = iam.Role(here, "Mine", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
    bus.route("Route", ANY, give(here, role))
    [warning] = [each for each in warnings(here) if '"Effect": "Allow"' in each]
    assert "MINE" in json.dumps(json_in(warning))
    assert ':role/"' not in warning
