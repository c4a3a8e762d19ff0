r"""Texts as event-ruler compares them: as UTF-8, with wildcards, with letters regardless of case.

Wildcards: `*` is any run of characters, `\*` a star, `\\` a backslash.

Letters regardless of case: the engine takes each UTF-16 unit of the pattern by itself and accepts its lower and its
upper case, no more. A title-case letter does not match itself, and a character beyond the basic plane matches two
question marks. Where a wildcard that begins with `*` stands before it in the same array, the engine mixes the two up:
the test becomes loose, and any text passes for the first letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")
_BASIC_PLANE = "\uffff"
_SYMBOL = re.compile(r"\*|\\[*\\]?|[^*\\]+")


def has_surrogates(text: str) -> bool:
    """Check whether a text contains surrogates, paired or not."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def paired(text: str) -> str:
    """Join surrogates that are a pair, as a JSON reader does; a dict can have them apart."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def as_utf8(text: str) -> str:
    """Return a text as event-ruler's UTF-8 has it: a surrogate without its other half is a question mark."""
    return _SURROGATE.sub("?", paired(text)) if has_surrogates(text) else text


def split_wildcard(text: str) -> tuple[str, ...]:
    r"""Return the texts before, between and after the `*` of a wildcard, unescaped.

    >>> split_wildcard(r"a\*b*c")
    ('a*b', 'c')

    Raises:
        ValueError: Two `*` follow each other, or a backslash is before something other than `*` or `\`.
    """
    pieces: list[list[str]] = [[]]
    for found in _SYMBOL.finditer(text):
        symbol, position = found[0], found.start()
        if symbol == "*":
            if text[position + 1 : position + 2] == "*":
                msg = f"two * follow each other at character {position}. Expected one; for a literal star, write \\*"
                raise ValueError(msg)
            pieces.append([])
        elif symbol == "\\":
            msg = f"the backslash at character {position} is not before * or \\. For a literal backslash, write \\\\"
            raise ValueError(msg)
        else:
            pieces[-1].append(symbol[1:] if symbol[0] == "\\" else symbol)
    return tuple(map("".join, pieces))


def wildcard_test(pieces: tuple[str, ...]) -> Callable[[str], bool]:
    """Return the test for a whole text, which takes time linear in the text for each piece.

    The leftmost place of a piece leaves the most room for the pieces after it, so nothing has to be tried twice.
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


def _alternatives(character: str) -> tuple[str, str]:
    if character > _BASIC_PLANE:
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
    """Return the test for a whole text."""
    fullmatch = _compiled(_parts(text), loose=loose).fullmatch
    return lambda value: fullmatch(value) is not None


def prefix_ignore_case_test(text: str, *, loose: bool = False) -> Callable[[str], bool]:
    """Return the test for the beginning of a text; its closing quote counts, as in event-ruler."""
    match = _compiled(_parts(text), loose=loose and len(text) > 1).match
    return lambda value: match(value + '"') is not None


def suffix_ignore_case_test(text: str, *, loose: bool = False) -> Callable[[str], bool]:
    """Return the test for the end of a text; its opening quote counts, as in event-ruler."""
    backwards = [(lower[::-1], upper[::-1]) for lower, upper in reversed(_parts(text))]
    match = _compiled(backwards, loose=loose and len(text) > 1).match
    return lambda value: match(value[::-1] + '"') is not None
