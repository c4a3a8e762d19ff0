"""`saasus-events dlq` in front of an AWS in memory."""

from __future__ import annotations

import contextlib
import io
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from constructs_lib.cli import main
from tests.unit.cli.fake_aws import FakeAws, FakeEvents, FakeSqs

if TYPE_CHECKING:
    import pytest


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Aws:
    """A queue of dead letters, its rules, and targets that remember what they got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sqs, self.events = FakeSqs().rule_time(monkeypatch), FakeEvents()
        self.invoked: list[dict[str, Any]] = []
        self.logged: list[dict[str, Any]] = []
        self.status = 202
        self.fake = FakeAws(
            monkeypatch,
            sqs=self.sqs,
            events=self.events,
            logs=SimpleNamespace(create_log_stream=lambda **_: None, put_log_events=self._put),
            **{"lambda": SimpleNamespace(invoke=self._invoke)},
        )

    def _put(self, **lines: Any) -> dict[str, Any]:
        self.logged.append(lines)
        return (
            {"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}} if lines["logEvents"][0]["timestamp"] < 9 else {}
        )

    def _invoke(self, **asked: Any) -> dict[str, int]:
        self.invoked.append(asked)
        return {"StatusCode": self.status}

    def routes_to(self, *targets: dict[str, Any], rule: str = "Onboard") -> None:
        self.events.targets[rule] = [{"Id": str(number), **target} for number, target in enumerate(targets)]

    def run(self, *arguments: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*arguments])
        return Ran(code, out.getvalue(), err.getvalue())


def sums(out: str) -> tuple[int, int, int, int]:
    """Return the sums in the last line: in the queue, redriven, failed, skipped; they add up."""
    found = re.search(r"^(\d{1,9}) in the queue = (\d+) .*? \+ (\d+) .*? \+ (\d+) skipped", out, re.MULTILINE)
    assert found, out
    in_queue, redriven, failed, skipped = map(int, found.groups())
    assert in_queue == redriven + failed + skipped
    return in_queue, redriven, failed, skipped
