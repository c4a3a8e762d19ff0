"""Thousands of ways in which events reach three workers: the ledger itself, over a table in memory.

Each event comes one to three times, in any order. Between any two requests, another worker can go on, time can pass,
and a worker can break off; an answer can get lost, a request be sent twice, the work fail before or after its effect.
A zombie is a worker that goes on after its lock has ended, which Lambda's timeout prevents and other computers do not.

`python -m tests.unit.runtime.ledger.simulation 20000` prints what happened in so many runs of each mode.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from constructs_lib.runtime import InProgress, LeaseLost, Ledger, NoTimeLeft
from constructs_lib.runtime.invocation import invocation
from tests.unit.runtime.ledger.conftest import FIRST, TABLE, USERS, parsed
from tests.unit.runtime.ledger.strict_dynamodb import StrictDynamoDb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib import SaasusEvent

TIMEOUT = 30.0
WORKERS = 3
RECORD = "user/1"


class Mode(NamedTuple):
    """How a handler uses the ledger, and what is promised for it."""

    work: Callable[[Attempt], None]
    zombies: bool
    doubles: bool = True
    """Whether an effect may be repeated after a break between it and its mark."""


@dataclass
class Outcome:
    """What happened in one run."""

    violations: Counter[str] = field(default_factory=Counter)
    doubles: int = 0
    steps: int = 0


class Paused(BaseException):
    """The worker stands before its next request."""


class Failed(Exception):
    """The handler's own error."""


class Lost(Exception):
    """The answer to a request got lost."""


