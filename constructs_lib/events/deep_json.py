"""JSON nested more deeply than Python's own reader and writer take."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def deep_text(value: Any, scalar: Callable[[Any], str]) -> str:
    """Return a value as compact JSON without recursion, however deeply it is nested.

    Args:
        value: Dictionaries, lists, and what `scalar` takes.
        scalar: Returns the text of a key or of any other value.
    """
    return "".join(_written(value, scalar))


def _written(value: Any, scalar: Callable[[Any], str]) -> Iterator[str]:
    """Yield the parts of the text: what is still to be written waits in a list, the next at its end."""
    waiting: list[tuple[bool, Any]] = [(False, value)]
    while waiting:
        is_text, item = waiting.pop()
        if is_text:
            yield item
        elif isinstance(item, dict):
            waiting.append((True, "}"))
            for number, key in reversed(list(enumerate(item))):
                waiting.append((False, item[key]))
                waiting.append((True, f"{',' if number else ''}{scalar(str(key))}:"))
            waiting.append((True, "{"))
        elif isinstance(item, (list, tuple)):
            waiting.append((True, "]"))
            for number, element in reversed(list(enumerate(item))):
                waiting.append((False, element))
                if number:
                    waiting.append((True, ","))
            waiting.append((True, "["))
        else:
            yield scalar(item)
