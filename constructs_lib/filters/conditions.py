"""The conditions of a filter, and the conjunctions that they stand for together."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from constructs_lib.events.identities import CREATORS, RESPONSE_ID
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operations import operations
from constructs_lib.filters.arguments import is_uuid
from constructs_lib.filters.conjunction import Conjunction, Values
from constructs_lib.filters.route_text import PARAMETER, RouteText, siblings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.body_text import Scalar


class Condition(Protocol):
    """A call in a filter's chain."""

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterable[Conjunction]:
        """Return the conjunctions that a conjunction becomes with this condition; none if they contradict."""
        ...

    def __repr__(self) -> str:
        """Return the call as Python code."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class OperationCondition:
    """Events of any of the operations, or of whole APIs."""

    targets: tuple[Operation | OperationGroup, ...]

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
        """Ask for each operation's names and, if its name is a guess, for its route under any other name."""
        selected = [o for target in self.targets for o in ((target,) if isinstance(target, Operation) else target)]
        shared = _names_of_others(selected, known)
        named = {o: frozenset(known.names_of(o)) - shared - _names_of_retired(o, known) for o in selected}
        by_route = [
            target
            for target in self.targets
            if isinstance(target, OperationGroup)
            and not all(known.is_certain(o) and named[o].issuperset(known.names_of(o)) for o in target)
        ]
        single = tuple(dict.fromkeys(o for o in selected if all(o not in group for group in by_route)))
        named = {o: named[o] for o in single}
        all_names = frozenset().union(*named.values())
        for operation, names in named.items():
            if names:
                yield from _and(conjunction, Conjunction(event_type=Values(names), candidates=(operation,)))
        for operation in single:
            if known.is_certain(operation) and named[operation]:
                continue
            others = siblings(operation.path, operation.method)
            guard = frozenset(known.names_of(operation)).union(*(known.names_of(o) for o in others)) & all_names
            guard |= frozenset(name for o in others if o not in selected for name in known.names_of(o))
            guard -= frozenset(known.names_of(operation)) - all_names
            yield from _and(
                conjunction,
                Conjunction(
                    event_type=Values(excluded=guard),
                    route=RouteText(operation.path, operation.method),
                    candidates=(operation,),
                ),
            )
        for group in by_route:
            route = RouteText(group.path_prefix, is_prefix=True)
            yield from _and(conjunction, Conjunction(route=route, candidates=tuple(group)))

    def __repr__(self) -> str:
        return f"of({', '.join(map(repr, self.targets))})"


def _names_of_others(selected: Iterable[Operation], known: KnownEvents) -> frozenset[str]:
    """Return the names that operations outside the selection could have: they do not identify a selected one."""
    chosen = set(selected)
    return frozenset(name for o in operations if o not in chosen for name in known.names_of(o))


def _names_of_retired(operation: Operation, known: KnownEvents) -> frozenset[str]:
    """Return the names that a retired operation, which SaaSus's consoles may still call, could have too.

    They matter until the operation's own name is confirmed.
    """
    retired = () if known.is_certain(operation) else operations.retired
    return frozenset(name for o in retired for name in known.names_of(o))


@dataclass(frozen=True, slots=True, repr=False)
class AnyOfCondition:
    """Events that any of several filters matches."""

    alternatives: tuple[tuple[Condition, ...], ...]
    """The conditions of each filter."""

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
        """Ask for the conditions of one filter or of another."""
        for conditions in self.alternatives:
            for other in conjunctions_of(conditions, known):
                yield from _and(conjunction, other)

    def __repr__(self) -> str:
        return f"any_of({', '.join(f'EventFilter.{chain_of(conditions)}' for conditions in self.alternatives)})"


@dataclass(frozen=True, slots=True, repr=False)
class RouteCondition:
    """Events of calls with a method and path, whatever their name."""

    method: str
    template: str

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
        """Ask for the route, without the operations of other paths that a wildcard cannot distinguish from it."""
        others = siblings(self.template, self.method)
        shape = PARAMETER.sub("{}", self.template)
        own = [o for o in operations if (PARAMETER.sub("{}", o.path), o.method) == (shape, self.method)]
        guard = frozenset(n for o in others for n in known.names_of(o)).difference(*(known.names_of(o) for o in own))
        yield from _and(
            conjunction,
            Conjunction(
                event_type=Values(excluded=guard),
                route=RouteText(self.template, self.method),
                candidates=tuple(own) or None,
            ),
        )

    def __repr__(self) -> str:
        return f"route({self.method!r}, {self.template!r})"


