"""How far a command is, on the standard error."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.screen.lines import printable
from constructs_lib.runtime.waiting import Waiting

if TYPE_CHECKING:
    from datetime import timedelta
    from types import TracebackType

    from typing_extensions import Self

_REDRAWN: Final = 1.0
"""Seconds after which a terminal shows the next text."""
_REPEATED: Final = 20.0
"""Seconds after which a file or a log gets the next line."""
_CLEAR: Final = "\x1b[K"


class Progress:
    """One line that says how far a command is, for as long as a `with` block lasts.

    A terminal shows it in place and clears it at the end. Elsewhere, it is a new line every 20 seconds. A command that
    is done sooner says nothing.
    """

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._every = _REDRAWN if self._is_live else _REPEATED
        self._next = time.monotonic() + self._every
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shown:
            print(_CLEAR, end="", file=sys.stderr, flush=True)

    def show(self, text: str, *, at_once: bool = False) -> None:
        """Show a text once it is time for the next one.

        Args:
            text: How far the command is.
            at_once: Show it whatever the time. Default: False.
        """
        now = time.monotonic()
        if now < self._next and not at_once:
            return
        self._next = now + self._every
        line = f"{printable(text)} …"
        if not self._is_live:
            print(line, file=sys.stderr, flush=True)
            return
        self._is_shown = True
        # The cursor goes back to the start, so that whatever is printed next replaces the line.
        columns = shutil.get_terminal_size().columns
        print(f"{_CLEAR}{line[: columns - 1]}", end="\r", file=sys.stderr, flush=True)

    def waiting(self, what: str, length: timedelta) -> Waiting:
        """Return a waiting of this length that shows what is waited for, and for how long so far."""
        started = time.monotonic()
        self.show(f"{what} (0 s)", at_once=True)

        def sleep(seconds: float) -> None:
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                self.show(f"{what} ({time.monotonic() - started:.0f} s)")
                time.sleep(min(left, _REDRAWN))

        return Waiting(length.total_seconds(), clock=time.monotonic, sleep=sleep)
