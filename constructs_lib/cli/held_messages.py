"""Reads a queue without taking anything out of it: what was received is given back in the end.

SQS has no other way to look at messages: who reads them hides them from all others for a while. So they are hidden
for a few minutes at most, and shown again at once when the command ends, however it ends but by a kill.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws_session import aws_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from constructs_lib.cli.queue_address import QueueAddress

HIDDEN_SECONDS: Final = 300
_BATCH: Final = 10
_EMPTY_ANSWERS: Final = 2
"""A long poll asks all of SQS's servers, so one empty answer would do; two are sure."""
_STALE_ANSWERS: Final = 20
"""So many answers without a new message, for one that has been hidden too long comes again."""
_PROGRESS: Final = 100


class HeldMessages:
    """The messages of a queue, each once. Use it in a `with` block, whose end gives them back.

    Args:
        queue: the queue.
        before: leave messages alone that were sent later: what a redrive puts into the queue again.
    """

    def __init__(self, queue: QueueAddress, *, before: datetime | None = None) -> None:
        self._queue = queue
        self._before = before
        self._held: dict[str, str] = {}
        self._deleted: set[str] = set()
        self.later = 0
        """How many messages came in after `before`."""
        self.visible, self.hidden, self.forwards = self._look()

    def _look(self) -> tuple[int, int, bool]:
        with aws_errors(f"The queue {self._queue.name!r} cannot be read", "sqs:GetQueueAttributes"):
            found = self._queue.client.get_queue_attributes(
                QueueUrl=self._queue.url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "RedrivePolicy",
                ],
            ).get("Attributes", {})
        numbers = (found.get("ApproximateNumberOfMessages"), found.get("ApproximateNumberOfMessagesNotVisible"))
        visible, hidden = (int(number or 0) for number in numbers)
        return visible, hidden, bool(found.get("RedrivePolicy"))

    def __enter__(self) -> Self:
        if self.forwards:
            print(
                f"Note: {self._queue.name} has a dead-letter queue of its own; reading a message often enough moves it "
                "there.",
                file=sys.stderr,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        shows = sys.stderr.isatty()
        read = empty = stale = 0
        while empty < _EMPTY_ANSWERS and stale < _STALE_ANSWERS:
            received = self._receive()
            empty = 0 if received else empty + 1
            new = [message for message in received if self._is_new(message)]
            stale = 0 if new or not received else stale + 1
            for message in new:
                read += 1
                if shows and read % _PROGRESS == 0:
                    # The next line, of whatever command, is written over it.
                    print(
                        f"\x1b[KRead {read} of about {self.visible} messages …", end="\r", file=sys.stderr, flush=True
                    )
                yield message
        if shows and read >= _PROGRESS:
            print(f"\x1b[KRead {read} messages.", file=sys.stderr)

    def _receive(self) -> list[dict[str, Any]]:
        with aws_errors(f"The queue {self._queue.name!r} cannot be read", "sqs:ReceiveMessage on it"):
            answer = self._queue.client.receive_message(
                QueueUrl=self._queue.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
        received: list[dict[str, Any]] = answer.get("Messages", [])
        return received

    def _is_new(self, message: dict[str, Any]) -> bool:
        id, handle = message["MessageId"], message["ReceiptHandle"]
        if id in self._deleted:
            # SQS can hand out once more what was deleted; only the newest handle takes it away.
            self.delete(message)
            return False
        known = id in self._held
        self._held[id] = handle
        if known:
            return False
        if self._before is not None and sent_at(message) > self._before:
            self.later += 1
            return False
        return True

    def delete(self, message: dict[str, Any]) -> None:
        """Take a message out of the queue for good."""
        id = message["MessageId"]
        with aws_errors(f"The message {id} cannot be deleted", "sqs:DeleteMessage on the queue"):
            self._queue.client.delete_message(
                QueueUrl=self._queue.url, ReceiptHandle=self._held.get(id, message["ReceiptHandle"])
            )
        self._held.pop(id, None)
        self._deleted.add(id)

    def _give_back(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        handles = list(self._held.values())
        kept = 0
        for start in range(0, len(handles), _BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(handles[start : start + _BATCH])
            ]
            try:
                answer = self._queue.client.change_message_visibility_batch(QueueUrl=self._queue.url, Entries=entries)
                kept += len(answer.get("Failed", ()))
            except (BotoCoreError, ClientError):
                kept += len(entries)
        self._held.clear()
        if kept:
            print(
                f"{kept} messages could not be given back at once; the queue shows them again by itself within "
                f"{HIDDEN_SECONDS // 60} minutes.",
                file=sys.stderr,
            )


def sent_at(message: dict[str, Any]) -> datetime:
    """Give when a message was sent to its queue."""
    milliseconds = int(message.get("Attributes", {}).get("SentTimestamp", 0))
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
