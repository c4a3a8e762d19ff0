"""Which SQS queue was passed, of the app or from elsewhere, and whether it can accept what EventBridge sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Token
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.events.errors import InvalidRoute
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


def refuse_fifo_for_dead_letters(queue: sqs.IQueue) -> None:
    """Refuse a FIFO queue for dead letters.

    Raises:
        InvalidRoute: It is a FIFO queue.
    """
    if is_fifo(queue):
        raise InvalidRoute(
            f"The dead-letter queue {queue.node.path!r} is a FIFO queue. EventBridge and Lambda send "
            "what they could not deliver only to standard queues. Pass a standard queue."
        )


def check_message_group(queue: sqs.IQueue, *, given: bool) -> None:
    """Check that a FIFO queue as a target has a message group. Any other queue may have one, and is a fair queue then.

    Source: EventBridge API reference, SqsParameters.

    Raises:
        InvalidRoute: A FIFO queue has none.
    """
    if not given and is_fifo(queue):
        raise InvalidRoute(
            f"The queue {queue.node.path!r} is FIFO, and message_group_id is missing. Expected the message group that "
            "all events get, without which the queue refuses them. Pass message_group_id=, such as 'saasus'."
        )


def problems_of_deduplication(queue: sqs.IQueue) -> list[str]:
    """Return an error for a FIFO queue that certainly refuses what EventBridge sends."""
    itself = queue_itself(queue)
    if not is_fifo(queue) or not lacks_deduplication(itself):
        return []
    text = (
        f"The FIFO queue {itself.node.path!r} has no content-based deduplication. EventBridge sends no deduplication "
        "id, so the queue refuses every event (EventBridge API reference, SqsParameters). Make it with "
        "content_based_deduplication=True."
    )
    return [text]


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
