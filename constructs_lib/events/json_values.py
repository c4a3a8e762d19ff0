"""JSON text as plain Python values, whatever AWS delivers: any depth, any number, any letters."""

from __future__ import annotations

import json
import math
import re
import reprlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WHOLE_DIGITS: Final = 4_300
"""The most digits that Python reads as a whole number by default; its newer versions refuse more."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _ShortRepr(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        try:
            return super().repr_int(x, level)
        except ValueError:  # more digits than Python writes
            return f"a number of about {x.bit_length() * 3 // 10:,} digits"


_SHORT: Final = _ShortRepr()
_SHORT.maxlevel = 2
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


def in_short(value: object) -> str:
    """Return a value for the text of an error: the `repr`, of which a long one keeps its beginning and end."""
    return _SHORT.repr(value)


def plain_number(text: str) -> int | float | str:
    """Return a JSON number; if Python cannot hold it, its text."""
    if text.lstrip("-").isdigit():
        return int(text) if len(text) <= _WHOLE_DIGITS else text
    number = float(text)
    return number if math.isfinite(number) else text


def _reject(constant: str) -> NoReturn:
    msg = f"{constant} is not JSON"
    raise ValueError(msg)


_SYMBOL: Final = re.compile(
    r'[ \t\n\r]*([\[\]{}:,]|"[^"\\]*(?:\\.[^"\\]*)*"|true|false|null|'
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)",
    re.DOTALL,
)
_LITERALS: Final = {"true": True, "false": False, "null": None}
_CLOSING: Final = {"[": "]", "{": "}"}


class DeepReader:
    """Reads the first value of a JSON text without recursion, however deeply it is nested.

    PutEvents takes 1,000 levels, more than Python's own reader. This reader is about ten times slower, so it comes
    second.

    Args:
        number: Makes a value of a number's text.
        members: Makes a value of an object's keys and values.
    """

    def __init__(self, number: Callable[[str], Any], members: Callable[[list[tuple[str, Any]]], Any]) -> None:
        self._number = number
        self._members = members

    def read(self, text: str) -> tuple[Any, int]:
        """Return the value and the position after it.

        Raises:
            ValueError: The text does not begin with a JSON value.
        """
        # The open arrays and objects: the bracket, and the content so far; the keys wait for their values.
        opened: list[tuple[str, list[Any]]] = []
        keys: list[str] = []
        position, closable = 0, False
        while True:
            symbol, position = _symbol(text, position)
            if closable and symbol == _CLOSING[opened[-1][0]]:
                value = self._closed(*opened.pop())
            else:
                if opened and opened[-1][0] == "{":
                    position = _key(symbol, text, position, keys)
                    symbol, position = _symbol(text, position)
                if symbol in _CLOSING:
                    opened.append((symbol, []))
                    closable = True
                    continue
                value = self._scalar(symbol, position)
            closable = False
            while opened:
                bracket, held = opened[-1]
                held.append((keys.pop(), value) if bracket == "{" else value)
                symbol, position = _symbol(text, position)
                if symbol == ",":
                    break
                if symbol != _CLOSING[bracket]:
                    msg = f"a comma or {_CLOSING[bracket]!r} is missing before character {position}"
                    raise ValueError(msg)
                value = self._closed(*opened.pop())
            else:
                return value, position

    def _closed(self, bracket: str, held: list[Any]) -> Any:
        return self._members(held) if bracket == "{" else held

    def _scalar(self, symbol: str, position: int) -> Any:
        if symbol.startswith('"'):
            return json.loads(symbol)
        if symbol in _LITERALS:
            return _LITERALS[symbol]
        if symbol in "]}:,":
            msg = f"{symbol!r} before character {position} is in the wrong place"
            raise ValueError(msg)
        return self._number(symbol)


def _symbol(text: str, position: int) -> tuple[str, int]:
    found = _SYMBOL.match(text, position)
    if found is None:
        msg = f"no JSON at character {position}"
        raise ValueError(msg)
    return found[1], found.end()


def _key(symbol: str, text: str, position: int, keys: list[str]) -> int:
    if not symbol.startswith('"'):
        msg = f"a key is missing before character {position}"
        raise ValueError(msg)
    keys.append(json.loads(symbol))
    colon, position = _symbol(text, position)
    if colon != ":":
        msg = f"a colon is missing before character {position}"
        raise ValueError(msg)
    return position


_QUICK: Final = json.JSONDecoder(parse_int=plain_number, parse_float=plain_number, parse_constant=_reject)
_DEEP: Final = DeepReader(plain_number, dict)


def read_json(text: str) -> Any:
    """Return the value of a JSON text; if an object repeats a key, the last value counts.

    Raises:
        ValueError: The text is not JSON by RFC 8259 (which excludes `NaN`, though Python's reader takes it).
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
    r"""Return a value as compact JSON that any encoding takes: half a pair of surrogates becomes `\ud800`.

    Args:
        value: What `read_json` returns, however deeply nested.
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
    """Yield the text of a value without recursion: what is still to be written waits in a list, the next at its end."""
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
    """Return the digits of a whole number, however many."""
    return int.__repr__(number) if number.bit_length() <= _WHOLE_DIGITS * 3 else f"{Decimal(number):f}"
