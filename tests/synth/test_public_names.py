"""Whoever uses a public name can name all that it takes, returns and raises."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import constructs_lib
from constructs_lib import SaasusEventsError, body_types, filters, local, options, payload, runtime, targets, testing
from constructs_lib.events import errors
from constructs_lib.local import saasus
from constructs_lib.targets import SharedTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

HOMES: tuple[ModuleType, ...] = (
    constructs_lib,
    body_types,
    filters,
    local,
    saasus,
    options,
    payload,
    runtime,
    targets,
    testing,
)
NOT_MADE_BY_USERS = "not directly"
BETWEEN_ROOMS = {
    "EventFilter.__init__": "a filter starts with EventFilter.all() or EventFilter.of(…)",
    "EventFilter.conditions": "what the rooms of the package read of a filter",
    "EventFilter.conjunctions": "what the rooms of the package read of a filter",
    "Matcher.alternatives": "what RuleSet indexes",
    **{
        f"{target}.{member}": "what a route calls in the place of bind"
        for target in (SharedTarget.__name__, *(each.__name__ for each in SharedTarget.__subclasses__()))
        for member in ("bind_for", "serve")
    },
}
"""Members without an underscore that are there for other modules of the package, each with its use."""


def exported(home: ModuleType) -> dict[str, Any]:
    """Return what a module offers to users: what it lists, or what it makes."""
    listed = getattr(home, "__all__", None)
    if listed is not None:
        return {name: getattr(home, name) for name in listed}
    made = {name: value for name, value in vars(home).items() if getattr(value, "__module__", "") == home.__name__}
    return {name: value for name, value in made.items() if not name.startswith("_")}


@cache
def public_values() -> dict[int, str]:
    """Return the names of what users can import, by the identity of the value."""
    return {id(value): name for home in HOMES for name, value in exported(home).items()}


@cache
def imports(module: str) -> dict[str, str]:
    """Return what a module imports from this package, for type checkers only too: each name with its module."""
    tree = ast.parse(Path(inspect.getfile(importlib.import_module(module))).read_text("utf-8"))
    return {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("constructs_lib")
        for alias in node.names
        if node.module
    }


def resolve(name: str, module: str) -> Any:
    """Return what a name in the text of a module means, where it is of this package."""
    home = imports(module).get(name, module)
    value = getattr(importlib.import_module(home), name, None)
    return value if getattr(value, "__module__", "").startswith("constructs_lib") else None


def calls() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Return the public functions and methods, and the properties by their getters."""
    for home in HOMES:
        for name, value in exported(home).items():
            if inspect.isclass(value):
                yield from methods(name, value)
            elif inspect.isfunction(value):
                yield name, value


def methods(name: str, kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for attribute, value in inspect.getmembers(kind):
        function = value.fget if isinstance(value, property) else inspect.unwrap(value) if callable(value) else None
        if not inspect.isfunction(function) or not function.__module__.startswith("constructs_lib"):
            continue
        is_made = attribute == "__init__" and NOT_MADE_BY_USERS not in (kind.__doc__ or "")
        if is_made or not attribute.startswith("_"):
            yield f"{name}.{attribute}", function


CALLS = {name: function for name, function in calls() if name not in BETWEEN_ROOMS}


def words_in_annotations(function: Callable[..., Any]) -> set[str]:
    texts = [str(each) for each in function.__annotations__.values()]
    return {word for text in texts for word in re.findall(r"(?<![\w.])[A-Za-z_]\w*", text)}


def raised(function: Callable[..., Any]) -> list[str]:
    """Return the errors in the `Raises:` section of a docstring."""
    section = re.search(r"^Raises:\n((?:    .*\n?|\n)*)", inspect.getdoc(function) or "", re.MULTILINE)
    return [] if section is None else re.findall(r"^    (\w+):", section[1], re.MULTILINE)


@pytest.mark.parametrize("call", CALLS)
def test_what_a_call_takes_and_returns_can_be_named(call: str) -> None:
    function = CALLS[call]
    values = {word: resolve(word, function.__module__) for word in words_in_annotations(function)}
    kinds = {word: value for word, value in values.items() if inspect.isclass(value)}
    assert [word for word, value in kinds.items() if id(value) not in public_values()] == []


@pytest.mark.parametrize("call", [call for call in CALLS if raised(CALLS[call])])
def test_what_a_call_raises_can_be_caught(call: str) -> None:
    function = CALLS[call]
    for name in raised(function):
        error = resolve(name, function.__module__) or getattr(errors, name, None)
        # What it raises by another function, its module need not import.
        known = id(error) in public_values() if error else name in public_values().values()
        assert known or hasattr(builtins, name), f"{call} raises {name}"


def test_every_error_is_exported() -> None:
    own = {name for name, value in vars(errors).items() if inspect.isclass(value) and name in value.__name__}
    assert own <= set(constructs_lib.__all__)
    assert all(issubclass(getattr(errors, name), SaasusEventsError) for name in own)


def test_what_is_excepted_is_there() -> None:
    assert BETWEEN_ROOMS.keys() <= dict(calls()).keys()
