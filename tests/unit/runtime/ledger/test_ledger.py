"""What a ledger does with events that come twice, late, at once, or whose work breaks off."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib import EventFilter, InvalidEvent, SaasusEvent, SaasusEventsError, operations
from constructs_lib.events.decoded_event import decode
from constructs_lib.runtime import EventHandlers, InProgress, InvalidLedger, LeaseLost, Ledger, NoTimeLeft
from constructs_lib.runtime.invocation import invocation, remaining_time
from constructs_lib.runtime.ledger.record_keys import default_record
from constructs_lib.testing import sample_event
from tests.unit.runtime.ledger.conftest import TABLE, USERS, Clock, Context, event_at, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib import Operation
    from tests.unit.runtime.ledger.strict_dynamodb import StrictDynamoDb


class Work:
    """What a handler did: the ids of the events, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fails = False

    def __call__(self, event: Any) -> str:
        log_id = (event if isinstance(event, SaasusEvent) else SaasusEvent.from_dict(event)).log_id
        self.done.append(log_id)
        if self.fails:
            raise KeyError(log_id)
        return f"done {log_id}"


@pytest.fixture
def work() -> Work:
    return Work()


# once


def test_a_second_delivery_is_skipped(ledger: Ledger, work: Work) -> None:
    once = ledger.once(work)
    assert once(parsed(1)) == "done log-1"
    assert once(parsed(1)) is None
    assert once(event_at(1)) is None
    assert work.done == ["log-1"]


def test_once_takes_events_in_any_order(ledger: Ledger, work: Work) -> None:
    once = ledger.once(work)
    for second in (2, 1, 2, 3, 1):
        once(parsed(second))
    assert work.done == ["log-2", "log-1", "log-3"]


def test_an_event_without_a_log_id_is_known_by_its_id(ledger: Ledger, work: Work) -> None:
    event = event_at(1)
    event["detail"]["event"] = "free text"
    for _ in range(2):
        ledger.once(lambda given: work.done.append(given["id"]))(event)
    assert work.done == ["event-1-"]
    del event["id"]
    with pytest.raises(InvalidEvent, match="neither a log_id nor an id"):
        ledger.once(work)(event)


def test_a_redelivery_with_another_id_is_the_same_event(ledger: Ledger, work: Work) -> None:
    """As on a decoded bus, whose events get a new id, and if SaaSus publishes an event again."""
    once = ledger.once(work)
    once(event_at(1))
    once({**event_at(1), "id": "another"})
    assert work.done == ["log-1"]


def test_after_an_error_the_event_can_come_at_once(ledger: Ledger, work: Work) -> None:
    for guarded in (ledger.once(work), ledger.newest(work)):
        work.fails = True
        with pytest.raises(KeyError):
            guarded(parsed(1))
        work.fails = False
        assert guarded(parsed(1)) == "done log-1"


