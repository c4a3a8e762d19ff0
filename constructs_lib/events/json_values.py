"""JSON text as plain Python values, whatever AWS delivers: any depth, any number, any letters."""

from __future__ import annotations

import json
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    import reprlib
    from collections.abc import Callable

_WHOLE_DIGITS: Final = 4_300
"""The most digits that Python reads as a whole number by default; its newer versions refuse more."""


def in_short(value: object) -> str:
    """Return a value for the text of an error: the `repr`, of which a long one keeps its beginning and end."""
    return _shortener().repr(value)


@lru_cache(maxsize=1)
def _shortener() -> reprlib.Repr:
    import reprlib  # only for errors

    class ShortRepr(reprlib.Repr):
        def repr_int(self, x: int, level: int) -> str:
            try:
                return super().repr_int(x, level)
            except ValueError:  # more digits than Python writes
                return f"a number of about {x.bit_length() * 3 // 10:,} digits"

    made = ShortRepr()
    made.maxlevel = 2
    made.maxstring = made.maxother = made.maxlong = 80
    return made


def plain_number(text: str) -> int | float | str:
    """Return a JSON number; if Python cannot hold it, its text."""
    if text.lstrip("-").isdigit():
        return int(text) if len(text.lstrip("-")) <= _WHOLE_DIGITS else text
    number = float(text)
    return text if number - number else number  # only infinity is not 0 away from itself


def _reject(constant: str) -> NoReturn:
    msg = f"{constant} is not JSON"
    raise ValueError(msg)


def whole_number_text(number: int) -> str:
    """Return the digits of a whole number, however many."""
    if number.bit_length() <= _WHOLE_DIGITS * 3:
        return int.__repr__(number)
    from decimal import Decimal  # takes a millisecond to load

    return f"{Decimal(number):f}"


# Python's own reader of whole numbers is faster, and refuses too many digits, unless somebody has changed its limit.
_IS_LIMITED: Final = getattr(sys, "get_int_max_str_digits", int)() == _WHOLE_DIGITS


def scanner(object_hook: Callable[[dict[str, Any]], Any] | None = None) -> Callable[[str, int], tuple[Any, int]]:
    """Return what reads one value from a position, without white space before it; a third faster than `json.loads`.

    It raises StopIteration, ValueError or RecursionError for what it cannot read; `read_json` may read that.

    Args:
        object_hook: What is called with each object, and returns what takes its place. Default: the object stays.
    """
    scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(
        object_hook=object_hook,
        parse_int=None if _IS_LIMITED else plain_number,
        parse_float=plain_number,
        parse_constant=_reject,
    ).scan_once  # type: ignore[attr-defined]
    return scan


_SCAN: Final = scanner()


def read_json(text: str) -> Any:
    """Return the value of a JSON text; if an object repeats a key, the last value counts.

    Raises:
        ValueError: The text is not JSON by RFC 8259 (which excludes `NaN`, though Python's reader takes it).
    """
    try:
        value, end = _SCAN(text, 0)
    except (StopIteration, ValueError, RecursionError):
        return _read_any_json(text)
    return value if end == len(text) else _read_any_json(text)


def _read_any_json(text: str) -> Any:
    """Read what is not compact and plain: white space around it, long numbers, any depth, or no JSON at all."""
    try:
        decoder = json.JSONDecoder(parse_int=plain_number, parse_float=plain_number, parse_constant=_reject)
        return decoder.decode(text)
    except RecursionError:
        from constructs_lib.events.deep_json import DeepReader

        value, end = DeepReader(plain_number, dict).read(text)
    if text[end:].strip(" \t\n\r"):
        msg = f"more text after the value, at character {end}"
        raise ValueError(msg)
    return value


_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def write_json(value: Any) -> str:
    r"""Return a value as compact JSON that any encoding takes: half a pair of surrogates becomes `\ud800`.

    Args:
        value: What `read_json` returns, however deeply nested.
    """
    try:
        text = _WRITER.encode(value)
    except RecursionError:
        text = _deep_text(value)
    except ValueError as error:
        if "Circular" in str(error):
            raise
        text = _deep_text(value)  # a whole number with more digits than Python writes
    return re.sub("[\ud800-\udfff]", lambda letter: f"\\u{ord(letter[0]):04x}", text)


def _deep_text(value: Any) -> str:
    from constructs_lib.events.deep_json import deep_text

    return deep_text(value, _scalar_text)


def _scalar_text(value: Any) -> str:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return whole_number_text(value) if is_whole else _WRITER.encode(value)
