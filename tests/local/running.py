"""Runs `saasus-events` in a process of its own, which is read as it prints and never outlives its test."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from tests.eventually import eventually

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

COMMAND = [sys.executable, "-m", "constructs_lib.cli"]


class Running:
    """A command that runs until the block ends, at the latest."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment | {"PYTHONUNBUFFERED": "1"},
        )
        self.shown = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.shown += line

    def wait_for(self, pattern: str, timeout: float = 90) -> None:
        """Wait until something shown fits the regular expression; fail with all that was shown once it cannot."""
        eventually(lambda: re.search(pattern, self.shown) or self.process.poll() is not None, timeout)
        assert re.search(pattern, self.shown), self.shown

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Return the exit code with which the command ends on a signal."""
        self.process.send_signal(how)
        code = self.process.wait(30)
        self._reader.join(5)
        return code

    @property
    def variables(self) -> dict[str, str]:
        """The variables that are shown to be exported."""
        return dict(re.findall(r"^export (\w+)=(\S+)$", self.shown, re.MULTILINE))
