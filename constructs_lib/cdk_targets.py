"""What aws-cdk-lib's own targets leave open on a route: done where it can be, warned of where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from aws_cdk import Annotations

from constructs_lib.function_access import FunctionAccess

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_events_targets as cdk_targets
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import IConstruct

    from constructs_lib.rule_group import RuleGroup

_WARN_FROM = {"SqsQueue": 15, "LambdaFunction": 40}
"""Rules to one resource from which to warn: a queue policy takes 20 statements (SQS quotas), a function's policy
20 KB (Lambda quotas), and these targets write a statement for each rule."""

_RULES_TO: WeakKeyDictionary[IConstruct, list[str]] = WeakKeyDictionary()
"""The paths of the rules that reach a queue or function through aws-cdk-lib's targets."""


def look_after_cdk_target(
    target: events.IRuleTarget,
    config: events.RuleTargetConfig,
    rules: RuleGroup,
    rule: IRuleRef,
) -> None:
    """Give a target of aws-cdk-lib what a route's targets have, or warn of what it lacks. Others are left alone."""
    if not type(target).__module__.startswith("aws_cdk.aws_events_targets"):
        return
    kind = type(target).__name__
    if kind == "LambdaFunction":
        function = cast("lambda_.IFunction", config.target_resource)
        FunctionAccess.of(rules.scope).send_failures(function, None, route=rule)
        _count(kind, function, rule)
    elif kind == "SqsQueue":
        _count(kind, cast("cdk_targets.SqsQueue", target).queue, rule)
    elif kind == "CloudWatchLogGroup" and config.dead_letter_config is not None:
        Annotations.of(rule).add_warning_v2(
            "@saasus/events:logGroupDeadLetters",
            "aws_events_targets.CloudWatchLogGroup writes no policy for its dead-letter queue, so EventBridge is "
            "refused there and failed events are lost. Use constructs_lib.targets.CloudWatchLogGroup with the same "
            "arguments.",
        )


def _count(kind: str, resource: IConstruct, rule: IRuleRef) -> None:
    paths = _RULES_TO.setdefault(resource, [])
    paths.append(rule.node.path)
    if len(paths) == _WARN_FROM[kind]:
        Annotations.of(rule).add_warning_v2(
            f"@saasus/events:manyRulesTo{kind}",
            f"{len(paths)} rules reach {resource.node.path!r} through aws_events_targets.{kind}, which writes a policy "
            "statement for each: past about 20 on a queue or 50 on a function the deployment fails. Use "
            f"constructs_lib.targets.{kind}, which writes one for all. The rules: {', '.join(paths)}.",
        )
