"""aws-cdk-lib's own targets on a route: bound so that they stay within AWS's quotas, and checked like ours.

For each rule they write a statement that names it. That fails during the deployment from about the twentieth rule on a
queue and the fiftieth on a function, and a rule cannot wait for a statement that names it. On a route, they see all
rules of the bus in the place of the rule, and so write one statement for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Annotations, Names, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from constructs_lib.access.execution_role import execution_role
from constructs_lib.access.key_policy import allow_using_key, statement_id
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidConfiguration, InvalidRoute
from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.kinds import FUNCTION, LOG_GROUP, QUEUE, TOPIC, require
from constructs_lib.resources.log_groups import log_group_arn, log_group_itself
from constructs_lib.resources.places import Place, account_differs, in_words, place_of, place_of_stack, region_differs
from constructs_lib.resources.queues import check_message_group
from constructs_lib.synth.statement_text import statement_text

if TYPE_CHECKING:
    from aws_cdk import aws_events_targets as cdk_targets
    from aws_cdk import aws_logs as logs
    from constructs import Construct, IConstruct

    from constructs_lib.access.rule_group import RuleGroup

_MODULE = "aws_cdk.aws_events_targets"
_NAMED_AFTER_THEIR_RULE = frozenset({"AwsApi", "BatchJob", "CloudWatchLogGroup", "EventBus", "SnsTopic"})
"""Their resources are named after the rule, so each rule needs a stand-in of its own."""


def kind_of_cdk_target(target: events.IRuleTarget) -> str | None:
    """Return the name of aws-cdk-lib's target class; None for a target that somebody else wrote."""
    for base in type(target).__mro__:
        if base.__module__.startswith(_MODULE):
            return base.__name__
    return None


def bind_cdk_target(
    target: events.IRuleTarget, kind: str, rules: RuleGroup, rule: events.Rule, id: str
) -> tuple[events.RuleTargetConfig, dict[str, Any]]:
    """Bind the target, and return its configuration and the parts of it to replace.

    Raises:
        InvalidRoute: EventBridge cannot deliver to the target.
    """
    source = rules.any_rule
    if kind in _NAMED_AFTER_THEIR_RULE:
        # Beside the rule, not in it: what is in the rule waits with it.
        beside = rule.node.scope or rules.scope
        stand_in = rules.new_id(f"{beside.node.path}/{rule.node.id}{id}")
        source = events.Rule.from_event_rule_arn(cast("Construct", beside), stand_in, rules.source_arn)
        rules.wait(rule, source)
    config = target.bind(source, id)
    if config.role is not None:
        rules.wait(rule, config.role)
    if kind == "LambdaFunction":
        return config, _prepare_function(cast("lambda_.IFunction", config.target_resource), rules, rule, source)
    if kind == "SqsQueue":
        queue = cast("cdk_targets.SqsQueue", target).queue
        require(QUEUE, queue, "aws_events_targets.SqsQueue")
        check_message_group(queue, given=config.sqs_parameters is not None)
        access = rules.allow_target(queue)
        rules.wait(rule, *access.needs)
        return config, {"arn": access.arn, "role": access.role, "target_resource": None}
    if kind == "CloudWatchLogGroup":
        return config, _prepare_log_group(cast("logs.ILogGroup", config.target_resource), rules, rule, source)
    if kind == "SnsTopic":
        topic = cast("cdk_targets.SnsTopic", target).topic
        require(TOPIC, topic, "aws_events_targets.SnsTopic")
        _require_standard_topic(topic)
        if _is_imported_from_another_account(topic, rules):
            return config, _deliver_to_topic_of_another_account(topic, config.role, rules, rule)
        if config.role is None:
            _prepare_topic(topic, rules, rule)
    _check_place(kind, config, rules, rule)
    return config, {}


def _prepare_function(
    function: lambda_.IFunction, rules: RuleGroup, rule: events.Rule, source: events.IRule
) -> dict[str, Any]:
    require(FUNCTION, function, "aws_events_targets.LambdaFunction")
    # Our permission replaces the one that the target wrote, which an imported function may not have received.
    for child in source.node.children:
        if isinstance(child, lambda_.CfnPermission):
            source.node.try_remove_child(child.node.id)
    access = rules.functions.allow_invoke(function, rules.source_arn)
    rules.wait(rule, *access.needs)
    rules.functions.send_failures(function, None, route=rule)
    return {"arn": access.arn, "role": access.role, "target_resource": None}


def _prepare_log_group(
    log_group: logs.ILogGroup, rules: RuleGroup, rule: events.Rule, source: events.IRule
) -> dict[str, Any]:
    require(LOG_GROUP, log_group, "aws_events_targets.CloudWatchLogGroup")
    group = log_group_itself(log_group, rules.room)
    name = f"EventsLogGroupPolicy{Names.node_unique_id(source.node)}"
    policy = Stack.of(log_group).node.try_find_child(name)
    if policy is None:
        raise InvalidConfiguration(
            f"aws_events_targets.CloudWatchLogGroup made no policy {name!r} for {log_group.node.path!r}. Expected one "
            f"in the stack {Stack.of(log_group).node.path!r}, because the rule has to wait for it. Use "
            "constructs_lib.targets.CloudWatchLogGroup, or a release of aws-cdk-lib that this library supports (2.200 "
            "or newer)."
        )
    rules.wait(rule, policy)
    return {"arn": log_group_arn(group, rules.scope), "target_resource": None}


