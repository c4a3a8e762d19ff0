"""Reads a queue without taking anything out of it: received messages return to the queue at the end.

SQS has no other way to look at messages: reading them hides them from everybody else for a while. So they are hidden
for a few minutes at most, and become visible as soon as the command ends, unless it is killed.

AWS, SQS API reference: a message can be received twice, even after it was deleted. Each time it has another handle,
and only the newest handle is certain to delete it (`DeleteMessage`). Once its time is over, somebody else may have it.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import AwsRefused, aws_errors, error_code
from constructs_lib.cli.screen.lines import counted, say
from constructs_lib.cli.screen.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from constructs_lib.cli.aws.queues import QueueAddress

PERMISSIONS: Final = (
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueues",
    "sqs:ReceiveMessage",
)
"""What it can take to find a queue and to read its messages."""
HIDDEN_SECONDS: Final = 300
_RENEWED_BELOW: Final = HIDDEN_SECONDS / 2
"""A message with fewer seconds left is held for longer before anybody works on it."""
_BATCH: Final = 10
_EMPTY_ANSWERS: Final = 2
"""A long poll asks all of SQS's servers, so one empty answer should be enough; two are certain."""
_STALE_ANSWERS: Final = 20
"""After so many answers without a new message, reading ends; later if held messages can come back."""
_OVER: Final = frozenset({"MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"})
"""What SQS answers if the time of a handle is over."""
_KEY_UNUSABLE: Final = re.compile(r"kms(?!\W?(?:access|thrott))", re.IGNORECASE)
_NEEDED: Final = "on it, and kms:Decrypt on its key if it is encrypted with a key of yours"


@dataclass
class _Hold:
    handle: str
    until: float
    """When others can see the message again, on the monotonic clock."""


