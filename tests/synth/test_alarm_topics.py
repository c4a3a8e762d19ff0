"""Whom alarms tell: what a topic's policy and key must hold, whatever the order of the calls."""

from __future__ import annotations

import json
import re
from itertools import permutations
from typing import TYPE_CHECKING, Any

import jsii
import pytest
from aws_cdk import App, Aspects, CfnParameter, Duration, Environment, IAspect, Stack
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from constructs_lib import EventFilter, SaasusEventBus
from tests.synth.apps import SOURCE, new_app, resources, text, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import IConstruct

THEIRS = "arn:aws:sns:us-east-1:111122223333:theirs"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
ALARMS = {"Service": "cloudwatch.amazonaws.com"}


@pytest.fixture
def bus(stack: Stack) -> SaasusEventBus:
    made = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    made.log("Everything")
    return made


def of_alarms(stack: Stack, kind: str, document: str) -> list[dict[str, Any]]:
    """Return the statements for alarms in the policies of a kind."""
    return [
        statement
        for resource in resources(stack, kind).values()
        for statement in resource["Properties"][document]["Statement"]
        if statement["Principal"] == ALARMS
    ]


def in_topic_policies(stack: Stack) -> list[dict[str, Any]]:
    return of_alarms(stack, "AWS::SNS::TopicPolicy", "PolicyDocument")


def told(stack: Stack, id: str) -> list[str]:
    return [each for each in warnings(stack) if f"@saasus/events:{id}" in each]


def pasted(warning: str) -> list[dict[str, Any]]:
    """Return the statements that a warning holds, as a person would copy them."""
    found: list[dict[str, Any]] = []
    for start in re.finditer(r"\[\{", warning):
        found += json.JSONDecoder().raw_decode(warning[start.start() :])[0]
    return found


def by_a_target(topic: sns.Topic) -> None:
    rule = events.Rule(Stack.of(topic), "Mine", event_pattern=events.EventPattern(source=["mine"]))
    rule.add_target(cdk_targets.SnsTopic(topic))


def by_a_statement(topic: sns.Topic) -> None:
    topic.grant_publish(iam.ServicePrincipal("s3.amazonaws.com"))


def by_a_policy_of_its_own(topic: sns.Topic) -> None:
    sns.TopicPolicy(Stack.of(topic), "Beside", topics=[topic])


def by_a_policy_that_names_its_resource(topic: sns.Topic) -> None:
    resource = topic.node.default_child
    assert isinstance(resource, sns.CfnTopic)
    imported = sns.Topic.from_topic_arn(Stack.of(topic), "Again", resource.attr_topic_arn)
    sns.TopicPolicy(Stack.of(topic), "Beside", topics=[imported])


def by_an_aspect(topic: sns.Topic) -> None:
    @jsii.implements(IAspect)
    class Adds:
        def visit(self, node: IConstruct) -> None:
            if node is topic:
                by_a_statement(topic)

    Aspects.of(Stack.of(topic)).add(Adds())


GIVING = [by_a_target, by_a_statement, by_a_policy_of_its_own, by_a_policy_that_names_its_resource, by_an_aspect]


@pytest.mark.parametrize("give_policy", GIVING)
@pytest.mark.parametrize("order", [1, -1])
def test_a_topic_that_is_given_a_policy_before_or_after_lets_alarms_publish(
    stack: Stack, bus: SaasusEventBus, give_policy: Callable[[sns.Topic], None], order: int
) -> None:
    topic = sns.Topic(stack, "Topic")
    calls: list[Callable[[], object]] = [lambda: bus.monitor(alarm_actions=[topic]), lambda: give_policy(topic)]
    for call in calls[::order]:
        call()
    [statement] = in_topic_policies(stack)
    assert statement.pop("Sid").startswith("SaasusAlarms")
    assert statement == {
        "Effect": "Allow",
        "Principal": ALARMS,
        "Action": "sns:Publish",
        "Resource": stack.resolve(topic.topic_arn),
        "Condition": SAME_ACCOUNT,
    }


def test_each_of_two_policies_of_a_topic_does_for_the_last_one_that_is_put_counts(
    stack: Stack, bus: SaasusEventBus
) -> None:
    topic = sns.Topic(stack, "Topic", enforce_ssl=True)
    bus.monitor(alarm_actions=[topic])
    by_a_policy_of_its_own(topic)
    assert len(in_topic_policies(stack)) == 2


def test_one_without_a_policy_keeps_that_of_sns(stack: Stack, bus: SaasusEventBus) -> None:
    bus.monitor(alarm_actions=[sns.Topic(stack, "Topic")])
    assert resources(stack, "AWS::SNS::TopicPolicy") == {}
    assert warnings(stack) == []


def test_the_policy_of_another_topic_is_left_alone(stack: Stack, bus: SaasusEventBus) -> None:
    bus.monitor(alarm_actions=[sns.Topic(stack, "Topic")])
    sns.Topic(stack, "Other", enforce_ssl=True)
    assert in_topic_policies(stack) == []


