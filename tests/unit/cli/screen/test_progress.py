"""Long work says how far it is: in place on a terminal, now and then elsewhere, and not at all when it is short."""

from __future__ import annotations

import io
import re
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from constructs_lib import cli
from constructs_lib.cli.screen.progress import Progress


class Stream(io.StringIO):
    """A standard error that is a terminal, or is not."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.isatty = lambda: is_terminal  # type: ignore[method-assign]


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        time = SimpleNamespace(monotonic=lambda: self.now, sleep=self.pass_)
        monkeypatch.setattr("constructs_lib.cli.screen.progress.time", time)

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def shown(monkeypatch: pytest.MonkeyPatch, clock: Clock, seconds: int, *, is_terminal: bool) -> str:
    """Return what is written in so many seconds of work, of which each says so."""
    stream = Stream(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress() as progress:
        for second in range(1, seconds + 1):
            clock.pass_(0.9)
            progress.show(f"step {second}\x1b[2J")
    return stream.getvalue()


def test_a_log_gets_a_line_every_20_seconds(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    lines = shown(monkeypatch, clock, 50, is_terminal=False).splitlines()
    assert [line.split("\N{REPLACEMENT CHARACTER}")[0] for line in lines] == ["step 23", "step 46"]


def test_a_terminal_gets_one_line_that_is_cleared(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    text = shown(monkeypatch, clock, 6, is_terminal=True)
    *drawn, last = text.split("\r")
    assert [line.removeprefix("\x1b[K")[:6] for line in drawn] == ["step 2", "step 4", "step 6"]
    assert all(len(line.removeprefix("\x1b[K")) < 20 for line in drawn)
    assert last == "\x1b[K"
    assert "\n" not in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch, clock: Clock, *, is_terminal: bool) -> None:
    assert shown(monkeypatch, clock, 1, is_terminal=is_terminal) == ""


def test_waiting_says_at_once_for_what_and_then_for_how_long(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    stream = Stream(is_terminal=False)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress() as progress:
        progress.waiting("Waiting for the source", timedelta(minutes=1)).sleep(45)
    waiting = "Waiting for the source ({} s) …"
    assert stream.getvalue().splitlines() == [waiting.format(seconds) for seconds in (0, 20, 40)]


def test_no_command_shows_progress_in_a_way_of_its_own() -> None:
    folder = Path(cli.__path__[0])
    drawing = re.compile(r"stderr\.isatty|end=\"\\r\"|\"\\r|rich\.progress")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py") if drawing.search(path.read_text())}
    assert found == {"screen/progress.py"}
