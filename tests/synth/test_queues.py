"""Queues that cannot take what is sent, and queues given indirectly: alike for our targets and aws-cdk-lib's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, targets
from tests.synth.apps import SOURCE, new_function, properties, resources, rule_targets, text, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = EventFilter.all()
BOTH = pytest.mark.parametrize("module", [targets, cdk_targets], ids=["ours", "the CDK's"])
ARN = "arn:aws:sqs:us-east-1:111122223333:theirs"


@BOTH
@pytest.mark.parametrize("imported", [True, False])
def test_a_standard_queue_with_a_message_group_is_a_fair_queue(
    app: App, bus: SaasusEventBus, module: object, *, imported: bool
) -> None:
    stack = Stack.of(bus)
    queue = sqs.Queue.from_queue_arn(stack, "Queue", ARN) if imported else sqs.Queue(stack, "Queue")
    try:
        target = module.SqsQueue(queue, message_group_id="saasus")  # type: ignore[attr-defined]
    except RuntimeError as refused:
        pytest.skip(f"this aws-cdk-lib refuses it itself: {refused}")
    bus.route("Route", ANY, target)
    app.synth()
    [target] = rule_targets(stack)
    assert target["SqsParameters"] == {"MessageGroupId": "saasus"}
    assert not [each for each in warnings(stack) if "fifo" in each.lower()]


class TestFifo:
    @BOTH
    def test_without_content_based_deduplication_fails_at_synth(
        self, app: App, bus: SaasusEventBus, module: object
    ) -> None:
        queue = sqs.Queue(Stack.of(bus), "Queue", fifo=True)
        bus.route("Route", ANY, module.SqsQueue(queue, message_group_id="saasus"))  # type: ignore[attr-defined]
        with pytest.raises(
            RuntimeError, match=r"'Events/Queue' has no content-based dedup.*content_based_deduplication="
        ):
            app.synth()

    @BOTH
    def test_with_it_is_fine_also_when_it_is_set_later(self, app: App, bus: SaasusEventBus, module: object) -> None:
        queue = sqs.Queue(Stack.of(bus), "Queue", fifo=True)
        bus.route("Route", ANY, module.SqsQueue(queue, message_group_id="saasus"))  # type: ignore[attr-defined]
        resource = queue.node.default_child
        assert isinstance(resource, sqs.CfnQueue)
        resource.content_based_deduplication = True
        app.synth()

    @BOTH
    def test_without_a_message_group_is_refused(self, bus: SaasusEventBus, module: object) -> None:
        queue = sqs.Queue(Stack.of(bus), "Queue", fifo=True, content_based_deduplication=True)
        with pytest.raises(InvalidRoute, match="message_group_id is missing"):
            bus.route("Route", ANY, module.SqsQueue(queue))  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "use",
        [
            lambda bus, queue: bus.log("Route", dead_letter_queue=queue),
            lambda bus, queue: bus.route(
                "Route", ANY, targets.LambdaFunction(new_function(Stack.of(bus)), dead_letter_queue=queue)
            ),
            lambda bus, queue: bus.route(
                "Route", ANY, cdk_targets.LambdaFunction(new_function(Stack.of(bus)), dead_letter_queue=queue)
            ),
            lambda bus, queue: bus.route(
                "Route", ANY, cdk_targets.SnsTopic(sns.Topic(bus, "Topic"), dead_letter_queue=queue)
            ),
            lambda bus, queue: bus.invoke("Route", ANY, new_function(Stack.of(bus)), on_failure=queue),
        ],
    )
    @pytest.mark.parametrize("imported", [True, False])
    def test_is_refused_for_dead_letters_and_failures(
        self, bus: SaasusEventBus, use: Callable[[SaasusEventBus, sqs.IQueue], object], *, imported: bool
    ) -> None:
        stack = Stack.of(bus)
        queue = (
            sqs.Queue.from_queue_arn(stack, "Queue", f"{ARN}.fifo")
            if imported
            else sqs.Queue(stack, "Queue", fifo=True)
        )
        with pytest.raises(InvalidRoute, match="only to standard queues"):
            use(bus, queue)

    @BOTH
    def test_of_an_imported_one_the_deduplication_is_asked_for(
        self, stack: Stack, bus: SaasusEventBus, module: object
    ) -> None:
        queue = sqs.Queue.from_queue_arn(stack, "Queue", f"{ARN}.fifo")
        bus.route("Route", ANY, module.SqsQueue(queue, message_group_id="saasus"))  # type: ignore[attr-defined]
        assert [each for each in warnings(stack) if "@saasus/events:fifoDeduplication" in each]

    def test_is_refused_inside_a_destination_of_the_cdk(self, app: App, bus: SaasusEventBus) -> None:
        queue = sqs.Queue(Stack.of(bus), "Queue", fifo=True)
        bus.invoke("Run", ANY, new_function(Stack.of(bus)), on_failure=destinations.SqsDestination(queue))
        with pytest.raises(RuntimeError, match="'Events/Queue/Resource', which is a FIFO queue or topic"):
            app.synth()


class TestKeys:
    @BOTH
    @pytest.mark.parametrize("by_alias", [True, False])
    def test_awss_own_key_is_warned_of(
        self, stack: Stack, bus: SaasusEventBus, module: object, *, by_alias: bool
    ) -> None:
        if by_alias:
            alias = kms.Alias.from_alias_name(stack, "Key", "alias/aws/sqs")
            queue = sqs.Queue(stack, "Queue", encryption_master_key=alias)
        else:
            queue = sqs.Queue(stack, "Queue", encryption=sqs.QueueEncryption.KMS_MANAGED)
        bus.route("Route", ANY, module.SqsQueue(queue))  # type: ignore[attr-defined]
        assert "SQS_MANAGED" in text([each for each in warnings(stack) if "@saasus/events:queueKey" in each])

    @BOTH
    def test_an_alias_of_the_app_opens_its_key(self, stack: Stack, bus: SaasusEventBus, module: object) -> None:
        key = kms.Key(stack, "Key")
        bus.route("Route", ANY, module.SqsQueue(sqs.Queue(stack, "Q", encryption_master_key=key.add_alias("mine"))))  # type: ignore[attr-defined]
        assert "events.amazonaws.com" in text(properties(stack, "AWS::KMS::Key")["KeyPolicy"])

    @BOTH
    def test_an_imported_alias_is_warned_of_with_the_statement(
        self, stack: Stack, bus: SaasusEventBus, module: object
    ) -> None:
        alias = kms.Alias.from_alias_name(stack, "Key", "alias/mine")
        bus.route("Route", ANY, module.SqsQueue(sqs.Queue(stack, "Queue", encryption_master_key=alias)))  # type: ignore[attr-defined]
        [warning] = [each for each in warnings(stack) if "@saasus/events:keyPolicy" in each]
        assert "kms:GenerateDataKey" in warning
        assert "Fn::" not in warning

    def test_a_role_may_use_an_imported_alias_by_its_name(self, stack: Stack, bus: SaasusEventBus) -> None:
        alias = kms.Alias.from_alias_name(stack, "Key", "alias/mine")
        queue = sqs.Queue(stack, "Queue", encryption_master_key=alias)
        bus.invoke("Run", ANY, new_function(stack), on_failure=queue)
        statements = properties(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
        [of_key] = [each for each in statements if "kms:" in text(each["Action"])]
        assert of_key["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mine"}}
        assert text(of_key["Resource"]).endswith(':key/*"]]}')


class TestWhatWasReallyGiven:
    @BOTH
    def test_a_queue_imported_by_its_own_arn_gets_the_statement(
        self, stack: Stack, bus: SaasusEventBus, module: object
    ) -> None:
        queue = sqs.Queue(stack, "Queue")
        again = sqs.Queue.from_queue_arn(stack, "Again", queue.queue_arn)
        bus.route("Route", ANY, module.SqsQueue(again, dead_letter_queue=again))  # type: ignore[attr-defined]
        own = [
            policy for id, policy in resources(stack, "AWS::SQS::QueuePolicy").items() if id.startswith("QueuePolicy")
        ]
        assert f"rule/{SOURCE}/*" in text(own)
        assert not [each for each in warnings(stack) if "queuePolicy" in each]

    @BOTH
    def test_an_imported_queue_is_warned_of_once_with_the_statement(
        self, stack: Stack, bus: SaasusEventBus, module: object
    ) -> None:
        queue = sqs.Queue.from_queue_arn(stack, "Queue", ARN)
        for number in range(2):
            bus.route(f"Route{number}", ANY, module.SqsQueue(queue))  # type: ignore[attr-defined]
        [warning] = [each for each in warnings(stack) if "@saasus/events:queuePolicy" in each]
        assert "sqs:SendMessage" in warning
        assert f"rule/{SOURCE}/*" in warning
        assert "Fn::" not in warning

    def test_an_imported_dead_letter_queue_of_the_cdks_targets_too(self, stack: Stack, bus: SaasusEventBus) -> None:
        queue = sqs.Queue.from_queue_arn(stack, "Queue", ARN)
        target = cdk_targets.SnsTopic(sns.Topic(stack, "Topic"), dead_letter_queue=queue)
        bus.route("Route", ANY, target)
        assert [each for each in warnings(stack) if "@saasus/events:queuePolicy" in each]

    def test_the_cdks_log_group_target_gets_a_statement_for_its_dead_letters(
        self, stack: Stack, bus: SaasusEventBus
    ) -> None:
        failed = sqs.Queue(stack, "Failed")
        bus.route("Route", ANY, cdk_targets.CloudWatchLogGroup(logs.LogGroup(stack, "Log"), dead_letter_queue=failed))
        [policy] = [each for id, each in resources(stack, "AWS::SQS::QueuePolicy").items() if id.startswith("Failed")]
        assert f"rule/{SOURCE}/*" in text(policy)

    def test_a_topic_imported_by_its_own_arn_gets_the_statement(self, stack: Stack, bus: SaasusEventBus) -> None:
        topic = sns.Topic(stack, "Topic")
        bus.route("Route", ANY, cdk_targets.SnsTopic(sns.Topic.from_topic_arn(stack, "Again", topic.topic_arn)))
        assert f"rule/{SOURCE}/*" in text(properties(stack, "AWS::SNS::TopicPolicy"))
        assert warnings(stack) == []

    def test_a_topic_with_awss_own_key_is_warned_of(self, stack: Stack, bus: SaasusEventBus) -> None:
        alias = kms.Alias.from_alias_name(stack, "Key", "alias/aws/sns")
        bus.route("Route", ANY, cdk_targets.SnsTopic(sns.Topic(stack, "Topic", master_key=alias)))
        assert [each for each in warnings(stack) if "@saasus/events:topicKey" in each]

    def test_a_topics_key_is_opened(self, stack: Stack, bus: SaasusEventBus) -> None:
        key = kms.Key(stack, "Key")
        bus.route("Route", ANY, cdk_targets.SnsTopic(sns.Topic(stack, "Topic", master_key=key)))
        assert "aws:SourceAccount" in text(properties(stack, "AWS::KMS::Key")["KeyPolicy"])

    def test_an_imported_topic_is_warned_of_with_the_statement(self, stack: Stack, bus: SaasusEventBus) -> None:
        topic = sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:us-east-1:111122223333:theirs")
        bus.route("Route", ANY, cdk_targets.SnsTopic(topic))
        [warning] = [each for each in warnings(stack) if "@saasus/events:topicPolicy" in each]
        assert "sns:Publish" in warning
        assert "Fn::" not in warning


def _policy_of(queue: sqs.Queue) -> None:
    policy = sqs.QueuePolicy(Stack.of(queue), "Mine", queues=[queue])
    deny = iam.PolicyStatement(effect=iam.Effect.DENY, actions=["sqs:PurgeQueue"], principals=[iam.AnyPrincipal()])
    deny.add_resources(queue.queue_arn)
    policy.document.add_statements(deny)


@pytest.mark.parametrize("policy_first", [True, False])
def test_a_second_policy_of_a_queue_fails_at_synth(app: App, bus: SaasusEventBus, *, policy_first: bool) -> None:
    stack = Stack.of(bus)
    queue = sqs.Queue(stack, "Queue")
    if policy_first:
        _policy_of(queue)
    bus.route("Route", ANY, targets.SqsQueue(queue))
    if not policy_first:
        _policy_of(queue)
    with pytest.raises(RuntimeError, match=r"'Events/Queue' has two resource policies.*'Events/Mine/Resource'"):
        app.synth()


def test_statements_of_the_user_in_the_queues_own_policy_are_fine(app: App, bus: SaasusEventBus) -> None:
    stack = Stack.of(bus)
    queue = sqs.Queue(stack, "Queue", enforce_ssl=True)
    bus.route("Route", ANY, targets.SqsQueue(queue))
    app.synth()
    [policy] = [
        each
        for each in resources(stack, "AWS::SQS::QueuePolicy").values()
        if '"Queue' in text(each["Properties"]["Queues"])
    ]
    effects = [statement["Effect"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]]
    assert effects == ["Deny", "Allow"]
