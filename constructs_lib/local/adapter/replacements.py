"""Everything that the adapter changes in ministack, by the name that it has there.

Three decorators say it: `@replaces` and `@extends` for a function of ministack, `@adds` for an operation of
CloudFormation that ministack lacks. They only take note; `put_in_place` makes the changes.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, missing

if TYPE_CHECKING:
    from collections.abc import Callable

_Anything = TypeVar("_Anything")


@dataclass(frozen=True)
class Replacement:
    """A replacement for something in ministack.

    Args:
        name: Where it is, such as `services.eventbridge._put_rule`; for an entry of a table, with its keys:
            `services.cloudformation.provisioners._RESOURCE_HANDLERS/AWS::SNS::Topic/create`.
        new: What takes its place.
        extends: Whether `new` gets the original as its first argument.
    """

    name: str
    new: Any
    extends: bool

    def original(self) -> Any:
        """Return what ministack has under the name.

        Raises:
            LocalAwsError: The installed ministack has nothing there.
        """
        owner, name = self._place()
        return owner[name] if isinstance(owner, dict) else getattr(owner, name)

    def put_in_place(self) -> None:
        """Put it in place, also in the tables of its module, such as that from actions to functions."""
        owner, name = self._place()
        old = self.original()
        new = _around(old, self.new, owner) if self.extends else self.new
        if isinstance(owner, dict):
            owner[name] = new
            return
        setattr(owner, name, new)
        tables = [value for value in vars(owner).values() if isinstance(value, dict)]
        tables += [value for table in tables for value in table.values() if isinstance(value, dict)]
        for table in tables:
            table.update({key: new for key, value in table.items() if value is old})

    def _place(self) -> tuple[Any, str]:
        """Return the module, class or table that contains it, and its name or key there."""
        path, *keys = self.name.split("/")
        if not keys:
            path, _, last = path.rpartition(".")
            owner = _resolve(path)
            if not hasattr(owner, last):
                raise missing(f"ministack.{self.name}")
            return owner, last
        table = _resolve(path)
        for key in keys[:-1]:
            table = table.get(key, {})
        if keys[-1] not in table:
            raise missing(f"ministack.{self.name}")
        return table, keys[-1]


@dataclass(frozen=True)
class Addition:
    """An operation of a CloudFormation resource type that ministack lacks.

    Args:
        resource_type: Such as `AWS::Events::Archive`.
        operation: `create`, `update`, `delete` or `import`.
        new: What carries it out.
    """

    resource_type: str
    operation: str
    new: Any


REPLACEMENTS: Final[list[Replacement]] = []
ADDITIONS: Final[list[Addition]] = []
REPLACING_PROPERTIES: Final[dict[str, tuple[str, ...]]] = {}
"""For each added resource type, the properties whose change replaces the resource."""


def replaces(name: str) -> Callable[[_Anything], _Anything]:
    """Put the decorated function in place of one of ministack's."""
    return functools.partial(_note, name, extends=False)


def extends(name: str) -> Callable[[_Anything], _Anything]:
    """Wrap one of ministack's functions in the decorated one, which gets it as its first argument."""
    return functools.partial(_note, name, extends=True)


def adds(resource_type: str, operation: str) -> Callable[[_Anything], _Anything]:
    """Make the decorated function carry out an operation of a resource type that ministack lacks."""

    def note(new: _Anything) -> _Anything:
        ADDITIONS.append(Addition(resource_type, operation, new))
        return new

    return note


def put_in_place() -> None:
    """Make the changes that the imported modules of the adapter ask for; later ones wrap earlier ones."""
    for replacement in REPLACEMENTS:
        replacement.put_in_place()
    for addition in ADDITIONS:
        CLOUDFORMATION.RESOURCE_HANDLERS.setdefault(addition.resource_type, {})[addition.operation] = addition.new
    CLOUDFORMATION.REPLACING_PROPERTIES.update(REPLACING_PROPERTIES)


def _note(name: str, new: _Anything, *, extends: bool) -> _Anything:
    REPLACEMENTS.append(Replacement(name, new, extends))
    return new


def _resolve(path: str) -> Any:
    """Return the module, or what is in a module, at a path below ministack."""
    names = path.split(".")
    for count in range(len(names), 0, -1):
        module = ".".join(["ministack", *names[:count]])
        try:
            found: Any = importlib.import_module(module)
        except ModuleNotFoundError as error:
            # A module that exists but cannot import another one has a different problem.
            if error.name is None or not module.startswith(error.name):
                raise
            continue
        for name in names[count:]:
            if not hasattr(found, name):
                raise missing(f"ministack.{path}")
            found = getattr(found, name)
        return found
    raise missing(f"ministack.{path}")


def _around(old: Any, new: Any, owner: Any) -> Any:
    if not inspect.isclass(owner):
        return functools.partial(new, old)

    @functools.wraps(old)
    def method(*arguments: Any, **named: Any) -> Any:
        return new(old, *arguments, **named)

    return method
