"""JSON text as plain Python values, whatever AWS delivers: any depth, any number, any letters."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

from .deep_json import DeepReader

_WHOLE_DIGITS: Final = 4_300
"""As many digits as Python makes a whole number of by default; its newer versions refuse more."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def plain_number(text: str) -> int | float | str:
    """Give a JSON number; one that Python cannot hold is its text."""
    if text.lstrip("-").isdigit():
        return int(text) if len(text) <= _WHOLE_DIGITS else text
    number = float(text)
    return number if math.isfinite(number) else text


def _reject(constant: str) -> NoReturn:
    msg = f"{constant} is not JSON"
    raise ValueError(msg)


_QUICK: Final = json.JSONDecoder(parse_int=plain_number, parse_float=plain_number, parse_constant=_reject)
_DEEP: Final = DeepReader(plain_number, dict)


def read_json(text: str) -> Any:
    """Read a JSON text; of a key that is repeated in an object the last value counts.

    Raises:
        ValueError: the text is not JSON as RFC 8259 has it (`NaN`, which Python's reader takes, is not).
    """
    try:
        return _QUICK.decode(text)
    except RecursionError:
        value, end = _DEEP.read(text)
    if text[end:].strip(" \t\n\r"):
        msg = f"more text after the value, at character {end}"
        raise ValueError(msg)
    return value


def write_json(value: Any) -> str:
    r"""Write a value as compact JSON that any encoding takes: half a pair of surrogates becomes `\ud800`.

    Args:
        value: nested as deeply as `json.dumps` allows.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _LONE_SURROGATE.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)
