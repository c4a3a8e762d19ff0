"""Which SQS queue was passed: one of the app, even if imported by its own ARN, or one from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Token
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.cached_facts import cached_fact

if TYPE_CHECKING:
    from constructs import IConstruct

_KEY_OF_SQS = "alias/aws/sqs"


def queue_itself(queue: sqs.IQueue) -> sqs.IQueue:
    """Return the queue of the app that an import refers to; any other queue is itself."""
    if queue.node.default_child is not None:
        return queue
    owner = owner_of(referred_to(queue.queue_arn))
    return owner if isinstance(owner, sqs.Queue) else queue


def queue_of_arn(scope: IConstruct, arn: str) -> sqs.IQueue | None:
    """Return the queue of an ARN, one of the app or an import; None if the ARN is known only at deployment."""
    owner = owner_of(referred_to(arn))
    if isinstance(owner, sqs.Queue):
        return owner
    if Token.is_unresolved(arn):
        return None
    # A fixed id for each queue, so that ids do not depend on the order of the calls.
    room = scope.node.try_find_child("Queues")
    room = room if isinstance(room, Construct) else Construct(cast("Construct", scope), "Queues")
    return sqs.Queue.from_queue_arn(room, arn.replace("/", "."), arn)


@cached_fact
def is_fifo(queue: sqs.IQueue) -> bool:
    """Check whether the queue is certainly FIFO."""
    return bool(queue_itself(queue).fifo)


def lacks_deduplication(queue: sqs.IQueue) -> bool | None:
    """Check whether a FIFO queue refuses a message without a deduplication id; None if that cannot be determined."""
    resource = queue.node.default_child
    if not isinstance(resource, sqs.CfnQueue):
        return None
    given = resource.content_based_deduplication
    return not given if given is None or isinstance(given, bool) else None


def has_key_of_sqs(queue: sqs.IQueue) -> bool:
    """Check whether the queue is encrypted with AWS's own key, which no other service may use."""
    if queue.encryption_type is sqs.QueueEncryption.KMS_MANAGED:
        return True
    key = queue.encryption_master_key
    if key is not None and _is_key_of_sqs(_name_of(key)):
        return True
    resource = queue.node.default_child
    return isinstance(resource, sqs.CfnQueue) and _is_key_of_sqs(resource.kms_master_key_id)


def _name_of(key: kms.IKey) -> str:
    alias: str | None = getattr(key, "alias_name", None)
    return alias or key.key_arn


def _is_key_of_sqs(text: str | None) -> bool:
    return text is not None and (text == _KEY_OF_SQS or text.endswith(f":{_KEY_OF_SQS}"))