class World(StrictDynamoDb):
    """The table, the clock, and the effects in the order in which they happened."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(ledger="pk", users="id")
        self.chance = chance
        self.now = FIRST.timestamp()
        self.effects: list[str] = []
        self.highest_fence = 0
        self.trouble = 0
        """How often something went wrong that can repeat an effect."""
        self.trouble_left = 4

    def is_in_trouble(self, probability: float) -> bool:
        """Return whether something goes wrong now, which in one run it does only a few times."""
        if not self.trouble_left or self.chance.random() >= probability:
            return False
        self.trouble += 1
        self.trouble_left -= 1
        return True

    def _store(self, request: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
        if request["TableName"] == USERS:
            self.effects.append(item["event"]["S"])
        return super()._store(request, item)


class Attempt:
    """A worker with an event, which goes on by one request at a time.

    Each time, it is run again from the start with the answers that it had; so a worker that breaks off is one that is
    not run again.
    """

    def __init__(self, world: World, event: SaasusEvent[Any, Any], mode: Mode) -> None:
        self.event = event
        self.deadline = world.now + TIMEOUT
        self.returned = False
        """Whether the event was delivered again because this took too long."""
        self._world = world
        self._mode = mode
        self._owner = bytes(world.chance.randrange(256) for _ in range(8))
        self._known: list[tuple[Any, Exception | None]] = []
        self._at = 0
        self._may_go_on = False

    def go_on(self) -> bool:
        """Make the next request, and return whether the work is over; raise what it ended with."""
        self._at, self._may_go_on = 0, True
        ours = mock.Mock(spec=["urandom"], urandom=lambda _: self._owner)
        with mock.patch("constructs_lib.runtime.ledger.turn.os", ours), invocation(self):
            try:
                self._mode.work(self)
            except Paused:
                return False
        return True

    @property
    def ledger(self) -> Ledger:
        return Ledger(TABLE, client=self, consumer="", now=lambda: float(self._once(lambda: self._world.now)))

    @property
    def choice(self) -> float:
        """A number that stays the same for this attempt."""
        return float(self._once(self._world.chance.random))

    def get_remaining_time_in_millis(self) -> float:
        return float(self._once(lambda: max(0.0, self.deadline - self._world.now))) * 1000

    def get_item(self, **request: Any) -> Any:
        return self._request(lambda: self._world.get_item(**request))

    def update_item(self, **request: Any) -> Any:
        return self._request(lambda: self._world.update_item(**request))

    def transact_write_items(self, **request: Any) -> Any:
        # A lost answer makes boto3 repeat the request with its token, which DynamoDB carries out once.
        return self._request(lambda: self._world.transact_write_items(**request), repeatable=False)

    def effect(self, *, fence: int | None = None) -> None:
        """Do what the handler is there for, outside DynamoDB."""

        def happen() -> None:
            if self._world.is_in_trouble(0.05):
                raise Failed
            if fence is not None:
                if fence < self._world.highest_fence:
                    raise Failed
                self._world.highest_fence = fence
            self._world.effects.append(self.event.log_id)
            if self._world.is_in_trouble(0.05):
                raise Failed

        self._request(happen, repeatable=False)

    def _request(self, make: Callable[[], Any], *, repeatable: bool = True) -> Any:
        if self._at == len(self._known):
            if not self._may_go_on:
                raise Paused
            self._may_go_on = False

        def carried_out() -> Any:
            world = self._world
            if repeatable and world.is_in_trouble(0.02):
                make()
            answer = make()
            if world.is_in_trouble(0.02):
                raise Lost
            return answer

        return self._once(carried_out)

    def _once(self, make: Callable[[], Any]) -> Any:
        """Return what was answered at this place before, or else ask now."""
        if self._at == len(self._known):
            try:
                self._known.append((make(), None))
            except Exception as error:  # noqa: BLE001 - the worker gets it again each time
                self._known.append((None, error))
        value, raised = self._known[self._at]
        self._at += 1
        if raised is not None:
            raise raised
        return value


def once(attempt: Attempt) -> None:
    attempt.ledger.once(name="h")(lambda _: attempt.effect())(attempt.event)


def newest(attempt: Attempt) -> None:
    attempt.ledger.newest(name="h", record=lambda _: RECORD)(lambda _: attempt.effect())(attempt.event)


def newest_fenced(attempt: Attempt) -> None:
    with attempt.ledger.turn(attempt.event, record=RECORD) as turn:
        if turn:
            attempt.effect(fence=turn.fence)


def _writing(*, record: bool, lock: bool | None) -> Callable[[Attempt], None]:
    def work(attempt: Attempt) -> None:
        locks = attempt.choice < 0.5 if lock is None else lock
        options: dict[str, Any] = {"record": RECORD} if record else {}
        with attempt.ledger.turn(attempt.event, lock=locks, **options) as turn:
            if turn:
                turn.put(USERS, {"id": "1", "event": attempt.event.log_id})

    return work


MODES = {
    "once": Mode(once, zombies=False),
    "once, zombies": Mode(once, zombies=True),
    "turn of an event, writing": Mode(_writing(record=False, lock=True), zombies=True, doubles=False),
    "turn of an event, writing, no lock": Mode(_writing(record=False, lock=False), zombies=True, doubles=False),
    "turn of an event, writing, some with a lock": Mode(_writing(record=False, lock=None), zombies=True, doubles=False),
    "newest": Mode(newest, zombies=False),
    "newest, zombies": Mode(newest, zombies=True),
    "newest, zombies, fenced": Mode(newest_fenced, zombies=True),
    "turn, writing": Mode(_writing(record=True, lock=True), zombies=True, doubles=False),
    "turn, writing, no lock": Mode(_writing(record=True, lock=False), zombies=True, doubles=False),
    "turn, writing, some with a lock": Mode(_writing(record=True, lock=None), zombies=True, doubles=False),
}
OVERWRITES = {name for name in MODES if name.startswith(("newest", "turn, "))}


def run(name: str, seed: int) -> Outcome:
    """Deliver two to five events until each delivery ended well, and return what went wrong."""
    mode, chance = MODES[name], random.Random(f"{name} {seed}")  # noqa: S311 - the same each time
    world, outcome = World(chance), Outcome()
    events = [parsed(chance.randrange(3), f"event-{number}") for number in range(chance.randint(2, 5))]
    waiting = [event for event in events for _ in range(chance.randint(1, 3))]
    working: list[Attempt] = []
    while waiting or working:
        outcome.steps += 1
        world.now += chance.random()
        if chance.random() < 0.08:
            world.now += chance.uniform(10, 60)
        _end_by_timeout(mode, world, waiting, working)
        if waiting and len(working) < WORKERS and chance.random() < 0.4:
            working.append(Attempt(world, waiting.pop(chance.randrange(len(waiting))), mode))
        elif working:
            _let_one_go_on(world, waiting, working)
    _judge(name, events, world, outcome)
    return outcome


def _end_by_timeout(mode: Mode, world: World, waiting: list[SaasusEvent[Any, Any]], working: list[Attempt]) -> None:
    for attempt in [each for each in working if each.deadline < world.now and not each.returned]:
        world.trouble += 1
        waiting.append(attempt.event)
        attempt.returned = True
        if not mode.zombies or world.chance.random() < 0.3:
            working.remove(attempt)


def _let_one_go_on(world: World, waiting: list[SaasusEvent[Any, Any]], working: list[Attempt]) -> None:
    # Zombies sleep long, for others to get ahead of them.
    [attempt] = world.chance.choices(working, [0.1 if each.returned else 1 for each in working])
    comes_again = False
    try:
        over = attempt.go_on()
    except (InProgress, LeaseLost, NoTimeLeft, Failed, Lost):
        over = comes_again = True
    if not over and world.is_in_trouble(0.04):
        over = comes_again = True  # it breaks off
    if over:
        working.remove(attempt)
        if comes_again and not attempt.returned:
            waiting.append(attempt.event)


def _judge(name: str, events: list[SaasusEvent[Any, Any]], world: World, outcome: Outcome) -> None:
    mode, times = MODES[name], {event.log_id: event.time for event in events}
    happened = [times[id] for id in world.effects]
    latest = max(times.values())
    counts = Counter(world.effects)
    outcome.doubles = sum(count - 1 for count in counts.values())
    if outcome.doubles and (not mode.doubles or not world.trouble):
        outcome.violations["an effect repeated"] += 1
    if name in OVERWRITES:
        if any(time < max(happened[:place], default=time) for place, time in enumerate(happened)):
            outcome.violations["older after newer"] += 1
        if not happened or happened[-1] != latest:
            outcome.violations["wrong final state"] += 1
        if any(time == latest and not counts[id] for id, time in times.items()):
            outcome.violations["lost"] += 1
    elif counts.keys() != times.keys():
        outcome.violations["lost"] += 1


def total(name: str, seeds: range) -> Outcome:
    """Return what went wrong in many runs: the number of runs with each kind of violation, and of all doubles."""
    found = Outcome()
    for outcome in (run(name, seed) for seed in seeds):
        found.violations += outcome.violations
        found.doubles += outcome.doubles
        found.steps += outcome.steps
    return found


def _report(runs: int) -> Iterator[str]:
    for name in MODES:
        found = total(name, range(runs))
        wrong = ", ".join(f"{count:,} {what}" for what, count in sorted(found.violations.items())) or "0 violations"
        yield f"{name}: {runs:,} runs, {found.steps:,} steps: {wrong}; {found.doubles:,} effects repeated"


if __name__ == "__main__":
    os.environ.pop("AWS_LAMBDA_FUNCTION_NAME", None)
    for line in _report(int(sys.argv[1])):
        print(line, flush=True)
