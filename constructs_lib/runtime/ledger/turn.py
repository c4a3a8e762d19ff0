"""One event's turn at a record: skipped, or worked on and marked as done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.runtime.invocation import remaining_time
from constructs_lib.runtime.ledger.errors import InvalidLedger, LeaseLost, NoTimeLeft
from constructs_lib.runtime.ledger.marks import FREE
from constructs_lib.runtime.ledger.writes import ITEMS_MAXIMUM, transact_item

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

    from constructs_lib.runtime.ledger.marks import Mark, Row
    from constructs_lib.runtime.ledger.table import LedgerTable

_AFTER_THE_TIMEOUT: Final = 10.0
"""Seconds by which a lock outlives the function's timeout: Lambda ends a function a little late."""


class Turn:
    """A `with` block in which an event is worked on, or skipped. Made by `Ledger.turn(…)`, not directly.

    It is true if there is something to do, and false if the event was done before or a newer one was seen.
    """

    def __init__(self, table: LedgerTable, mark: Mark, *, lock_seconds: float, lock: bool) -> None:
        self._table = table
        self._mark = mark
        self._lock_seconds = lock_seconds
        self._lock = lock
        self._owner = os.urandom(16).hex()
        self._state = ""
        self._fence = 0
        self._row: Row = {}
        self._writes: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        """Take the record's lock, or find that there is nothing to do.

        Raises:
            InProgress: Somebody else works on the record.
            NoTimeLeft: The invocation has no time left.
        """
        self._writes = []  # a turn can be begun again, after an error
        remaining = remaining_time()
        if remaining is not None and remaining <= 0:
            raise NoTimeLeft(
                f"The invocation has no time left to work on {self._mark.key!r}. Expected some: a lock lasts as long "
                "as the invocation can. Let this error through, so that the event comes again, and set a longer "
                "timeout of the function or a smaller batch."
            )
        if not self._lock:
            self._state, self._row = self._table.look(self._mark)
            return self
        seconds = self._lock_seconds if remaining is None else remaining + _AFTER_THE_TIMEOUT
        claimed = self._table.claim(self._mark, self._owner, seconds)
        if isinstance(claimed, str):
            self._state = claimed
        else:
            self._state, self._fence = FREE, claimed
        return self

    def __bool__(self) -> bool:
        return self._state == FREE

    @property
    def skipped(self) -> str:
        """Why there is nothing to do: "done" or "older"; empty if there is something to do."""
        return "" if self else self._state

    @property
    def fence(self) -> int:
        """How often the record's lock was taken: each holder has a higher number than all before it.

        Write it with what you write elsewhere, on the condition that no higher one is there. Then a function that went
        on after its lock had ended cannot overwrite what its successor wrote.

        Raises:
            InvalidLedger: The turn is skipped, or takes no lock.
        """
        self._require_work("fence")
        if not self._lock:
            raise InvalidLedger(
                "This turn takes no lock, so it has no fence. Expected a turn with a lock. Remove lock=False."
            )
        return self._fence

    def write(self, *items: Mapping[str, Any]) -> None:
        """Write items when the block ends, in one transaction with the mark that the event is done.

        Either all of it is written or nothing. A transaction has up to 99 items and 4 MB, each item once.

        ```python
        turn.write({"Put": {"TableName": "users", "Item": {"id": "1", "name": "Alice"}}})
        ```

        Args:
            items: What TransactWriteItems takes: `Put`, `Update`, `Delete` or `ConditionCheck`. Their values are plain
                Python values, and floats become decimal numbers.

        Raises:
            InvalidLedger: An item is not one, there are more than 99, or the turn is skipped.
        """
        self._require_work("write(…)")
        typed = [transact_item(item) for item in items]
        if len(self._writes) + len(typed) > ITEMS_MAXIMUM:
            raise InvalidLedger(
                f"{len(self._writes) + len(typed)} items do not fit into one transaction. Expected at most "
                f"{ITEMS_MAXIMUM} beside the mark. Write fewer, or divide the work between several records."
            )
        self._writes += typed

    def put(self, table_name: str, item: Mapping[str, Any]) -> None:
        """Put an item into a table when the block ends, in one transaction with the mark that the event is done.

        Args:
            table_name: The name of your table. The function needs `dynamodb:PutItem` on it.
            item: The whole item, in plain Python values.

        Raises:
            InvalidLedger: It has a value that DynamoDB has no type for, there are more than 99 items, or the turn is
                skipped.
        """
        self.write({"Put": {"TableName": table_name, "Item": item}})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Mark the event as done; after an error, return the lock, so that the event can come again at once.

        Raises:
            LeaseLost: The lock ended before the block did.
            InProgress: Somebody else works on the record, and the turn takes no lock.
        """
        if not self:
            return
        if kind is not None:
            self._release()
            return
        if not self._lock:
            self._state = self._table.finish_unlocked(self._mark, self._row, self._writes)
            return
        try:
            self._table.finish(self._mark, self._owner, self._fence, self._writes)
        except LeaseLost:
            raise
        except BaseException:
            self._release()
            raise

    def _release(self) -> None:
        if not self._lock:
            return
        try:
            self._table.release(self._mark, self._owner)
        except Exception:  # noqa: BLE001 - the lock ends by itself, and the first error is the one to tell of
            return

    def _require_work(self, member: str) -> None:
        if not self._state:
            raise InvalidLedger(
                f"turn.{member} was used before the turn began. Expected a turn in its block. Write "
                "`with ledger.turn(event) as turn:`, and use it inside."
            )
        if not self:
            raise InvalidLedger(
                f"turn.{member} was used in a turn that is skipped, because the event is {self.skipped}. Expected a "
                "turn with something to do. Write `if turn:` before it."
            )