def test_a_mark_is_for_one_worker_only(dynamodb: StrictDynamoDb, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two functions that do different things with one event share a table."""
    done: list[str] = []
    ledger = Ledger(TABLE, client=dynamodb)

    def tell_slack(event: Any) -> None:
        done.append("slack")

    def tell_crm(event: Any) -> None:
        done.append("crm")

    for _ in range(2):
        for guard in (ledger.once, ledger.newest, ledger.newest(record=lambda _: "shared")):
            guard(tell_slack)(parsed(1))
            guard(tell_crm)(parsed(1))
    assert sorted(done) == ["crm"] * 3 + ["slack"] * 3
    done.clear()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "another-function")
    ledger.once(tell_slack)(parsed(1))
    assert done == ["slack"]


@pytest.mark.parametrize("form", ["once", "newest"])
@pytest.mark.parametrize("kind", ["lambda", "inner function", "partial", "bound method"])
def test_two_functions_of_one_name_are_refused_because_one_would_be_skipped(
    ledger: Ledger, form: str, kind: str
) -> None:
    done: list[str] = []

    def append(to: str, event: Any) -> None:
        done.append(f"{to} {event.log_id}")

    class System:
        def __init__(self, name: str) -> None:
            self.name = name

        def update(self, event: Any) -> None:
            append(self.name, event)

    def made_for(name: str) -> Callable[[Any], None]:
        if kind == "inner function":

            def update(event: Any) -> None:
                append(name, event)

            return update
        if kind == "partial":
            return partial(append, name)
        return System(name).update if kind == "bound method" else lambda event: append(name, event)

    guard = getattr(ledger, form)
    crm, mail = made_for("crm"), made_for("mail")
    kept = guard(crm)
    assert guard(crm)(parsed(1)) == kept(parsed(1)) is None
    with pytest.raises(InvalidLedger, match=r"is the name of two functions.* Pass one: @ledger"):
        guard(mail)
    guard(name="mail")(mail)(parsed(1))
    assert done == ["crm log-1", "mail log-1"]


def test_a_function_can_be_made_anew_for_each_event(ledger: Ledger, work: Work) -> None:
    def handler(event: Any) -> Any:
        @ledger.once
        def inner(event: Any) -> Any:
            assert inner.__name__ == "inner"  # it refers to itself, so only the collector frees it
            return work(event)

        return inner(event)

    assert [handler(parsed(second)) for second in (1, 2, 2)] == ["done log-1", "done log-2", None]


def test_a_name_keeps_marks_when_a_function_is_renamed(ledger: Ledger, work: Work) -> None:
    def before(event: Any) -> None:
        work(event)

    def after(event: Any) -> None:
        work(event)

    for guard in (ledger.once(name="onboard"), ledger.newest(name="onboard")):
        guard(before)(parsed(1))
        guard(after)(parsed(1))
        assert work.done == ["log-1"]
        work.done.clear()


def test_a_mark_expires_by_the_clock_and_not_by_its_absence(dynamodb: StrictDynamoDb, clock: Clock, work: Work) -> None:
    once = Ledger(TABLE, client=dynamodb, keep=timedelta(days=30), now=clock).once(work)
    once(parsed(1))
    [row] = dynamodb.tables[TABLE].values()
    assert int(row["ttl"]["N"]) == int(clock()) + 30 * 86_400
    clock.pass_by(29.9 * 86_400)
    assert once(parsed(1)) is None
    clock.pass_by(0.2 * 86_400)
    assert once(parsed(1)) == "done log-1"
    assert once(parsed(1)) is None
    assert int(row["ttl"]["N"]) < int(next(iter(dynamodb.tables[TABLE].values()))["ttl"]["N"])


def test_after_an_expired_mark_a_failure_leaves_none(dynamodb: StrictDynamoDb, clock: Clock, work: Work) -> None:
    once = Ledger(TABLE, client=dynamodb, keep=timedelta(days=30), now=clock).once(work)
    once(parsed(1))
    clock.pass_by(31 * 86_400)
    work.fails = True
    with pytest.raises(KeyError):
        once(parsed(1))
    work.fails = False
    assert once(parsed(1)) == "done log-1"


def test_marks_can_be_kept_for_ever(dynamodb: StrictDynamoDb, clock: Clock, work: Work) -> None:
    once = Ledger(TABLE, client=dynamodb, keep=None, now=clock).once(work)
    once(parsed(1))
    assert all("ttl" not in row for row in dynamodb.tables[TABLE].values())
    clock.pass_by(10_000 * 86_400)
    assert once(parsed(1)) is None


# newest


def test_an_older_event_is_skipped(ledger: Ledger, work: Work) -> None:
    newest = ledger.newest(work)
    for second in (2, 1, 2, 3, 1):
        newest(parsed(second))
    assert work.done == ["log-2", "log-3"]


def test_each_event_of_a_second_is_done_once_in_the_order_of_arrival(ledger: Ledger, work: Work) -> None:
    newest = ledger.newest(work)
    for id in ("b", "a", "b", "c", "a"):
        newest(parsed(1, id))
    assert work.done == ["b", "a", "c"]


def test_an_event_is_older_than_one_whose_work_failed(ledger: Ledger, work: Work) -> None:
    """Its effect may have happened in part, so the position is written before the work."""
    newest = ledger.newest(work)
    work.fails = True
    with pytest.raises(KeyError):
        newest(parsed(2))
    work.fails = False
    assert newest(parsed(1)) is None
    assert newest(parsed(2)) == "done log-2"


def test_positions_never_expire(ledger: Ledger, dynamodb: StrictDynamoDb, clock: Clock, work: Work) -> None:
    newest = ledger.newest(work)
    newest(parsed(2))
    clock.pass_by(10_000 * 86_400)
    assert newest(parsed(1)) is None
    assert all("ttl" not in row for row in dynamodb.tables[TABLE].values())


def test_a_record_keeps_the_events_of_its_newest_second_only(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    for second, id in ((1, "a"), (1, "b"), (2, "c"), (3, "d")):
        with ledger.turn(parsed(second, id), record="r") as turn:
            assert turn
    assert dynamodb.tables[TABLE]["r#r"]["ids"] == {"SS": ["d"]}


def test_by_default_other_paths_operations_and_functions_are_other_records(ledger: Ledger, work: Work) -> None:
    newest = ledger.newest(work)
    newest(parsed(5))
    newest(parsed(4, uri="/v1/auth/tenants/t-2"))
    newest(parsed(3, method="DELETE"))
    ledger.newest(lambda event: work(event))(parsed(2))
    newest(parsed(1, uri="/v1/auth/tenants/t-1?force=true"))
    assert work.done == ["log-5", "log-4", "log-3", "log-2"]


@pytest.mark.parametrize(
    "uri", ["", "/v1/auth/invitations/secret-1/validate", "/v1/auth/invitations/[redacted]/validate"]
)
def test_an_event_with_no_path_or_a_secret_in_it_is_a_record_by_itself(
    ledger: Ledger, dynamodb: StrictDynamoDb, work: Work, uri: str
) -> None:
    newest = ledger.newest(work)
    for second in (2, 1, 2):
        newest(parsed(second, uri=uri))
    assert work.done == ["log-2", "log-1"]
    assert "secret-1" not in str(dynamodb.tables)


def test_functions_with_one_record_share_its_order(ledger: Ledger, work: Work) -> None:
    def update(event: Any) -> None:
        work(event)

    def delete(event: Any) -> None:
        work(event)

    record = ledger.newest(record=lambda event: f"tenant/{event.tenant_id}")
    record(delete)(event_at(2, method="DELETE"))
    record(update)(event_at(1))
    assert work.done == ["log-2"]


@pytest.mark.parametrize("named", [None, "", 5])
def test_a_record_without_a_name_is_refused(ledger: Ledger, work: Work, named: Any) -> None:
    """Otherwise all events without one would be of one record, and older ones lost."""
    with pytest.raises(InvalidLedger, match="not the name of a record"):
        ledger.newest(record=lambda _: named)(work)(parsed(1))
    assert work.done == []


@pytest.mark.parametrize("character", ["x", "日", "\ud800", "😀"])
def test_long_and_strange_names_are_told_apart(ledger: Ledger, dynamodb: StrictDynamoDb, character: str) -> None:
    done: list[int] = []
    for second, length in ((3, 1), (2, 1999), (1, 2000)):
        with ledger.turn(parsed(second), record=character * length) as turn:
            if turn:
                done.append(second)
    assert len(done) == 3
    for key in dynamodb.tables[TABLE]:
        assert len(key.encode()) <= 2048


@pytest.mark.parametrize("character", ["x", "日", "\ud800", "😀"])
@pytest.mark.parametrize("form", ["once", "newest"])
def test_long_and_strange_ids_and_workers_are_told_apart(
    ledger: Ledger, dynamodb: StrictDynamoDb, work: Work, form: str, character: str
) -> None:
    for id, name in ((1999, 1), (2000, 1), (1, 1999), (1, 2000), (1999, 1999)):
        guarded = getattr(ledger, form)(name=character * name)(work)
        assert [guarded(parsed(1, character * id)) is None for _ in range(2)] == [False, True]
    for key, row in dynamodb.tables[TABLE].items():
        assert len(key.encode()) <= 2048
        assert all(id.encode() for id in row.get("ids", {}).get("SS", ()))


# locks


@pytest.mark.parametrize(
    ("inner", "options"),
    [
        (1, {}),
        (1, {"record": "r"}),
        (2, {"record": "r"}),
        (1, {"record": "r", "lock": False}),
    ],
)
def test_who_comes_while_another_works_has_to_come_again(ledger: Ledger, inner: int, options: Any) -> None:
    with ledger.turn(parsed(1), **{**options, "lock": True}) as turn:
        assert turn
        with pytest.raises(InProgress, match=r"('(e#log-1|r#r)' is locked)"):
            ledger.turn(parsed(inner), **options).__enter__()


def test_events_of_one_second_do_not_work_at_once(ledger: Ledger) -> None:
    with ledger.turn(parsed(1, "a"), record="r"), pytest.raises(InProgress):
        ledger.turn(parsed(1, "b"), record="r").__enter__()


def test_an_older_one_is_skipped_even_while_the_newer_is_at_work(ledger: Ledger) -> None:
    with ledger.turn(parsed(2), record="r"), ledger.turn(parsed(1), record="r") as older:
        assert not older
        assert older.skipped == "older"


def test_a_lock_ends_ten_seconds_after_the_invocation(ledger: Ledger, clock: Clock, work: Work) -> None:
    with invocation(Context(30)):
        turn = ledger.turn(parsed(1), record="r")
        turn.__enter__()  # and breaks off
    clock.pass_by(39.9)
    with pytest.raises(InProgress):
        ledger.turn(parsed(1), record="r").__enter__()
    clock.pass_by(0.2)
    with ledger.turn(parsed(1), record="r") as again:
        assert again
        assert again.fence == turn.fence + 1


@pytest.mark.parametrize("form", ["once", "newest"])
def test_a_decorated_handler_knows_the_time_from_its_context(
    ledger: Ledger, clock: Clock, dynamodb: StrictDynamoDb, form: str
) -> None:
    left: list[float | None] = []

    def handler(event: Any, context: Any) -> None:
        left.append(remaining_time())
        [row] = dynamodb.tables[TABLE].values()
        left.append(int(row["lock"]["N"]) / 1000 - clock())

    getattr(ledger, form)(handler)(event_at(1), Context(30))
    assert left == [30, pytest.approx(40, abs=0.01)]


def test_outside_lambda_the_lock_is_as_long_as_the_ledger_says(ledger: Ledger, clock: Clock) -> None:
    ledger.turn(parsed(1), record="r").__enter__()
    clock.pass_by(59.9)
    with pytest.raises(InProgress):
        ledger.turn(parsed(1), record="r").__enter__()
    clock.pass_by(0.2)
    with ledger.turn(parsed(1), record="r") as again:
        assert again


def test_with_no_time_left_nothing_begins(ledger: Ledger, dynamodb: StrictDynamoDb, work: Work) -> None:
    with invocation(Context(0)), pytest.raises(NoTimeLeft, match="no time left"):
        ledger.once(work)(parsed(1))
    assert work.done == []
    assert dynamodb.tables[TABLE] == {}


@pytest.mark.parametrize("options", [{"record": "r"}, {}])
def test_who_worked_longer_than_the_lock_is_told(ledger: Ledger, clock: Clock, options: dict[str, Any]) -> None:
    late: Any = ledger.turn(parsed(1), **options)
    late.__enter__()
    clock.pass_by(61)
    with ledger.turn(parsed(1), **options) as again:
        assert again
        with pytest.raises(LeaseLost, match="ended before its work did"):
            late.__exit__(None, None, None)
    with ledger.turn(parsed(1), **options) as third:
        assert third.skipped == "done"


def test_who_was_late_but_alone_is_done(ledger: Ledger, clock: Clock) -> None:
    with ledger.turn(parsed(1), record="r"):
        clock.pass_by(61)
    with ledger.turn(parsed(1), record="r") as again:
        assert not again


def test_a_late_failure_does_not_free_its_successors_lock(ledger: Ledger, clock: Clock) -> None:
    late = ledger.turn(parsed(1), record="r")
    late.__enter__()
    clock.pass_by(61)
    ledger.turn(parsed(1), record="r").__enter__()
    late.__exit__(KeyError, KeyError(), None)
    with pytest.raises(InProgress):
        ledger.turn(parsed(1), record="r").__enter__()


class Repeating:
    """A client whose answers get lost: boto3 sends each request again, after it was carried out."""

    def __init__(self, dynamodb: StrictDynamoDb) -> None:
        self.dynamodb = dynamodb

    def update_item(self, **request: Any) -> Any:
        self.dynamodb.update_item(**request)
        return self.dynamodb.update_item(**request)


@pytest.mark.parametrize("form", ["once", "newest"])
def test_a_request_that_boto3_repeated_finds_its_own_work(
    dynamodb: StrictDynamoDb, clock: Clock, work: Work, form: str
) -> None:
    repeating = Ledger(TABLE, client=Repeating(dynamodb), now=clock)
    guarded = getattr(repeating, form)(work)
    assert [guarded(parsed(1)), guarded(parsed(1))] == ["done log-1", None]
    with repeating.turn(parsed(2), record="r") as turn:
        assert turn.fence == 1
    assert dynamodb.tables[TABLE]["r#r"].keys() == {"pk", "time", "ids", "fence"}
    work.fails = True
    with pytest.raises(KeyError):
        guarded(parsed(3))
    work.fails = False
    assert guarded(parsed(3)) == "done log-3"


# turns


def test_what_a_turn_writes_is_there_with_the_mark(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    for options in ({"record": "r"}, {}, {"record": "s", "lock": False}, {"lock": False, "name": "unlocked"}):
        dynamodb.tables[USERS].clear()
        with ledger.turn(event_at(1), **options) as turn:
            assert turn
            turn.put(USERS, {"id": "1", "name": "Alice", "height": 1.7, "tags": {"a"}, "none": None})
            assert dynamodb.tables[USERS] == {}
        assert dynamodb.tables[USERS]["1"] == {
            "id": {"S": "1"},
            "name": {"S": "Alice"},
            "height": {"N": "1.7"},
            "tags": {"SS": ["a"]},
            "none": {"NULL": True},
        }
        with ledger.turn(event_at(1), **options) as again:
            assert again.skipped == "done"


def test_every_kind_of_item_is_written(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    dynamodb.tables[USERS] |= {"gone": {"id": {"S": "gone"}}, "there": {"id": {"S": "there"}}}
    with ledger.turn(parsed(1)) as turn:
        turn.write(
            {"Put": {"TableName": USERS, "Item": {"id": "new"}}},
            {"Delete": {"TableName": USERS, "Key": {"id": "gone"}}},
            {
                "ConditionCheck": {
                    "TableName": USERS,
                    "Key": {"id": "there"},
                    "ConditionExpression": "attribute_exists(#id)",
                    "ExpressionAttributeNames": {"#id": "id"},
                }
            },
        )
        turn.write(
            {
                "Update": {
                    "TableName": USERS,
                    "Key": {"id": "count"},
                    "UpdateExpression": "ADD #count :more",
                    "ExpressionAttributeNames": {"#count": "count"},
                    "ExpressionAttributeValues": {":more": Decimal(3)},
                }
            }
        )
    assert dynamodb.tables[USERS].keys() == {"new", "there", "count"}
    assert dynamodb.tables[USERS]["count"]["count"] == {"N": "3"}


def test_after_an_error_nothing_is_written(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    def fail(*, lock: bool) -> None:
        with ledger.turn(parsed(1), record="r", lock=lock) as turn:
            turn.put(USERS, {"id": "1"})
            raise KeyError

    for lock in (True, False):
        with pytest.raises(KeyError):
            fail(lock=lock)
        with ledger.turn(parsed(1), record="r", lock=lock) as again:
            assert again
            assert dynamodb.tables[USERS] == {}
        dynamodb.tables[TABLE].clear()


def test_a_turn_can_begin_again_after_an_error(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    turn = ledger.turn(parsed(1), record="r")
    for is_failing in (True, False):
        with suppress(KeyError), turn:
            turn.put(USERS, {"id": "1"})
            if is_failing:
                raise KeyError
    assert dynamodb.tables[USERS].keys() == {"1"}


def test_the_users_own_condition_undoes_all(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    new = {"TableName": USERS, "Item": {"id": "1"}, "ConditionExpression": "attribute_exists(#id)"}

    def write(*, lock: bool) -> None:
        with ledger.turn(parsed(1), record="r", lock=lock) as turn:
            turn.put(USERS, {"id": "2"})
            turn.write({"Put": {**new, "ExpressionAttributeNames": {"#id": "id"}}})

    for lock in (True, False):
        with pytest.raises(ClientError, match="TransactionCanceled"):
            write(lock=lock)
        assert dynamodb.tables[USERS] == {}
        with ledger.turn(parsed(1), record="r", lock=lock) as again:
            assert again
        dynamodb.tables[TABLE].clear()


def test_who_lost_the_lock_writes_nothing(ledger: Ledger, dynamodb: StrictDynamoDb, clock: Clock) -> None:
    late = ledger.turn(parsed(1), record="r")
    late.__enter__()
    late.put(USERS, {"id": "late"})
    clock.pass_by(61)
    with ledger.turn(parsed(2), record="r") as newer:
        newer.put(USERS, {"id": "newer"})
    with pytest.raises(LeaseLost):
        late.__exit__(None, None, None)
    assert dynamodb.tables[USERS].keys() == {"newer"}


def test_without_a_lock_whoever_comes_later_with_an_older_event_writes_nothing(
    ledger: Ledger, dynamodb: StrictDynamoDb
) -> None:
    with ledger.turn(parsed(1), record="r", lock=False) as older:
        older.put(USERS, {"id": "older"})
        with ledger.turn(parsed(2), record="r", lock=False) as newer:
            newer.put(USERS, {"id": "newer"})
    assert older.skipped == "older"
    assert dynamodb.tables[USERS].keys() == {"newer"}


def test_without_a_lock_events_of_a_second_are_written_once_each(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    for id in ("a", "b", "a"):
        with ledger.turn(parsed(1, id), record="r", lock=False) as turn:
            if turn:
                with ledger.turn(parsed(1, "c"), record="r", lock=False) as other:
                    if other:
                        other.put(USERS, {"id": "c"})
                turn.put(USERS, {"id": id})
    assert dynamodb.tables[USERS].keys() == {"a", "b", "c"}
    with ledger.turn(parsed(1, "b"), record="r", lock=False) as again:
        assert again.skipped == "done"


def test_without_a_lock_a_lock_that_ended_is_dropped(ledger: Ledger, dynamodb: StrictDynamoDb, clock: Clock) -> None:
    """Otherwise its holder would finish after the newer event."""
    choices: list[dict[str, Any]] = [{"record": "r"}, {}]
    for options in choices:
        late: Any = ledger.turn(parsed(1), **options)
        late.__enter__()
        late.put(USERS, {"id": "late"})
        clock.pass_by(61)
        with ledger.turn(parsed(2 if options else 1), **options, lock=False) as unlocked:
            assert unlocked
        with pytest.raises(LeaseLost):
            late.__exit__(None, None, None)
        assert dynamodb.tables[USERS] == {}


class Conflicting:
    """A client whose requests meet other transactions so many times."""

    def __init__(self, client: Any, *, of: str, times: int) -> None:
        self._client, self._of, self._times = client, of, times

    def __getattr__(self, name: str) -> Any:
        if name != self._of or self._times == 0:
            return getattr(self._client, name)
        self._times -= 1
        return self._conflict if name == "update_item" else self._cancelled

    def _conflict(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "UpdateItem")

    def _cancelled(self, **_: Any) -> None:
        response: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": ""},
            "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
        }
        raise ClientError(response, "TransactWriteItems")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr("time.sleep", found.append)
    return found


@pytest.mark.parametrize("lock", [True, False])
@pytest.mark.parametrize("of", ["update_item", "transact_write_items"])
def test_a_conflict_of_transactions_is_tried_again(
    dynamodb: StrictDynamoDb, pauses: list[float], of: str, lock: bool
) -> None:
    ledger = Ledger(TABLE, client=Conflicting(dynamodb, of=of, times=4))
    ledger._table._pause = pauses.append
    with ledger.turn(parsed(1), record="r", lock=lock) as turn:
        turn.put(USERS, {"id": "1"})
    assert "1" in dynamodb.tables[USERS]
    if lock or of == "transact_write_items":
        assert len(pauses) == 4
        assert sum(pauses) < 2


def write(ledger: Ledger) -> None:
    with ledger.turn(parsed(1), record="r") as turn:
        turn.put(USERS, {"id": "1"})


@pytest.mark.parametrize("of", ["update_item", "transact_write_items"])
def test_a_conflict_that_lasts_brings_the_event_back(dynamodb: StrictDynamoDb, of: str) -> None:
    conflicting = Conflicting(dynamodb, of=of, times=5)
    ledger = Ledger(TABLE, client=conflicting)
    ledger._table._pause = lambda _: None
    with pytest.raises(InProgress, match="Other transactions"):
        write(ledger)
    assert dynamodb.tables[USERS] == {}
    with ledger.turn(parsed(1), record="r") as again:
        again.put(USERS, {"id": "1"})
    assert "1" in dynamodb.tables[USERS]


def test_an_error_of_dynamodb_is_raised_and_the_lock_given_back(dynamodb: StrictDynamoDb) -> None:
    class Throttled:
        def __getattr__(self, name: str) -> Any:
            return getattr(dynamodb, name)

        def transact_write_items(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "TransactWriteItems")

    with pytest.raises(ClientError, match="Throttling"):
        write(Ledger(TABLE, client=Throttled()))
    with Ledger(TABLE, client=dynamodb).turn(parsed(1), record="r") as again:
        assert again


def test_a_transaction_has_99_items_beside_the_mark(ledger: Ledger, dynamodb: StrictDynamoDb) -> None:
    with ledger.turn(parsed(1)) as turn:
        for number in range(99):
            turn.put(USERS, {"id": str(number)})
        with pytest.raises(InvalidLedger, match="100 items do not fit"):
            turn.put(USERS, {"id": "99"})
    assert len(dynamodb.tables[USERS]) == 99


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": "1"},
        {"Put": {"Item": {"id": "1"}}},
        {"Insert": {"TableName": USERS, "Item": {"id": "1"}}},
        {"Put": {"TableName": USERS}, "Delete": {"TableName": USERS}},
        "Put",
        None,
    ],
)
def test_what_is_not_an_item_is_refused(ledger: Ledger, item: Any) -> None:
    with ledger.turn(parsed(1)) as turn, pytest.raises(InvalidLedger, match="not an item of a transaction"):
        turn.write(item)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), 10**40, {1, "a"}])
def test_a_value_that_dynamodb_has_no_type_for_is_refused(ledger: Ledger, value: Any) -> None:
    with ledger.turn(parsed(1)) as turn, pytest.raises(InvalidLedger, match="'field' cannot be stored in DynamoDB"):
        turn.put(USERS, {"id": "1", "field": value})


def test_a_skipped_turn_neither_writes_nor_has_a_fence(ledger: Ledger) -> None:
    uses: list[Callable[[Any], Any]] = [lambda turn: turn.put(USERS, {"id": "1"}), lambda turn: turn.fence]
    unused = ledger.turn(parsed(1))
    with ledger.turn(parsed(1)):
        pass
    with ledger.turn(parsed(1)) as skipped:
        for use in uses:
            with pytest.raises(InvalidLedger, match="the event is done"):
                use(skipped)
            with pytest.raises(InvalidLedger, match="before the turn began"):
                use(unused)
    with ledger.turn(parsed(2), lock=False) as turn, pytest.raises(InvalidLedger, match="takes no lock"):
        assert turn.fence


def test_a_fence_rises_with_each_holder(ledger: Ledger) -> None:
    fences = []
    for second in (1, 2, 3):
        with ledger.turn(parsed(second), record="r") as turn:
            fences.append(turn.fence)
    assert fences == [1, 2, 3]


def test_an_event_that_comes_again_skips_the_records_that_are_done(ledger: Ledger) -> None:
    done: list[str] = []

    def work(fails: str) -> None:
        for record in ("a", "b"):
            with ledger.turn(parsed(1), record=record) as turn:
                if turn:
                    if record == fails:
                        raise KeyError
                    done.append(record)

    with pytest.raises(KeyError):
        work("b")
    work("")
    assert done == ["a", "b"]


# what can be decorated


class Handlers:
    def __init__(self) -> None:
        self.done: list[str] = []

    def on(self, event: Any) -> str:
        self.done.append(event["detail"]["event"]["log_id"])
        return "on"

    def on_with_context(self, event: Any, context: Any) -> str:
        return f"{self.on(event)} {context.seconds}"


def test_methods_are_decorated_in_the_class_or_bound(ledger: Ledger) -> None:
    class Guarded(Handlers):
        on_once = ledger.once(Handlers.on)
        on_newest = ledger.newest(Handlers.on_with_context)

    in_class, bound = Guarded(), Handlers()
    for handlers, once, newest in (
        (in_class, in_class.on_once, in_class.on_newest),
        (bound, ledger.once(name="bound")(bound.on), ledger.newest(name="bound")(bound.on_with_context)),
    ):
        assert [once(event_at(1)), once(event_at(1))] == ["on", None]
        assert newest(event_at(2), Context(5)) == "on 5"
        assert newest(event_at(2), context=Context(5)) is None
        assert handlers.done == ["log-1", "log-2"]


def test_a_decorated_function_is_lambdas_own_handler_with_and_without_a_context(ledger: Ledger, work: Work) -> None:
    def without(event: Any) -> Any:
        return work(event), remaining_time()

    @ledger.once
    def keyword(*, event: Any) -> Any:
        return work(event)

    @ledger.once
    def anything(*given: Any) -> int:
        return len(given)

    guarded: Any = ledger.once(without)
    assert guarded(event_at(1), Context(3)) == ("done log-1", 3)
    assert keyword(event=event_at(1)) == "done log-1"
    assert anything(event_at(1), Context(3)) == 2


def test_a_decorated_function_keeps_its_name_and_signature(ledger: Ledger) -> None:
    import inspect

    def onboard(event: Any) -> None:
        """Onboard a tenant."""

    for guarded in (ledger.once(onboard), ledger.newest(onboard)):
        assert guarded.__name__ == "onboard"
        assert guarded.__doc__ == "Onboard a tenant."
        assert list(inspect.signature(guarded).parameters) == ["event"]


async def coroutine(event: Any) -> None:
    pass


def generator(event: Any) -> Any:
    yield event


async def asynchronous_generator(event: Any) -> Any:
    yield event


@pytest.mark.parametrize("function", [coroutine, generator, asynchronous_generator])
def test_what_does_nothing_when_called_is_refused(ledger: Ledger, function: Any) -> None:
    for guard in (ledger.once, ledger.newest):
        with pytest.raises(InvalidLedger, match="does nothing when it is called"):
            guard(function)


@pytest.mark.parametrize("form", ["once", "newest"])
def test_a_handler_that_would_run_without_the_ledger_is_refused(ledger: Ledger, work: Work, form: str) -> None:
    handlers = EventHandlers()

    def passing_on(function: Any) -> Any:
        return wraps(function)(lambda event: function(event))

    def as_it_is(function: Any) -> Any:
        return function

    for between in (as_it_is, passing_on):
        for declare in (handlers.on(EventFilter.all(), name=f"h{len(handlers.declared)}"), EventHandlers().fallback):

            def handler(event: Any) -> Any:
                return work(event)

            with pytest.raises(InvalidLedger, match=r"is a handler already.* Move it below @handlers.on"):
                getattr(ledger, form)(between(declare(handler)))

    right: Any = handlers.on(EventFilter.all(), name="right")(getattr(ledger, form)(work))
    assert right(parsed(1)) == "done log-1"


def test_what_turns_out_to_do_nothing_when_called_is_not_marked_as_done(ledger: Ledger, work: Work) -> None:
    for guard in (ledger.once, ledger.newest):
        with pytest.raises(InvalidLedger, match="does nothing when it is called"):
            guard(name="x")(partial(coroutine))(parsed(1))
        assert guard(name="x")(work)(parsed(1)) == "done log-1"


@pytest.mark.parametrize("arguments", [(), (None,), ("text", 5), ([event_at(1)],)])
def test_a_call_without_an_event_is_refused(ledger: Ledger, work: Work, arguments: Any) -> None:
    with pytest.raises(InvalidLedger, match="Call it with the event"):
        ledger.once(work)(*arguments)


def test_what_is_not_an_event_is_refused(ledger: Ledger, work: Work) -> None:
    for call in (ledger.once(work), ledger.newest(work), ledger.turn):
        with pytest.raises(InvalidEvent):
            call({"Records": []})


def test_under_handlers_a_lock_is_as_long_as_their_invocation(
    ledger: Ledger, clock: Clock, dynamodb: StrictDynamoDb
) -> None:
    handlers = EventHandlers()
    left: list[float] = []

    @handlers.on(EventFilter.of(operations.auth.update_tenant))
    @ledger.once
    def update(event: SaasusEvent) -> str:
        [row] = dynamodb.tables[TABLE].values()
        left.append(int(row["lock"]["N"]) / 1000 - clock())
        return event.log_id

    assert handlers(event_at(1), Context(30)) == "log-1"
    assert handlers(event_at(1), Context(30)) is None
    assert left == [pytest.approx(40, abs=0.01)]


# the two forms of an event


@pytest.mark.parametrize("operation", operations, ids=str)
def test_a_decoded_event_is_the_same_event_of_the_same_record(ledger: Ledger, work: Work, operation: Operation) -> None:
    original = sample_event(operation)
    decoded = {**decode(original), "id": "another"}
    assert default_record(SaasusEvent.from_dict(original), "w") == default_record(SaasusEvent.from_dict(decoded), "w")
    for guarded in (ledger.once(work), ledger.newest(work)):
        assert guarded(decoded) is not None
        assert guarded(original) is None


@pytest.mark.parametrize("operation", operations, ids=str)
def test_no_secret_is_in_a_record_s_name(operation: Operation) -> None:
    secret = {name: f"sesame-{name}" for name in operation.path_params if f"uri.{name}" in operation.secret_fields}
    open_to_all = {name: f"open-{name}" for name in operation.path_params if name not in secret}
    record = default_record(SaasusEvent.from_dict(sample_event(operation, path_params={**secret, **open_to_all})), "w")
    assert "sesame-" not in record
    assert secret or all(value in record for value in open_to_all.values())
    assert secret or str(operation) in record


# the ledger itself


def test_a_module_that_declares_handlers_needs_neither_table_nor_boto3() -> None:
    code = """if True:
        import sys
        from constructs_lib.runtime import Ledger
        ledger = Ledger.from_env()
        @ledger.once
        def onboard(event): ...
        @ledger.newest
        def update(event): ...
        slow = {"aws_cdk", "boto3", "botocore", "hashlib", "random", "uuid"}
        print(*sorted(slow & sys.modules.keys()))
    """
    environment = {name: value for name, value in os.environ.items() if name != "SAASUS_LEDGER_TABLE"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_without_a_table_the_first_use_says_what_is_missing(
    dynamodb: StrictDynamoDb, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAASUS_LEDGER_TABLE", raising=False)
    once = Ledger(client=dynamodb).once(work)
    with pytest.raises(InvalidLedger, match=r"SAASUS_LEDGER_TABLE is not set.*grant_use"):
        once(parsed(1))
    monkeypatch.setenv("SAASUS_LEDGER_TABLE", TABLE)
    assert once(parsed(1)) == "done log-1"


def test_the_ledger_from_the_environment_makes_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAASUS_LEDGER_TABLE", "the-table")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    table = Ledger.from_env()._table
    assert table.name == "the-table"
    assert table.client.meta.service_model.service_name == "dynamodb"
    # An answer has to come while a short function still runs.
    assert table.client.meta.config.read_timeout <= 5
    assert table.client is table.client


@pytest.mark.parametrize(
    "wrong", [{"lock_seconds": 0}, {"lock_seconds": -1}, {"keep": timedelta(hours=23)}, {"keep": 90}]
)
def test_a_setting_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidLedger, match=next(iter(wrong))):
        Ledger(TABLE, **wrong)


def test_all_its_errors_are_of_the_library() -> None:
    for error in (InProgress, InvalidLedger, LeaseLost, NoTimeLeft):
        assert issubclass(error, SaasusEventsError)


def test_skipping_is_logged_without_personal_data(ledger: Ledger, work: Work, caplog: pytest.LogCaptureFixture) -> None:
    newest = ledger.newest(work)
    with caplog.at_level("INFO"):
        newest(parsed(2))
        newest(parsed(2))
        newest(parsed(1))
    assert [record.message for record in caplog.records] == [
        "Skipped event log-2: it was done before.",
        "Skipped event log-1: a newer one of its record was seen.",
    ]
