"""Conditions on elements of arrays, which one and the same element must meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.filters.ruler.event_values import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.filters.ruler.event_values import Membership
    from constructs_lib.filters.ruler.field_test import FieldTest

    Values = list[tuple[Any, Membership]]


def _joined(chosen: Membership, membership: Membership) -> Membership | None:
    for array, index in membership.items():
        if chosen.get(array, index) != index:
            return None
    return {**chosen, **membership} if membership else chosen


def _candidates(values: Values, chosen: Membership) -> Values:
    # Once an element of an array is chosen, a field with values in that array is looked for only there.
    for array, index in chosen.items():
        if any(array in membership for _, membership in values):
            return [pair for pair in values if pair[1].get(array) == index]
    return values


def consistent(fields: Sequence[tuple[FieldTest, Values]]) -> bool:
    """Check whether values from the same elements of arrays can pass all tests.

    Args:
        fields: The tests with the values of their fields, in the order of the fields' names. EventBridge chooses
            elements in this order: a field that must not exist is looked for in the elements chosen before it.
    """
    passing = [[pair for pair in values if test.accepts(pair[0])] for test, values in fields]
    if any(not accepted and not test.absent for accepted, (test, _) in zip(passing, fields, strict=True)):
        return False
    # The arrays that later fields depend on: a choice that failed once fails again if it is the same in these.
    arrays: list[frozenset[Any]] = [frozenset()]
    for _, values in reversed(fields):
        arrays.append(arrays[-1].union(*(membership for _, membership in values)))
    arrays.reverse()
    failed: set[Any] = set()

    def meets(position: int, chosen: Membership) -> bool:
        if position == len(fields):
            return True
        state = (position, frozenset((array, chosen[array]) for array in chosen if array in arrays[position]))
        if state in failed:
            return False
        test, values = fields[position]
        if (
            test.absent
            and not any(_joined(chosen, membership) is not None for _, membership in values)
            and meets(position + 1, chosen)
        ):
            return True
        allowed = {id(pair) for pair in _candidates(values, chosen)}
        for pair in passing[position]:
            joined = _joined(chosen, pair[1]) if id(pair) in allowed else None
            if joined is not None and meets(position + 1, joined):
                return True
        failed.add(state)
        return False

    return meets(0, NOWHERE)
