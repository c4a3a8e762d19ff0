"""Each event once, and nothing older after something newer, whatever is delivered twice, late or halfway."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, overload
from weakref import WeakValueDictionary

from constructs_lib.events.json_values import in_short
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.runtime.event_handler import COROUTINE, TAKES_ANY_NUMBER, YIELDING, is_declared, is_left_unawaited
from constructs_lib.runtime.invocation import invocation
from constructs_lib.runtime.ledger.errors import InvalidLedger
from constructs_lib.runtime.ledger.marks import OLDER, EventMark, RecordMark
from constructs_lib.runtime.ledger.record_keys import default_record, done_by, event_id, event_key, record_key
from constructs_lib.runtime.ledger.table import LedgerTable
from constructs_lib.runtime.ledger.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

_LONGEST_INVOCATION: Final = 900.0
"""Seconds of Lambda's longest timeout."""
_ITSELF: Final = "the event itself"
"""In the place of a record; None and "" are what a mistaken `record=` returns."""


class Ledger:
    """Remembers in a DynamoDB table which events were worked on, so that each is worked on once and none too late.

    EventBridge delivers at least once and in any order; a Lambda function can break off anywhere. The key of an event
    is SaaSus's `log_id`, or EventBridge's `id` if it has none.

    ```python
    ledger = Ledger.from_env()

    @ledger.once  # what adds or creates: each event once, in any order
    def onboard(event): …

    @ledger.newest  # what overwrites: an event is skipped if a newer one was seen
    def update_crm(event): …
    ```

    An event that is skipped returns None. `InProgress`, `LeaseLost` and `NoTimeLeft` are raised: let them through, so
    that EventBridge, Lambda or SQS brings the event back.

    Args:
        table_name: The table of an `EventLedger`. Default: the environment variable SAASUS_LEDGER_TABLE, which is read
            when the table is first needed.
        client: A boto3 client of DynamoDB. Default: one that is made when it is first needed.
        consumer: Who works on the events. What one consumer did is not done for another, so functions can share a
            table. Default: the environment variable AWS_LAMBDA_FUNCTION_NAME, which Lambda sets.
        lock_seconds: How long a lock lasts where no Lambda context says how much time is left, in scripts and tests.
            Default: 900, Lambda's longest timeout.
        keep: How long it is remembered that an event was done. Keep it longer than an event can come back: after a
            day of retries, 14 days in a dead-letter queue, or from an archive. None is forever. Default: 90 days.
        now: Returns the current time, in seconds since 1970. Default: the system clock.

    Raises:
        InvalidLedger: A value is out of range.
    """

    def __init__(
        self,
        table_name: str | None = None,
        *,
        client: Any = None,
        consumer: str | None = None,
        lock_seconds: float = _LONGEST_INVOCATION,
        keep: timedelta | None = timedelta(days=90),
        now: Callable[[], float] = time.time,
    ) -> None:
        if not lock_seconds > 0:
            raise InvalidLedger(
                f"lock_seconds={lock_seconds!r} is not a time. Expected seconds, more than 0. Pass at least as many as "
                "the work on one event can take."
            )
        if keep is not None and not (isinstance(keep, timedelta) and keep >= timedelta(days=1)):
            raise InvalidLedger(
                f"keep={keep!r} is not a timedelta of at least a day. Expected that much, because EventBridge retries "
                "a delivery for a day. Pass timedelta(days=…), or None to keep marks forever."
            )
        self._table = LedgerTable(table_name, client, now)
        self._consumer = consumer
        self._lock_seconds = lock_seconds
        self._keep = keep
        self._guards: WeakValueDictionary[str, Callable[..., Any]] = WeakValueDictionary()

    @classmethod
    def from_env(cls) -> Ledger:
        """Return the ledger of the table that `EventLedger.grant_use(function)` names in the function's environment.

        Nothing is read before the table is first needed, so that an app or a test can import the function's module.
        """
        return cls()

    @overload
    def once(self, function: Callable[P, R], /) -> Callable[P, R | None]: ...

    @overload
    def once(self, /, *, name: str) -> Callable[[Callable[P, R]], Callable[P, R | None]]: ...

    def once(self, function: Any = None, /, *, name: str = "") -> Any:
        """Make a function work on each event once, in any order: for what adds, creates or sends.

        If the function fails, the event can come again at once. If it breaks off between its effect and the mark, the
        effect is repeated when the lock has ended: make it idempotent, or write it with `turn`.

        Args:
            function: A function or method that takes an event, as a `SaasusEvent` or as Lambda received it, with or
                without Lambda's context. A method works on an event once, whichever object it is called on.
            name: What its marks are kept under. Default: its module and qualified name; so if you rename it, events
                that come again are worked on again.

        Raises:
            InvalidLedger: It is a coroutine or a generator, which does nothing when it is called; another function has
                its name; or it is a handler already, which would run without the ledger.
        """

        def guard(function: Callable[..., Any]) -> Callable[..., Any]:
            worker = _name_of(function, name)
            guarded = _guarded(function, lambda event: self._turn(event, _ITSELF, worker))
            if not name:
                self._require_other_name(f"once {worker}", guarded)
            return guarded

        return guard if function is None else guard(function)

    @overload
    def newest(self, function: Callable[P, R], /) -> Callable[P, R | None]: ...

    @overload
    def newest(
        self, /, *, record: Callable[[SaasusEvent[Any, Any]], str] | None = None, name: str = ""
    ) -> Callable[[Callable[P, R]], Callable[P, R | None]]: ...

    def newest(
        self,
        function: Any = None,
        /,
        *,
        record: Callable[[SaasusEvent[Any, Any]], str] | None = None,
        name: str = "",
    ) -> Any:
        """Make a function skip an event if a newer one of its record was seen: for what overwrites everything.

        Events have whole seconds. All of one second are worked on once each, in the order in which they arrive.

        It loses what an older event would have added, such as a count of `method: add`, or a user that is created by
        an event older than the one that gives it a role: use `once` for those.

        Args:
            function: A function or method that takes an event, as with `once`.
            record: Returns the name of what an event overwrites, such as `f"crm/user/{event.user_id}"`. All functions
                that return a name share its order, those in other Lambda functions with this table among them: after
                one of them saw a newer event, the others skip an older one. So functions that write different things
                need different names. Default: the operation and the path, within this function. An event without a
                path, or with a secret in it, is a record by itself.
            name: What its marks are kept under, as with `once`.

        Raises:
            InvalidLedger: It is a coroutine or a generator, which does nothing when it is called; another function has
                its name; or it is a handler already, which would run without the ledger.
        """

        def guard(function: Callable[..., Any]) -> Callable[..., Any]:
            worker = _name_of(function, name)

            def turn(event: SaasusEvent[Any, Any]) -> Turn:
                named = default_record(event, self._worker(worker)) if record is None else record(event)
                return self._turn(event, named, worker)

            guarded = _guarded(function, turn)
            if not name:
                self._require_other_name(f"newest {worker}", guarded)
            return guarded

        return guard if function is None else guard(function)

    def turn(
        self,
        event: SaasusEvent[Any, Any] | Mapping[str, Any],
        *,
        record: str = _ITSELF,
        name: str = "",
        lock: bool = True,
    ) -> Turn:
        """Return a `with` block for the work on an event, which can write in one transaction with the event's mark.

        ```python
        with ledger.turn(event, record=f"user/{event.user_id}") as turn:
            if turn:
                turn.put("users", {"id": event.user_id, **event.request})
        ```

        Whatever breaks off or comes twice, the tables then have what they had if every event had come once and in
        order. For several records use one block each: an event that comes again skips those that are done.

        Args:
            event: The event, parsed or as Lambda received it.
            record: What it overwrites, as with `newest`. Default: the event itself, so each event is worked on once in
                any order, as with `once`.
            name: What its marks are kept under, if one function works on an event and record in several ways.
            lock: Whether others wait while the block runs. False saves a request where the block does nothing but
                `write` and `put`: everything else in it can run at the same time as another event's.

        Raises:
            InvalidEvent: It is not an event, or has no id.
            InvalidLedger: The record is not a text.
        """
        return self._turn(_parsed(event), record, name, lock=lock)

    def _turn(self, event: SaasusEvent[Any, Any], record: str, name: str, *, lock: bool = True) -> Turn:
        id, worker = event_id(event), self._worker(name)
        mark: EventMark | RecordMark
        if record is _ITSELF:
            expires = None if self._keep is None else self._table.now().seconds + int(self._keep.total_seconds())
            mark = EventMark(event_key(id, worker), expires)
        else:
            second = event.time.replace(microsecond=0, tzinfo=None).isoformat()
            mark = RecordMark(record_key(record), f"{second}Z", done_by(id, worker))
        return Turn(self._table, mark, lock_seconds=self._lock_seconds, lock=lock)

    def _require_other_name(self, name: str, guarded: Callable[..., Any]) -> None:
        """Check that no other function has the name: what one of them did, the other would take for its own work.

        Raises:
            InvalidLedger: Another one has it.
        """
        if not self._has_name_alone(name, guarded):
            import gc

            gc.collect()  # one that was made for an earlier call can be in a cycle
            if not self._has_name_alone(name, guarded):
                form, _, function = name.partition(" ")
                raise InvalidLedger(
                    f"{function!r} is the name of two functions, so the ledger would take an event that one of them "
                    f"worked on for done by the other. Expected a name for each. Pass one: @ledger.{form}(name='…')."
                )

    def _has_name_alone(self, name: str, guarded: Any) -> bool:
        other: Any = self._guards.setdefault(name, guarded)
        return bool(other.__wrapped__ == guarded.__wrapped__)

    def _worker(self, name: str) -> str:
        consumer = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "") if self._consumer is None else self._consumer
        return "/".join(part for part in (consumer, name) if part)


