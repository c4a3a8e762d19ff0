"""Lines for people: no wider than the terminal, without characters that control it, with the right plurals.

Lines are broken between words only, never within one, because a word may be an id or a path to be copied.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

_NARROWEST: Final = 40
_UNLIMITED: Final = 10_000
_CELL: Final = 100
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def line_width() -> int:
    """Return the columns of the terminal, or COLUMNS; for a file or a pipe, lines may have any length."""
    columns = shutil.get_terminal_size((0, 0)).columns if sys.stdout.isatty() else _columns_of_the_environment()
    return max(columns, _NARROWEST) if columns else _UNLIMITED


def _columns_of_the_environment() -> int:
    # Without a terminal, lines are broken only if the user asked for it.
    from os import environ

    given = environ.get("COLUMNS", "")
    return int(given) if given.isdecimal() else 0


def fitted(parts: Iterable[str], *, indent: str = "    ", width: int | None = None) -> str:
    """Join parts with two spaces, and continue on a new, indented line if the next part does not fit.

    A part that is longer than a line is broken at its spaces.
    """
    limit = line_width() if width is None else width
    lines = [""]
    for part in filter(None, parts):
        start = lines[-1]
        joined = f"{start}  {part}" if start.strip() else start + part
        if len(joined) <= limit:
            lines[-1] = joined
            continue
        broken = textwrap.wrap(
            part, limit - len(indent), break_long_words=False, break_on_hyphens=False, replace_whitespace=False
        )
        rest = [f"{indent}{line}" for line in broken]
        if start.strip():
            lines += rest
        else:
            lines[-1:] = [rest[0].removeprefix(indent), *rest[1:]] if rest else [part]
    return "\n".join(lines)


def wrapped(text: str, *, indent: str = "", width: int | None = None) -> str:
    """Break a sentence at its spaces; lines after the first are indented."""
    limit = line_width() if width is None else width
    return "\n".join(
        textwrap.fill(line, limit, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def say(text: str, *, indent: str = "", file: TextIO | None = None, flush: bool = False) -> None:
    """Print sentences, broken at spaces to fit the terminal; not for a command that is to be copied."""
    print(wrapped(without_controls(text), indent=indent), file=file, flush=flush)


def without_controls(text: str) -> str:
    """Return a text without what moves a terminal's cursor, colors text or reverses it; line breaks stay."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def printable(text: str) -> str:
    """Return a text without what would control a terminal or break a line."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def one_cell(text: str) -> str:
    """Return a text for a cell of a table or a part of a line: printable, and shortened if it is long."""
    shown = printable(text[: _CELL + 1])
    return shown if len(shown) <= _CELL else f"{shown[:_CELL]}…"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Return a number with its noun: 1 event, 2 events.

    Args:
        number: How many there are.
        thing: The singular.
        things: The plural. Default: the singular with an s.
    """
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"
