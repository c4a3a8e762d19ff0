"""Whether somebody could guess the prefix by which a handler recognizes its own calls.

The caller chooses the trace id of a call; if a backend passes on its front end's, an end user's browser does (SaaSus's
guide to request tracing). Anyone who knows a prefix that a route leaves out can hide calls from that route.
"""

from __future__ import annotations

import re
from typing import Final

MIN_RANDOM_CHARACTERS: Final = 16
"""64 bits in hexadecimal, as `secrets.token_hex(8)` returns them."""

_MIN_CHANGES: Final = 3
_MAX_RUN: Final = 5
"""The greatest average length of runs of one kind of character; in words, they are longer."""

_MIN_DISTINCT: Final = 6
_UNRESOLVED: Final = "${Token["

_PART: Final = re.compile(r"[A-Za-z0-9]+")
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]+")
_CHANGE: Final = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[a-z])(?=[A-Z])")


def is_guessable(prefix: str) -> bool:
    """Check whether a prefix is short or made of words and numbers, without a UUID or `secrets.token_hex(8)` in it.

    A value known only at deployment (a CDK token) is not judged.

    >>> is_guessable("onboarding-"), is_guessable("onboarding-9f3b0c7d1e5a4826-")
    (True, False)
    """
    if _UNRESOLVED in prefix:
        return False
    mixed = [part for part in _PART.findall(prefix) if _CHANGE.search(part)]
    if len(set("".join(mixed))) < _MIN_DISTINCT:
        return True
    if any(len(part) >= MIN_RANDOM_CHARACTERS and _HEXADECIMAL.fullmatch(part) for part in mixed):
        return False
    characters = sum(map(len, mixed))
    changes = sum(len(_CHANGE.findall(part)) for part in mixed)
    return characters < MIN_RANDOM_CHARACTERS or changes < _MIN_CHANGES or characters > changes * _MAX_RUN
