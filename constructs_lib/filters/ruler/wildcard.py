r"""Wildcards: `*` is any run of characters, `\*` a star, `\\` a backslash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SYMBOL = re.compile(r"\*|\\[*\\]?|[^*\\]+")


def split_wildcard(text: str) -> tuple[str, ...]:
    r"""Give the texts between the wildcards of `text`, which are one more than the wildcards.

    >>> split_wildcard(r"a\*b*c")
    ('a*b', 'c')

    Raises:
        ValueError: Two wildcards follow each other, or a backslash is before something else than `*` or `\`.
    """
    pieces: list[list[str]] = [[]]
    for found in _SYMBOL.finditer(text):
        symbol, position = found[0], found.start()
        if symbol == "*":
            if text[position + 1 : position + 2] == "*":
                msg = f"two wildcards follow each other at character {position}; one is enough, or write \\* for a star"
                raise ValueError(msg)
            pieces.append([])
        elif symbol == "\\":
            msg = f"the backslash at character {position} is before neither * nor \\; write \\\\ for a backslash"
            raise ValueError(msg)
        else:
            pieces[-1].append(symbol[1:] if symbol[0] == "\\" else symbol)
    return tuple(map("".join, pieces))


def wildcard_test(pieces: tuple[str, ...]) -> Callable[[str], bool]:
    """Give the test for a whole text, in time linear in the text for each piece.

    The leftmost place of a piece leaves most room to those after it, so nothing has to be tried twice.
    """
    if len(pieces) == 1:
        return pieces[0].__eq__
    start, *inner, end = pieces
    middle = tuple(piece for piece in inner if piece)
    if not start and not end and len(middle) == 1:
        (only,) = middle
        return lambda text: only in text
    ends = len(end)

    def test(text: str) -> bool:
        if not text.startswith(start) or not text.endswith(end):
            return False
        position, last = len(start), len(text) - ends
        for piece in middle:
            position = text.find(piece, position, last)
            if position < 0:
                return False
            position += len(piece)
        return position <= last

    return test
