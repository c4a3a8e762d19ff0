"""Whether some filters leave nothing of another: judged by their calls, so that a yes is certain."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from constructs_lib.events.known_events import NOTHING_KNOWN
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.filters.conditions import (
    CustomCondition,
    IdentityCondition,
    OperationCondition,
    RouteCondition,
    StatusCondition,
)
from constructs_lib.filters.refinement import conjunctions_of
from constructs_lib.filters.route_text import PARAMETER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.filters.conditions import Condition
    from constructs_lib.filters.conjunction import Conjunction
    from constructs_lib.filters.event_filter import EventFilter

_ABOUT_THE_CALL: Final = (OperationCondition, RouteCondition, IdentityCondition, CustomCondition)
_HUNDREDS: Final = tuple(frozenset(range(first, first + 100)) for first in range(100, 600, 100))


def takes_all_of(filters: Iterable[EventFilter], event_filter: EventFilter) -> bool:
    """Check whether every event that a filter means is meant by one of the others as well."""
    others = [alternative.conditions for each in filters for alternative in each.alternatives]
    return all(any(_is_within(part, other) for other in others) for part in _parts(event_filter))


def _parts(event_filter: EventFilter) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions of a filter for each operation, with each hundred of statuses, that it asks for."""
    for conditions in (alternative.conditions for alternative in event_filter.alternatives):
        targets = [target for c in conditions if isinstance(c, OperationCondition) for target in c.targets]
        rest = [c for c in conditions if not isinstance(c, OperationCondition)]
        codes = [c.codes for c in conditions if isinstance(c, StatusCondition)]
        hundreds = [hundred.intersection(*codes) for hundred in _HUNDREDS] if codes else []
        starts: list[tuple[Condition, ...]] = [(OperationCondition((target,)),) for target in targets]
        ends: list[tuple[Condition, ...]] = [(StatusCondition("status", hundred),) for hundred in hundreds if hundred]
        for start, end in itertools.product(starts or [()], ends or [()]):
            yield (*start, *rest, *end)


def _is_within(part: tuple[Condition, ...], other: tuple[Condition, ...]) -> bool:
    """Check whether what meets the conditions of a part meets the other conditions, too."""
    for condition in other:
        if isinstance(condition, _ABOUT_THE_CALL) and not any(_implies(each, condition) for each in part):
            return False
    return all(any(one.within(wider) for wider in _values(other)) for one in _values(part))


def _values(conditions: tuple[Condition, ...]) -> tuple[Conjunction, ...]:
    """Return the conjunction of what is asked of single values; none if no event can have them all."""
    return conjunctions_of(tuple(c for c in conditions if not isinstance(c, _ABOUT_THE_CALL)), NOTHING_KNOWN)


def _implies(one: Condition, other: Condition) -> bool:
    if isinstance(one, OperationCondition):
        [target] = one.targets
        if isinstance(other, OperationCondition):
            return any(target == wider or _is_in(target, wider) for wider in other.targets)
        if isinstance(other, RouteCondition) and isinstance(target, Operation):
            return (target.method, _shape(target.path)) == (other.method, _shape(other.template))
    return one == other


def _is_in(target: Operation | OperationGroup, group: Operation | OperationGroup) -> bool:
    return isinstance(target, Operation) and isinstance(group, OperationGroup) and target in group


def _shape(path: str) -> str:
    return PARAMETER.sub("{}", path)