def _require_done(result: Any, function: Any) -> Any:
    """Return what a function returned.

    Raises:
        InvalidLedger: It has to be awaited first, which nobody would do before the event is marked as done.
    """
    if is_left_unawaited(result):
        raise _does_nothing_yet(function)
    return result


def _does_nothing_yet(function: Any) -> InvalidLedger:
    return InvalidLedger(
        f"{getattr(function, '__qualname__', function)} is a coroutine or a generator, which does nothing when it is "
        "called, so it would be marked as done too early. Expected a plain function. Call it from one: "
        "asyncio.run(…)."
    )


def _name_of(function: Any, name: str) -> str:
    """Return what the marks of a function are kept under.

    Raises:
        InvalidLedger: Calling it does nothing yet, or it is a handler already.
    """
    if is_declared(function):
        raise InvalidLedger(
            f"{function.__qualname__} is a handler already, so it would run without the ledger. Expected the ledger "
            "around the function first, which is the decorator next to `def`. Move it below @handlers.on(…)."
        )
    if getattr(getattr(function, "__code__", None), "co_flags", 0) & (COROUTINE | YIELDING):
        raise _does_nothing_yet(function)
    named = function if hasattr(function, "__qualname__") else type(function)
    return name or f"{named.__module__}.{named.__qualname__}"


