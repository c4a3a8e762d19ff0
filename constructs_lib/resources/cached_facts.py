"""Facts about a construct that never change, asked of the CDK's kernel once because each request takes time."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

Asked = TypeVar("Asked")
Fact = TypeVar("Fact")


def cached_fact(ask: Callable[[Asked], Fact]) -> Callable[[Asked], Fact]:
    """Return a function that answers as `ask` does, and remembers the answer as long as the object exists."""
    known: WeakKeyDictionary[Any, Fact] = WeakKeyDictionary()

    @functools.wraps(ask)
    def answer(of: Asked) -> Fact:
        try:
            return known[of]
        except KeyError:
            known[of] = ask(of)
            return known[of]
        except TypeError:  # a user's own object that cannot be a key
            return ask(of)

    return answer
