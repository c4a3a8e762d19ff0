"""Routes with any target: each has a dead-letter queue and a retry policy."""

from __future__ import annotations

import jsii
import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, targets
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, new_app, new_function, only, properties, resources, rule_targets, text, warnings

DEFAULT_RETRY = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


@jsii.implements(events.IRuleTarget)
class TargetOfAUser:
    """A target that somebody wrote in Python, with no queue and no retry policy."""

    def bind(self, rule: events.IRule, id: str | None = None) -> events.RuleTargetConfig:
        return events.RuleTargetConfig(arn="arn:aws:ssm:us-east-1:111122223333:document/Mine")


@pytest.mark.parametrize(
    "make",
    [
        lambda stack: cdk_targets.SqsQueue(sqs.Queue(stack, "T")),
        lambda stack: cdk_targets.SnsTopic(sns.Topic(stack, "T")),
        lambda stack: cdk_targets.KinesisStream(kinesis.Stream(stack, "T")),
        lambda stack: cdk_targets.LambdaFunction(new_function(stack)),
        lambda stack: cdk_targets.EventBus(events.EventBus(stack, "T")),
        lambda stack: cdk_targets.SfnStateMachine(
            sfn.StateMachine(stack, "T", definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "P")))
        ),
        lambda stack: targets.SqsQueue(sqs.Queue(stack, "T")),
        lambda stack: targets.LambdaFunction(new_function(stack)),
        lambda stack: targets.CloudWatchLogGroup(logs.LogGroup(stack, "T")),
        lambda _: TargetOfAUser(),
    ],
)
def test_any_target_gets_the_buss_queue_and_a_retry_policy(stack: Stack, bus: SaasusEventBus, make: object) -> None:
    assert callable(make)
    bus.route("Route", EventFilter.all(), make(stack))
    [target] = rule_targets(stack)
    queue = next(id for id in resources(stack, "AWS::SQS::Queue") if "DeadLetterQueue" in id)
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert target["RetryPolicy"] == DEFAULT_RETRY
    assert f":rule/{SOURCE}/*" in text(resources(stack, "AWS::SQS::QueuePolicy"))


def test_what_a_target_brings_itself_is_kept(stack: Stack, bus: SaasusEventBus) -> None:
    own = sqs.Queue(stack, "Own")
    bus.route(
        "Route",
        EventFilter.all(),
        cdk_targets.SnsTopic(sns.Topic(stack, "Topic"), dead_letter_queue=own, retry_attempts=3),
    )
    [target] = rule_targets(stack)
    assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("Own")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 3}


def test_our_targets_keep_their_own_options_too(stack: Stack, bus: SaasusEventBus) -> None:
    own = sqs.Queue(stack, "Own")
    bus.route(
        "Route",
        EventFilter.all(),
        targets.SqsQueue(
            sqs.Queue(stack, "Queue", fifo=True, content_based_deduplication=True),
            message_group_id="saasus",
            dead_letter_queue=own,
            retry_attempts=0,
            max_event_age=Duration.minutes(5),
        ),
    )
    [target] = rule_targets(stack)
    assert target["SqsParameters"] == {"MessageGroupId": "saasus"}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 0}
    assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("Own")
    [policy] = [p for id, p in resources(stack, "AWS::SQS::QueuePolicy").items() if id.startswith("Own")]
    assert f":rule/{SOURCE}/*" in text(policy)


def test_options_of_a_route_come_before_those_of_the_bus(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, retry_attempts=10, max_event_age=Duration.hours(2))
    queue = sqs.Queue(stack, "Special")
    bus.log("Usual")
    bus.log("Special", retry_attempts=0, max_event_age=Duration.minutes(1), dead_letter_queue=queue)
    usual, special = rule_targets(stack)
    assert usual["RetryPolicy"] == {"MaximumEventAgeInSeconds": 7200, "MaximumRetryAttempts": 10}
    assert special["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    assert special["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("Special")


@pytest.mark.parametrize(("option", "value"), [("retry_attempts", 186), ("retry_attempts", -1)])
def test_more_or_fewer_retries_than_eventbridge_does_are_refused(stack: Stack, option: str, value: int) -> None:
    with pytest.raises(InvalidRoute, match="0 to 185"):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, retry_attempts=value)


