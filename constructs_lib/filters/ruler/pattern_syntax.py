"""Event patterns: what EventBridge accepts as a pattern, and what it asks of each field."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidPattern
from constructs_lib.filters.ruler.json_text import read_pairs
from constructs_lib.filters.ruler.match_expressions import parse_match_value
from constructs_lib.filters.ruler.match_values import AnythingBut, Numbers
from constructs_lib.filters.ruler.pattern_json import fail, is_array, is_object, members, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.filters.ruler.match_values import MatchValue

_OR = "$or"
# EventBridge's engine takes no more fields in one rule.
_FIELDS = 256
# Each `$or` multiplies the alternatives; this is a limit against patterns that would exhaust the memory.
_ALTERNATIVES = 20_000
_RESERVED_IN_OR = frozenset(
    {"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"}
    | {"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"}
    | {"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"}
    | {"ip-address-in-range", "ip-address-not-in-range"}
)


@dataclass(frozen=True, eq=False)
class FieldPattern:
    """What a pattern accepts in one field.

    Attributes:
        field: The keys from the top of the event, joined by dots.
        values: What is accepted; one of them is enough.
        path: The place in the pattern.
        source: What the pattern has there, for messages.
    """

    field: str
    values: tuple[MatchValue, ...]
    path: str
    source: Any


Fields = dict[str, FieldPattern]
"""What an event must have in each of some fields, by the field's name."""


def parse_pattern(pattern: Mapping[str, Any] | str) -> list[Fields]:
    """Parse a pattern into alternatives, each with fields that must all be right.

    Raises:
        InvalidPattern: EventBridge would reject the pattern.
    """
    if isinstance(pattern, str):
        try:
            value = read_pairs(pattern)
        except ValueError as error:
            raise InvalidPattern(f"the pattern is not JSON ({error}). Expected a JSON object") from None
    else:
        value = pattern
    if not is_object(value):
        fail(f"{shown(value)} is not a pattern. Expected a JSON object, as a dict or text", "")
    alternatives = _read(value)
    for fields in alternatives:
        _check(fields)
    return alternatives


def _read(value: Any) -> list[Fields]:
    try:
        return _Parser(legacy=False).parse(value)
    except InvalidPattern:
        # The engine then tries its older reader, for which `$or` is the name of a field.
        with suppress(InvalidPattern):
            return _Parser(legacy=True).parse(value)
        raise


def _check(fields: Fields) -> None:
    if len(fields) > _FIELDS:
        fail(f"the pattern has {len(fields)} fields. Expected at most {_FIELDS}", "")
    for field in fields.values():
        first = field.values[0]
        if isinstance(first, AnythingBut) and not first.excluded:
            fail("nothing is excluded. Expected at least one string", f"{field.path}[0].anything-but.{first.kind}")
        for value in field.values:
            if isinstance(value, Numbers) and not value.numbers.bottom < value.numbers.top:
                fail("no number meets a numeric comparison. Expected one that some number meets", field.path)


@dataclass(frozen=True)
class _Position:
    """The reader's position: the keys so far, and the path for messages."""

    keys: tuple[str, ...] = ()
    path: str = ""
    inside_or: bool = False

    def __truediv__(self, key: str) -> _Position:
        return _Position((*self.keys, key), f"{self.path}.{key}" if self.path else key, self.inside_or)

    @property
    def field(self) -> str:
        """The field's name; as in event-ruler, without a dot if everything before the last key is empty."""
        before = ".".join(self.keys[:-1])
        return f"{before}.{self.keys[-1]}" if before else self.keys[-1]


class _Parser:
    def __init__(self, *, legacy: bool) -> None:
        self._legacy = legacy

    def parse(self, value: Any) -> list[Fields]:
        found: list[Fields] = []
        try:
            self._object(found, value, _Position())
        except RecursionError:
            fail("the pattern is nested too deeply. Expected as many levels as an event has", "")
        return found

    def _object(self, found: list[Fields], value: Any, position: _Position) -> None:
        pairs = members(value, position.path)
        if not pairs:
            fail("the object is empty. Expected at least one field", position.path)
        for key, member in pairs:
            inner = position / key
            if key == _OR and not self._legacy:
                self._or(found, member, position, inner.path)
            elif position.inside_or and key in _RESERVED_IN_OR:
                fail(
                    f"{key!r} is an operator, and cannot be the name of a field inside {_OR}. Expected a field",
                    inner.path,
                )
            elif is_object(member):
                self._object(found, member, inner)
            elif is_array(member):
                self._field(found, member, inner)
            else:
                fail(f"{shown(member)} is not in an array. Expected [{shown(member)}]", inner.path)

    def _field(self, found: list[Fields], values: Any, position: _Position) -> None:
        if not values:
            fail("the array is empty. Expected at least one value", position.path)
        name = position.field
        accepted: list[MatchValue] = []
        for index, value in enumerate(values):
            accepted.extend(parse_match_value(value, f"{position.path}[{index}]", legacy=self._legacy))
        field = FieldPattern(name, tuple(accepted), position.path, values)
        if not found:
            found.append({})
        for fields in found:
            fields[name] = field

    def _or(self, found: list[Fields], alternatives: Any, position: _Position, path: str) -> None:
        if not is_array(alternatives):
            fail(f"{shown(alternatives)} cannot follow {_OR}. Expected an array of at least two objects", path)
        before = list(found) or [{}]
        found.clear()
        for index, alternative in enumerate(alternatives):
            if not is_object(alternative):
                fail(
                    f"{shown(alternative)} is not an object. Expected only objects in the array of {_OR}",
                    f"{path}[{index}]",
                )
            chosen = [dict(fields) for fields in before]
            self._object(chosen, alternative, _Position(position.keys, f"{path}[{index}]", inside_or=True))
            found.extend(chosen)
            if len(found) > _ALTERNATIVES:
                fail(
                    f"the pattern has more than {_ALTERNATIVES:,} combinations of {_OR}. Expected fewer; split it", path
                )
        if len(alternatives) < 2:
            fail(f"the array of {_OR} has {len(alternatives)} objects. Expected at least two objects", path)