class HeldMessages:
    """The messages of a queue, each once. Use it in a `with` block, at whose end they return to the queue.

    Args:
        queue: The queue.
        leave_later: Leave messages alone that arrive from now on, such as those that a redrive causes. Default: False.
    """

    def __init__(self, queue: QueueAddress, *, leave_later: bool = False) -> None:
        self._queue = queue
        self._held: dict[str, _Hold] = {}
        self._deleted: set[str] = set()
        self._lost: set[str] = set()
        self.later = 0
        """How many messages arrived in the meantime and were left alone."""
        self.missing = 0
        """About how many messages SQS counted but did not deliver."""
        self.undeleted: set[str] = set()
        """Ids of messages that could not be deleted."""
        self.uncertain: set[str] = set()
        """Ids of messages that were deleted after their time was over, and may still be in the queue."""
        self._until = 0.0
        before = datetime.now(timezone.utc)
        self.visible, self.hidden, self.forwards, there = self._look()
        self._before = _cut(before, there) if leave_later else None

    @property
    def lost(self) -> int:
        """How many messages became visible before anybody worked on them, and were taken by somebody else."""
        return len(self._lost)

    def _look(self) -> tuple[int, int, bool, datetime | None]:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        with aws_errors(f"The queue {self._queue.name!r} cannot be read", "sqs:GetQueueAttributes"):
            answer = self._queue.client.get_queue_attributes(
                QueueUrl=self._queue.url, AttributeNames=[*names, "RedrivePolicy"]
            )
        found = answer.get("Attributes", {})
        visible, hidden, delayed = (int(found.get(name) or 0) for name in names)
        return visible, hidden + delayed, bool(found.get("RedrivePolicy")), _date_of(answer)

    def __enter__(self) -> Self:
        if self.forwards:
            print(
                f"Note: {self._queue.name} has a dead-letter queue of its own; a message that is read often enough "
                "moves there.",
                file=sys.stderr,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        empty = stale = read = 0
        with Progress() as progress:
            while empty < _EMPTY_ANSWERS and stale < _STALE_ANSWERS + len(self._held):
                received = self._receive()
                empty = 0 if received else empty + 1
                new = [message for message in received if self._is_new(message)]
                stale = 0 if new or not received else stale + 1
                for message in new:
                    if self._is_still_ours(message):
                        read += 1
                        progress.show(f"Read {read} of about {max(self.visible, read)} messages")
                        yield message
        self.missing = max(0, self.visible - len(self._held) - len(self._deleted) - len(self._lost))

    def _receive(self) -> list[dict[str, Any]]:
        now = monotonic()
        with (
            aws_errors(f"The queue {self._queue.name!r} cannot be read", f"sqs:ReceiveMessage {_NEEDED}"),
            self._key_errors(),
        ):
            answer = self._queue.client.receive_message(
                QueueUrl=self._queue.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
        received: list[dict[str, Any]] = answer.get("Messages", [])
        self._until = now + HIDDEN_SECONDS
        return received

    @contextmanager
    def _key_errors(self) -> Iterator[None]:
        from botocore.exceptions import ClientError

        try:
            yield
        except ClientError as error:
            code = error_code(error)
            if _KEY_UNUSABLE.match(code) is None:
                raise
            raise AwsRefused(
                f"The messages of {self._queue.name!r} cannot be decrypted: {code}. This needs the queue's KMS key, "
                "enabled and not scheduled for deletion. Fix the key; until then, the messages stay for the queue's "
                "retention period."
            ) from error

    def _is_new(self, message: dict[str, Any]) -> bool:
        id = message["MessageId"]
        known = id in self._held
        self._held[id] = _Hold(message["ReceiptHandle"], self._until)
        if id in self._deleted | self.undeleted:
            self._delete_again(message)
            return False
        if known:
            return False
        if self._before is not None and sent_at(message) > self._before:
            self.later += 1
            return False
        self._lost.discard(id)
        return True

    def _is_still_ours(self, message: dict[str, Any]) -> bool:
        """Hold a message for longer if little time is left; check whether it is still ours.

        A message that others can see again comes back with a new handle.
        """
        id = message["MessageId"]
        if self._held[id].until - monotonic() > _RENEWED_BELOW or self._renew(id):
            return True
        del self._held[id]
        self._lost.add(id)
        return False

    def _renew(self, id: str) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        hold = self._held[id]
        now = monotonic()
        try:
            self._queue.client.change_message_visibility(
                QueueUrl=self._queue.url, ReceiptHandle=hold.handle, VisibilityTimeout=HIDDEN_SECONDS
            )
        except (BotoCoreError, ClientError) as error:
            return not _is_over(error_code(error)) and now < hold.until
        hold.until = now + HIDDEN_SECONDS
        return True

    def delete(self, message: dict[str, Any]) -> None:
        """Delete a message.

        Raises:
            AwsRefused: SQS did not delete it.
        """
        id = message["MessageId"]
        hold = self._held.get(id) or _Hold(message["ReceiptHandle"], 0)
        self._held[id] = hold
        self.undeleted.add(id)
        is_ours = monotonic() < hold.until or self._renew(id)
        with aws_errors(f"The message {id} cannot be deleted", "sqs:DeleteMessage on the queue"):
            self._queue.client.delete_message(QueueUrl=self._queue.url, ReceiptHandle=hold.handle)
        del self._held[id]
        self._deleted.add(id)
        self.undeleted.discard(id)
        (self.uncertain.discard if is_ours else self.uncertain.add)(id)

    def _delete_again(self, message: dict[str, Any]) -> None:
        """Delete a message that SQS delivered again although it was deleted, or could not be deleted."""
        try:
            self.delete(message)
        except AwsRefused as error:
            print(f"{message['MessageId']} came again and cannot be deleted: {error}", file=sys.stderr)

    def _release(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        now = monotonic()
        # Messages whose time is over are back in the queue already.
        handles = [hold.handle for hold in self._held.values() if now < hold.until]
        kept = 0
        for start in range(0, len(handles), _BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(handles[start : start + _BATCH])
            ]
            try:
                answer = self._queue.client.change_message_visibility_batch(QueueUrl=self._queue.url, Entries=entries)
                kept += sum(not _is_over(failed.get("Code", "")) for failed in answer.get("Failed", ()))
            except (BotoCoreError, ClientError):
                kept += len(entries)
        self._held.clear()
        if kept:
            say(
                f"{counted(kept, 'message')} could not be returned to the queue right away; the queue shows them again "
                f"within {HIDDEN_SECONDS // 60} minutes.",
                file=sys.stderr,
            )


def sent_at(message: dict[str, Any]) -> datetime:
    """Return when a message was sent to its queue."""
    milliseconds = int(message.get("Attributes", {}).get("SentTimestamp", 0))
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)


def _is_over(code: str) -> bool:
    # Some codes still have the prefix of SQS's older protocol.
    return code.rpartition(".")[2] in _OVER


def _date_of(answer: dict[str, Any]) -> datetime | None:
    """Return the time on AWS's clock, in whole seconds, that an answer names."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return parsedate_to_datetime(str(headers.get("date"))).astimezone(timezone.utc)
    except (TypeError, ValueError):
        return None


def _cut(here: datetime, there: datetime | None) -> datetime:
    """Return the moment after which messages are new, on SQS's clock: this machine's may be minutes off.

    Args:
        here: The time on this machine just before SQS was asked.
        there: The time on SQS's clock, cut to whole seconds; None if it is unknown.
    """
    if there is None or there <= here <= there + timedelta(seconds=1):
        return here
    return there