@pytest.mark.parametrize("age", [Duration.seconds(59), Duration.hours(25)])
def test_an_event_age_out_of_range_is_refused(bus: SaasusEventBus, age: Duration) -> None:
    with pytest.raises(InvalidRoute, match="1 minute to 24 hours"):
        bus.log("Everything", max_event_age=age)


def test_several_targets_of_a_route_share_its_rule(stack: Stack, bus: SaasusEventBus) -> None:
    route = bus.route(
        "Audit", EventFilter.of(op.pricing.create_pricing_unit), targets.LambdaFunction(new_function(stack))
    )
    route.add_target(targets.SqsQueue(sqs.Queue(stack, "Queue")))
    assert len(rule_targets(stack)) == 2
    assert len(route.rules) == len(resources(stack, "AWS::Events::Rule")) == len(route.patterns)


def test_a_rule_matches_what_its_filter_says_and_shows_it(stack: Stack, bus: SaasusEventBus) -> None:
    route = bus.log("Created", EventFilter.of(op.auth.create_tenant))
    rule = properties(stack, "AWS::Events::Rule")
    assert rule["EventPattern"] == route.patterns[0]
    assert rule["EventPattern"]["detail"] == {"event_type": ["create_tenant"]}
    assert "create_tenant" in rule["Description"]
    assert rule["State"] == "ENABLED"


def test_a_route_can_be_off_and_described(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything", enabled=False, description="For the auditors")
    rule = properties(stack, "AWS::Events::Rule")
    assert rule["State"] == "DISABLED"
    assert rule["Description"] == "For the auditors"


def test_a_route_without_a_target_fails_at_synth(app: App, bus: SaasusEventBus) -> None:
    bus.route("Nowhere", EventFilter.all())
    with pytest.raises(RuntimeError, match="no target, so its events go nowhere"):
        app.synth()


def test_a_route_without_a_target_that_is_removed_again_is_no_error(stack: Stack, bus: SaasusEventBus) -> None:
    bus.route("Nowhere", EventFilter.all())
    bus.node.try_remove_child("Nowhere")
    assert resources(stack, "AWS::Events::Rule") == {}


def test_the_queue_of_a_user_gets_one_statement_for_the_bus(stack: Stack, bus: SaasusEventBus) -> None:
    queue = sqs.Queue(stack, "Queue")
    for number in range(3):
        bus.route(f"Route{number}", EventFilter.all(), targets.SqsQueue(queue))
    policies = {id: p for id, p in resources(stack, "AWS::SQS::QueuePolicy").items() if id.startswith("QueuePolicy")}
    [policy] = policies.values()
    assert len(policy["Properties"]["PolicyDocument"]["Statement"]) == 1


def test_an_imported_queue_is_warned_of_with_the_statement_to_add(stack: Stack, bus: SaasusEventBus) -> None:
    queue = sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:us-east-1:111122223333:theirs")
    bus.route("Route", EventFilter.all(), targets.SqsQueue(queue))
    [warning] = [w for w in warnings(stack) if "@saasus/events:queuePolicy" in w]
    assert "sqs:SendMessage" in warning
    assert SOURCE in warning


def test_our_targets_also_serve_a_rule_that_is_no_routes(stack: Stack) -> None:
    rule = events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["mine"]))
    rule.add_target(targets.LambdaFunction(new_function(stack), dead_letter_queue=sqs.Queue(stack, "DeadLetters")))
    rule.add_target(targets.SqsQueue(sqs.Queue(stack, "Queue")))
    rule.add_target(targets.CloudWatchLogGroup(logs.LogGroup(stack, "Log")))
    rule_arn = {"Fn::GetAtt": [next(iter(resources(stack, "AWS::Events::Rule"))), "Arn"]}
    assert properties(stack, "AWS::Lambda::Permission")["SourceArn"] == rule_arn
    assert text(rule_arn) in text(resources(stack, "AWS::SQS::QueuePolicy"))
    assert resources(stack, "AWS::Lambda::EventInvokeConfig") == {}
    assert only(stack, "AWS::Logs::ResourcePolicy")


