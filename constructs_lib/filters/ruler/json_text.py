"""JSON text as EventBridge reads it: numbers keep their spelling, a repeated key keeps all its values."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from constructs_lib.events.deep_json import DeepReader
from constructs_lib.events.json_values import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = re.compile(r"[ \t\n\r]*")


class NumberText(str):
    """A number of a JSON text, spelled as in the text."""

    __slots__ = ()


class Repeated(tuple[Any, ...]):
    """The values of a key that occurs more than once in one object."""

    __slots__ = ()


class Pairs(tuple[tuple[str, Any], ...]):
    """A JSON object as its keys and values in order, repeated keys included."""

    __slots__ = ()


def _keep_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    values: dict[str, list[Any]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return {key: found[0] if len(found) == 1 else Repeated(found) for key, found in values.items()}


def _reject(constant: str) -> NoReturn:
    msg = f"{constant} is not JSON"
    raise ValueError(msg)


def _decoder(members: Callable[[list[tuple[str, Any]]], Any]) -> tuple[json.JSONDecoder, DeepReader]:
    quick = json.JSONDecoder(
        object_pairs_hook=members, parse_float=NumberText, parse_int=NumberText, parse_constant=_reject
    )
    return quick, DeepReader(NumberText, members)


_MEMBERS = _decoder(_keep_repeated)
_PAIRS = _decoder(Pairs)


def _first_value(decoder: tuple[json.JSONDecoder, DeepReader], text: str) -> Any:
    # EventBridge stops after the first value, and ignores what follows an object.
    quick, deep = decoder
    start = _SPACE.match(text)
    try:
        return quick.raw_decode(text, start.end() if start else 0)[0]
    except RecursionError:
        return deep.read(text)[0]


def read_members(text: str) -> Any:
    """Read the first JSON value in `text`: objects as dicts, repeated keys as `Repeated`.

    Raises:
        ValueError: The text does not begin with a JSON value.
    """
    return _first_value(_MEMBERS, text)


def read_pairs(text: str) -> Any:
    """Read the first JSON value in `text`: objects as `Pairs`.

    Raises:
        ValueError: The text does not begin with a JSON value.
    """
    return _first_value(_PAIRS, text)


def plain(value: Any) -> Any:
    """Return a value that was read here as plain Python: dicts, lists, strings, numbers."""
    if isinstance(value, Pairs):
        return {key: plain(member) for key, member in value}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return plain_number(str(value)) if isinstance(value, NumberText) else value
