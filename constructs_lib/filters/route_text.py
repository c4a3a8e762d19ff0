"""How a method and path appear in an event's text, and which operations a wildcard on them matches."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from constructs_lib.events.operations import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.operation import Operation

PARAMETER: Final = re.compile(r"{(\w+)}")
_ANY_VALUE: Final = "\x00"  # no literal of a template can be found inside it


_CALLED: Final = (*operations, *operations.retired)
"""All operations that can cause events: SaaSus's consoles may still call those removed from its API files."""


@dataclass(frozen=True, slots=True)
class RouteText:
    """A condition on the `uri` and `request_method` in the event's text.

    Args:
        template: The path with `{parameters}`.
        method: The HTTP method. Default: any.
        values: The required values of some parameters.
        is_prefix: Whether the URI may continue after the template.
    """

    template: str
    method: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    is_prefix: bool = False

    def uri_pieces(self) -> tuple[str, ...]:
        """Return the literal parts of the URI, between one `*` and the next."""
        known = dict(self.values)
        filled = PARAMETER.sub(lambda found: known.get(found[1], found[0]), self.template)
        pieces = re.split(r"{\w+}", filled)
        if pieces[-1] and not self.is_prefix:
            pieces[-1] += '"'
        return ('"uri":"' + pieces[0], *(piece for piece in pieces[1:] if piece))

    def simplifications(self) -> Iterator[tuple[str, ...]]:
        """Yield the pieces of a wildcard, then simpler ones that match exactly the same operations."""
        uri = self.uri_pieces()
        method = (f'"request_method":"{self.method}"',) if self.method else ()
        full = (*uri, *method)
        yield full
        taken = self._taken(full)
        middle = uri[1:-1]
        for size in range(len(middle), -1, -1):
            for kept in itertools.combinations(middle, size):
                shorter = (uri[0], *kept, *uri[-1:]) if len(uri) > 1 else uri
                for pieces in ((*shorter, *method), shorter):
                    if pieces != full and self._taken(pieces) == taken:
                        yield pieces

    def _taken(self, pieces: tuple[str, ...]) -> frozenset[Operation]:
        return frozenset(o for o in _CALLED if in_order(pieces, text_of(o, self.values)))

    def takes(self, operation: Operation) -> bool:
        """Check whether a wildcard for this route matches events of the operation."""
        return in_order(next(self.simplifications()), text_of(operation, self.values))

    def covers(self, other: RouteText) -> bool:
        """Check whether a wildcard for this route matches everything that one for the other does."""
        method = f'"request_method":"{other.method}"' if other.method else _ANY_VALUE
        end = _ANY_VALUE if other.is_prefix or other.template.endswith("}") else ""
        text = _ANY_VALUE.join(other.uri_pieces()) + end + _ANY_VALUE + method
        return in_order(next(self.simplifications()), text)

    def both(self, other: RouteText) -> RouteText | None:
        """Return the route that meets both conditions; None if no URI can."""
        if self.method and other.method and self.method != other.method:
            return None
        method = self.method or other.method
        ours, theirs = self.segments(), other.segments()
        longer, shorter = (self, other) if len(ours) >= len(theirs) else (other, self)
        if len(ours) != len(theirs) and not shorter.is_prefix:
            return None
        segments = []
        for one, two in itertools.zip_longest(longer.segments(), shorter.segments(), fillvalue=""):
            if one != two and one and two and not PARAMETER.fullmatch(one) and not PARAMETER.fullmatch(two):
                return None
            segments.append(two if PARAMETER.fullmatch(one) and two else one)
        return RouteText("/".join(segments), method, (), longer.is_prefix and shorter.is_prefix)

    def segments(self) -> list[str]:
        """Return the path's segments, with the known values of parameters filled in."""
        known = dict(self.values)
        return PARAMETER.sub(lambda found: known.get(found[1], found[0]), self.template).split("/")

    def with_value(self, parameter: str, value: str) -> RouteText:
        """Return the route for one value of a parameter."""
        return replace(self, values=tuple(sorted({**dict(self.values), parameter: value}.items())))


def in_order(pieces: tuple[str, ...], text: str) -> bool:
    """Check whether the text has the pieces one after the other, as a wildcard with `*` around each asks."""
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


@lru_cache(maxsize=4096)
def text_of(operation: Operation, values: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the part of an operation's event text that a route looks at, with parameters that can be anything."""
    known = dict(values)
    uri = PARAMETER.sub(lambda found: known.get(found[1], _ANY_VALUE), operation.path)
    return f'"uri":"{uri}"{_ANY_VALUE}"request_method":"{operation.method}"'


@lru_cache(maxsize=1024)
def siblings(template: str, method: str) -> frozenset[Operation]:
    """Return the operations of other templates whose events a wildcard for this route matches too."""
    route = RouteText(template, method)
    shape = PARAMETER.sub("{}", template)
    return frozenset(
        o for o in _CALLED if route.takes(o) and (PARAMETER.sub("{}", o.path), o.method) != (shape, method)
    )