@dataclass(frozen=True, slots=True, repr=False)
class CustomCondition:
    """Events that a SaaS sends itself through SaaSus."""

    detail_type: str
    event_type: str

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:  # noqa: ARG002 - Condition's signature
        """Ask for both types."""
        yield from _and(
            conjunction,
            Conjunction(
                event_type=Values(frozenset({self.event_type})), detail_type=Values(frozenset({self.detail_type}))
            ),
        )

    def __repr__(self) -> str:
        return f"custom({self.detail_type!r}, {self.event_type!r})"


@dataclass(frozen=True, slots=True, repr=False)
class EventTypeCondition:
    """Events with one of these names."""

    names: tuple[str, ...]

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
        """Ask for the names."""
        owners = tuple(o for o in operations if not set(self.names).isdisjoint(known.names_of(o)))
        all_known = all(any(name in known.names_of(o) for o in owners) for name in self.names)
        yield from _and(
            conjunction,
            Conjunction(event_type=Values(frozenset(self.names)), candidates=owners if all_known else None),
        )

    def __repr__(self) -> str:
        return f"event_type({', '.join(map(repr, self.names))})"


@dataclass(frozen=True, slots=True, repr=False)
class TraceIdCondition:
    """Events whose trace id is one of these, or starts with one of them, or starts with none of them."""

    call: str
    arguments: tuple[str, ...]

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:  # noqa: ARG002 - Condition's signature
        """Ask for the trace ids."""
        given = frozenset(self.arguments)
        if self.call == "trace_id":
            values = Values(given)
        elif self.call == "trace_id_prefix":
            values = Values(prefix=self.arguments[0])
        else:
            values = Values(excluded_prefixes=given)
        yield from _and(conjunction, Conjunction(trace_id=values))

    def __repr__(self) -> str:
        return f"{self.call}({', '.join(map(repr, self.arguments))})"


@dataclass(frozen=True, slots=True, repr=False)
class StatusCondition:
    """Events of calls that were answered with one of these HTTP statuses."""

    call: str
    codes: frozenset[int]

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:  # noqa: ARG002 - Condition's signature
        """Ask for the statuses."""
        yield from _and(conjunction, Conjunction(statuses=self.codes))

    def __repr__(self) -> str:
        return f"{self.call}({', '.join(map(str, sorted(self.codes))) if self.call == 'status' else ''})"


@dataclass(frozen=True, slots=True, repr=False)
class BodyCondition:
    """Events whose request or response has these values."""

    side: str
    fields: tuple[tuple[str, Scalar], ...] = field(compare=False)
    written: tuple[str, ...] = field(init=False)
    """The fields as JSON, by which conditions are compared, because 1 == True in Python."""

    def __post_init__(self) -> None:
        written = tuple(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in self.fields)
        object.__setattr__(self, "written", written)

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:  # noqa: ARG002 - Condition's signature
        """Ask for the values."""
        other = Conjunction(request=self.fields) if self.side == "request" else Conjunction(response=self.fields)
        yield from _and(conjunction, other)

    def __repr__(self) -> str:
        return f"{self.side}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"


