"""The conjunctions that a filter's conditions stand for together."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, singledispatch
from typing import TYPE_CHECKING, Final

from constructs_lib.events.identities import CREATORS, RESPONSE_ID
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operations import operations
from constructs_lib.filters.arguments import is_uuid
from constructs_lib.filters.conditions import (
    AnyOfCondition,
    BodyCondition,
    Condition,
    CustomCondition,
    EventTypeCondition,
    IdentityCondition,
    OperationCondition,
    RouteCondition,
    StatusCondition,
    TraceIdCondition,
    alternatives_of,
)
from constructs_lib.filters.conjunction import Conjunction, Values
from constructs_lib.filters.route_text import PARAMETER, RouteText, siblings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.events.known_events import KnownEvents


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
        found = [refined for conjunction in found for refined in _refined(condition, conjunction, known)]
    return found


_ORDER: Final = (OperationCondition, EventTypeCondition, CustomCondition, RouteCondition, IdentityCondition)
"""What narrows the operations in question comes before `IdentityCondition`, which asks them where their ids are."""


def _place(condition: Condition) -> int:
    return next((place for place, kind in enumerate(_ORDER) if isinstance(condition, kind)), len(_ORDER))


@singledispatch
def _refined(condition: Condition, conjunction: Conjunction, known: KnownEvents) -> Iterable[Conjunction]:
    """Return the conjunctions that a conjunction becomes with a condition; none if they contradict."""
    raise NotImplementedError(type(condition))


@_refined.register(OperationCondition)
def _by_operation(condition: OperationCondition, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
    """Ask for each operation's names and, if its name is a guess, for its route under any other name."""
    selected = [o for target in condition.targets for o in ((target,) if isinstance(target, Operation) else target)]
    shared = _names_of_others(selected, known)
    named = {o: frozenset(known.names_of(o)) - shared - _names_of_retired(o, known) for o in selected}
    by_route = [
        target
        for target in condition.targets
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


@_refined.register(AnyOfCondition)
def _by_alternatives(condition: AnyOfCondition, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
    """Ask for the conditions of one filter or of another."""
    for conditions in condition.alternatives:
        for other in conjunctions_of(conditions, known):
            yield from _and(conjunction, other)


@_refined.register(RouteCondition)
def _by_route(condition: RouteCondition, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
    """Ask for the route, without the operations of other paths that a wildcard cannot distinguish from it."""
    others = siblings(condition.template, condition.method)
    shape = PARAMETER.sub("{}", condition.template)
    own = [o for o in operations if (PARAMETER.sub("{}", o.path), o.method) == (shape, condition.method)]
    guard = frozenset(n for o in others for n in known.names_of(o)).difference(*(known.names_of(o) for o in own))
    yield from _and(
        conjunction,
        Conjunction(
            event_type=Values(excluded=guard),
            route=RouteText(condition.template, condition.method),
            candidates=tuple(own) or None,
        ),
    )


@_refined.register(CustomCondition)
def _by_custom_types(condition: CustomCondition, conjunction: Conjunction, _: KnownEvents) -> Iterator[Conjunction]:
    """Ask for both types."""
    yield from _and(
        conjunction,
        Conjunction(
            event_type=Values(frozenset({condition.event_type})), detail_type=Values(frozenset({condition.detail_type}))
        ),
    )


@_refined.register(EventTypeCondition)
def _by_event_type(
    condition: EventTypeCondition, conjunction: Conjunction, known: KnownEvents
) -> Iterator[Conjunction]:
    """Ask for the names."""
    owners = tuple(o for o in operations if not set(condition.names).isdisjoint(known.names_of(o)))
    all_known = all(any(name in known.names_of(o) for o in owners) for name in condition.names)
    yield from _and(
        conjunction,
        Conjunction(event_type=Values(frozenset(condition.names)), candidates=owners if all_known else None),
    )


@_refined.register(TraceIdCondition)
def _by_trace_id(condition: TraceIdCondition, conjunction: Conjunction, _: KnownEvents) -> Iterator[Conjunction]:
    """Ask for the trace ids."""
    yield from _and(conjunction, Conjunction(trace_id=trace_ids_of(condition)))


def trace_ids_of(condition: TraceIdCondition) -> Values:
    """Return the trace ids that a condition asks for."""
    given = frozenset(condition.arguments)
    if condition.call == "trace_id":
        return Values(given)
    is_prefix = condition.call == "trace_id_prefix"
    return Values(prefix=condition.arguments[0]) if is_prefix else Values(excluded_prefixes=given)


@_refined.register(StatusCondition)
def _by_status(condition: StatusCondition, conjunction: Conjunction, _: KnownEvents) -> Iterator[Conjunction]:
    """Ask for the statuses."""
    yield from _and(conjunction, Conjunction(statuses=condition.codes))


@_refined.register(BodyCondition)
def _by_body(condition: BodyCondition, conjunction: Conjunction, _: KnownEvents) -> Iterator[Conjunction]:
    """Ask for the values."""
    other = (
        Conjunction(request=condition.fields) if condition.side == "request" else Conjunction(response=condition.fields)
    )
    yield from _and(conjunction, other)


@_refined.register(IdentityCondition)
def _by_identity(condition: IdentityCondition, conjunction: Conjunction, known: KnownEvents) -> Iterator[Conjunction]:
    """Ask for the id in the place where the operations in question have it."""
    possible = _possible(conjunction)
    in_uri = [o for o in possible if condition.parameter in o.path_params]
    creators = tuple(o for o in possible if str(o) in CREATORS[condition.parameter])
    response = Conjunction(response=((RESPONSE_ID, condition.value),))
    if conjunction.route and not conjunction.route.is_prefix:
        if dict(conjunction.route.values).get(condition.parameter, condition.value) != condition.value:
            return
        if f"{{{condition.parameter}}}" in conjunction.route.template:
            yield replace(conjunction, route=conjunction.route.with_value(condition.parameter, condition.value))
        elif creators:
            yield from _and(conjunction, response)
        return
    for route in _prefixes(condition, in_uri):
        yield from _and(conjunction, Conjunction(route=route))
    if creators:
        for created in _by_operation(OperationCondition(creators), _without_api(conjunction), known):
            yield from _and(created, response)


def _prefixes(condition: IdentityCondition, found: Iterable[Operation]) -> Iterator[RouteText]:
    """Yield the beginnings of URIs with the id, up to the end of the id.

    SaaSus's ids are UUIDs, which have a fixed length; any other id must end where a segment does.
    """
    ends = ("",) if is_uuid(condition.value) else ('"', "/")
    starts = dict.fromkeys(o.path.partition(f"{{{condition.parameter}}}")[0] for o in found)
    for start in starts:
        for end in ends:
            template = f"{start}{{{condition.parameter}}}{'/' if end == '/' else ''}"
            yield RouteText(template, None, ((condition.parameter, condition.value),), end != '"')


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
