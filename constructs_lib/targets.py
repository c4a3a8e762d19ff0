"""Rule targets for the resources that many routes share: a function, a queue, a log group.

They are used like the targets of `aws_cdk.aws_events_targets`, and have the same names and properties. The
difference: aws-cdk-lib's write one permission for each rule, which fails at deploy from about the twentieth rule
on a queue and the fiftieth on a function, and its log group target needs a Lambda-backed custom resource for each rule
and lets nobody write to its dead-letter queue. These write one permission for each bus.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.function_access import FunctionAccess
from constructs_lib.logs_resource_policy import LogsResourcePolicy
from constructs_lib.rule_group import RuleGroup

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef


class SharedTarget(ABC):
    """A target whose permission is written once for all rules of a bus."""

    def __init__(
        self,
        *,
        event: events.RuleTargetInput | None,
        dead_letter_queue: sqs.IQueue | None,
        retry_attempts: int | None,
        max_event_age: Duration | None,
    ) -> None:
        self._event = event
        self._dead_letter_queue = dead_letter_queue
        self._retry_attempts = retry_attempts
        self._max_event_age = max_event_age

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:  # noqa: ARG002 - CDK's signature
        """Give the rule what it needs to reach the target; called by the CDK on a rule that is no route's."""
        return self.bind_for(RuleGroup.of_rule(rule), rule)

    def bind_for(self, rules: RuleGroup, rule: IRuleRef) -> events.RuleTargetConfig:
        """Let all the rules of the group reach the target, and give the configuration for one of them."""
        arn = self._allow(rules, rule)
        dead_letters = self._dead_letter_queue
        if dead_letters is not None:
            rules.allow_sending_to(dead_letters)
        age = self._max_event_age
        retries = None
        if age is not None or self._retry_attempts is not None:
            retries = events.CfnRule.RetryPolicyProperty(
                maximum_event_age_in_seconds=None if age is None else age.to_seconds(),
                maximum_retry_attempts=self._retry_attempts,
            )
        return events.RuleTargetConfig(
            arn=arn,
            input=self._event,
            retry_policy=retries,
            dead_letter_config=None
            if dead_letters is None
            else events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
            sqs_parameters=self._sqs_parameters(),
        )

    @abstractmethod
    def _allow(self, rules: RuleGroup, rule: IRuleRef) -> str:
        """Write the permission, and give the target's ARN."""

    def _sqs_parameters(self) -> events.CfnRule.SqsParametersProperty | None:
        return None


