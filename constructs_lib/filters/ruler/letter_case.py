"""Letters regardless of case, as EventBridge compares them.

event-ruler takes each UTF-16 unit of the pattern by itself and accepts its lower and its upper case, no more:
a title-case letter does not match itself, and a character beyond the basic plane matches two question marks.

Where a wildcard that begins with `*` stands before it in the same array, the engine mixes the two up: the test
becomes loose, and any text passes for the first letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from constructs_lib.filters.ruler.unicode_text import is_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _alternatives(character: str) -> tuple[str, str]:
    if not is_unit(character):
        return "??", "??"
    return character.lower(), character.upper()


def _parts(text: str) -> list[tuple[str, str]]:
    return [_alternatives(character) for character in text]


def _compiled(parts: Sequence[tuple[str, str]], *, loose: bool) -> re.Pattern[str]:
    if loose and parts and parts[0][0] != parts[0][1]:
        beginning, parts = "(?s:.+)", parts[1:]
    else:
        beginning = ""
    return re.compile(beginning + "".join(f"(?:{re.escape(lower)}|{re.escape(upper)})" for lower, upper in parts))


def equals_ignore_case_test(text: str, *, loose: bool = False) -> Callable[[str], bool]:
    """Give the test for a whole text."""
    fullmatch = _compiled(_parts(text), loose=loose).fullmatch
    return lambda value: fullmatch(value) is not None


def prefix_ignore_case_test(text: str, *, loose: bool = False) -> Callable[[str], bool]:
    """Give the test for the beginning of a text; its closing quote counts, as it does in event-ruler."""
    match = _compiled(_parts(text), loose=loose and len(text) > 1).match
    return lambda value: match(value + '"') is not None


def suffix_ignore_case_test(text: str, *, loose: bool = False) -> Callable[[str], bool]:
    """Give the test for the end of a text; its opening quote counts, as it does in event-ruler."""
    backwards = [(lower[::-1], upper[::-1]) for lower, upper in reversed(_parts(text))]
    match = _compiled(backwards, loose=loose and len(text) > 1).match
    return lambda value: match(value[::-1] + '"') is not None
