"""How far a replay is: a bar in a terminal, and otherwise a line each time that it is further."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self


class Progress:
    """The share of the time range that was replayed. Use it in a `with` block."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self._start, self._end = start, end
        self._last = ""
        self._stack = contextlib.ExitStack()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            with contextlib.suppress(ModuleNotFoundError):
                from rich.console import Console
                from rich.progress import Progress as Bar

                self._bar = self._stack.enter_context(Bar(console=Console(stderr=True), transient=True))
                self._task = self._bar.add_task("STARTING", total=100)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def show(self, reached: datetime | None, state: str) -> None:
        """Show that the events up to a time have been replayed."""
        percent = 100 if state == "COMPLETED" else self._percent(reached)
        if self._bar is not None:
            self._bar.update(self._task, completed=percent, description=state)
            return
        text = f"{state} {percent} %"
        if text != self._last:
            print(text, file=sys.stderr, flush=True)
        self._last = text

    def _percent(self, reached: datetime | None) -> int:
        if reached is None:
            return 0
        share = (reached - self._start) / (self._end - self._start)
        return round(100 * min(max(share, 0), 1))
