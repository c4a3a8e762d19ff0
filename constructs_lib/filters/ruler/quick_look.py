"""The common case, fast: a field's values when no array of objects is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.filters.ruler.event_values import scalar
from constructs_lib.filters.ruler.json_text import Repeated
from constructs_lib.filters.ruler.unicode_text import has_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.filters.ruler.event_values import Steps
    from constructs_lib.filters.ruler.field_test import Condition

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
    found: str | Sequence[Any] | None = ()
    for key, rest in steps:
        value = members.get(key, _NOTHING)
        if value is _NOTHING:
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
