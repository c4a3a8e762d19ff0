"""Rule targets for the resources that many routes share: a function, a queue, a log group.

They are used like the targets of `aws_cdk.aws_events_targets`, and have the same names and properties. The difference:
aws-cdk-lib's targets write one permission per rule, which fails during the deployment from about the twentieth rule on
a queue and the fiftieth on a function, and its log group target needs a Lambda-backed custom resource per rule and lets
nobody write to its dead-letter queue. These targets write one permission per bus.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_events as events

from constructs_lib.access.deployment_order import Access
from constructs_lib.access.logs_resource_policy import LogsResourcePolicy
from constructs_lib.access.rule_group import RuleGroup
from constructs_lib.checks.retry_policy import NOTHING_SPECIFIED, CheckedDelivery, checked_delivery
from constructs_lib.options import DeliverySettings, FunctionSettings, read_options
from constructs_lib.resources.kinds import FUNCTION, LOG_GROUP, QUEUE, ROLE, require, resource_of
from constructs_lib.resources.log_groups import log_group_arn, log_group_itself
from constructs_lib.resources.queues import check_message_group

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import Construct
    from typing_extensions import Unpack

    from constructs_lib.options import DeliveryOptions, FunctionOptions


class SharedTarget(ABC):
    """A target whose permission is written once, for all rules of a bus."""

    def __init__(self, delivery: DeliverySettings, event: events.RuleTargetInput | None = None) -> None:
        self._delivery = checked_delivery(delivery)
        self._event = event

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:  # noqa: ARG002 - CDK's signature
        """Return what a rule needs to reach the target; the CDK calls it for rules that do not belong to a route."""
        rules = RuleGroup.of_rule(rule)
        config, access = self.bind_for(rules)
        self.serve(rules, rule, access)
        return config

    def bind_for(
        self, rules: RuleGroup, route: CheckedDelivery = NOTHING_SPECIFIED
    ) -> tuple[events.RuleTargetConfig, Access]:
        """Let all rules of the group reach the target, and return the configuration and access for each of them.

        Args:
            rules: The rules.
            route: How the rules' route delivers, for what the target does not specify.
        """
        access = self._allow(rules)
        queue = self._delivery.dead_letter_queue or route.dead_letter_queue
        attempts, seconds = self._delivery.retry_attempts, self._delivery.max_event_age_seconds
        attempts = route.retry_attempts if attempts is None else attempts
        seconds = route.max_event_age_seconds if seconds is None else seconds
        dead_letters = None if queue is None else rules.access_to(queue, dead_letters=True)
        config = events.RuleTargetConfig(
            arn=access.arn,
            role=access.role,
            input=self._event,
            retry_policy=None if attempts is None and seconds is None else _retry_policy(attempts, seconds),
            dead_letter_config=None if dead_letters is None else _dead_letter_config(dead_letters.arn),
            sqs_parameters=self._sqs_parameters(),
        )
        needs = access.needs if dead_letters is None else (*access.needs, *dead_letters.needs)
        return config, access._replace(needs=needs)

    def serve(self, rules: RuleGroup, rule: IRuleRef, access: Access) -> None:
        """Make one rule of the group wait for what `bind_for` wrote."""
        rules.wait(rule, *access.needs)

    @abstractmethod
    def _allow(self, rules: RuleGroup) -> Access:
        """Write the permission, once for all rules of the group."""

    def _sqs_parameters(self) -> events.CfnRule.SqsParametersProperty | None:
        return None


@jsii.implements(events.IRuleTarget)
class LambdaFunction(SharedTarget):
    """Runs a Lambda function for each event.

    EventBridge invokes a function asynchronously, so an event on which the function raises *has been delivered*: it
    does not reach the target's dead-letter queue. On a route, the function's asynchronous failures go to the bus's
    dead-letter queue, too, unless the function has a destination of its own for them.

    Example:
        >>> from constructs_lib import targets
        >>> bus.route("Onboard", EventFilter.of(op.auth.create_tenant), targets.LambdaFunction(function))
    """

    def __init__(self, function: lambda_.IFunction, **options: Unpack[FunctionOptions]) -> None:
        """Target a function.

        Args:
            function: A function, alias or version, also an imported one.
            options: `on_failure`, `event`, `role`, `dead_letter_queue`, `retry_attempts`, `max_event_age`: see
                `FunctionOptions`.

        Raises:
            InvalidRoute: `function` or an option is not of the right kind, or out of range.
            UnknownOption: An option does not exist.
        """
        settings = read_options(FunctionSettings, options, LambdaFunction.__init__)
        require(FUNCTION, function, "targets.LambdaFunction")
        if settings.on_failure is not None and not hasattr(settings.on_failure, "bind"):
            require(QUEUE, settings.on_failure, "on_failure=")
        if settings.role is not None:
            require(ROLE, settings.role, "role=")
        super().__init__(settings, settings.event)
        self._function = function
        self._on_failure = settings.on_failure
        self._role = settings.role

    def serve(self, rules: RuleGroup, rule: IRuleRef, access: Access) -> None:
        """Have the rule wait, and the function's failures go where the target specifies."""
        super().serve(rules, rule, access)
        rules.functions.send_failures(self._function, self._on_failure, route=rule)

    def _allow(self, rules: RuleGroup) -> Access:
        return rules.functions.allow_invoke(self._function, rules.source_arn, role=self._role)


