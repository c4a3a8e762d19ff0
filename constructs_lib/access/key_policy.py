"""What an AWS service needs from a KMS key: one statement in the key's policy, or a warning with that statement.

No statement refers to anything but its key and the account, so a key can be in any stack, and no resource that the key
encrypts becomes a dependency of the key.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib.events import warning_ids
from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.places import account_differs, place_of
from constructs_lib.resources.queues import has_key_of_sqs
from constructs_lib.synth.statement_text import statement_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_sqs as sqs
    from constructs import IConstruct


def key_itself(key: kms.IKey) -> kms.IKey:
    """Return the key of the app that an alias or an import refers to: no log group accepts an alias's ARN."""
    if isinstance(key, kms.Alias):
        return key_itself(key.alias_target_key)
    if key.node.default_child is None:
        owner = owner_of(referred_to(key.key_arn))
        if isinstance(owner, kms.Key):
            return owner
    return key


def alias_of(key: kms.IKey) -> str | None:
    """Return the name of an imported alias, about whose key nothing else is known; None for a key."""
    itself = key_itself(key)
    alias: str | None = getattr(itself, "alias_name", None)
    _, found, name = itself.key_arn.partition(":alias/")
    return alias or (f"alias/{name}" if found else None)


def use_of_key(scope: IConstruct, key: kms.IKey, actions: list[str]) -> dict[str, Any]:
    """Return the statement for a role that uses the key for a queue. Only the name of an imported alias is known."""
    itself = key_itself(key)
    alias = alias_of(itself)
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": itself.key_arn}
    if alias is not None:
        head = itself.key_arn.partition(":alias/")[0]
        # IAM identifies a key only by its id, and its alias by this condition (KMS Developer Guide, "Use aliases to
        # control access to KMS keys").
        statement["Resource"] = f"{head}:key/*"
        statement["Condition"] = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    elif account_differs(place := place_of(itself), scope) and Token.is_unresolved(itself.key_arn):
        # A key's id is known only at deployment, and a stack of another account cannot refer to it.
        statement["Resource"] = Stack.of(scope).format_arn(
            service="kms", region=place.region, account=place.account, resource="key", resource_name="*"
        )
        statement["Condition"] = {"StringEquals": {"kms:ViaService": f"sqs.{place.region}.amazonaws.com"}}
    return statement


def statement_id(start: str, owner: IConstruct) -> str:
    """Return a statement id that is unique to the owner: several buses and stacks can share a key or a queue."""
    return start + hashlib.sha256(owner.node.path.encode()).hexdigest()[:8]


def allow_in_key_policy(key: kms.IKey, statement: iam.PolicyStatement) -> bool:
    """Add the statement to the key's policy, and return whether that was possible: an imported key has none here."""
    return key.add_to_resource_policy(statement, allow_no_op=True).statement_added


def warn_of_key_policy(
    scope: IConstruct, key: kms.IKey, statements: Sequence[iam.PolicyStatement], what_fails: str
) -> None:
    """Warn that the policy of an imported key must hold these statements, with their text.

    Args:
        scope: The construct that uses the key, where the warning appears.
        key: The key.
        statements: What its policy must hold.
        what_fails: What happens without them, as the end of a sentence.
    """
    text = statement_text(scope, statements)
    Annotations.of(scope).add_warning_v2(
        warning_ids.KEY_POLICY,
        f"The key {key.node.path!r} is imported, so its policy cannot be changed here. Until its policy holds these "
        f"statements, {what_fails}: {text}",
    )


def allow_sending_to_encrypted(scope: IConstruct, queue: sqs.IQueue) -> None:
    """Let EventBridge encrypt what it sends to the queue, if the queue has a KMS key.

    The queue's policy alone is not enough: SQS uses the key on behalf of the sender (SQS Developer Guide, "Configure
    KMS permissions for AWS services"). The condition names the account, as aws-cdk-lib's own target does: the ARN of
    the queue or the rule in the key's policy would make a dependency cycle (aws-cdk issue 11158).
    """
    if has_key_of_sqs(queue):
        Annotations.of(scope).add_warning_v2(
            warning_ids.QUEUE_KEY,
            f"The queue {queue.node.path!r} is encrypted with AWS's own key alias/aws/sqs, whose policy lets no other "
            "AWS service use it: EventBridge is refused and the events are lost. Encrypt the queue with "
            "QueueEncryption.SQS_MANAGED, or with your own key (QueueEncryption.KMS).",
        )
        return
    key = queue.encryption_master_key
    if key is not None:
        allow_using_key(scope, key, "EventBridge is refused by the queue and the events are lost")


def allow_using_key(scope: IConstruct, key: kms.IKey, what_fails: str) -> None:
    """Let EventBridge use the key to encrypt what it sends to a queue or topic in this account."""
    statement = iam.PolicyStatement(
        sid=statement_id("SaasusEventsToQueues", Stack.of(scope)),
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],  # in a key policy: this key
        conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
    )
    if not allow_in_key_policy(key_itself(key), statement):
        warn_of_key_policy(scope, key, [statement], what_fails)
