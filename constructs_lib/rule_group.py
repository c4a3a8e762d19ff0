"""The rules that one permission speaks of: all rules of a bus, or a single rule.

A queue policy takes 20 statements and a function's policy 20 KB, so what the rules of a bus may do is
written once for the bus and not once for each rule.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from aws_cdk import Annotations, Stack, Token
from aws_cdk import aws_iam as iam

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.key_policy import allow_sending_to_encrypted, statement_id

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import Construct


class RuleGroup:
    """Rules that share their permissions, and the queue for what their targets could not take."""

    def __init__(self, scope: Construct, source_arn: str, *, portable: bool, is_bus: bool = False) -> None:
        """Describe a group.

        Args:
            scope: The construct that owns what the group needs; its stack is the rules' stack.
            source_arn: The ARN of the rules, with `*` where there are several (for `ArnLike`).
            portable: Whether `source_arn` can stand in another stack without a reference to the rules' stack.
            is_bus: Whether it is all rules of a bus: what names them does not refer to any of them.
        """
        self.is_bus = is_bus
        self.scope = scope
        self.source_arn = source_arn
        self._portable = portable
        # By object for speed, since each look into a construct costs; by path, since one can have several objects.
        self._arns: dict[sqs.IQueue, str] = {}
        self._paths: set[str] = set()
        self._with_key: set[str] = set()

    @classmethod
    def of_bus(cls, scope: Construct, bus_name: str) -> RuleGroup:
        """Describe all rules of the bus with that name (a literal or a token)."""
        # A rule on the default bus has no bus name in its ARN.
        name = "*" if bus_name == "default" else f"{bus_name}/*"
        arn = Stack.of(scope).format_arn(service="events", resource="rule", resource_name=name)
        return cls(scope, arn, portable=not Token.is_unresolved(bus_name), is_bus=True)

    @classmethod
    def of_rule(cls, rule: IRuleRef) -> RuleGroup:
        """Describe one rule, for a target of ours that is used on a rule which is not a route's."""
        # Only a Rule has targets; that a target is bound to less, newer versions of the CDK promise in the type only.
        bound_to = cast("events.Rule", rule)
        return cls(bound_to, bound_to.rule_arn, portable=False)

    def allow_sending_to(self, queue: sqs.IQueue) -> str:
        """Let the rules send to the queue, by one statement in its policy, and give its ARN.

        A queue imported into the app has no policy that the app could change: a warning then says which
        statement to add.

        Raises:
            InvalidRoute: The queue is in another stack and the bus's name is known only at deploy, so that each
                stack would need the other first.
        """
        known = self._arns.get(queue)
        if known is not None:
            return known
        path = queue.node.path
        if path not in self._paths:
            self._allow_key(queue)
            self._allow(queue, "SaasusRules", {"ArnLike": {"aws:SourceArn": self.source_arn}})
            self._paths.add(path)
        self._arns[queue] = queue.queue_arn
        return self._arns[queue]

    def allow_bus_to_send_to(self, queue: sqs.IQueue, bus_arn: str) -> None:
        """Let the bus itself send to the queue: events that it could not encrypt or decrypt."""
        self._allow_key(queue)
        self._allow(queue, "SaasusBus", {"ArnEquals": {"aws:SourceArn": bus_arn}})

    def _allow_key(self, queue: sqs.IQueue) -> None:
        path = queue.node.path
        if path not in self._with_key:
            self._with_key.add(path)
            allow_sending_to_encrypted(self.scope, queue)

    def _allow(self, queue: sqs.IQueue, sid: str, conditions: dict[str, dict[str, str]]) -> None:
        path = queue.node.path
        owned = queue.node.default_child is not None
        if owned and not self._portable and Stack.of(queue) is not Stack.of(self.scope):
            raise InvalidRoute(
                f"The queue {path!r} is in another stack than the rules of {self.scope.node.path!r}, and the name of "
                "their event bus is known only at deploy: the queue's policy would need the bus's stack, which needs "
                "the queue's stack. Put queue and bus in one stack, or give the event source's name as text."
            )
        statement = iam.PolicyStatement(
            sid=statement_id(sid, self.scope),
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions=conditions,
        )
        if not queue.add_to_resource_policy(statement).statement_added:
            text = json.dumps(Stack.of(self.scope).resolve(statement.to_json()))
            Annotations.of(self.scope).add_warning_v2(
                "@saasus/events:queuePolicy",
                f"The queue {path!r} is imported, so its policy cannot be changed here. Until its policy holds this "
                f"statement, EventBridge is refused and the events are lost: {text}",
            )
