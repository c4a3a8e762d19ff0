"""A JSON reader without recursion, for texts that are nested more deeply than Python's own reader allows.

PutEvents takes 1,000 levels. This reader is some ten times slower, so it comes second.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SYMBOL = re.compile(
    r'[ \t\n\r]*([\[\]{}:,]|"[^"\\]*(?:\\.[^"\\]*)*"|true|false|null|'
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)",
    re.DOTALL,
)
_LITERALS = {"true": True, "false": False, "null": None}
_CLOSING = {"[": "]", "{": "}"}


class DeepReader:
    """Reads the first value of a JSON text.

    Args:
        number: What to make of a number's text.
        members: What to make of an object's keys and values.
    """

    def __init__(self, number: Callable[[str], Any], members: Callable[[list[tuple[str, Any]]], Any]) -> None:
        self._number = number
        self._members = members

    def read(self, text: str) -> tuple[Any, int]:
        """Read a value; give it and the position after it.

        Raises:
            ValueError: The text does not begin with a JSON value.
        """
        # The arrays and objects that are open: the bracket, what they hold so far, and the key that waits for a value.
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
                    msg = f"{symbol!r} before character {position} is in the wrong place"
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