def test_each_rule_of_a_route_has_each_target_also_one_that_is_added_later(stack: Stack, bus: SaasusEventBus) -> None:
    queues = [sqs.Queue(stack, f"Queue{number}") for number in range(2)]
    two = EventFilter.of(op.auth.delete_saas_user).succeeded()
    route = bus.route("Deleted", two, targets.SqsQueue(queues[0]), cdk_targets.SqsQueue(queues[1]))
    route.add_target(targets.LambdaFunction(new_function(stack)))

    rules = resources(stack, "AWS::Events::Rule").values()
    reached = [[target["Arn"]["Fn::GetAtt"][0] for target in rule["Properties"]["Targets"]] for rule in rules]
    assert len(route.rules) == len(reached) == 2
    assert reached[0] == reached[1]
    assert [name[:6] for name in reached[0]] == ["Queue0", "Queue1", "Functi"]
    assert all("DeadLetterConfig" in target for rule in rules for target in rule["Properties"]["Targets"])


def test_the_cdks_lambda_target_has_its_failures_taken_too(stack: Stack, bus: SaasusEventBus) -> None:
    bus.route("Run", EventFilter.all(), cdk_targets.LambdaFunction(new_function(stack)))
    assert "DeadLetterQueue" in text(properties(stack, "AWS::Lambda::EventInvokeConfig"))


def test_adding_a_route_renames_nothing() -> None:
    def logical_ids(*routes: str) -> set[str]:
        stack = Stack(new_app(), "Events")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        function = new_function(stack)
        for route in routes:
            bus.log(f"{route}Log")
            bus.invoke(route, EventFilter.all(), function)
        return set(resources(stack, "AWS::Events::Rule")) | set(resources(stack, "AWS::Lambda::Permission"))

    assert logical_ids("B") < logical_ids("A", "B")


def test_a_role_made_for_a_target_is_not_wider_than_the_cdks_own(stack: Stack, bus: SaasusEventBus) -> None:
    machine = sfn.StateMachine(stack, "M", definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "P")))
    bus.route("Run", EventFilter.all(), cdk_targets.SfnStateMachine(machine))
    statements = [
        statement
        for policy in resources(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert [s["Action"] for s in statements] == ["states:StartExecution"]
    assert "*" not in [s["Resource"] for s in statements]


class TestFifoQueues:
    def test_need_a_message_group(self, stack: Stack) -> None:
        with pytest.raises(InvalidRoute, match="message_group_id is missing"):
            targets.SqsQueue(sqs.Queue(stack, "Queue", fifo=True))

    def test_take_no_dead_letters(self, stack: Stack, bus: SaasusEventBus) -> None:
        with pytest.raises(InvalidRoute, match="only to standard queues"):
            bus.log("Everything", dead_letter_queue=sqs.Queue(stack, "Queue", fifo=True))


class TestLikelyMistakes:
    def test_an_operation_in_place_of_a_filter(self, bus: SaasusEventBus) -> None:
        with pytest.raises(InvalidRoute, match=r"operations\.auth\.create_tenant.*EventFilter\.of"):
            bus.log("Created", op.auth.create_tenant)  # type: ignore[arg-type]

    def test_a_queue_in_place_of_a_target(self, stack: Stack, bus: SaasusEventBus) -> None:
        with pytest.raises(InvalidRoute, match=r"constructs_lib\.targets\.SqsQueue\(queue\)"):
            bus.route("Route", EventFilter.all(), sqs.Queue(stack, "Queue"))  # type: ignore[arg-type]

    def test_a_function_in_place_of_a_target(self, stack: Stack, bus: SaasusEventBus) -> None:
        with pytest.raises(InvalidRoute, match=r"constructs_lib\.targets\.LambdaFunction\(function\)"):
            bus.route("Route", EventFilter.all(), new_function(stack))  # type: ignore[arg-type]
