"""The rows of the ledger's table: what they hold, and on which conditions they change.

A record's row (`r#…`) has the newest second seen, and what was done in that second. It is written before the work
begins: written after it, an event whose newer one failed halfway would be applied over that one. An event's row
(`e#…`) says that it was done. Both have the lock: who holds it, until when, and how often it was taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY: Final = "pk"
"""The table's partition key."""
TTL: Final = "ttl"
"""The attribute with the second after which DynamoDB may delete a row."""

DONE: Final = "done"
OLDER: Final = "older"
LOCKED: Final = "locked"
FREE: Final = "free"

_ATTRIBUTES: Final = ("done", "fence", "ids", "lock", "owner", "time", TTL)
# Three of these are reserved words of DynamoDB, so all are written as #names.
_TAKE: Final = "#owner = :owner, #lock = :until, #fence = if_not_exists(#fence, :zero) + :one"
_UNLOCKED: Final = "(attribute_not_exists(#lock) OR #lock < :now)"
_MINE: Final = "#owner = :owner"
_DROP: Final = "REMOVE #owner, #lock"
_NOT_DONE: Final = f"(attribute_not_exists(#done) OR #ttl < :seconds) AND {_UNLOCKED}"
_NEWER: Final = f"(attribute_not_exists(#time) OR #time < :time) AND {_UNLOCKED}"
_SAME_SECOND: Final = f"#time = :time AND (attribute_not_exists(#ids) OR NOT contains(#ids, :id)) AND {_UNLOCKED}"

if TYPE_CHECKING:
    Row = Mapping[str, dict[str, Any]]
    """A row as DynamoDB returns it: each attribute with its type."""


class Moment:
    """A time, in the units of the row's attributes."""

    __slots__ = ("milliseconds", "seconds")

    def __init__(self, timestamp: float) -> None:
        self.milliseconds = int(timestamp * 1000)
        self.seconds = int(timestamp)