@dataclass(frozen=True, slots=True, repr=False)
class IdentityCondition:
    """Events about one tenant or user: the id is in the URI, or in the response of the call that creates it."""

    parameter: str
    value: str

    def refine(self, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
        """Ask for the id in the place where the operations in question have it."""
        possible = _possible(conjunction)
        in_uri = [o for o in possible if self.parameter in o.path_params]
        creators = tuple(o for o in possible if str(o) in CREATORS[self.parameter])
        response = Conjunction(response=((RESPONSE_ID, self.value),))
        if conjunction.route and not conjunction.route.is_prefix:
            if dict(conjunction.route.values).get(self.parameter, self.value) != self.value:
                return
            if f"{{{self.parameter}}}" in conjunction.route.template:
                yield replace(conjunction, route=conjunction.route.with_value(self.parameter, self.value))
            elif creators:
                yield from _and(conjunction, response)
            return
        for route in self._prefixes(in_uri):
            yield from _and(conjunction, Conjunction(route=route))
        if creators:
            for created in OperationCondition(creators).refine(_without_api(conjunction), known):
                yield from _and(created, response)

    def _prefixes(self, found: Iterable[Operation]) -> Iterator[RouteText]:
        """Yield the beginnings of URIs with the id, up to the end of the id.

        SaaSus's ids are UUIDs, which have a fixed length; any other id must end where a segment does.
        """
        ends = ("",) if is_uuid(self.value) else ('"', "/")
        starts = dict.fromkeys(o.path.partition(f"{{{self.parameter}}}")[0] for o in found)
        for start in starts:
            for end in ends:
                template = f"{start}{{{self.parameter}}}{'/' if end == '/' else ''}"
                yield RouteText(template, None, ((self.parameter, self.value),), end != '"')

    def __repr__(self) -> str:
        return f"{self.parameter.removesuffix('_id')}({self.value!r})"


def _possible(conjunction: Conjunction) -> list[Operation]:
    """Return the operations whose events can meet the conjunction, as far as the catalog knows."""
    candidates = operations if conjunction.candidates is None else conjunction.candidates
    return [o for o in candidates if not conjunction.route or RouteText(o.path, o.method).both(conjunction.route)]


def _without_api(conjunction: Conjunction) -> Conjunction:
    """Drop the condition on the API, which the operation implies."""
    is_api = conjunction.route and conjunction.route.template in {group.path_prefix for group in operations.groups}
    return replace(conjunction, route=None) if is_api else conjunction


def _and(conjunction: Conjunction, other: Conjunction) -> Iterator[Conjunction]:
    both = conjunction.both(other)
    if both is not None:
        yield both


_ORDER: Final = (OperationCondition, EventTypeCondition, CustomCondition, RouteCondition, IdentityCondition)
"""What narrows the operations in question comes before `IdentityCondition`, which asks them where their ids are."""


@lru_cache(maxsize=1024)
def conjunctions_of(conditions: tuple[Condition, ...], known: KnownEvents) -> tuple[Conjunction, ...]:
    """Return the conjunctions whose union stands for all the conditions together; none if they contradict."""
    return tuple(
        dict.fromkeys(
            conjunction for chosen in alternatives_of(conditions) for conjunction in _conjunctions_of_all(chosen, known)
        )
    )


def _conjunctions_of_all(conditions: tuple[Condition, ...], known: KnownEvents) -> list[Conjunction]:
    found = [Conjunction()]
    for condition in sorted(dict.fromkeys(conditions), key=_place):
        found = [refined for conjunction in found for refined in condition.refine(conjunction, known)]
    return found


def _place(condition: Condition) -> int:
    return next((place for place, kind in enumerate(_ORDER) if isinstance(condition, kind)), len(_ORDER))


def alternatives_of(conditions: tuple[Condition, ...]) -> tuple[tuple[Condition, ...], ...]:
    """Return the conditions as alternatives without `any_of`, each with the calls that narrow all of them."""
    if not (conditions and isinstance(conditions[0], AnyOfCondition)):
        return (conditions,)
    return tuple(
        alternative
        for chosen in conditions[0].alternatives
        for alternative in alternatives_of((*chosen, *conditions[1:]))
    )


def targets_of(conditions: tuple[Condition, ...]) -> tuple[Operation | OperationGroup, ...]:
    """Return what the conditions start with, for `of` and for `any_of`; empty if that can be any operation."""
    of_each = [
        next((condition.targets for condition in chosen if isinstance(condition, OperationCondition)), ())
        for chosen in alternatives_of(conditions)
    ]
    return tuple(dict.fromkeys(target for targets in of_each for target in targets)) if all(of_each) else ()


def chain_of(conditions: tuple[Condition, ...]) -> str:
    """Return the chain of calls that makes a filter with these conditions."""
    starts = bool(conditions) and isinstance(conditions[0], (AnyOfCondition, OperationCondition))
    return ".".join([*([] if starts else ["all()"]), *map(repr, conditions)])
