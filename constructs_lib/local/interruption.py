"""Ctrl-C that waits until stopping leaves nothing half done."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the block finish if Ctrl-C is pressed or the process is told to end; a second time stops at once.

    Outside the main thread, which signals do not interrupt, it does nothing.

    Raises:
        KeyboardInterrupt: After the block, if it was asked to stop.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's signature
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        raise KeyboardInterrupt
