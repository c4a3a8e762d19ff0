"""Letters regardless of case, as EventBridge compares them.

event-ruler takes each UTF-16 unit of the pattern by itself and accepts its lower and its upper case, no more:
a title-case letter does not match itself, and a character beyond the basic plane matches two question marks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from constructs_lib.filters.unicode_text import is_unit

if TYPE_CHECKING:
    from collections.abc import Callable


def _alternatives(character: str) -> tuple[str, str]:
    if not is_unit(character):
        return "??", "??"
    return character.lower(), character.upper()


def _expression(text: str) -> str:
    parts = []
    for character in text:
        lower, upper = _alternatives(character)
        same = lower == upper
        parts.append(re.escape(lower) if same else f"(?:{re.escape(lower)}|{re.escape(upper)})")
    return "".join(parts)


def equals_ignore_case_test(text: str) -> Callable[[str], bool]:
    """Give the test for a whole text."""
    fullmatch = re.compile(_expression(text)).fullmatch
    return lambda value: fullmatch(value) is not None


def prefix_ignore_case_test(text: str) -> Callable[[str], bool]:
    """Give the test for the beginning of a text; its closing quote counts, as it does in event-ruler."""
    match = re.compile(_expression(text)).match
    return lambda value: match(value + '"') is not None


def suffix_ignore_case_test(text: str) -> Callable[[str], bool]:
    """Give the test for the end of a text; its opening quote counts, as it does in event-ruler."""
    reversed_parts = []
    for character in reversed(text):
        lower, upper = _alternatives(character)
        reversed_parts.append(f"(?:{re.escape(lower[::-1])}|{re.escape(upper[::-1])})")
    match = re.compile("".join(reversed_parts)).match
    return lambda value: match(value[::-1] + '"') is not None
