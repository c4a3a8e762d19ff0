"""The Lambda invocation that is running: how much time it has left."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

_CONTEXT: ContextVar[Any] = ContextVar("saasus_lambda_context", default=None)


class CurrentInvocation:
    """A `with` block during which an invocation is the current one. Made by `invocation(context)`, not directly."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._before: list[Token[Any]] = []

    def __enter__(self) -> None:
        self._before.append(_CONTEXT.set(self._context))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _CONTEXT.reset(self._before.pop())


def invocation(context: Any) -> CurrentInvocation:
    """Make a Lambda context the current one for a `with` block.

    Args:
        context: What Lambda passes to a function as its second argument; None outside Lambda.
    """
    return CurrentInvocation(context)


def remaining_time() -> float | None:
    """Return the seconds that the current invocation has left, at least 0; None outside an invocation."""
    remaining = getattr(_CONTEXT.get(), "get_remaining_time_in_millis", None)
    return None if remaining is None else float(max(0.0, remaining() / 1000))
