r"""In which forms of `BODY_FORMS` bodies were written: spacing, and which letters are escaped.

Most bodies show their spacing and not their letters: `{"name":"a"}` looks the same in Go, plain and ASCII JSON.
Such a body leaves the letters open; one with `\u003c` or `日` or `\u65e5` in it decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LETTERS: Final = frozenset({"go", "plain", "ascii"})
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?(\s*)', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def forms_of(body: str) -> frozenset[str] | None:
    """Give the forms that a body's JSON text can have; empty when none fits, None when the text shows nothing."""
    spacings: set[str] = set()
    letters = set(_LETTERS)
    for text, colon, space in _STRING.findall(body):
        if colon:
            spacings.add({"": "compact", " ": "spaced"}.get(space, "other") if colon == ":" else "other")
        letters &= _letters_of(text)
    if not spacings:
        return None
    if len(spacings) > 1 or "other" in spacings:
        return frozenset()
    return frozenset(f"{spacings.copy().pop()}-{letter}" for letter in letters)


def _letters_of(text: str) -> frozenset[str]:
    possible = set(_LETTERS)
    for code, letter in _ESCAPE.findall(text):
        if letter == "/":
            return frozenset()
        if code:
            number = int(code, 16)
            if code != code.lower() and number > 0x7F:
                return frozenset()
            if chr(number) in "<>&":
                possible &= {"go"}
            elif number in (0x2028, 0x2029):
                possible -= {"plain"}
            elif number > 0x7F:
                possible &= {"ascii"}
    raw = _ESCAPE.sub("", text)
    if not raw.isascii():
        possible -= {"ascii"}
    if any(letter in raw for letter in "<>&\u2028\u2029"):
        possible -= {"go"}
    return frozenset(possible)


def forms_seen(bodies: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """Give the fewest forms that the bodies show, all that a body leaves open where no other body decides."""
    seen: set[str] = set()
    for forms in sorted(set(bodies), key=lambda forms: (len(forms), sorted(forms))):
        if not forms & seen:
            seen |= forms
    return tuple(sorted(seen))