@pytest.mark.parametrize("how", ["topic", "action", "alarm action", "ok action", "action of a silence alarm"])
def test_however_it_becomes_an_action(stack: Stack, bus: SaasusEventBus, how: str) -> None:
    topic = sns.Topic(stack, "Topic", enforce_ssl=True)
    kinds: dict[str, list[Any]] = {"topic": [topic], "action": [actions.SnsAction(topic)]}
    given = kinds.get(how, [])
    monitoring = bus.monitor(alarm_actions=given)
    if how == "alarm action":
        monitoring.alarms[0].add_alarm_action(actions.SnsAction(topic))
    elif how == "ok action":
        monitoring.alarms[0].add_ok_action(actions.SnsAction(topic))
    elif not given:
        monitoring.alarms[-1].add_insufficient_data_action(actions.SnsAction(topic))
    assert len(in_topic_policies(stack)) == 1


def test_of_several_topics_each_does(stack: Stack, bus: SaasusEventBus) -> None:
    topics = [sns.Topic(stack, id, enforce_ssl=True) for id in ("One", "Two", "Three")]
    bus.monitor(alarm_actions=[topics[0], topics[1]]).add_silence_alarm(bus.log("X"), Duration.hours(2))
    found = [each["Resource"] for each in in_topic_policies(stack)]
    assert found == [stack.resolve(topic.topic_arn) for topic in topics[:2]]


def test_two_buses_can_tell_one_topic(stack: Stack, bus: SaasusEventBus) -> None:
    topic = sns.Topic(stack, "Topic", enforce_ssl=True)
    other = SaasusEventBus(stack, "Other", event_source_name=SOURCE.replace("-1/", "-2/"))
    for each in (bus, other):
        each.monitor(alarm_actions=[topic])
    assert len({each["Sid"] for each in in_topic_policies(stack)}) == 2


class TestKeys:
    def statements(self, stack: Stack) -> list[dict[str, Any]]:
        return of_alarms(stack, "AWS::KMS::Key", "KeyPolicy")

    @pytest.mark.parametrize("how", ["key", "alias", "set by an aspect", "set by an escape hatch"])
    def test_that_of_the_app_lets_alarms_use_it(self, stack: Stack, bus: SaasusEventBus, how: str) -> None:
        key = kms.Key(stack, "Key")
        given: Any = {"key": key, "alias": key.add_alias("alias/mine")}.get(how)
        topic = sns.Topic(stack, "Topic", master_key=given)
        bus.monitor(alarm_actions=[topic])
        resource = topic.node.default_child
        assert isinstance(resource, sns.CfnTopic)
        if how == "set by an aspect":

            @jsii.implements(IAspect)
            class Encrypts:
                def visit(self, node: IConstruct) -> None:
                    if isinstance(node, sns.CfnTopic):
                        node.kms_master_key_id = key.key_arn

            Aspects.of(stack).add(Encrypts())
        elif given is None:
            resource.kms_master_key_id = key.key_id
        [statement] = self.statements(stack)
        assert statement.pop("Sid").startswith("SaasusAlarms")
        assert statement == {
            "Effect": "Allow",
            "Principal": ALARMS,
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": SAME_ACCOUNT,
        }
        assert warnings(stack) == []

    def test_an_imported_one_is_warned_of_with_the_statement(self, stack: Stack, bus: SaasusEventBus) -> None:
        topic = sns.Topic(stack, "Topic", master_key=kms.Key.from_key_arn(stack, "Theirs", KEY))
        bus.monitor(alarm_actions=[topic])
        [warning] = told(stack, "keyPolicy")
        assert KEY in warning
        [statement] = pasted(warning)
        assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"}}

    @pytest.mark.parametrize("alias", ["by alias", "by text"])
    def test_awss_own_is_an_error_for_nobody_would_be_told(
        self, app: App, stack: Stack, bus: SaasusEventBus, alias: str
    ) -> None:
        own = kms.Alias.from_alias_name(stack, "Own", "alias/aws/sns")
        topic = sns.Topic(stack, "Topic", master_key=own if alias == "by alias" else None)
        resource = topic.node.default_child
        assert isinstance(resource, sns.CfnTopic)
        if alias == "by text":
            resource.kms_master_key_id = "alias/aws/sns"
        bus.monitor(alarm_actions=[topic])
        with pytest.raises(RuntimeError, match=r"alias/aws/sns, whose policy lets no alarm.*Topic\(master_key=…\)"):
            app.synth()


