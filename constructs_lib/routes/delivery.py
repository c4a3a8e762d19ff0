"""What every target of a route gets, whoever wrote it: a dead-letter queue and a retry policy."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import aws_events as events

from constructs_lib.checks.retry_policy import (
    DEFAULT_EVENT_AGE,
    DEFAULT_RETRY_ATTEMPTS,
    CheckedDelivery,
    checked_delivery,
    checked_policy,
)
from constructs_lib.checks.targets import check_target
from constructs_lib.routes.cdk_targets import bind_cdk_target, kind_of_cdk_target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef

    from constructs_lib.access.rule_group import RuleGroup
    from constructs_lib.filters.event_form import EventForm
    from constructs_lib.options import DeliverySettings
    from constructs_lib.targets import SharedTarget

_CONFIG_FIELDS = [name for name in inspect.signature(events.RuleTargetConfig.__init__).parameters if name != "self"]


@dataclass(frozen=True)
class DeliveryDefaults:
    """How EventBridge delivers to the targets of a route that do not specify it themselves."""

    dead_letter_queue: sqs.IQueue
    retry_attempts: float = DEFAULT_RETRY_ATTEMPTS
    max_event_age_seconds: float = DEFAULT_EVENT_AGE.to_seconds()

    @property
    def checked(self) -> CheckedDelivery:
        """The same for a target, whose own settings go first."""
        return CheckedDelivery(self.dead_letter_queue, self.retry_attempts, self.max_event_age_seconds)

    def overridden_by(self, settings: DeliverySettings) -> DeliveryDefaults:
        """Return this delivery with what the settings specify in the place of its own.

        Raises:
            InvalidRoute: A number is out of range, or the queue is not one that takes dead letters.
        """
        queue, attempts, seconds = checked_delivery(settings)
        return DeliveryDefaults(
            queue or self.dead_letter_queue,
            self.retry_attempts if attempts is None else attempts,
            self.max_event_age_seconds if seconds is None else seconds,
        )


def bind_reliably(
    target: events.IRuleTarget,
    rules: RuleGroup,
    delivery: DeliveryDefaults,
    rule: events.Rule,
    id: str,
    form: EventForm,
) -> events.IRuleTarget:
    """Bind a target that is not one of this library to a rule, with a dead-letter queue and a retry policy.

    These are added where the target has none of its own. It is bound here, not when the rule asks for it, because an
    exception raised in a call from the CDK comes back as a RuntimeError.
    """
    kind = kind_of_cdk_target(target)
    replaced: dict[str, Any] = {}
    if kind is not None:
        config, replaced = bind_cdk_target(target, kind, rules, rule, id)
    else:
        config = target.bind(rule, id)
    fields = {name: getattr(config, name) for name in _CONFIG_FIELDS} | replaced
    check_target(rule, fields, form)
    own_queue = getattr(config.dead_letter_config, "arn", None)
    if config.dead_letter_config is None:
        arn = rules.allow_sending_to(delivery.dead_letter_queue, rule, dead_letters=True)
        fields["dead_letter_config"] = events.CfnRule.DeadLetterConfigProperty(arn=arn)
    elif own_queue is not None:
        rules.allow_dead_letters_to(own_queue, rule)
    attempts, seconds = checked_policy(fields["retry_policy"])
    fields["retry_policy"] = events.CfnRule.RetryPolicyProperty(
        maximum_event_age_in_seconds=delivery.max_event_age_seconds if seconds is None else seconds,
        maximum_retry_attempts=delivery.retry_attempts if attempts is None else attempts,
    )
    return _BoundTarget(target, events.RuleTargetConfig(**fields))


@jsii.implements(events.IRuleTarget)
class _BoundTarget:
    """A target with its configuration for the first rule that asks for it.

    For a target in another account or region, the CDK makes a second rule there, which binds the target again.
    """

    def __init__(self, target: events.IRuleTarget, config: events.RuleTargetConfig) -> None:
        self._target = target
        self._config: events.RuleTargetConfig | None = config

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:
        config, self._config = self._config, None
        return config or self._target.bind(cast("events.IRule", rule), id)


class SharedDelivery:
    """A target of this library on a route: bound once, before the rules are made, and the same for each of them."""

    def __init__(self, target: SharedTarget, rules: RuleGroup, delivery: DeliveryDefaults, form: EventForm) -> None:
        """Bind the target.

        Raises:
            InvalidRoute: EventBridge cannot deliver there.
        """
        self._target = target
        self._rules = rules
        self._form = form
        self._config, self._access = target.bind_for(rules, delivery.checked)

    def complete_for(self, rule: events.Rule) -> None:
        """Complete the delivery of a rule that has the target.

        Raises:
            InvalidRoute: EventBridge is certain to refuse the target.
        """
        config = self._config
        if config.input is not None or config.sqs_parameters is not None:
            check_target(rule, {name: getattr(config, name) for name in _CONFIG_FIELDS}, self._form)
        self._target.serve(self._rules, rule, self._access)

    @staticmethod
    def as_targets(deliveries: Iterable[SharedDelivery]) -> list[events.IRuleTarget]:
        """Return the targets that a rule is to be given, in this order, at once."""
        handover = _handover()
        handover.configs = [delivery._config for delivery in deliveries]  # noqa: SLF001 - its own class
        return [handover for _ in handover.configs]


@jsii.implements(events.IRuleTarget)
class _Handover:
    """Hands configurations to the rule that asks: one object for all rules, since each new one costs a request."""

    def __init__(self) -> None:
        self.configs: list[events.RuleTargetConfig] = []

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:  # noqa: ARG002 - CDK's signature
        return self.configs.pop(0)


@functools.cache
def _handover() -> _Handover:
    return _Handover()
