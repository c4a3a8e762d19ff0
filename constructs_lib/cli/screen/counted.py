"""Numbers of things, in words that are right for one, too."""

from __future__ import annotations


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Say how many there are: 1 event, 2 events.

    Args:
        number: How many.
        thing: What one is called.
        things: What several are called. Default: with an s.
    """
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"
