"""The conditions of a filter, as values: one for each call in its chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from constructs_lib.events.value import Value

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation, OperationGroup
    from constructs_lib.filters.body_text import Scalar


class Condition(Value):
    """A call in a filter's chain; its `repr` is the call as Python code."""


class OperationCondition(Condition):
    """Events of any of the operations, or of whole APIs."""

    targets: tuple[Operation | OperationGroup, ...]

    def __repr__(self) -> str:
        return f"of({', '.join(map(repr, self.targets))})"


class AnyOfCondition(Condition):
    """Events that any of several filters matches."""

    alternatives: tuple[tuple[Condition, ...], ...]
    """The conditions of each filter."""

    def __repr__(self) -> str:
        return f"any_of({', '.join(f'EventFilter.{chain_of(conditions)}' for conditions in self.alternatives)})"


class RouteCondition(Condition):
    """Events of calls with a method and path, whatever their name."""

    method: str
    template: str

    def __repr__(self) -> str:
        return f"route({self.method!r}, {self.template!r})"


class CustomCondition(Condition):
    """Events that a SaaS sends itself through SaaSus."""

    detail_type: str
    event_type: str

    def __repr__(self) -> str:
        return f"custom({self.detail_type!r}, {self.event_type!r})"


class EventTypeCondition(Condition):
    """Events with one of these names."""

    names: tuple[str, ...]

    def __repr__(self) -> str:
        return f"event_type({', '.join(map(repr, self.names))})"


class TraceIdCondition(Condition):
    """Events whose trace id is one of these, or starts with one of them, or starts with none of them."""

    call: str
    arguments: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.call}({', '.join(map(repr, self.arguments))})"


class StatusCondition(Condition):
    """Events of calls that were answered with one of these HTTP statuses."""

    call: str
    codes: frozenset[int]

    def __repr__(self) -> str:
        return f"{self.call}({', '.join(map(str, sorted(self.codes))) if self.call == 'status' else ''})"


class BodyCondition(Condition):
    """Events whose request or response has these values."""

    side: str
    fields: tuple[tuple[str, Scalar], ...]

    @property
    def _written(self) -> tuple[str, ...]:
        """The fields as JSON, by which conditions are compared, because 1 == True in Python."""
        return tuple(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in self.fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BodyCondition) and (self.side, self._written) == (other.side, other._written)

    def __hash__(self) -> int:
        return hash((self.side, self._written))

    def __repr__(self) -> str:
        return f"{self.side}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"


class IdentityCondition(Condition):
    """Events about one tenant or user: the id is in the URI, or in the response of the call that creates it."""

    parameter: str
    value: str

    def __repr__(self) -> str:
        return f"{self.parameter.removesuffix('_id')}({self.value!r})"


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


def can_contradict(condition: Condition, others: tuple[Condition, ...]) -> bool:
    """Check whether a condition is about what one of the others is about too; else an event can always meet all."""
    return not _subjects(condition).isdisjoint(subject for other in others for subject in _subjects(other))


def _subjects(condition: Condition) -> frozenset[str]:
    """Return what of an event a condition is about."""
    if isinstance(condition, AnyOfCondition):
        return frozenset(subject for chosen in condition.alternatives for one in chosen for subject in _subjects(one))
    if isinstance(condition, BodyCondition):
        return frozenset({condition.side})
    if isinstance(condition, StatusCondition):
        return frozenset({"status"})
    if isinstance(condition, TraceIdCondition):
        return frozenset({"trace_id"})
    # Whoever a call is about can be in its response.
    return frozenset({"call", "response"} if isinstance(condition, IdentityCondition) else {"call"})
