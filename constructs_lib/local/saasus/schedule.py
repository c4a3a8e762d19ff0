"""What will happen later, unless the local SaaSus stops first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Schedule:
    """Runs actions after some seconds, each in a thread of its own."""

    def __init__(self) -> None:
        self._timers: set[threading.Timer] = set()
        self._lock = threading.Lock()

    def run(self, delay: float, action: Callable[[], None]) -> threading.Timer | None:
        """Run an action after so many seconds, or immediately, and return the timer that can be cancelled."""
        if delay <= 0:
            action()
            return None
        timer = threading.Timer(delay, lambda: self._finish(timer, action))
        timer.daemon = True
        with self._lock:
            self._timers.add(timer)
        timer.start()
        return timer

    def cancel_all(self) -> None:
        """Cancel all actions that have not happened yet."""
        with self._lock:
            timers, self._timers = self._timers, set()
        for timer in timers:
            timer.cancel()

    def _finish(self, timer: threading.Timer, action: Callable[[], None]) -> None:
        with self._lock:
            if timer not in self._timers:
                return
            self._timers.discard(timer)
        action()
