"""Keeps Ctrl-C from breaking in between two steps that belong together."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def unbroken() -> Iterator[None]:
    """Finish the block first when Ctrl-C is pressed or the process is told to end; a second time stops at once."""
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