def _guarded(function: Callable[..., Any], turn: Callable[[SaasusEvent[Any, Any]], Turn]) -> Callable[..., Any]:
    """Return a function that calls another one in a turn of the event that it is called with."""

    def work(event: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        parsed = _parsed(event)
        with turn(parsed) as taken:
            if taken:
                return _require_done(function(*arguments, **options), function)
        _tell_of_skipping(parsed, taken.skipped)
        return None

    taken_at_most = _positional_arguments(function)

    @wraps(function)
    def guarded(*arguments: Any, **options: Any) -> Any:
        event, context = _event_and_context(function, arguments, options)
        if context is None:
            return work(event, arguments, options)
        if arguments[-1:] == (context,):
            # As Lambda's own handler, a function is called with the context, whether it takes it or not.
            arguments = arguments[:taken_at_most]
        with invocation(context):
            return work(event, arguments, options)

    return guarded


def _positional_arguments(function: Callable[..., Any]) -> int | None:
    """Return how many positional arguments a function takes; None for any number."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & TAKES_ANY_NUMBER:
        return None
    return int(code.co_argcount) - (1 if getattr(function, "__self__", None) is not None else 0)


def _event_and_context(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[Any, Any]:
    """Return the event of a call, which follows the `self` of a method, and Lambda's context if it is there."""
    given = (*arguments, *options.values())
    for number, event in enumerate(given):
        if isinstance(event, (SaasusEvent, dict)):
            after = (each for each in given[number + 1 :] if hasattr(each, "get_remaining_time_in_millis"))
            return event, next(after, None)
    raise InvalidLedger(
        f"{getattr(function, '__qualname__', function)} was called with {in_short(given)}. Expected a SaaSus event, "
        "parsed or as Lambda received it. Call it with the event."
    )


def _parsed(event: SaasusEvent[Any, Any] | Mapping[str, Any]) -> SaasusEvent[Any, Any]:
    return event if isinstance(event, SaasusEvent) else SaasusEvent.from_dict(event)


def _tell_of_skipping(event: SaasusEvent[Any, Any], why: str) -> None:
    import logging  # not needed for an event that is worked on

    logger = logging.getLogger(__name__)
    if why == OLDER:
        logger.info("Skipped event %s: a newer one of its record was seen.", event_id(event))
    else:
        logger.info("Skipped event %s: it was done before.", event_id(event))