class Mark:
    """A row of the ledger: how to take its lock, to mark the work as done, and to return the lock.

    Args:
        key: The row's key.
    """

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    def state(self, row: Row, now: Moment) -> str:
        """Return what a row says of the event.

        DONE: it was worked on; OLDER: a newer one was seen; LOCKED: somebody works on it; FREE: none of these.
        """
        raise NotImplementedError

    def claim(self, row: Row, owner: str, now: Moment, until: int) -> dict[str, Any]:
        """Return the update that takes the lock, if the row has not changed since it was read."""
        raise NotImplementedError

    def finish(self, owner: str, now: Moment) -> dict[str, Any]:
        """Return the update that marks the work as done and returns the lock, if it is still the owner's."""
        raise NotImplementedError

    def finish_unlocked(self, row: Row, now: Moment) -> dict[str, Any]:
        """Return the update that marks the work as done at once, for a transaction that needs no lock.

        It also drops a lock that ended, so that whoever held it cannot finish after this.
        """
        raise NotImplementedError

    def release(self, owner: str) -> dict[str, Any]:
        """Return the update that returns the lock and leaves the work undone."""
        return self._update(_DROP, _MINE, owner={"S": owner})

    def _update(self, update: str, condition: str, **values: dict[str, Any]) -> dict[str, Any]:
        text = f"{update} {condition}"
        return {
            "Key": {KEY: {"S": self.key}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in _ATTRIBUTES if f"#{name}" in text},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


class EventMark(Mark):
    """The row of one event, for each handler that works on it.

    Args:
        key: The row's key.
        expires: The second after which the row means nothing; None for never.
    """

    __slots__ = ("_expires",)

    def __init__(self, key: str, expires: int | None) -> None:
        super().__init__(key)
        self._expires = expires

    def state(self, row: Row, now: Moment) -> str:
        """Return DONE, LOCKED or FREE."""
        # DynamoDB deletes expired rows hours or days late.
        if "done" in row and not (TTL in row and int(row[TTL]["N"]) < now.seconds):
            return DONE
        return LOCKED if _is_locked(row, now) else FREE

    def claim(self, row: Row, owner: str, now: Moment, until: int) -> dict[str, Any]:  # noqa: ARG002 - Mark's signature
        """Return the update that takes the lock."""
        update = f"SET {_TAKE}{self._set_ttl()} REMOVE #done{self._drop_ttl()}"
        return self._update(update, _NOT_DONE, **_taking(owner, until), **self._values(now))

    def finish(self, owner: str, now: Moment) -> dict[str, Any]:
        """Return the update that marks the work as done."""
        return self._update(f"SET #done = :done {_DROP}", _MINE, owner={"S": owner}, done=_number(now.seconds))

    def finish_unlocked(self, row: Row, now: Moment) -> dict[str, Any]:  # noqa: ARG002 - Mark's signature
        """Return the update that marks the work as done at once."""
        update = f"SET #done = :done{self._set_ttl()} {_DROP}{self._drop_ttl()}"
        return self._update(update, _NOT_DONE, done=_number(now.seconds), **self._values(now))

    def _set_ttl(self) -> str:
        return "" if self._expires is None else ", #ttl = :ttl"

    def _drop_ttl(self) -> str:
        return ", #ttl" if self._expires is None else ""

    def _values(self, now: Moment) -> dict[str, Any]:
        values = {"now": _number(now.milliseconds), "seconds": _number(now.seconds)}
        return values if self._expires is None else {**values, "ttl": _number(self._expires)}


class RecordMark(Mark):
    """The row of a record, which never expires: an event can come back after months, from an archive.

    Args:
        key: The row's key.
        time: The event's time, in whole seconds, as text whose order is that of time.
        id: What says that this event was done: its id, and who worked on it.
    """

    __slots__ = ("_id", "_time")

    def __init__(self, key: str, time: str, id: str) -> None:
        super().__init__(key)
        self._time = time
        self._id = id

    def state(self, row: Row, now: Moment) -> str:
        """Return DONE, OLDER, LOCKED or FREE."""
        seen = self._seen(row)
        if seen > self._time:
            return OLDER
        if seen == self._time and self._id in row.get("ids", {}).get("SS", ()):
            return DONE
        return LOCKED if _is_locked(row, now) else FREE

    def claim(self, row: Row, owner: str, now: Moment, until: int) -> dict[str, Any]:
        """Return the update that takes the lock, and writes the event's time before its work begins."""
        values = {"time": {"S": self._time}, "now": _number(now.milliseconds), **_taking(owner, until)}
        if self._is_of_this_second(row):
            return self._update(f"SET {_TAKE}", _SAME_SECOND, id={"S": self._id}, **values)
        return self._update(f"SET #time = :time, {_TAKE} REMOVE #ids", _NEWER, **values)

    def finish(self, owner: str, now: Moment) -> dict[str, Any]:  # noqa: ARG002 - Mark's signature
        """Return the update that adds the event to those done in its second."""
        return self._update(f"ADD #ids :ids {_DROP}", _MINE, owner={"S": owner}, ids={"SS": [self._id]})

    def finish_unlocked(self, row: Row, now: Moment) -> dict[str, Any]:
        """Return the update that writes the event's time, and the event as done, at once."""
        values: dict[str, Any] = {
            "time": {"S": self._time},
            "now": _number(now.milliseconds),
            "ids": {"SS": [self._id]},
        }
        if self._is_of_this_second(row):
            return self._update(f"ADD #ids :ids {_DROP}", _SAME_SECOND, id={"S": self._id}, **values)
        return self._update(f"SET #time = :time, #ids = :ids {_DROP}", _NEWER, **values)

    def _is_of_this_second(self, row: Row) -> bool:
        return self._seen(row) == self._time

    @staticmethod
    def _seen(row: Row) -> str:
        return str(row.get("time", {}).get("S", ""))


def is_owned_by(row: Row, owner: str) -> bool:
    """Check whether the row's lock is an owner's: of a request that was repeated, the second attempt finds that."""
    return row.get("owner", {}).get("S") == owner


def fence_of(row: Row) -> int:
    """Return how often the row's lock was taken."""
    return int(row["fence"]["N"])


def is_of_turn(row: Row, fence: int) -> bool:
    """Check whether nobody took the row's lock after the turn with a fence."""
    return "fence" in row and fence_of(row) == fence


def _is_locked(row: Row, now: Moment) -> bool:
    return "lock" in row and int(row["lock"]["N"]) >= now.milliseconds


def _taking(owner: str, until: int) -> dict[str, Any]:
    return {"owner": {"S": owner}, "until": _number(until), "zero": _number(0), "one": _number(1)}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
