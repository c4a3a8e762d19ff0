"""The JSON values of a pattern, read from text or from Python; an error names the place of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from constructs_lib.events.errors import InvalidPattern
from constructs_lib.events.json_values import in_short, whole_number_text
from constructs_lib.filters.ruler.json_text import NumberText, Pairs
from constructs_lib.filters.ruler.numbers import comparable
from constructs_lib.filters.ruler.texts import as_utf8, has_surrogates, paired

_SHOWN = 80


def fail(reason: str, path: str) -> NoReturn:
    """Reject the pattern because of what is at `path`."""
    raise InvalidPattern(as_utf8(reason), as_utf8(path))


def is_object(value: object) -> bool:
    """Check whether a value is a JSON object."""
    return isinstance(value, (Pairs, Mapping))


def is_array(value: object) -> bool:
    """Check whether a value is a JSON array."""
    return isinstance(value, (list, tuple)) and not isinstance(value, Pairs)


def members(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return the keys and values of a JSON object."""
    pairs: list[tuple[Any, Any]] = list(value) if isinstance(value, Pairs) else list(value.items())
    for key, _ in pairs:
        if not isinstance(key, str):
            fail(f"{in_short(key)} is not a key. Expected a string", path)
    return [(paired(key) if has_surrogates(key) else key, member) for key, member in pairs]


def number_text(value: object, path: str) -> str | None:
    """Return the spelling of a JSON number; None if the value is not a number."""
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            fail(f"{value} is not a JSON number. Expected a finite one", path)
        return float.__repr__(value)
    return whole_number_text(value)


def is_string(value: object) -> bool:
    """Check whether a value is a JSON string."""
    return isinstance(value, str) and not isinstance(value, NumberText)


def require_string(value: Any, path: str) -> str:
    """Return a JSON string; anything else is an error."""
    if not is_string(value):
        fail(f"{shown(value)} is not a string. Expected one; put it in quotes", path)
    return paired(value) if has_surrogates(value) else str(value)


def require_number(value: Any, path: str) -> float:
    """Return a JSON number that EventBridge can compare; anything else is an error."""
    text = number_text(value, path)
    if text is None:
        fail(f"{shown(value)} is not a number. Expected one, without quotes", path)
    number = comparable(text)
    if number is None:
        fail(f"{shown(value)} cannot be compared. Expected a number that a double holds exactly", path)
    return number


def shown(value: Any) -> str:
    """Return a value for a message."""
    if is_object(value):
        return "an object"
    if is_array(value):
        return "an array"
    text = number_text(value, "") if isinstance(value, int) else None
    return _shortened(text or (str(value) if isinstance(value, NumberText) else in_short(value)))


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
