"""Conditions that an event must meet together, before they become text. A filter is a union of conjunctions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation
    from constructs_lib.filters.body_text import Scalar
    from constructs_lib.filters.route_text import RouteText

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Values:
    """The values that one field of the event may have.

    Args:
        allowed: The only values that are allowed. Default: any.
        prefix: The beginning that all values must have.
        excluded: Values that are not allowed.
        excluded_prefixes: Beginnings that are not allowed.
    """

    allowed: frozenset[str] | None = None
    prefix: str = ""
    excluded: frozenset[str] = frozenset()
    excluded_prefixes: frozenset[str] = frozenset()

    def both(self, other: Values) -> Values | None:
        """Return the values that both allow; None if there are none."""
        if not (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix)):
            return None
        prefix = max(self.prefix, other.prefix, key=len)
        excluded = self.excluded | other.excluded
        excluded_prefixes = self.excluded_prefixes | other.excluded_prefixes
        if prefix.startswith(tuple(excluded_prefixes)):
            return None
        allowed = _both_sets(self.allowed, other.allowed)
        if allowed is None:
            return Values(None, prefix, excluded, excluded_prefixes)
        kept = frozenset(
            value
            for value in allowed - excluded
            if value.startswith(prefix) and not value.startswith(tuple(excluded_prefixes))
        )
        return Values(kept) if kept else None

    def within(self, other: Values) -> bool:
        """Check whether the other allows every value that this one does."""
        if self.allowed is not None:
            return self.both(other) == self
        return (
            other.allowed is None
            and self.prefix.startswith(other.prefix)
            and all(self._excludes(value) for value in other.excluded)
            and all(self._excludes_prefix(prefix) for prefix in other.excluded_prefixes)
        )

    def _excludes(self, value: str) -> bool:
        return (
            value in self.excluded
            or not value.startswith(self.prefix)
            or value.startswith(tuple(self.excluded_prefixes))
        )

    def _excludes_prefix(self, prefix: str) -> bool:
        apart = not (self.prefix.startswith(prefix) or prefix.startswith(self.prefix))
        return apart or prefix.startswith(tuple(self.excluded_prefixes))


_ANY = Values()


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Conditions that an event must all meet."""

    event_type: Values = _ANY
    detail_type: Values = _ANY
    trace_id: Values = _ANY
    route: RouteText | None = None
    statuses: frozenset[int] | None = None
    request: tuple[tuple[str, Scalar], ...] = ()
    response: tuple[tuple[str, Scalar], ...] = ()
    candidates: tuple[Operation, ...] | None = None
    """The operations whose events can meet the conditions; None if it can be any, even an unknown one."""

    def both(self, other: Conjunction) -> Conjunction | None:
        """Return the conjunction of this and the other; None if no event can meet both."""
        event_type = self.event_type.both(other.event_type)
        detail_type = self.detail_type.both(other.detail_type)
        trace_id = self.trace_id.both(other.trace_id)
        route = _first(self.route, other.route)
        if self.route and other.route:
            route = self.route.both(other.route)
            if route is None:
                return None
        statuses = _both_sets(self.statuses, other.statuses)
        request, response = _both_bodies(self.request, other.request), _both_bodies(self.response, other.response)
        if event_type is None or detail_type is None or trace_id is None or request is None or response is None:
            return None
        if statuses is not None and not statuses:
            return None
        candidates = self.candidates
        if candidates is None:
            candidates = other.candidates
        elif other.candidates is not None:
            candidates = tuple(o for o in candidates if o in other.candidates)
        return Conjunction(event_type, detail_type, trace_id, route, statuses, request, response, candidates)

    def within(self, other: Conjunction) -> bool:
        """Check whether every event that meets this conjunction plainly meets the other.

        Plainly: what one route's wildcard covers of another is not considered.
        """
        return (
            self.event_type.within(other.event_type)
            and self.detail_type.within(other.detail_type)
            and self.trace_id.within(other.trace_id)
            and other.route in (None, self.route)
            and (other.statuses is None or (self.statuses is not None and self.statuses <= other.statuses))
            and _has_fields(self.request, other.request)
            and _has_fields(self.response, other.response)
        )


def _first(one: T | None, other: T | None) -> T | None:
    return other if one is None else one


def _both_sets(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    if one is None or other is None:
        return _first(one, other)
    return one & other


def _has_fields(one: tuple[tuple[str, Scalar], ...], other: tuple[tuple[str, Scalar], ...]) -> bool:
    return _both_bodies(one, other) == one


def _both_bodies(
    one: tuple[tuple[str, Scalar], ...], other: tuple[tuple[str, Scalar], ...]
) -> tuple[tuple[str, Scalar], ...] | None:
    merged = dict(one)
    for name, value in other:
        known = merged.setdefault(name, value)
        if (type(known), known) != (type(value), value):
            return None
    return tuple(merged.items())