class TestImportedTopics:
    @pytest.mark.parametrize("given", ["arn", "token", "action"])
    def test_a_warning_holds_the_statements(self, stack: Stack, bus: SaasusEventBus, given: str) -> None:
        arn = CfnParameter(stack, "AlarmTopic").value_as_string if given == "token" else THEIRS
        topic = sns.Topic.from_topic_arn(stack, "Theirs", arn)
        bus.monitor(alarm_actions=[actions.SnsAction(topic) if given == "action" else topic])
        [warning] = told(stack, "topicPolicy")
        assert "Fn::" not in warning
        publish, use = pasted(warning)
        assert publish["Action"] == "sns:Publish"
        assert publish["Resource"] == ("ALARM_TOPIC" if given == "token" else THEIRS)
        assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
        for statement in (publish, use):
            assert statement["Principal"] == ALARMS
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"}}

    def test_one_whose_policy_the_app_writes_needs_no_warning(self, stack: Stack, bus: SaasusEventBus) -> None:
        topic = sns.Topic.from_topic_arn(stack, "Theirs", THEIRS)
        bus.monitor(alarm_actions=[topic])
        sns.TopicPolicy(stack, "Policy", topics=[topic])
        assert [each["Resource"] for each in in_topic_policies(stack)] == [THEIRS]
        assert told(stack, "topicPolicy") == []

    def test_a_policy_that_cannot_be_added_to_is_warned_of(self, stack: Stack, bus: SaasusEventBus) -> None:
        topic = sns.Topic(stack, "Topic")
        sns.CfnTopicPolicy(stack, "Raw", topics=[topic.topic_arn], policy_document={"Statement": []})
        bus.monitor(alarm_actions=[topic])
        [warning] = told(stack, "topicPolicy")
        assert "Events/Raw" in warning
        assert [each["Action"] for each in pasted(warning)] == ["sns:Publish"]


class TestOtherPlaces:
    @pytest.mark.parametrize("imported", [True, False])
    def test_a_topic_of_another_region_is_an_error(self, app: App, stack_in_tokyo: Stack, imported: bool) -> None:
        bus = SaasusEventBus(stack_in_tokyo, "Saasus", event_source_name=SOURCE)
        bus.log("Everything")
        there = Stack(app, "There", env=Environment(account="111122223333", region="us-east-1"))
        topic = (
            sns.Topic.from_topic_arn(stack_in_tokyo, "Theirs", THEIRS)
            if imported
            else sns.Topic(there, "Topic", topic_name="alarms")
        )
        bus.monitor(alarm_actions=[topic])
        with pytest.raises(RuntimeError, match=r"is in us-east-1, and the alarms are in\s+ap-northeast-1"):
            app.synth()

    def test_one_of_the_same_region_is_none(self, app: App, stack_in_tokyo: Stack) -> None:
        bus = SaasusEventBus(stack_in_tokyo, "Saasus", event_source_name=SOURCE)
        arn = THEIRS.replace("us-east-1", "ap-northeast-1")
        bus.monitor(alarm_actions=[sns.Topic.from_topic_arn(stack_in_tokyo, "Theirs", arn)])
        app.synth()
        alarms = resources(stack_in_tokyo, "AWS::CloudWatch::Alarm").values()
        assert {action for alarm in alarms for action in alarm["Properties"]["AlarmActions"]} == {arn}

    def test_one_of_another_stack_gets_the_statement_without_a_cycle(self, any_app: App) -> None:
        others, stack = Stack(any_app, "Others"), Stack(any_app, "Events")
        topic = sns.Topic(others, "Topic", master_key=kms.Key(others, "Key"), enforce_ssl=True)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        bus.monitor(alarm_actions=[topic])
        any_app.synth()
        assert len(in_topic_policies(others)) == 1
        assert len(of_alarms(others, "AWS::KMS::Key", "KeyPolicy")) == 1

    def test_one_of_another_account_gets_a_policy_that_names_this_account(self, app: App) -> None:
        here = Stack(app, "Here", env=Environment(account="111122223333", region="us-east-1"))
        there = Stack(app, "There", env=Environment(account="444455556666", region="us-east-1"))
        topic = sns.Topic(there, "Topic", topic_name="alarms")
        bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        bus.monitor(alarm_actions=[topic])
        app.synth()
        [statement] = in_topic_policies(there)
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_the_same_is_permitted(order: tuple[int, ...]) -> None:
    """The template's policies are equal, but for the order of statements."""
    assert _permitted(order) == _permitted((0, 1, 2, 3))


def _permitted(order: tuple[int, ...]) -> set[str]:
    stack = Stack(new_app(), "Events")
    key = kms.Key(stack, "Key")
    topic = sns.Topic(stack, "Topic", master_key=key)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    calls: list[Callable[[], object]] = [
        lambda: bus.monitor(alarm_actions=[topic]),
        lambda: by_a_target(topic),
        lambda: key.grant_encrypt(iam.ServicePrincipal("s3.amazonaws.com")),
        lambda: bus.route("Tell", EventFilter.all(), cdk_targets.SnsTopic(topic)),
    ]
    for number in order:
        calls[number]()
    return {
        re.sub(r'"Sid": "\d+"', "", text(statement))
        for kind, document in (("AWS::SNS::TopicPolicy", "PolicyDocument"), ("AWS::KMS::Key", "KeyPolicy"))
        for resource in resources(stack, kind).values()
        for statement in resource["Properties"][document]["Statement"]
    }