@jsii.implements(events.IRuleTarget)
class SqsQueue(SharedTarget):
    """Sends each event to an SQS queue.

    Example:
        >>> bus.route("Metering", EventFilter.of(op.pricing), targets.SqsQueue(queue))
    """

    def __init__(
        self,
        queue: sqs.IQueue,
        *,
        message: events.RuleTargetInput | None = None,
        message_group_id: str | None = None,
        role: iam.IRole | None = None,
        **options: Unpack[DeliveryOptions],
    ) -> None:
        """Target a queue.

        Args:
            queue: The queue. An imported one gets no policy: a warning says which statement to add to it.
            message: What is sent. Default: the whole event.
            message_group_id: The message group of every event. A FIFO queue needs one, and content-based
                deduplication. For a standard queue it makes a fair queue: groups share its throughput evenly.
                Default: none.
            role: The role with which EventBridge sends to a queue in another account; it belongs to the rule's
                account. Default: a new one for such a queue, and none within an account.
            options: `dead_letter_queue`, `retry_attempts`, `max_event_age`: see `DeliveryOptions`.

        Raises:
            InvalidRoute: A FIFO queue has no message group, or `queue` or an option is not of the right kind, or out
                of range.
            UnknownOption: An option does not exist.
        """
        settings = read_options(DeliverySettings, options, SqsQueue.__init__)
        require(QUEUE, queue, "targets.SqsQueue")
        if role is not None:
            require(ROLE, role, "role=")
        super().__init__(settings, message)
        check_message_group(queue, given=message_group_id is not None)
        self._queue = queue
        self._message_group_id = message_group_id
        self._role = role

    def _allow(self, rules: RuleGroup) -> Access:
        return rules.allow_target(self._queue, role=self._role)

    def _sqs_parameters(self) -> events.CfnRule.SqsParametersProperty | None:
        if self._message_group_id is None:
            return None
        return events.CfnRule.SqsParametersProperty(message_group_id=self._message_group_id)


@jsii.implements(events.IRuleTarget)
class CloudWatchLogGroup(SharedTarget):
    """Writes each event as one line into a CloudWatch Logs log group.

    All log groups of a stack share one `AWS::Logs::ResourcePolicy`; an account can have ten per region.

    Example:
        >>> bus.route("Audit", EventFilter.of(op.auth), targets.CloudWatchLogGroup(log_group))
    """

    def __init__(self, log_group: logs.ILogGroup, **options: Unpack[DeliveryOptions]) -> None:
        """Target a log group.

        Args:
            log_group: The log group. The EventBridge console lists only those whose name starts with
                `/aws/events/`.
            options: `dead_letter_queue`, `retry_attempts`, `max_event_age`: see `DeliveryOptions`.

        Raises:
            InvalidRoute: `log_group` or an option is not of the right kind, or out of range.
            UnknownOption: An option does not exist.
        """
        settings = read_options(DeliverySettings, options, CloudWatchLogGroup.__init__)
        require(LOG_GROUP, log_group, "targets.CloudWatchLogGroup")
        super().__init__(settings)
        self._log_group = log_group

    def serve(self, rules: RuleGroup, rule: IRuleRef, access: Access) -> None:
        """Have the rule wait for the policy, which names no rule."""
        if rules.is_bus:
            super().serve(rules, rule, access)
        else:
            rule.node.add_dependency(*access.needs)

    def _allow(self, rules: RuleGroup) -> Access:
        return rules.once((CloudWatchLogGroup, self._log_group), lambda: self._allow_once(rules))

    def _allow_once(self, rules: RuleGroup) -> Access:
        group = log_group_itself(self._log_group, rules.room)
        policy = LogsResourcePolicy.of(rules.scope)
        policy.allow_events_to(group, rules.source_arn if rules.is_bus else _rules_of_same_bus(rules.scope))
        return Access(log_group_arn(group, rules.scope), None, (policy,))


def _rules_of_same_bus(rule: Construct) -> str:
    """Return the ARN of all rules of a rule's bus: a policy that names the rule cannot exist before the rule."""
    resource = rule if isinstance(rule, events.CfnRule) else resource_of(rule, events.CfnRule)
    name = resource.event_bus_name or "default"
    return RuleGroup.of_bus(rule, name.rpartition(":event-bus/")[2]).source_arn


@functools.lru_cache(maxsize=64)
def _retry_policy(attempts: float | None, seconds: float | None) -> events.CfnRule.RetryPolicyProperty:
    return events.CfnRule.RetryPolicyProperty(maximum_event_age_in_seconds=seconds, maximum_retry_attempts=attempts)


@functools.lru_cache(maxsize=64)
def _dead_letter_config(arn: str) -> events.CfnRule.DeadLetterConfigProperty:
    return events.CfnRule.DeadLetterConfigProperty(arn=arn)
