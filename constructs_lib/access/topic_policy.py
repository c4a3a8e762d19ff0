"""Lets alarms publish to their topics: what a topic's policy and key must contain, decided when the app is complete.

SNS's default policy lets the alarms of its account publish; if the app gives a topic a policy, only that one counts. An
app can do so at any time, also after an alarm got the topic, so this is decided at synth, from the alarms' actions,
whoever added them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from constructs_lib.access.key_policy import allow_in_key_policy, key_itself, statement_id
from constructs_lib.events import warning_ids
from constructs_lib.resources.app_references import referred_in
from constructs_lib.resources.places import Place, account_differs, place_in_arn, place_of, region_differs
from constructs_lib.synth.statement_text import readable, statement_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_cloudwatch as cloudwatch
    from constructs import IConstruct

_ALARMS: Final = "cloudwatch.amazonaws.com"
_TOPIC_ARN: Final = re.compile(r"arn:[^:]+:sns:[^:]*:[^:]*:[^:]+")
_AWS_MANAGED_KEY: Final = "alias/aws/sns"


class AlarmTopics:
    """The topics that the alarms of one monitoring notify."""

    def __init__(self, monitoring: IConstruct, arns: Iterable[str]) -> None:
        """Prepare for the alarms of a monitoring.

        Args:
            monitoring: The construct that has the alarms, where warnings appear.
            arns: ARNs, even tokens, that are certainly those of topics; others are recognized by their text.
        """
        self._monitoring = monitoring
        self._arns = frozenset(arns)
        stack = Stack.of(monitoring)
        self._here = Place(stack.account, stack.region)
        self._policies: list[sns.CfnTopicPolicy] = []
        self._done: set[str] = set()

    def allow(self, alarms: Iterable[cloudwatch.Alarm]) -> None:
        """Let the alarms publish to each topic among their actions, or warn if that cannot be done here.

        It can be called again when the app has grown; nothing is written twice.
        """
        scope = Stage.of(self._monitoring) or self._monitoring.node.root
        self._policies = [each for each in scope.node.find_all() if isinstance(each, sns.CfnTopicPolicy)]
        for arn, topic in self._topics(alarms):
            self._allow_by_policy(arn, topic)
            if topic is not None:
                self._allow_by_key(topic)

    def errors(self, alarms: Iterable[cloudwatch.Alarm]) -> list[str]:
        """Return errors for the topics that can never be notified."""
        found = []
        for arn, topic in self._topics(alarms):
            place = self._place(arn, topic)
            if region_differs(place, self._monitoring):
                found.append(
                    f"The topic {self._named(arn, topic)} is in {place.region}, and the alarms are in "
                    f"{self._here.region}: CloudWatch notifies only topics of an alarm's own region. Pass a topic in "
                    f"{self._here.region}; it can have a subscription that leads elsewhere."
                )
            if topic is not None and _named_key(topic) == _AWS_MANAGED_KEY:
                found.append(
                    f"The topic {topic.node.path!r} is encrypted with AWS's own key {_AWS_MANAGED_KEY}, whose policy "
                    "lets no alarm use it, so nobody would be notified. Give the topic your own key, "
                    "Topic(master_key=…), or none."
                )
        return found

    def _topics(self, alarms: Iterable[cloudwatch.Alarm]) -> list[tuple[str, sns.CfnTopic | None]]:
        """Return the ARN of each topic, and the topic itself if the app makes it."""
        found: dict[str, tuple[str, sns.CfnTopic | None]] = {}
        for alarm in alarms:
            for arn in _action_arns(alarm):
                made = [each for each in referred_in(arn) if isinstance(each, sns.CfnTopic)]
                if made:
                    found.setdefault(made[0].node.path, (arn, made[0]))
                elif arn in self._arns or _TOPIC_ARN.fullmatch(arn):
                    found.setdefault(arn, (arn, None))
        return list(found.values())

    def _allow_by_policy(self, arn: str, topic: sns.CfnTopic | None) -> None:
        policies = [each for each in self._policies if any(_is_topic(text, arn, topic) for text in each.topics)]
        statement = self._statement("sns:Publish", resource=arn)
        owner = None if topic is None else topic.node.scope
        if not policies and isinstance(owner, sns.Topic) and self._is_elsewhere(owner):
            self._done.add(f"{owner.node.path}/Policy/Resource")
            owner.add_to_resource_policy(statement)
        elif not policies and topic is None:
            self._warn_of_imported(arn, statement)
        for policy in policies:
            if self._is_done(policy.node.path):
                continue
            document = getattr(policy.node.scope, "document", None)
            if isinstance(document, iam.PolicyDocument):
                document.add_statements(statement)
            else:
                self._warn(
                    warning_ids.TOPIC_POLICY,
                    f"The policy {policy.node.path!r} of the topic {self._named(arn, topic)} is written without "
                    "sns.TopicPolicy, so it cannot be changed here. Until it has this statement, the alarms reach "
                    f"nobody: {statement_text(self._monitoring, [statement])}",
                )

    def _allow_by_key(self, topic: sns.CfnTopic) -> None:
        if topic.kms_master_key_id is None or _named_key(topic) == _AWS_MANAGED_KEY:
            return
        key = _key_of(topic)
        if self._is_done(f"key {topic.node.path} {topic.kms_master_key_id}"):
            return
        statement = self._statement("kms:Decrypt", "kms:GenerateDataKey*", resource="*")  # in a key policy: this key
        if key is not None and allow_in_key_policy(key, statement):
            return
        self._warn(
            warning_ids.KEY_POLICY,
            f"The key {_key_name(topic, key)} of the topic {topic.node.path!r} is imported, so its policy cannot be "
            "changed here. Until its policy has these statements, the alarms reach nobody: "
            f"{statement_text(self._monitoring, [statement])}",
        )

    def _warn_of_imported(self, arn: str, publish: iam.PolicyStatement) -> None:
        use = self._statement("kms:Decrypt", "kms:GenerateDataKey*", resource="*")
        self._warn(
            warning_ids.TOPIC_POLICY,
            f"The topic {self._named(arn, None)} is not made by this app, so whether alarms may publish to it cannot "
            "be determined here. With SNS's default policy, the alarms of its account may. A policy of its own needs "
            f"this statement: {statement_text(self._monitoring, [publish])} If the topic has a key, the key's policy "
            f"needs this one: {statement_text(self._monitoring, [use])} Acknowledge this warning when they have them.",
        )

    def _statement(self, *actions: str, resource: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=statement_id("SaasusAlarms", self._monitoring),
            principals=[iam.ServicePrincipal(_ALARMS)],
            actions=list(actions),
            resources=[resource],
            conditions={"StringEquals": {"aws:SourceAccount": self._here.account}},
        )

    def _place(self, arn: str, topic: sns.CfnTopic | None) -> Place:
        if topic is not None:
            return Place(Stack.of(topic).account, Stack.of(topic).region)
        return place_in_arn(arn) or self._here

    def _is_elsewhere(self, topic: sns.Topic) -> bool:
        return account_differs(place_of(topic), self._monitoring)

    def _is_done(self, what: str) -> bool:
        done = what in self._done
        self._done.add(what)
        return done

    def _named(self, arn: str, topic: sns.CfnTopic | None) -> str:
        return repr(topic.node.path if topic is not None else readable(self._monitoring, arn))

    def _warn(self, id: str, text: str) -> None:
        Annotations.of(self._monitoring).add_warning_v2(id, text)


def _action_arns(alarm: cloudwatch.Alarm) -> list[str]:
    # The resource has them as one list that is filled in later, and no longer shows what they refer to.
    given = (alarm._alarm_action_arns, alarm._ok_action_arns, alarm._insufficient_data_action_arns)  # noqa: SLF001
    return [arn for arns in given for arn in arns or ()]


def _is_topic(text: str, arn: str, topic: sns.CfnTopic | None) -> bool:
    if text == arn:
        return True
    # By path: the CDK may give several objects for one resource.
    return topic is not None and topic.node.path in [each.node.path for each in referred_in(text)]


def _key_of(topic: sns.CfnTopic) -> kms.IKey | None:
    """Return the key that the resource finally has, even if an aspect or an override set it."""
    for resource in referred_in(topic.kms_master_key_id):
        made = resource.node.scope
        if isinstance(made, kms.Key | kms.Alias):
            return key_itself(made)
    return None


def _named_key(topic: sns.CfnTopic) -> str | None:
    given = topic.kms_master_key_id
    if given is None:
        return None
    written = readable(topic, given)
    # An imported alias is written as an ARN.
    return _AWS_MANAGED_KEY if str(written).endswith(_AWS_MANAGED_KEY) else str(written)


def _key_name(topic: sns.CfnTopic, key: kms.IKey | None) -> str:
    return repr(key.node.path if key is not None else _named_key(topic))
