"""Runs `saasus-events` against the local AWS, and reads what it printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from constructs_lib.cli import main

if TYPE_CHECKING:
    import pytest

    from constructs_lib.local import LocalAws

_SUMS = re.compile(r"(\d+) in the queue = (\d+) (?:would be )?redriven \+ (\d+) (?:failed|cannot be) \+ (\d+) skipped")


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """In the queue, redriven, failed, skipped: as printed, and adding up."""
        found = _SUMS.search(self.out)
        assert found, self.out
        in_queue, redriven, failed, skipped = (int(number) for number in found.groups())
        assert in_queue == redriven + failed + skipped
        return in_queue, redriven, failed, skipped


class Command:
    """The command with the environment of the local AWS."""

    def __init__(self, aws: LocalAws, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        for name, value in aws.variables().items():
            monkeypatch.setenv(name, value)
        self._captured = captured

    def __call__(self, *arguments: str) -> Ran:
        self._captured.readouterr()
        code = main(list(arguments))
        return Ran(code, *self._captured.readouterr())
