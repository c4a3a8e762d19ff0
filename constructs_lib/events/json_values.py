"""JSON text as plain Python values, whatever AWS delivers: any depth, any number, any letters."""

from __future__ import annotations

import json
import math
import re
import reprlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

from constructs_lib.events.deep_json import DeepReader

if TYPE_CHECKING:
    from collections.abc import Iterator

_WHOLE_DIGITS: Final = 4_300
"""As many digits as Python makes a whole number of by default; its newer versions refuse more."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


_SHORT: Final = reprlib.Repr()
_SHORT.maxlevel = 2
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


def in_short(value: object) -> str:
    """Give a value for the text of an error: the whole `repr` of a short one, else its beginning and end."""
    return _SHORT.repr(value)


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
        value: what `read_json` gives, nested as deeply as may be.
    """
    try:
        text = _WRITER.encode(value)
    except RecursionError:
        text = "".join(_written(value))
    except ValueError as error:
        if "Circular" in str(error):
            raise
        text = "".join(_written(value))  # a whole number with more digits than Python writes
    return _LONE_SURROGATE.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)


_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _written(value: Any) -> Iterator[str]:
    """Write a value without recursion: what is still to be written waits, the next at the end."""
    waiting: list[tuple[bool, Any]] = [(False, value)]
    while waiting:
        is_text, item = waiting.pop()
        if is_text:
            yield item
        elif isinstance(item, dict):
            waiting.append((True, "}"))
            for number, key in reversed(list(enumerate(item))):
                waiting.append((False, item[key]))
                waiting.append((True, f"{',' if number else ''}{_WRITER.encode(str(key))}:"))
            waiting.append((True, "{"))
        elif isinstance(item, (list, tuple)):
            waiting.append((True, "]"))
            for number, element in reversed(list(enumerate(item))):
                waiting.append((False, element))
                if number:
                    waiting.append((True, ","))
            waiting.append((True, "["))
        elif isinstance(item, int) and not isinstance(item, bool):
            yield whole_number_text(item)
        else:
            yield _WRITER.encode(item)


def whole_number_text(number: int) -> str:
    """Give the digits of a whole number, however many."""
    return int.__repr__(number) if number.bit_length() <= _WHOLE_DIGITS * 3 else f"{Decimal(number):f}"
