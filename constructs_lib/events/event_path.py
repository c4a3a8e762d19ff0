"""The JSON paths that EventBridge takes: `$.detail.event_type`, `$.resources[0]`, `$.detail.items[*].id`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# AWS's user guide, "Amazon EventBridge input transformation": dots, dashes, underscores, alphanumeric characters,
# array indices, wildcards, forward slashes; no other JSONPath.
_STEP: Final = re.compile(r"\.(?P<name>[\w\-/]+|\*)|\[(?P<index>\d+|\*)\]")


@dataclass(frozen=True, slots=True)
class Found:
    """What an event has at a path."""

    value: Any


def is_path(text: object) -> bool:
    """Check whether a string is meant as a path, where EventBridge takes a path or a constant."""
    return isinstance(text, str) and (text == "$" or text.startswith(("$.", "$[")))


def is_understood(path: str) -> bool:
    """Check whether EventBridge supports this kind of path.

    >>> is_understood("$.detail.event_type"), is_understood("$.detail[?(@.id)]")
    (True, False)
    """
    return None not in _steps(path)


def find(event: Mapping[str, Any], path: str) -> Found | None:
    """Return what an event has at a path; None if it has nothing there, or EventBridge does not support the path.

    >>> find({"detail": {"event_type": "create_tenant"}}, "$.detail.event_type")
    Found(value='create_tenant')
    """
    steps = list(_steps(path))
    if None in steps:
        return None
    found: list[Any] = [event]
    many = False
    for step in steps:
        many = many or step == "*"
        found = [inner for value in found for inner in _below(value, step)]
    if many:
        return Found(found)
    return Found(found[0]) if found else None


def _steps(path: str) -> Iterator[str | int | None]:
    """Yield the keys and indices of a path; None for a part that is not one."""
    position = 1 if path.startswith("$") else 0
    if not path.startswith("$"):
        yield None
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            yield None
            return
        position = step.end()
        index = step["index"]
        yield step["name"] if index is None else "*" if index == "*" else int(index)


def _below(value: Any, step: str | int | None) -> list[Any]:
    if step == "*":
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return list(inner)
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