@jsii.implements(events.IRuleTarget)
class LambdaFunction(SharedTarget):
    """Runs a Lambda function for each event.

    EventBridge invokes a function asynchronously, so an event on which it raises *has been delivered*: it does not
    reach the target's dead-letter queue. On a route, the function's asynchronous failures go to the bus's
    dead-letter queue too, unless the function says itself where they go.

    Example:
        >>> from constructs_lib import targets
        >>> bus.route("Onboard", EventFilter.of(op.auth.create_tenant), targets.LambdaFunction(function))
    """

    def __init__(
        self,
        function: lambda_.IFunction,
        *,
        on_failure: sqs.IQueue | lambda_.IDestination | None = None,
        event: events.RuleTargetInput | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> None:
        """Target a function.

        Args:
            function: A function, alias or version, also an imported one.
            on_failure: Where an event goes on which the function raised, after Lambda's own retries. Default: on a
                route, the dead-letter queue of the first bus that routes to the function; elsewhere nowhere.
            event: What the function receives. Default: the whole event.
            dead_letter_queue: The queue for events that Lambda did not accept. Default: on a route, the bus's.
            retry_attempts: Times that EventBridge tries again, 0 to 185. Default: on a route, the bus's.
            max_event_age: How long EventBridge tries, 1 minute to 24 hours. Default: on a route, the bus's.
        """
        super().__init__(
            event=event,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
        )
        self._function = function
        self._on_failure = on_failure

    def _allow(self, rules: RuleGroup, rule: IRuleRef) -> str:
        access = FunctionAccess.of(rules.scope)
        permission = access.allow_invoke(self._function, rules)
        if permission is not None and rules.is_bus:
            # An event that matches before the permission is there is refused, and a refusal is not tried again.
            cast("events.Rule", rule).node.add_dependency(permission)
        access.send_failures(self._function, self._on_failure, route=rule)
        return self._function.function_arn


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
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> None:
        """Target a queue.

        Args:
            queue: The queue. An imported one gets no policy: a warning says which statement to add to it.
            message: What is sent. Default: the whole event.
            message_group_id: The message group; required for a FIFO queue, as EventBridge requires it.
            dead_letter_queue: The queue for events that this queue did not accept. Default: on a route, the bus's.
            retry_attempts: Times that EventBridge tries again, 0 to 185. Default: on a route, the bus's.
            max_event_age: How long EventBridge tries, 1 minute to 24 hours. Default: on a route, the bus's.

        Raises:
            InvalidRoute: A FIFO queue without a message group, or a message group for another queue.
        """
        super().__init__(
            event=message,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
        )
        if queue.fifo != (message_group_id is not None):
            wrong = (
                "FIFO, and message_group_id is missing"
                if queue.fifo
                else "no FIFO queue, and message_group_id is given"
            )
            raise InvalidRoute(
                f"The queue {queue.node.path!r} is {wrong}. EventBridge needs a message group for a FIFO queue, and "
                "takes none for another. Give message_group_id= for FIFO queues only."
            )
        self._queue = queue
        self._message_group_id = message_group_id

    def _allow(self, rules: RuleGroup, rule: IRuleRef) -> str:  # noqa: ARG002 - the base's signature
        return rules.allow_sending_to(self._queue)

    def _sqs_parameters(self) -> events.CfnRule.SqsParametersProperty | None:
        if self._message_group_id is None:
            return None
        return events.CfnRule.SqsParametersProperty(message_group_id=self._message_group_id)


@jsii.implements(events.IRuleTarget)
class CloudWatchLogGroup(SharedTarget):
    """Writes each event as one line into a CloudWatch Logs log group.

    All log groups of a stack share one `AWS::Logs::ResourcePolicy` (an account takes ten in a region).

    Example:
        >>> bus.route("Audit", EventFilter.of(op.auth), targets.CloudWatchLogGroup(log_group))
    """

    def __init__(
        self,
        log_group: logs.ILogGroup,
        *,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> None:
        """Target a log group.

        Args:
            log_group: The log group. The EventBridge console lists only those whose name starts with
                `/aws/events/`.
            dead_letter_queue: The queue for events that were not written. Default: on a route, the bus's.
            retry_attempts: Times that EventBridge tries again, 0 to 185. Default: on a route, the bus's.
            max_event_age: How long EventBridge tries, 1 minute to 24 hours. Default: on a route, the bus's.
        """
        super().__init__(
            event=None,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
        )
        self._log_group = log_group

    def _allow(self, rules: RuleGroup, rule: IRuleRef) -> str:
        policy = LogsResourcePolicy.of(rules.scope)
        policy.allow_events_to(self._log_group, rules.source_arn if rules.is_bus else _rules_beside(rule))
        # An event that matches before the policy is in force is refused, and a refusal is not tried again.
        rule.node.add_dependency(policy)
        return Stack.of(self._log_group).format_arn(
            service="logs",
            resource="log-group",
            resource_name=self._log_group.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )


def _rules_beside(rule: IRuleRef) -> str:
    """Name all rules of a rule's bus: a policy that names the rule cannot be there before the rule."""
    resource = rule.node.default_child
    name = resource.event_bus_name if isinstance(resource, events.CfnRule) else None
    return RuleGroup.of_bus(cast("events.Rule", rule), (name or "default").rpartition(":event-bus/")[2]).source_arn
