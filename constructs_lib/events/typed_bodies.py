"""The types of the two bodies of a call, which operations, events and filters carry for type checkers."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Generic

    from typing_extensions import TypeVar

    # Without arguments the bodies are Any, so `SaasusEvent` alone stays a complete annotation in strict mode.
    RequestT_co = TypeVar("RequestT_co", covariant=True, default=Any)
    ResponseT_co = TypeVar("ResponseT_co", covariant=True, default=Any)
    # What a function takes and returns: the bodies of its first operation, event or filter, of its second, …
    Request1 = TypeVar("Request1", default=Any)
    Request2 = TypeVar("Request2", default=Any)
    Request3 = TypeVar("Request3", default=Any)
    Request4 = TypeVar("Request4", default=Any)
    Response1 = TypeVar("Response1", default=Any)
    Response2 = TypeVar("Response2", default=Any)
    Response3 = TypeVar("Response3", default=Any)
    Response4 = TypeVar("Response4", default=Any)
else:
    RequestT_co = ResponseT_co = Any

    class Generic:
        """Stand in for typing.Generic, whose TypeVars have defaults only from Python 3.13 on, and which costs more."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)


class TypedBodies(Generic[RequestT_co, ResponseT_co]):
    """What has a request body of one type and a response body of another: `Operation[RequestT, ResponseT]`.

    The types are for type checkers; at run time they have no effect.
    """

    __slots__ = ()
