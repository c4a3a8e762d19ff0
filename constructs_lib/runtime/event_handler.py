"""A function that handles events: what it is called, which events it takes, and how to call it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.events.json_values import in_short
from constructs_lib.events.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from constructs_lib.events.saasus_event import SaasusEvent
    from constructs_lib.filters.event_filter import EventFilter

_NAME_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
TAKES_ANY_NUMBER: Final = 0x04
COROUTINE: Final = 0x80
YIELDING: Final = 0x20 | 0x200
"""Flags of a code object, from the documentation of `inspect`, which takes longer to load than all that is here."""

_DECLARED: Final = "__saasus_handler__"


def is_declared(function: object) -> bool:
    """Check whether a function is a handler already, as it is, so that whatever is put around it now never runs."""
    return _DECLARED in getattr(function, "__dict__", ())


def is_left_unawaited(result: object) -> bool:
    """Check whether what a function returned has to be awaited, which nobody does here; if so, close it."""
    if not hasattr(result, "__await__"):
        return False
    close = getattr(result, "close", None)
    if close is not None:
        close()  # or Python would warn of a coroutine that was never awaited
    return True


class InvalidHandler(SaasusEventsError, TypeError):
    """A function cannot be a handler, or its name, filter or place cannot be used."""


class EventHandler(Value):
    """A declared handler. Made by `EventHandlers.on`, not directly."""

    name: str
    """The name in logs, in errors and, as an id, in the app."""
    event_filter: EventFilter | None
    """Which events the handler takes; None for the fallback."""
    function: Callable[..., Any]
    takes_context: bool

    @classmethod
    def of(cls, function: object, name: str | None, event_filter: EventFilter | None) -> EventHandler:
        """Make a handler of a function.

        Raises:
            InvalidHandler: The function cannot be called with an event, or is asynchronous, or the name cannot be used.
        """
        if not callable(function) or isinstance(function, type):
            raise InvalidHandler(
                f"{in_short(function)} is not a function. Expected a function that takes an event. Write the decorator "
                "with its parentheses: @handlers.on(EventFilter.of(operation)); @handlers.fallback has none."
            )
        chosen = _name_of(function, name)
        made = cls(chosen, event_filter, function, _takes_context(function, chosen))
        if hasattr(function, "__code__") and not hasattr(function, "__self__"):
            function.__dict__[_DECLARED] = True
        return made

    def __call__(self, event: SaasusEvent[Any, Any], context: Any) -> Any:
        """Call the function, and return what it returned.

        Raises:
            InvalidHandler: The function returned something to be awaited, which nobody would.
        """
        result = self.function(event, context) if self.takes_context else self.function(event)
        if is_left_unawaited(result):
            raise _asynchronous(self.name)
        return result


def _name_of(function: Callable[..., Any], given: object) -> str:
    name = getattr(function, "__name__", None) if given is None else given
    if not (isinstance(name, str) and name and _NAME_CHARACTERS.issuperset(name)):
        what = f"The function {function!r} has" if given is None else "A handler cannot have"
        raise InvalidHandler(
            f"{what} the name {in_short(name)}. Expected letters, digits, '_' and '-'. Pass one that stays the same, "
            "because the routes of `bus.handle` are called after it: @handlers.on(event_filter, name='onboard')."
        )
    return name


def _asynchronous(name: str) -> InvalidHandler:
    return InvalidHandler(
        f"The handler {name!r} is asynchronous: Lambda would not wait for it. Expected a function that returns when it "
        "is done. Write `def` instead of `async def`, and call asynchronous code with asyncio.run(…)."
    )


def _takes_context(function: Callable[..., Any], name: str, filled_outside: Iterable[str] = ()) -> bool:
    """Check that a function can be called with an event, and whether it takes Lambda's context as well."""
    plain, filled = _python_function(function)
    filled += filled_outside
    if plain is None:
        return False  # written in C, which shows nothing of its parameters
    code = plain.__code__
    if code.co_flags & COROUTINE:
        raise _asynchronous(name)
    if code.co_flags & YIELDING:
        raise InvalidHandler(
            f"The handler {name!r} has a `yield`, so calling it runs none of its code. Expected a function that "
            "returns when it is done. Move the generator into a function that the handler calls."
        )
    is_open = bool(code.co_flags & TAKES_ANY_NUMBER)
    underneath = getattr(plain, "__wrapped__", None)
    if is_open and callable(underneath):
        return _takes_context(underneath, name, filled)  # a decorator that passes on what it gets
    names = [each for each in code.co_varnames[: code.co_argcount] if each not in filled][filled.count("") :]
    defaults = {*code.co_varnames[code.co_argcount - len(plain.__defaults__ or ()) : code.co_argcount]}
    required = [each for each in names if each not in defaults]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    missing = [each for each in keywords if each not in (plain.__kwdefaults__ or {}) and each not in filled]
    if len(required) > 2 or missing or not (names or is_open):
        shown = ", ".join((*names, *(f"*, {each}" for each in missing)))
        raise InvalidHandler(
            f"The handler {name!r} takes ({shown}). Expected (event) or (event, context). Give every other parameter "
            "a default, or fill it in with functools.partial."
        )
    return len(required) == 2 or "context" in names[1:2] or (is_open and len(names) < 2)


def _python_function(function: Any) -> tuple[Any, list[str]]:
    """Return the Python function behind a method, a partial or an object that can be called, None if there is none.

    With it come the names of the parameters that are filled in already, empty for one filled in by its position.
    """
    if isinstance(function, partial):
        plain, filled = _python_function(function.func)
        return plain, [*filled, *([""] * len(function.args)), *function.keywords]
    if isinstance(function, staticmethod):
        return _python_function(function.__func__)
    if hasattr(function, "__func__"):
        plain, filled = _python_function(function.__func__)
        return plain, [*filled, ""]
    if hasattr(function, "__code__"):
        return function, []
    called = getattr(type(function), "__call__", None)  # noqa: B004 - the method itself is wanted
    return (called, [""]) if hasattr(called, "__code__") else (None, [])
