"""The ledger on DynamoDB: its own expressions, held to a model of what each turn may do."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from constructs_lib import EventLedger, SaasusEvent
from constructs_lib.runtime import InProgress, LeaseLost, Ledger
from tests.local.stacks import deploy
from tests.unit.runtime.ledger.conftest import Clock, event_at, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.local import LocalAws
    from constructs_lib.runtime import Turn

LOCK = 60.0
EVENTS = st.sampled_from([(second, number) for second in range(3) for number in range(2)])
"""The second and number of an event."""
RECORDS = st.sampled_from(["user/1", "user/1", ""])


@pytest.fixture(scope="module")
def table(aws: LocalAws) -> str:
    """The table of an EventLedger, deployed."""
    stack = Stack(App(), "Ledger")
    EventLedger(stack, "Ledger")
    resources = Template.from_stack(stack).to_json()["Resources"]
    [id] = resources
    return deploy(aws, resources, Table={"Ref": id})["Table"]


@pytest.fixture(scope="module")
def users(aws: LocalAws) -> str:
    """A table of the user's own."""
    aws.client("dynamodb").create_table(
        TableName="users",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    return "users"


class Row:
    """What a row of the ledger means, in words of Python."""

    def __init__(self) -> None:
        self.seen = ""
        self.done: set[str] = set()
        self.holder: Turn | None = None
        self.until = 0.0
        self.fence = 0

    def verdict(self, event: SaasusEvent[Any, Any], record: str, now: float) -> str:
        """Return what has to come of an event's turn: "done", "older", "in progress", or nothing for its work."""
        second = event.time.isoformat() if record else ""
        if second < self.seen:
            return "older"
        if second == self.seen and event.log_id in self.done:
            return "done"
        return "in progress" if self.holder is not None and now <= self.until else ""

    def see(self, event: SaasusEvent[Any, Any], record: str) -> None:
        if record and event.time.isoformat() > self.seen:
            self.seen, self.done = event.time.isoformat(), set()


class OpenTurn:
    """A turn whose block runs, or will never end."""

    def __init__(self, turn: Turn, event: SaasusEvent[Any, Any], record: str, row: Row) -> None:
        self.turn, self.event, self.record, self.row = turn, event, record, row


class LedgerMachine(RuleBasedStateMachine):
    """Turns that begin, end, fail, break off and overlap, in any order, while time passes."""

    client: Any
    table: str
    users: str
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self.clock = Clock()
        # Each run has rows of its own.
        self.mine = f"run-{self.runs}"
        self.ledger = Ledger(self.table, client=self.client, consumer="c", lock_seconds=LOCK, now=self.clock)
        self.rows: dict[str, Row] = {}
        self.open: list[OpenTurn] = []
        self.written: str | None = None

    @initialize()
    def begin(self) -> None:
        """Start with an empty table, as far as this run's rows go."""

    def _turn(self, which: tuple[int, int], record: str, *, lock: bool) -> tuple[OpenTurn, str]:
        second, number = which
        event = parsed(second, f"{self.mine}-{second}-{number}")
        row = self.rows.setdefault(record or event.log_id, Row())
        options = {"record": f"{self.mine} {record}"} if record else {}
        turn = self.ledger.turn(event, lock=lock, **options)
        return OpenTurn(turn, event, record, row), row.verdict(event, record, self.clock())

    @rule(which=EVENTS, record=RECORDS)
    def a_turn_begins(self, which: tuple[int, int], record: str) -> None:
        opened, verdict = self._turn(which, record, lock=True)
        if verdict == "in progress":
            with pytest.raises(InProgress):
                opened.turn.__enter__()
            return
        opened.turn.__enter__()
        assert opened.turn.skipped == verdict
        if not verdict:
            opened.row.see(opened.event, record)
            opened.row.holder, opened.row.until = opened.turn, self.clock() + LOCK
            opened.row.fence += 1
            assert opened.turn.fence == opened.row.fence
            self.open.append(opened)

    @rule(which=st.integers(0, 3), writes=st.booleans())
    def a_turn_ends(self, which: int, *, writes: bool) -> None:
        if not self.open:
            return
        ended = self.open.pop(which % len(self.open))
        if writes:
            ended.turn.put(self.users, {"id": self.mine, "event": ended.event.log_id})
        if ended.row.holder is not ended.turn:
            with pytest.raises(LeaseLost):
                ended.turn.__exit__(None, None, None)
            return
        ended.turn.__exit__(None, None, None)
        ended.row.holder = None
        ended.row.done.add(ended.event.log_id)
        if writes:
            self.written = ended.event.log_id

    @rule(which=st.integers(0, 3))
    def a_turn_fails(self, which: int) -> None:
        if not self.open:
            return
        failed = self.open.pop(which % len(self.open))
        failed.turn.__exit__(KeyError, KeyError(), None)
        if failed.row.holder is failed.turn:
            failed.row.holder = None

    @rule(which=EVENTS, record=RECORDS, overtaking=st.none() | EVENTS)
    def a_turn_without_a_lock(self, which: tuple[int, int], record: str, overtaking: tuple[int, int] | None) -> None:
        opened, verdict = self._turn(which, record, lock=False)
        if verdict == "in progress":
            with pytest.raises(InProgress):
                opened.turn.__enter__()
            return
        opened.turn.__enter__()
        assert opened.turn.skipped == verdict
        if verdict:
            return
        opened.turn.put(self.users, {"id": self.mine, "event": opened.event.log_id})
        if overtaking is not None:
            self.a_turn_without_a_lock(overtaking, record, None)
        if opened.row.verdict(opened.event, record, self.clock()):
            opened.turn.__exit__(None, None, None)
            assert opened.turn.skipped
            return
        opened.turn.__exit__(None, None, None)
        opened.row.see(opened.event, record)
        opened.row.done.add(opened.event.log_id)
        opened.row.holder = None
        self.written = opened.event.log_id

    @rule(which=EVENTS, other=EVENTS, record=RECORDS, lock=st.booleans())
    def a_turn_outlives_its_lock(
        self, which: tuple[int, int], other: tuple[int, int], record: str, *, lock: bool
    ) -> None:
        before = len(self.open)
        self.a_turn_begins(which, record)
        if len(self.open) == before:
            return
        self.time_passes(LOCK + 1)
        if lock:
            self.a_turn_begins(other, record)
        else:
            self.a_turn_without_a_lock(other, record, None)
        self.a_turn_ends(before, writes=True)

    @rule(seconds=st.sampled_from([1.0, LOCK + 1]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_by(seconds)

    @invariant()
    def what_was_written_is_what_was_done(self) -> None:
        found = self.client.get_item(TableName=self.users, Key={"id": {"S": self.mine}}).get("Item", {})
        assert found.get("event", {}).get("S") == self.written


def test_every_turn_does_what_the_model_says(aws: LocalAws, table: str, users: str) -> None:
    machine: Any = type(
        "OnDynamoDb", (LedgerMachine,), {"client": aws.client("dynamodb"), "table": table, "users": users}
    )
    # The same each time: each step is a request or two.
    machine.TestCase.settings = settings(max_examples=50, stateful_step_count=25, deadline=None, derandomize=True)
    machine.TestCase().runTest()
    assert machine.runs >= 50


def test_an_event_overtaken_by_its_own_second_delivery_is_written_once(aws: LocalAws, table: str, users: str) -> None:
    ledger = Ledger(table, client=aws.client("dynamodb"))
    for number in range(2):
        with ledger.turn(parsed(1, f"twice-{number}"), record="twice", lock=False) as turn:
            turn.put(users, {"id": "twice", "by": "the first"})
            with ledger.turn(parsed(1, f"twice-{number}"), record="twice", lock=False) as second:
                second.put(users, {"id": "twice", "by": "the second"})
        assert turn.skipped == "done"
        found = aws.client("dynamodb").get_item(TableName=users, Key={"id": {"S": "twice"}})["Item"]
        assert found["by"] == {"S": "the second"}


def test_events_expire_and_records_do_not(aws: LocalAws, table: str) -> None:
    client = aws.client("dynamodb")
    ledger = Ledger(table, client=client, consumer="c", keep=timedelta(days=30))
    for guard in (ledger.once, ledger.newest):
        guard(lambda _: None)(event_at(1, "kept"))
    rows = client.scan(TableName=table)["Items"]
    expiring = {row["pk"]["S"][:2]: "ttl" in row for row in rows if "kept" in str(row)}
    assert expiring == {"e#": True, "r#": False}


@pytest.mark.parametrize("form", ["once", "newest"])
def test_of_workers_at_the_same_time_one_works(aws: LocalAws, table: str, form: str) -> None:
    done: list[str] = []
    client = aws.client("dynamodb")

    def work(event: Any) -> None:
        done.append(event["id"])

    def deliver(number: int) -> None:
        guarded: Callable[[Any], None] = getattr(Ledger(table, client=client, consumer="c"), form)(work)
        event = event_at(number % 4, f"{form}-{number % 4}", uri=f"/v1/auth/tenants/{form}-{number % 4}")
        while True:
            try:
                return guarded(event)
            except InProgress:
                continue

    threads = [Thread(target=deliver, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(set(done)) == 4
