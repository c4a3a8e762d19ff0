"""The values of an event's fields: what a dotted name stands for, first by a fast look, then by a full search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import whole_number_text
from constructs_lib.filters.ruler.json_text import NumberText, Repeated, read_members
from constructs_lib.filters.ruler.texts import has_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs_lib.filters.ruler.field_test import FieldTest

# Which element of which array a value is in. The path to an array identifies it.
Membership = dict[tuple[Any, ...], int]
Steps = tuple[tuple[str, "Steps | None"], ...]

NOWHERE: Membership = {}
_DOTS = 100
# PutEvents takes 1,000.
_LEVELS = 1_000
# Python refuses to write numbers of more than 4,300 digits, and a double cannot hold one of 400.
_PLAIN_INTEGERS = 10**400
_MISSING = object()

# What a look at a field can find:
MISSING = 0
"""The field has no value."""
FAILS = 1
"""No value is accepted."""
PASSES = 2
"""A value is accepted, whatever elements the other tests choose."""
UNSURE = 3
"""It depends on elements of arrays."""


def event_members(event: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """Return an event, a dict or JSON text, as a dict.

    Raises:
        InvalidEvent: The event is not a JSON object.
    """
    if isinstance(event, str):
        try:
            value = read_members(event)
        except ValueError as error:
            raise InvalidEvent(f"The event is not JSON ({error}). Expected a JSON object: the whole event") from None
    else:
        value = event
    if not isinstance(value, Mapping):
        raise InvalidEvent(f"{type(value).__name__} is not an event. Expected the whole event, a dict or its JSON text")
    return value


def _segments(name: str) -> list[str]:
    parts = name.split(".")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts if parts != [""] or not name else []


class FieldNames:
    """The paths to fields by their dotted names.

    Keys of an event can contain dots themselves, so `a.b` stands for `{"a": {"b": …}}` and for `{"a.b": …}`. As in
    event-ruler, a key is followed only if all its parts occur in some field of the rule, which excludes some keys that
    are empty or end with a dot.
    """

    def __init__(self, fields: Iterable[str]) -> None:
        self._used = frozenset(segment for field in fields for segment in _segments(field))

    def steps(self, name: str) -> Steps:
        """Return the keys to follow for a field: each with what comes after it, or None at the value."""
        dots = [index for index, character in enumerate(name) if character == "."]
        starts = [0, *(dot + 1 for dot in dots)]
        # A name with very many dots gets only its plain reading, because all readings would fill the memory.
        longest = len(dots) + 1 if len(dots) < _DOTS else 1
        after: dict[int, Steps] = {}
        for first in reversed(range(len(starts))):
            ways: list[tuple[str, Steps | None]] = []
            for dot in range(first, min(first + longest, len(dots))):
                key = name[starts[first] : dots[dot]]
                if after[dot + 1] and self._follows(key):
                    ways.append((key, after[dot + 1]))
            if first + longest > len(dots) and self._follows(name[starts[first] :]):
                ways.append((name[starts[first] :], None))
            after[first] = tuple(ways)
        return after[0]

    def _follows(self, key: str) -> bool:
        return key in self._used or ("." in key and self._used.issuperset(_segments(key)))


def scalar(value: object, where: tuple[Any, ...]) -> Any:
    """Return a JSON value other than an object or array as a type that a `FieldTest` takes.

    Raises:
        InvalidEvent: JSON does not have such a value.
    """
    if value is None or isinstance(value, (bool, NumberText)):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value) if abs(value) < _PLAIN_INTEGERS else NumberText(whole_number_text(value))
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        raise InvalidEvent(f"{value} in {'.'.join(map(str, where))} is not a JSON number. Expected a finite one")
    raise InvalidEvent(
        f"{type(value).__name__} in {'.'.join(map(str, where))} is not a JSON type. Expected what json.loads returns"
    )


def find_values(steps: Steps, members: Mapping[str, Any]) -> list[tuple[Any, Membership]]:
    """Return all values of a field, with the elements of arrays that they are in.

    Raises:
        InvalidEvent: The event is not JSON, or is nested too deeply on the way to the field.
    """
    found: list[tuple[Any, Membership]] = []
    pending: list[tuple[Steps | None, Any, tuple[Any, ...], Membership]] = [(steps, members, (), NOWHERE)]
    while pending:
        rest, value, where, membership = pending.pop()
        if len(where) > _LEVELS:
            raise InvalidEvent(f"The event is nested in more than {_LEVELS:,} levels, which PutEvents refuses")
        if isinstance(value, Mapping):
            pending.extend((after, value[key], (*where, key), membership) for key, after in rest or () if key in value)
        elif isinstance(value, Repeated):
            pending.extend(
                (rest, occurrence, (*where, ("repeated", index)), membership) for index, occurrence in enumerate(value)
            )
        elif isinstance(value, (list, tuple)):
            for index, element in enumerate(value):
                if isinstance(element, (Mapping, list, tuple)):
                    pending.append((rest, element, (*where, index), {**membership, where: index}))
                elif rest is None:
                    found.append((scalar(element, (*where, index)), membership))
        elif rest is None:
            found.append((scalar(value, where), membership))
    return found


def look(steps: Steps, members: Mapping[str, Any], test: FieldTest) -> int:
    """Return whether a field has a value that the test accepts: `MISSING`, `FAILS`, `PASSES` or `UNSURE`."""
    found = MISSING
    for key, rest in steps:
        value = members.get(key, _MISSING)
        if value is _MISSING:
            continue
        kind = type(value)
        if kind is str:
            if rest is not None:
                continue
            if test.on_string(value) if value.isascii() else test.accepts(value):
                return PASSES
            found = FAILS
        elif kind is dict:
            if rest is not None:
                inner = look(rest, value, test)
                if inner >= PASSES:
                    return inner
                found = found or inner
        else:
            inner = _look_elsewhere(rest, value, test)
            if inner >= PASSES:
                return inner
            found = found or inner
    return found


def _look_elsewhere(rest: Steps | None, value: Any, test: FieldTest) -> int:
    if isinstance(value, (list, tuple)):
        if not _is_flat(value):
            return UNSURE
        values = value
    elif value is None or isinstance(value, (bool, int, float, str)):
        values = (value,)
    else:
        return UNSURE
    if rest is not None or not values:
        return MISSING
    for element in values:
        if test.accepts(scalar(element, (test.field,))):
            return PASSES
    return FAILS


def _is_flat(values: Sequence[Any]) -> bool:
    """Check whether an array has no objects or arrays in it, and is not the values of a repeated key."""
    return not isinstance(values, Repeated) and all(
        value is None or isinstance(value, (str, int, float)) for value in values
    )


def gather(steps: Steps, members: Mapping[str, Any]) -> str | Sequence[Any] | None:
    """Return a field's one string, or its values; None if arrays of objects or surrogates are in the way."""
    found: str | Sequence[Any] | None = ()
    for key, rest in steps:
        value = members.get(key, _MISSING)
        if value is _MISSING:
            continue
        kind = type(value)
        here: str | Sequence[Any] | None
        if kind is str and (value.isascii() or not has_surrogates(value)):
            here = value if rest is None else ()
        elif kind is dict:
            here = gather(rest, value) if rest is not None else ()
        else:
            here = _gather_elsewhere(rest, value, key)
        if here is None:
            return None
        if not found and found != "":
            found = here
        elif here or here == "":
            found = [*_listed(found), *_listed(here)]
    return found


def _listed(found: str | Sequence[Any]) -> Sequence[Any]:
    return [found] if type(found) is str else found


def _gather_elsewhere(rest: Steps | None, value: Any, key: str) -> Sequence[Any] | None:
    if isinstance(value, (list, tuple)):
        if not _is_flat(value):
            return None
        values: Sequence[Any] = value
    elif value is None or isinstance(value, (bool, int, float, str)):
        values = (value,)
    else:
        return None
    if rest is not None:
        return ()
    if any(isinstance(element, str) and has_surrogates(element) for element in values):
        return None
    return [scalar(element, (key,)) for element in values]