def _require_standard_topic(topic: sns.ITopic) -> None:
    if topic.fifo:
        raise InvalidRoute(
            f"The topic {topic.node.path!r} is a FIFO topic, to which EventBridge does not deliver (EventBridge User "
            "Guide, event bus targets): it sends no message group. Expected a standard topic. Use one, or a FIFO queue "
            "(targets.SqsQueue with message_group_id=)."
        )


def _is_imported_from_another_account(topic: sns.ITopic, rules: RuleGroup) -> bool:
    place = place_of(topic)
    return topic.node.default_child is None and account_differs(place, topic) and not region_differs(place, rules.scope)


def _deliver_to_topic_of_another_account(
    topic: sns.ITopic, role: iam.IRole | None, rules: RuleGroup, rule: events.Rule
) -> dict[str, Any]:
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic.topic_arn}
    delivery = execution_role(rules.room, role, topic, place_of(topic), [publish])
    if delivery is None:
        return {}
    statement = iam.PolicyStatement(
        sid=statement_id("SaasusRole", rules.scope),
        principals=[iam.AccountPrincipal(Stack.of(rules.scope).account)],
        actions=["sns:Publish"],
        resources=[topic.topic_arn],
        # Not as the principal: SNS accepts only a role that exists already.
        conditions={"ArnEquals": {"aws:PrincipalArn": delivery.arn}},
    )
    Annotations.of(rule).add_warning_v2(
        warning_ids.TOPIC_POLICY,
        f"The topic {topic.node.path!r} is in another account, so its policy cannot be changed here. Until its policy "
        f"contains this statement, EventBridge is denied access: {statement_text(rules.scope, [statement])}",
    )
    rules.wait(rule, delivery.role, delivery.room)
    return {"role": delivery.role, "target_resource": None}


def _prepare_topic(topic: sns.ITopic, rules: RuleGroup, rule: events.Rule) -> None:
    owner = owner_of(referred_to(topic.topic_arn)) if topic.node.default_child is None else None
    itself = owner if isinstance(owner, sns.Topic) else topic
    key = getattr(itself, "master_key", None)
    if key is not None:
        name = getattr(key, "alias_name", None) or key.key_arn
        if name.endswith("alias/aws/sns"):
            Annotations.of(rule).add_warning_v2(
                warning_ids.TOPIC_KEY,
                f"The topic {topic.node.path!r} is encrypted with AWS's own key alias/aws/sns, whose policy lets no "
                "other AWS service use it: EventBridge is denied access. Encrypt the topic with a key of yours.",
            )
        else:
            allow_using_key(rules.scope, key, "the topic refuses EventBridge, and the events are lost")
    statement = iam.PolicyStatement(
        sid=statement_id("SaasusRules", rules.scope),
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sns:Publish"],
        resources=[topic.topic_arn],
        conditions={"ArnLike": {"aws:SourceArn": rules.source_arn}},
    )
    if itself is not topic:
        itself.add_to_resource_policy(statement)
    policy = itself.node.try_find_child("Policy")
    rules.wait(rule, policy)
    if policy is None:
        Annotations.of(rule).add_warning_v2(
            warning_ids.TOPIC_POLICY,
            f"The topic {topic.node.path!r} is imported, so its policy cannot be changed here. Until its policy "
            f"contains this statement, EventBridge is denied access: {statement_text(rules.scope, [statement])}",
        )


def _check_place(kind: str, config: events.RuleTargetConfig, rules: RuleGroup, rule: events.Rule) -> None:
    resource: IConstruct | None = config.target_resource
    env = getattr(resource, "env", None)
    if resource is None or env is None:
        return
    place = Place(env.account, env.region)
    if not (account_differs(place, rules.scope) or region_differs(place, rules.scope)):
        return
    if account_differs(place, resource) or region_differs(place, resource):
        raise InvalidRoute(
            f"The target {resource.node.path!r} (aws_events_targets.{kind}) is imported from {in_words(place)}, "
            f"and the rules of {rules.scope.node.path!r} are in {in_words(place_of_stack(rules.scope))}. "
            "The CDK makes a second rule there, which it can do only for a resource of a stack of that account and "
            "region. Make such a stack in the app (env=Environment(account=…, region=…)) and import the resource "
            "there, or route to an event bus there (aws_events_targets.EventBus) and from that bus to the target."
        )
    Annotations.of(rule).add_warning_v2(
        warning_ids.MIRRORED_RULE,
        f"The target {resource.node.path!r} is in {in_words(place)}, so the CDK sends "
        "the events to the default event bus there and makes a second rule on it. Neither has the route's "
        "dead-letter queue and retry policy. Pass the target a `dead_letter_queue=` of that place, or route to an "
        "event bus there (aws_events_targets.EventBus) and use SaasusEventBus.from_event_bus on it.",
    )
