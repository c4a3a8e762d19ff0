"""A FIFO queue of decoded events, in which those of one tenant or user are handled one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from aws_cdk import Duration, Token
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.access.encryption import queue_encryption
from constructs_lib.events.errors import InvalidRoute, nearest
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.resources.kinds import require_free_id

if TYPE_CHECKING:
    from constructs_lib.access.encryption import BusEncryption
    from constructs_lib.decoding.decoder import EventDecoder
    from constructs_lib.events.known_events import KnownEvents

OrderedBy = Literal["tenant", "user"]
_ORDERS: Final = ("tenant", "user")
_MOST_RECEIVES: Final = range(1, 1001)
_LONGEST_VISIBILITY_TIMEOUT: Final = Duration.hours(12)
"""SQS Developer Guide, "Amazon SQS visibility timeout"."""


class OrderedQueue(Construct):
    """A FIFO queue of decoded events, with a dead-letter queue. Made by `DecodedEventBus.queue`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        decoder: EventDecoder,
        event_filter: EventFilter[Any, Any],
        known_events: KnownEvents,
        ordered_by: OrderedBy,
        visibility_timeout: Duration,
        max_receive_count: int,
        encryption: BusEncryption | None,
    ) -> None:
        require_free_id(scope.node.path, scope.node.try_find_child(id), id, "A queue")
        if ordered_by not in _ORDERS:
            raise InvalidRoute(
                f"ordered_by={ordered_by!r} of the queue {id!r} is not an order.{nearest(str(ordered_by), _ORDERS)} "
                "Expected 'tenant' or 'user'. Pass one of them."
            )
        if not isinstance(event_filter, EventFilter):
            raise InvalidRoute(
                f"{event_filter!r}, the filter of the queue {id!r}, is not an EventFilter. Expected EventFilter.all(), "
                "EventFilter.of(operation, …), or one of these narrowed. Pass one of them, or leave it out for all."
            )
        is_known = not Token.is_unresolved(max_receive_count)
        if is_known and (isinstance(max_receive_count, bool) or max_receive_count not in _MOST_RECEIVES):
            raise InvalidRoute(
                f"max_receive_count={max_receive_count!r} of the queue {id!r} is out of range. Expected a whole number "
                "from 1 to 1,000, such as 5."
            )
        _check_visibility_timeout(id, visibility_timeout)
        super().__init__(scope, id)
        key = None if encryption is None else encryption.key
        fifo: dict[str, Any] = {
            **queue_encryption(key),
            "fifo": True,
            "enforce_ssl": True,
            "retention_period": Duration.days(14),
            # Ids of events are unique, so nothing is lost by comparing them within a group only, which is faster (SQS
            # Developer Guide, "High throughput for FIFO queues").
            "deduplication_scope": sqs.DeduplicationScope.MESSAGE_GROUP,
            "fifo_throughput_limit": sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        }
        self._dead_letter_queue = sqs.Queue(self, "DeadLetterQueue", **fifo)
        self._queue = sqs.Queue(
            self,
            "Queue",
            **fifo,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self._dead_letter_queue, max_receive_count=max_receive_count),
        )
        patterns = EventForm.DECODED.patterns(event_filter, known_events)
        everything = EventForm.DECODED.patterns(EventFilter.all(), known_events)
        decoder.send_to(self._queue, ordered_by, [] if patterns == everything else list(patterns))

    @property
    def queue(self) -> sqs.Queue:
        """The queue; a function takes from it with `aws_lambda_event_sources.SqsEventSource(queue)`."""
        return self._queue

    @property
    def dead_letter_queue(self) -> sqs.Queue:
        """The FIFO queue for events that were received too often without being deleted."""
        return self._dead_letter_queue


def _check_visibility_timeout(id: str, timeout: object) -> None:
    given = f"visibility_timeout= of the queue {id!r}"
    if not isinstance(timeout, Duration):
        raise InvalidRoute(f"{given} is {timeout!r}, not a Duration. Expected one, such as Duration.minutes(3).")
    if timeout.is_unresolved():
        if timeout.unit_label() != "seconds":
            raise InvalidRoute(
                f"{given} is a token in {timeout.unit_label()}, which cannot be converted to seconds. Expected a token "
                "in seconds. Pass Duration.seconds(parameter.value_as_number)."
            )
        return
    seconds, most = timeout.to_seconds(integral=False), _LONGEST_VISIBILITY_TIMEOUT.to_seconds()
    if seconds > most or seconds != int(seconds):
        raise InvalidRoute(
            f"{given} of {seconds:g} seconds is out of range. Expected whole seconds up to 12 hours: six times the "
            "timeout of the function that takes from the queue. Pass a Duration in that range."
        )
