"""The common case, fast: a field's values when no array of objects is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.filters.event_fields import scalar
from constructs_lib.filters.json_text import Repeated
from constructs_lib.filters.unicode_text import has_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.filters.condition import Condition
    from constructs_lib.filters.event_fields import Steps

# What a look at a field may find.
MISSING = 0
"""The field has no value."""
FAILS = 1
"""No value is accepted."""
PASSES = 2
"""A value is accepted, whatever the other conditions choose."""
UNSURE = 3
"""It depends on elements of arrays."""

_NOTHING = object()


def look(steps: Steps, members: Mapping[str, Any], condition: Condition) -> int:
    """Find out whether a field has a value that the condition accepts."""
    found = MISSING
    for key, rest in steps:
        value = members.get(key, _NOTHING)
        if value is _NOTHING:
            continue
        kind = type(value)
        if kind is str:
            if rest is not None:
                continue
            if condition.on_string(value) if value.isascii() else condition.accepts(value):
                return PASSES
            found = FAILS
        elif kind is dict:
            if rest is not None:
                inner = look(rest, value, condition)
                if inner >= PASSES:
                    return inner
                found = found or inner
        else:
            inner = _look_elsewhere(rest, value, condition)
            if inner >= PASSES:
                return inner
            found = found or inner
    return found


def _look_elsewhere(rest: Steps | None, value: Any, condition: Condition) -> int:
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
        if condition.accepts(scalar(element, (condition.field,))):
            return PASSES
    return FAILS


def _is_flat(values: Sequence[Any]) -> bool:
    """Tell whether an array holds no objects and arrays, and is one indeed."""
    return not isinstance(values, Repeated) and all(
        value is None or isinstance(value, (str, int, float)) for value in values
    )


def gather(steps: Steps, members: Mapping[str, Any]) -> str | Sequence[Any] | None:
    """Give a field's one string, or its values, or None if arrays of objects or surrogates are in the way."""
    values: list[Any] = []
    for key, rest in steps:
        value = members.get(key, _NOTHING)
        if value is _NOTHING:
            continue
        kind = type(value)
        if kind is str:
            if rest is None:
                if has_surrogates(value):
                    return None
                values.append(value)
        elif kind is dict:
            if rest is not None:
                inner = gather(rest, value)
                if inner is None:
                    return None
                if type(inner) is str:
                    values.append(inner)
                else:
                    values.extend(inner)
        elif isinstance(value, (list, tuple)):
            if not _is_flat(value):
                return None
            if rest is None:
                if any(isinstance(element, str) and has_surrogates(element) for element in value):
                    return None
                values.extend(scalar(element, (key,)) for element in value)
        elif value is not None and not isinstance(value, (bool, int, float, str)):
            return None
        elif rest is None:
            values.append(scalar(value, (key,)))
    if len(values) == 1 and type(values[0]) is str:
        only: str = values[0]
        return only
    return values
