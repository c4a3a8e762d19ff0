"""Shows that a command is waiting."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from constructs_lib.runtime.waiting import Waiting

if TYPE_CHECKING:
    from datetime import timedelta
    from types import TracebackType

    from typing_extensions import Self

_EVERY: Final = 20.0
_FRAME: Final = 1.0


class WaitProgress:
    """Says on the standard error, for as long as a `with` block lasts, what is waited for and since when."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._next = 0.0
        self._is_live = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_live and self._next:
            print(file=sys.stderr)

    def waiting(self, length: timedelta) -> Waiting:
        """Give a waiting of this length that shows itself."""
        return Waiting(length.total_seconds(), clock=time.monotonic, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._show(time.monotonic() - self._started)
            time.sleep(min(left, _FRAME))

    def _show(self, waited: float) -> None:
        text = f"{self._what} ({waited:.0f} s)"
        if self._is_live:
            self._next = waited + _FRAME
            # The cursor goes back, so that whatever is printed next takes the line's place.
            print(f"{text} …", end="\r", file=sys.stderr, flush=True)
        elif waited >= self._next:
            self._next = waited + _EVERY
            print(f"{text} …", file=sys.stderr, flush=True)
