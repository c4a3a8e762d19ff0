"""What the conditions of a filter mean for a decoded event: exactly, because each field of it has its own place."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Final

from constructs_lib.events.identities import CREATORS, RESPONSE_ID
from constructs_lib.events.operation import Operation
from constructs_lib.events.operations import operations
from constructs_lib.events.record import API_CALL
from constructs_lib.filters.conditions import (
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
from constructs_lib.filters.conjunction import Values
from constructs_lib.filters.refinement import trace_ids_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.filters.body_text import Scalar

Place = tuple[str, ...]
"""A field of the decoded detail: `("path", "2")`, `("request", "name")`."""

ABSENT: Final = "absent"
"""What a place accepts if it must have nothing."""

Accepted = Values | frozenset[int] | tuple[str, ...] | str
"""What a place accepts: texts, HTTP statuses, JSON values as text, or nothing at all (ABSENT)."""

DecodedConjunction = dict[Place, Accepted]
"""What all the places of an event must have; of a place that is not named, anything."""

PRESENT: Final = Values()
_NOT_EMPTY: Final = Values(excluded=frozenset({""}))
_METHOD: Final = ("method",)


def decoded_conjunctions_of(conditions: tuple[Condition, ...]) -> list[DecodedConjunction]:
    """Return the conjunctions whose union stands for all the conditions together; none if they contradict."""
    found: list[DecodedConjunction] = []
    for chosen in alternatives_of(conditions):
        alternatives: list[DecodedConjunction] = [{}]
        for condition in chosen:
            choices = list(_meaning_of(condition, chosen))
            pairs = itertools.product(alternatives, choices)
            alternatives = [both for one, other in pairs if (both := both_of(one, other)) is not None]
        found += [alternative for alternative in alternatives if alternative not in found]
    return found


def both_of(one: DecodedConjunction, other: DecodedConjunction) -> DecodedConjunction | None:
    """Return the conjunction of both; None if no event can meet both."""
    merged = dict(one)
    for place, accepted in other.items():
        both = _both(merged[place], accepted) if place in merged else accepted
        if both is None:
            return None
        merged[place] = both
    return merged


def _both(one: Accepted, other: Accepted) -> Accepted | None:
    if isinstance(one, Values) and isinstance(other, Values):
        return one.both(other)
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other or None
    if isinstance(one, tuple) and isinstance(other, tuple):
        return tuple(text for text in one if text in other) or None
    return one if one == other else None


def is_within(one: DecodedConjunction, other: DecodedConjunction) -> bool:
    """Check whether every event that meets one conjunction meets the other."""
    return all(place in one and _is_within(one[place], accepted) for place, accepted in other.items())


def _is_within(one: Accepted, other: Accepted) -> bool:
    if isinstance(one, Values) and isinstance(other, Values):
        return one.within(other)
    return _both(one, other) == one


def _meaning_of(condition: Condition, all_conditions: Iterable[Condition]) -> Iterator[DecodedConjunction]:
    if isinstance(condition, OperationCondition):
        for target in condition.targets:
            if isinstance(target, Operation):
                yield from route_of(target.method, target.path)
            else:
                yield {**_beginning(target.path_prefix), ("path", "2"): PRESENT}
    elif isinstance(condition, RouteCondition):
        yield from route_of(condition.method, condition.template)
    elif isinstance(condition, IdentityCondition):
        yield from _identity(condition, [c for c in all_conditions if isinstance(c, RouteCondition)])
    elif isinstance(condition, StatusCondition):
        yield {("status",): condition.codes}
    elif isinstance(condition, BodyCondition):
        yield {(condition.side, name): (_written(value),) for name, value in condition.fields}
    elif isinstance(condition, EventTypeCondition):
        yield {("event_type",): Values(frozenset(condition.names))}
    elif isinstance(condition, TraceIdCondition):
        yield {("trace_id",): trace_ids_of(condition)}
    elif isinstance(condition, CustomCondition):
        is_call = condition.detail_type == API_CALL
        detail_type: Accepted = ABSENT if is_call else Values(frozenset({condition.detail_type}))
        yield {("event_type",): Values(frozenset({condition.event_type})), ("detail_type",): detail_type}
    else:
        raise NotImplementedError(condition)


def _written(value: Scalar) -> str:
    """Return a value as JSON; EventBridge compares numbers by value, so 1.0 is 1."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def route_of(method: str, template: str) -> Iterator[DecodedConjunction]:
    """Yield the calls with a method and path, without those that are of an operation with a more exact path."""
    base = {**_beginning(template), _METHOD: Values(frozenset({method}))}
    base["path", str(_length(template))] = ABSENT
    found = [base]
    for other in _more_exact(method, template):
        found = [both for one in found for apart in _apart_from(template, other) if (both := both_of(one, apart))]
    yield from found


def _beginning(template: str) -> DecodedConjunction:
    """Return what the positions of a path that begins like the template must have."""
    return {
        ("path", str(position)): _NOT_EMPTY if _is_parameter(segment) else Values(frozenset({segment}))
        for position, segment in enumerate(_segments(template))
    }


def _more_exact(method: str, template: str) -> Iterator[str]:
    """Yield the other paths to which a uri can belong that fits the template: the leftmost literal decides."""
    segments = _segments(template)
    for operation in (*operations, *operations.retired):
        others = _segments(operation.path)
        if operation.method != method or len(others) != len(segments):
            continue
        pairs = list(zip(segments, others, strict=True))
        is_possible = all(ours == theirs or _is_parameter(ours) or _is_parameter(theirs) for ours, theirs in pairs)
        precedes = [_is_parameter(theirs) for theirs in others] < [_is_parameter(ours) for ours in segments]
        if is_possible and precedes:
            yield operation.path


def _apart_from(template: str, other: str) -> Iterator[DecodedConjunction]:
    """Yield what a uri that fits the template must have so as not to fit the other: one segment differs, the first."""
    same: DecodedConjunction = {}
    for position, (ours, theirs) in enumerate(zip(_segments(template), _segments(other), strict=True)):
        place = ("path", str(position))
        if _is_parameter(ours) and not _is_parameter(theirs):
            yield {**same, place: Values(excluded=frozenset({theirs}))}
            same[place] = Values(frozenset({theirs}))


def _identity(condition: IdentityCondition, routes: Iterable[RouteCondition]) -> Iterator[DecodedConjunction]:
    """Yield where the id of the tenant or user is: in the path, or in the response of the call that made it."""
    parameter = f"{{{condition.parameter}}}"
    own = Values(frozenset({condition.value}))
    templates = (*(route.template for route in routes), *(operation.path for operation in operations))
    for start in dict.fromkeys(path.partition(parameter)[0] for path in templates if parameter in path):
        position = _length(start) - 1
        yield {**_beginning(start.rstrip("/")), ("path", str(position)): own}
    for operation in operations:
        if str(operation) in CREATORS[condition.parameter]:
            for route in route_of(operation.method, operation.path):
                yield {**route, ("response", RESPONSE_ID): (_written(condition.value),)}


def _segments(template: str) -> list[str]:
    return template.split("/")[1:]


def _length(template: str) -> int:
    return template.count("/")


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")
