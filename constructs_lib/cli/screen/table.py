"""Tables: in columns if they fit the terminal, and otherwise one row after the other."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.screen.lines import fitted, line_width, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP: Final = "  "
_SHORTEST: Final = 30
"""Characters that the last column must have to be broken over several lines."""


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headers to the standard output, without breaking a word or letting a cell break its line."""
    rows = [[printable(cell) for cell in row] for row in rows]
    width = line_width()
    columns = [max(len(line[column]) for line in (headers, *rows)) for column in range(len(headers))]
    before = sum(columns[:-1]) + len(_GAP) * (len(columns) - 1)
    last = width - before
    if columns[-1] <= last:
        print_lines = [list(row) for row in (headers, *rows)]
    elif last >= _SHORTEST and all(len(word) <= last for row in rows for word in row[-1].split()):
        print_lines = [line for row in (headers, *rows) for line in _over_several_lines(row, last)]
    else:
        for row in (headers, *rows):
            print(fitted(row, width=width))
        return
    for line in print_lines:
        print(_GAP.join(cell.ljust(size) for cell, size in zip(line, columns, strict=True)).rstrip())


def _over_several_lines(row: Sequence[str], width: int) -> list[list[str]]:
    *first, last = row
    broken = textwrap.wrap(last, width, break_long_words=False, break_on_hyphens=False) or [""]
    return [[*first, broken[0]], *([*([""] * len(first)), line] for line in broken[1:])]
