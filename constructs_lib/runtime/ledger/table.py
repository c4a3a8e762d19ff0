"""The ledger's requests of DynamoDB: each either changes a row on its condition or says why it did not."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.runtime.ledger.errors import InProgress, InvalidLedger, LeaseLost
from constructs_lib.runtime.ledger.marks import DONE, FREE, KEY, LOCKED, Moment, fence_of, is_of_turn, is_owned_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs_lib.runtime.ledger.marks import Mark, Row

TABLE_VARIABLE: Final = "SAASUS_LEDGER_TABLE"
"""The environment variable with the table's name, which `EventLedger.grant_use(function)` sets."""

_CONDITION: Final = "ConditionalCheckFailed"
_CONFLICT: Final = "TransactionConflict"
_CONFLICTS_IN_A_ROW: Final = 5
_CHANGES_IN_A_ROW: Final = 10
_FIRST_PAUSE: Final = 0.05


class _Refused(Exception):
    """The condition of an update did not hold; what the row is instead."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.row = row


class LedgerTable:
    """The ledger's table in DynamoDB.

    Args:
        name: The table's name. Default: the value of SAASUS_LEDGER_TABLE, when it is first needed.
        client: A boto3 client of DynamoDB. Default: one that is made when it is first needed.
        now: Returns the current time, in seconds since 1970.
        pause: Waits so many seconds, before a request is repeated that met another transaction.
    """

    def __init__(
        self,
        name: str | None,
        client: Any = None,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name = name
        self._client = client
        self._now = now
        self._pause = pause

    def now(self) -> Moment:
        """Return the current time."""
        return Moment(self._now())

    def claim(self, mark: Mark, owner: str, seconds: float) -> int | str:
        """Take the lock of a row for so many seconds.

        Returns:
            The lock's fence; or DONE or OLDER, if there is nothing to do.

        Raises:
            InProgress: Somebody else has the lock.
        """
        row: Row = {}
        for _ in range(_CHANGES_IN_A_ROW):
            now = self.now()
            until = now.milliseconds + int(seconds * 1000)
            try:
                answer = self._update(mark.claim(row, owner, now, until), ReturnValues="ALL_NEW")
            except _Refused as refused:
                row = refused.row
            else:
                return fence_of(answer["Attributes"])
            if is_owned_by(row, owner):
                return fence_of(row)
            state = mark.state(row, self.now())
            if state not in {FREE, LOCKED}:
                return state
            if state == LOCKED:
                break
        raise _in_progress(mark)

    def look(self, mark: Mark) -> tuple[str, Row]:
        """Return the state of a row for the event, and the row."""
        answer = self._request("get_item", Key={KEY: {"S": mark.key}}, ConsistentRead=True)
        row = answer.get("Item", {})
        state = mark.state(row, self.now())
        if state == LOCKED:
            raise _in_progress(mark)
        return state, row

    def finish(self, mark: Mark, owner: str, fence: int, writes: Sequence[dict[str, Any]]) -> None:
        """Mark the work as done, together with what it writes, and return the lock.

        Raises:
            LeaseLost: The lock is not the owner's any more. Nothing was written.
        """
        try:
            self._change(mark.finish(owner, self.now()), writes)
        except _Refused as refused:
            # An update whose answer was lost is repeated, and finds its own work; a transaction has a token for that.
            if not writes and is_of_turn(refused.row, fence) and mark.state(refused.row, self.now()) == DONE:
                return
            raise LeaseLost(
                f"The lock of {mark.key!r} ended before its work did. Expected the work to end within the function's "
                "timeout. Let this error through, so that the event comes again, and make the work shorter or "
                "lock_seconds= longer."
            ) from None

    def finish_unlocked(self, mark: Mark, row: Row, writes: Sequence[dict[str, Any]]) -> str:
        """Mark the work as done, together with what it writes, in one transaction on a row as it was read.

        Returns:
            FREE if it was written; DONE or OLDER if there turned out to be nothing to do. Nothing was written then.

        Raises:
            InProgress: Somebody else has the lock.
        """
        for _ in range(_CHANGES_IN_A_ROW):
            try:
                self._change(mark.finish_unlocked(row, self.now()), writes)
            except _Refused as refused:
                row = refused.row
            else:
                return FREE
            state = mark.state(row, self.now())
            if state == LOCKED:
                break
            if state != FREE:
                return state
        raise _in_progress(mark)

    def release(self, mark: Mark, owner: str) -> None:
        """Return the lock and leave the work undone; nothing happens if somebody else has the lock by now."""
        try:
            self._update(mark.release(owner))
        except _Refused:
            return

    def _change(self, update: dict[str, Any], writes: Sequence[dict[str, Any]]) -> None:
        if not writes:
            self._update(update)
            return
        mark = {"Update": {"TableName": self.name, **update}}
        self._request("transact_write_items", with_table=False, TransactItems=[mark, *writes])

    def _update(self, update: dict[str, Any], **options: Any) -> dict[str, Any]:
        return self._request("update_item", **update, **options)

    def _request(self, action: str, *, with_table: bool = True, **parameters: Any) -> dict[str, Any]:
        """Call DynamoDB, and again if the row is part of another transaction just then.

        Raises:
            _Refused: The condition on the row did not hold.
            InProgress: The row was part of other transactions each time.
        """
        if with_table:
            parameters["TableName"] = self.name
        pause = _FIRST_PAUSE
        for _ in range(_CONFLICTS_IN_A_ROW):
            try:
                answer: dict[str, Any] = getattr(self.client, action)(**parameters)
            except Exception as error:
                refused = _refusal(error)
                if refused is not None:
                    raise refused from None
                if not _is_conflict(error):
                    raise
            else:
                return answer
            # A part of a random byte, so that two do not meet again.
            self._pause(pause * (0.5 + os.urandom(1)[0] / 256))
            pause *= 2
        raise InProgress(
            f"Other transactions changed the same items of the table {self.name!r} during all "
            f"{_CONFLICTS_IN_A_ROW} attempts. Expected them to end first. Let this error through, so that the event "
            "comes again."
        )

    @property
    def name(self) -> str:
        """The table's name.

        Raises:
            InvalidLedger: Neither the ledger nor the environment names it.
        """
        name = self._name or os.environ.get(TABLE_VARIABLE)
        if not name:
            raise InvalidLedger(
                f"The ledger has no table: {TABLE_VARIABLE} is not set. Expected the name of the table of an "
                "EventLedger. Call its grant_use(function) in the stack, which sets the variable, or pass "
                "Ledger(table_name)."
            )
        return name

    @property
    def client(self) -> Any:
        """The client of DynamoDB."""
        if self._client is None:
            import boto3  # slow to load, and not needed to declare handlers
            from botocore.config import Config

            # The default would wait a minute for an answer, longer than most functions run.
            settings = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})
            self._client = boto3.client("dynamodb", config=settings)
        return self._client


def _in_progress(mark: Mark) -> InProgress:
    return InProgress(
        f"Another invocation works on this event or its record, or broke off a moment ago ({mark.key!r} is locked). "
        "Expected the lock to be free. Let this error through, so that the event comes again."
    )


def _refusal(error: Exception) -> _Refused | None:
    """Return what DynamoDB says of the row, if the condition on it is what did not hold."""
    response = _response(error)
    if _code(response) == "ConditionalCheckFailedException":
        return _Refused(response.get("Item", {}))
    reasons = response.get("CancellationReasons") or [{}]
    # The row is the first item of each transaction.
    return _Refused(reasons[0].get("Item", {})) if reasons[0].get("Code") == _CONDITION else None


def _is_conflict(error: Exception) -> bool:
    response = _response(error)
    codes = {reason.get("Code") for reason in response.get("CancellationReasons") or ()}
    return _code(response) == "TransactionConflictException" or (_CONFLICT in codes and _CONDITION not in codes)


def _response(error: Exception) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def _code(response: dict[str, Any]) -> str:
    return str(response.get("Error", {}).get("Code", ""))
