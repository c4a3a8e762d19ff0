"""The rules that share one permission: all rules of a bus, or a single rule.

A queue policy can have 20 statements and a function's policy 20 KB, so what the rules of a bus may do is written once
for the bus, not once for each rule.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, cast

from aws_cdk import Stack, Token
from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.access.deployment_order import Access, RuleOrder
from constructs_lib.access.execution_role import execution_role
from constructs_lib.access.function_access import FunctionAccess
from constructs_lib.access.queue_policy import QueueAccess, statements_to_send
from constructs_lib.resources.places import place_of, require_place_of_rules
from constructs_lib.resources.queues import queue_itself, queue_of_arn

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import IConstruct


_ROOM = "Deliveries"


class RuleGroup:
    """Rules that share their permissions, and the queue for what their targets did not accept."""

    def __init__(self, scope: Construct, source_arn: str, *, portable: bool, is_bus: bool = False) -> None:
        """Describe a group.

        Args:
            scope: The construct that owns what the group needs; its stack is the rules' stack.
            source_arn: The ARN of the rules, with `*` where there are several (for `ArnLike`).
            portable: Whether `source_arn` can be in another stack without a reference to the rules' stack.
            is_bus: Whether it is all rules of a bus: a permission that names them refers to none of them.
        """
        self.is_bus = is_bus
        self.scope = scope
        self.source_arn = source_arn
        self._queues = QueueAccess(scope, portable=portable)
        self._order: RuleOrder | None = None
        self._by_arn: dict[str, sqs.IQueue | None] = {}
        self._any_rule: events.IRule | None = None
        self._room: Construct | None = None
        self._uses: Counter[str] = Counter()
        self._accesses: dict[tuple[object, ...], Access] = {}

    @classmethod
    def of_bus(cls, scope: Construct, bus_name: str) -> RuleGroup:
        """Return the group of all rules on the bus with that name (a literal or a token)."""
        # A rule on the default bus has no bus name in its ARN.
        name = "*" if bus_name == "default" else f"{bus_name}/*"
        arn = Stack.of(scope).format_arn(service="events", resource="rule", resource_name=name)
        return cls(scope, arn, portable=not Token.is_unresolved(bus_name), is_bus=True)

    @classmethod
    def of_rule(cls, rule: IRuleRef) -> RuleGroup:
        """Return the group of one rule, for a target of ours on a rule that is not a route's."""
        # Only a Rule has targets; newer versions of the CDK promise less than a Rule, but only in the type.
        bound_to = cast("events.Rule", rule)
        return cls(bound_to, bound_to.rule_arn, portable=False)

    @property
    def room(self) -> Construct:
        """Where the group makes what it needs besides policies, away from the ids that users choose in the scope."""
        if self._room is None:
            existing = self.scope.node.try_find_child(_ROOM)
            self._room = existing if isinstance(existing, Construct) else Construct(self.scope, _ROOM)
        return self._room

    @functools.cached_property
    def path(self) -> str:
        """The path of the scope."""
        return self.scope.node.path

    @functools.cached_property
    def functions(self) -> FunctionAccess:
        """The functions that the rules invoke."""
        return FunctionAccess.of(self.scope)

    def once(self, what: tuple[object, ...], allow: Callable[[], Access]) -> Access:
        """Call `allow` once for all rules of the group, whatever their number, and return what it returned."""
        access = self._accesses.get(what)
        if access is None:
            access = self._accesses[what] = allow()
        return access

    def new_id(self, path: str) -> str:
        """Return the last part of a path, numbered from its second use on: a route can be removed and made again.

        Some of the CDK's targets make resources elsewhere, which stay when the route is removed.
        """
        self._uses[path] += 1
        id = path.rpartition("/")[2]
        return id if self._uses[path] == 1 else f"{id}Again{self._uses[path]}"

    @property
    def any_rule(self) -> events.IRule:
        """A stand-in for all rules of the bus, for targets that write a permission for the rule that they get."""
        if self._any_rule is None:
            self._any_rule = events.Rule.from_event_rule_arn(self.room, "AnyRule", self.source_arn)
        return self._any_rule

    def wait(self, rule: IRuleRef, *needed: IConstruct | None) -> None:
        """Make the rule wait for constructs; a single rule is named by its permissions, so it cannot wait for them."""
        if not self.is_bus:
            return
        if self._order is None:
            self._order = RuleOrder(self.room, "Waiting", bus=self.scope)
        self._order.add(rule, *needed)

    def allow_sending_to(self, queue: sqs.IQueue, rule: IRuleRef, *, dead_letters: bool) -> str:
        """Let the rules send to the queue, with one statement in its policy, and return its ARN.

        The rule waits for that policy. The app cannot change the policy of an imported queue: a warning then shows the
        statement to add.

        Raises:
            InvalidRoute: The queue is FIFO and for dead letters, in another region, or in another stack while the bus's
                name is known only at deployment, so that each stack would need the other first.
        """
        access = self.access_to(queue, dead_letters=dead_letters)
        self.wait(rule, *access.needs)
        return access.arn

    def access_to(self, queue: sqs.IQueue, *, dead_letters: bool) -> Access:
        """Let the rules send to the queue, as `allow_sending_to` does, and leave the waiting to the caller."""
        return self.once(
            (QueueAccess, queue, dead_letters),
            lambda: self._queues.allow(queue, self.source_arn, dead_letters=dead_letters),
        )

    def allow_target(self, queue: sqs.IQueue, *, role: iam.IRole | None = None) -> Access:
        """Let the rules send events to the queue, with a role if it is in another account.

        Raises:
            InvalidRoute: As `allow_sending_to`.
        """
        return self.once((execution_role, queue, role), lambda: self._allow_target(queue, role))

    def _allow_target(self, queue: sqs.IQueue, role: iam.IRole | None) -> Access:
        itself = queue_itself(queue)
        statements = statements_to_send(self.scope, itself)
        delivery = execution_role(self.room, role, itself, place_of(itself), statements)
        if delivery is None:
            return self.access_to(queue, dead_letters=False)
        require_place_of_rules("queue", itself, place_of(itself), self.scope)
        self._queues.allow_role(itself, delivery.arn)
        return Access(itself.queue_arn, delivery.role, (delivery.role, delivery.room))

    def allow_dead_letters_to(self, arn: str, rule: IRuleRef) -> None:
        """Let the rules send dead letters to a queue that a target names by its ARN."""
        if arn not in self._by_arn:
            self._by_arn[arn] = queue_of_arn(self.room, arn)
        queue = self._by_arn[arn]
        if queue is not None:
            self.allow_sending_to(queue, rule, dead_letters=True)

    def allow_bus_to_send_to(self, queue: sqs.IQueue, bus_arn: str) -> None:
        """Let the bus itself send to the queue the events that it could not encrypt or decrypt."""
        self._queues.allow_bus(queue, bus_arn)
