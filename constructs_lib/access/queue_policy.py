"""What EventBridge needs to send to an SQS queue: a statement in its policy, and one in its key's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from constructs_lib.access.deployment_order import Access
from constructs_lib.access.key_policy import (
    allow_in_key_policy,
    allow_sending_to_encrypted,
    key_itself,
    statement_id,
    use_of_key,
    warn_of_key_policy,
)
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.app_references import referred_in, referred_to
from constructs_lib.resources.places import place_of, require_place_of_rules
from constructs_lib.resources.queues import (
    is_fifo,
    lacks_deduplication,
    problems_of_deduplication,
    queue_itself,
    refuse_fifo_for_dead_letters,
)
from constructs_lib.synth.at_synth import validate_at_synth
from constructs_lib.synth.statement_text import statement_text

if TYPE_CHECKING:
    from constructs import Construct, IConstruct


class QueueAccess:
    """The queues that the rules of one group send to, as targets or for dead letters."""

    def __init__(self, scope: Construct, *, portable: bool) -> None:
        """Prepare for the queues of a group of rules.

        Args:
            scope: The construct that warns; its stack is the rules' stack.
            portable: Whether the ARN of the rules can be in another stack without a reference to theirs.
        """
        self._scope = scope
        self._portable = portable
        # By object, because each request to the CDK takes time; by path, because a construct can have several objects.
        self._known: dict[sqs.IQueue, Access] = {}
        self._by_path: dict[str, Access] = {}
        self._with_key: set[str] = set()
        self._queues: list[sqs.IQueue] = []
        self._targets: list[sqs.IQueue] = []
        self._checked = False

    def allow(self, queue: sqs.IQueue, source_arn: str, *, dead_letters: bool) -> Access:
        """Let whatever has the ARN send to the queue.

        Raises:
            InvalidRoute: The queue cannot accept what is sent, or its policy would need a stack that needs the queue.
        """
        if dead_letters:
            refuse_fifo_for_dead_letters(queue)
        elif queue not in self._targets:
            self._take_target(queue)
        known = self._known.get(queue)
        if known is None:
            known = self._known[queue] = self._allow_itself(queue_itself(queue), source_arn)
        return known

    def allow_role(self, queue: sqs.IQueue, role_arn: str) -> None:
        """Let a role that is in another account than the queue send to it.

        The role is not the principal: SQS accepts only a role that exists already, and the role's stack depends on the
        queue's.
        """
        account = Stack.of(self._scope).account
        statement = iam.PolicyStatement(
            sid=statement_id("SaasusRole", self._scope),
            principals=[iam.AccountPrincipal(account)],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:PrincipalArn": role_arn}},
        )
        if queue not in self._targets:
            self._take_target(queue)
            self._listen()
            key = queue.encryption_master_key
            if not queue.add_to_resource_policy(statement).statement_added:
                self._warn(queue, "in another account and imported", statement)
            if key is not None:
                use = iam.PolicyStatement(
                    sid=statement_id("SaasusRole", self._scope),
                    principals=[iam.AccountPrincipal(account)],
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=["*"],  # in a key policy: this key
                    conditions={"ArnEquals": {"aws:PrincipalArn": role_arn}},
                )
                if not allow_in_key_policy(key_itself(key), use):
                    what_fails = "EventBridge is refused by the queue and the events are lost"
                    warn_of_key_policy(self._scope, key, [use], what_fails)

    def _take_target(self, queue: sqs.IQueue) -> None:
        self._targets.append(queue)
        itself = queue_itself(queue)
        if is_fifo(queue) and lacks_deduplication(itself) is None:
            Annotations.of(self._scope).add_warning_v2(
                warning_ids.FIFO_DEDUPLICATION,
                f"Whether the FIFO queue {queue.node.path!r} has content-based deduplication is not known here. "
                "EventBridge sends no deduplication id, so without it the queue refuses every event. Check the queue's "
                "ContentBasedDeduplication, and acknowledge this warning if it is true.",
            )

    def allow_bus(self, queue: sqs.IQueue, bus_arn: str) -> None:
        """Let the bus itself send to the queue the events that it could not encrypt or decrypt."""
        itself = queue_itself(queue)
        self._allow_key(itself)
        self._write(itself, "SaasusBus", {"ArnEquals": {"aws:SourceArn": bus_arn}})

    def _allow_itself(self, queue: sqs.IQueue, source_arn: str) -> Access:
        path = queue.node.path
        if path not in self._by_path:
            require_place_of_rules("queue", queue, place_of(queue), self._scope)
            self._refuse_cycle(queue)
            self._listen()
            self._queues.append(queue)
            self._allow_key(queue)
            policy = self._write(queue, "SaasusRules", {"ArnLike": {"aws:SourceArn": source_arn}})
            self._by_path[path] = Access(queue.queue_arn, None, () if policy is None else (policy,))
        return self._by_path[path]

    def _allow_key(self, queue: sqs.IQueue) -> None:
        path = queue.node.path
        if path not in self._with_key:
            self._with_key.add(path)
            allow_sending_to_encrypted(self._scope, queue)

    def _write(self, queue: sqs.IQueue, sid: str, conditions: dict[str, dict[str, str]]) -> IConstruct | None:
        path = queue.node.path
        owned = queue.node.default_child is not None
        if owned and not self._portable and Stack.of(queue) is not Stack.of(self._scope):
            raise InvalidRoute(
                f"The queue {path!r} is in another stack than the rules of {self._scope.node.path!r}, and the name of "
                "their event bus is known only at deployment: the queue's policy would need the bus's stack, which "
                "needs the queue's stack. Put queue and bus in one stack, or pass the event source's name as text."
            )
        statement = iam.PolicyStatement(
            sid=statement_id(sid, self._scope),
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions=conditions,
        )
        added = queue.add_to_resource_policy(statement)
        if added.statement_added:
            return added.policy_dependable  # type: ignore[return-value]  # a QueuePolicy
        self._warn(queue, "imported", statement)
        return None

    def _warn(self, queue: sqs.IQueue, why: str, statement: iam.PolicyStatement) -> None:
        Annotations.of(self._scope).add_warning_v2(
            warning_ids.QUEUE_POLICY,
            f"The queue {queue.node.path!r} is {why}, so its policy cannot be changed here. Until its policy holds "
            "this statement, EventBridge is refused and the events are lost: "
            f"{statement_text(self._scope, [statement])}",
        )

    def _listen(self) -> None:
        if not self._checked:
            self._checked = True
            validate_at_synth(self._scope, self._validate)

    def _validate(self) -> list[str]:
        return [
            *(text for queue in self._targets for text in problems_of_deduplication(queue)),
            *self._second_policies(),
        ]

    def _refuse_cycle(self, queue: sqs.IQueue) -> None:
        resource = queue.node.default_child
        here, there = Stack.of(self._scope), Stack.of(queue)
        if here is there or not isinstance(resource, sqs.CfnQueue):
            return
        for target in referred_in(resource.redrive_policy):
            if Stack.of(target) is here:
                raise InvalidRoute(
                    f"The queue {queue.node.path!r} of stack {there.node.path!r} has the dead-letter queue "
                    f"{target.node.path!r} of the rules' stack {here.node.path!r}, which sends to that queue: each "
                    "stack would need the other first. Give the queue a dead-letter queue in its own stack, or move it "
                    "to the rules' stack."
                )

    def _second_policies(self) -> list[str]:
        """Return errors for policies of the app that would replace the one with our statement, or be replaced by it."""
        queues = {f"{queue.node.path}/Resource": queue.node.path for queue in self._queues}
        found = []
        for construct in (Stage.of(self._scope) or self._scope.node.root).node.find_all():
            if isinstance(construct, sqs.CfnQueuePolicy):
                path = construct.node.path
                targets = [target.node.path for target in map(referred_to, construct.queues) if target is not None]
                found += [
                    f"The queue {queues[target]!r} has two resource policies, its own and {path!r}. SQS keeps one for "
                    "a queue, the one that is deployed last, and the other one's statements are gone: events are "
                    "refused and lost. Add the second policy's statements with `queue.add_to_resource_policy(…)`, and "
                    "remove it."
                    for target in targets
                    if target in queues and path != f"{queues[target]}/Policy/Resource"
                ]
        return found


def statements_to_send(scope: IConstruct, queue: sqs.IQueue) -> list[dict[str, Any]]:
    """Return the statements that a role needs to send to the queue."""
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.queue_arn}]
    if queue.encryption_master_key is not None:
        # SQS uses the key on behalf of the sender (SQS Developer Guide, "Key management": a producer needs both).
        statements.append(use_of_key(scope, queue.encryption_master_key, ["kms:Decrypt", "kms:GenerateDataKey"]))
    return statements
