"""What every target of a route has: a dead-letter queue and a retry policy, whoever wrote the target."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import aws_events as events

from constructs_lib.checks.retry_policy import MAX_EVENT_AGE, MAX_RETRY_ATTEMPTS, checked_delivery, checked_policy
from constructs_lib.checks.targets import check_target
from constructs_lib.routes.cdk_targets import bind_cdk_target, kind_of_cdk_target
from constructs_lib.targets import SharedTarget

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef

    from constructs_lib.access.rule_group import RuleGroup
    from constructs_lib.options import DeliverySettings

_CONFIG_FIELDS = [name for name in inspect.signature(events.RuleTargetConfig.__init__).parameters if name != "self"]


@dataclass(frozen=True)
class Delivery:
    """How EventBridge delivers to the targets of a route that do not specify it themselves."""

    dead_letter_queue: sqs.IQueue
    retry_attempts: float = MAX_RETRY_ATTEMPTS
    max_event_age_seconds: float = MAX_EVENT_AGE.to_seconds()

    def but(self, settings: DeliverySettings) -> Delivery:
        """Return this delivery with what the settings specify in the place of its own.

        Raises:
            InvalidRoute: A number is out of range, or the queue is not one that takes dead letters.
        """
        queue, attempts, seconds = checked_delivery(settings)
        return Delivery(
            queue or self.dead_letter_queue,
            self.retry_attempts if attempts is None else attempts,
            self.max_event_age_seconds if seconds is None else seconds,
        )


def bind_reliably(
    target: events.IRuleTarget, rules: RuleGroup, options: Delivery, rule: events.Rule, id: str
) -> events.IRuleTarget:
    """Bind a target to a rule, and fill in the dead-letter queue and the retry policy where it has none of its own.

    It is bound here and not when the rule asks for it, because an exception that is raised in a call from the CDK
    comes back as a RuntimeError.
    """
    kind = kind_of_cdk_target(target)
    replaced: dict[str, Any] = {}
    if isinstance(target, SharedTarget):
        config = target.bind_for(rules, rule)
    elif kind is not None:
        config, replaced = bind_cdk_target(target, kind, rules, rule, id)
    else:
        config = target.bind(rule, id)
    fields = {name: getattr(config, name) for name in _CONFIG_FIELDS} | replaced
    check_target(rule, fields)
    own_queue = getattr(config.dead_letter_config, "arn", None)
    if config.dead_letter_config is None:
        arn = rules.allow_sending_to(options.dead_letter_queue, rule, dead_letters=True)
        fields["dead_letter_config"] = events.CfnRule.DeadLetterConfigProperty(arn=arn)
    elif own_queue is not None and not isinstance(target, SharedTarget):
        rules.allow_dead_letters_to(own_queue, rule)
    attempts, seconds = checked_policy(fields["retry_policy"])
    fields["retry_policy"] = events.CfnRule.RetryPolicyProperty(
        maximum_event_age_in_seconds=options.max_event_age_seconds if seconds is None else seconds,
        maximum_retry_attempts=options.retry_attempts if attempts is None else attempts,
    )
    return _BoundTarget(target, events.RuleTargetConfig(**fields))


@jsii.implements(events.IRuleTarget)
class _BoundTarget:
    """A target with its configuration for the rule that asks first.

    For a target in another account or region the CDK makes a second rule there, which has the target bound anew.
    """

    def __init__(self, target: events.IRuleTarget, config: events.RuleTargetConfig) -> None:
        self._target = target
        self._config: events.RuleTargetConfig | None = config

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:
        config, self._config = self._config, None
        return config or self._target.bind(cast("events.IRule", rule), id)
