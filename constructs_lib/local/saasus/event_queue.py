"""Events on their way: immediately, late, twice, in the wrong order, or lost."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING

from constructs_lib.local.saasus.records import SentEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_events.type_defs import PutPartnerEventsRequestEntryTypeDef

    from constructs_lib.local.saasus.partner_source import PartnerSource
    from constructs_lib.local.saasus.schedule import Schedule
    from constructs_lib.local.saasus.sending import Sending


class EventQueue:
    """Sends events to a source, and remembers them.

    Args:
        source: Where they go.
        schedule: Sends the late ones.
    """

    def __init__(self, source: PartnerSource, schedule: Schedule) -> None:
        self._source = source
        self._schedule = schedule
        self._sent: list[SentEvent] = []
        self._changed = threading.Condition()
        self._held: list[PutPartnerEventsRequestEntryTypeDef] | None = None

    @property
    def sent(self) -> tuple[SentEvent, ...]:
        """The events that were sent, in that order."""
        with self._changed:
            return tuple(self._sent)

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait until so many events were sent, and return whether they were."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._sent) >= count, timeout)

    def add(self, entry: PutPartnerEventsRequestEntryTypeDef, sending: Sending) -> None:
        """Send an event as `sending` says."""
        with self._changed:
            if self._held is not None:
                self._held += [entry] * sending.copies
                return
        for _ in range(sending.copies):
            self._schedule.run(sending.delay, lambda: self._send(entry))

    @contextlib.contextmanager
    def reversed(self) -> Iterator[None]:
        """Hold events back, and send them at the end in reverse order."""
        with self._changed:
            self._held = []
        try:
            yield
        finally:
            with self._changed:
                held, self._held = self._held, None
            for entry in reversed(held):
                self._send(entry)

    def _send(self, entry: PutPartnerEventsRequestEntryTypeDef) -> None:
        accepted = self._source.put(entry)
        detail = json.loads(entry["Detail"])
        event = SentEvent(detail["event_type"], detail["trace_id"], entry["DetailType"], accepted)
        with self._changed:
            self._sent.append(event)
            self._changed.notify_all()
