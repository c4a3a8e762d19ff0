"""From a filter's conditions to EventBridge patterns for decoded events: exact, and without a wildcard."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.operation import Operation
from constructs_lib.events.record import DECODED_PREFIX
from constructs_lib.events.secret_removal import IN_ANY_VALUE, removal_for
from constructs_lib.filters.conditions import BodyCondition, alternatives_of, chain_of, targets_of
from constructs_lib.filters.conjunction import Values
from constructs_lib.filters.decoded_conditions import (
    ABSENT,
    Accepted,
    DecodedConjunction,
    Place,
    both_of,
    decoded_conjunctions_of,
    is_within,
)
from constructs_lib.filters.limits import OR_COMBINATIONS, PATTERN_CHARACTERS, pattern_size
from constructs_lib.filters.rule_patterns import matchers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.filters.conditions import Condition

_ANY_SOURCE: Final = ({"prefix": DECODED_PREFIX},)
_NAME_OF_API: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_API: Final = ("path", "1")
_FEWEST_IN_RANGE: Final = 3


def whole_decoded_pattern(conditions: tuple[Condition, ...]) -> dict[str, Any]:
    """Return one pattern for decoded events, whatever its size.

    Raises:
        InvalidFilter: No decoded event can match, or no pattern can express the filter.
    """
    return _pattern(_alternatives(conditions))


def split_decoded_patterns(conditions: tuple[Condition, ...]) -> tuple[dict[str, Any], ...]:
    """Return few patterns (first fit), each within the limits, that together match what the whole pattern does.

    Alternatives that one event can meet at once stay in one pattern, so that it is not delivered twice, as long as
    they fit. Only a single value that is too long by itself is left in a pattern that is too long.

    Raises:
        InvalidFilter: No decoded event can match, or no pattern can express the filter.
    """
    alternatives = [part for each in _alternatives(conditions) for part in _parts_that_fit(each)]
    packed: list[list[DecodedConjunction]] = []
    for group in _groups_that_overlap(alternatives):
        for together in [group] if _fits(group) else [[alternative] for alternative in group]:
            for others in packed:
                if _fits([*others, *together]):
                    others.extend(together)
                    break
            else:
                packed.append(list(together))
    return tuple(map(_pattern, packed))


def _fits(alternatives: list[DecodedConjunction]) -> bool:
    return len(alternatives) <= OR_COMBINATIONS and pattern_size(_pattern(alternatives)) <= PATTERN_CHARACTERS


def _alternatives(conditions: tuple[Condition, ...]) -> list[DecodedConjunction]:
    _refuse_what_no_pattern_names(conditions)
    found: list[DecodedConjunction] = []
    for conjunction in _merged(_without_contained(decoded_conjunctions_of(conditions))):
        found += _without(conjunction, found)
    if not found:
        raise InvalidFilter(
            f"EventFilter.{chain_of(conditions)} matches no decoded event: its calls contradict each other when method "
            "and path decide exactly. Expected conditions that one event can meet. Remove one of the calls."
        )
    return found


def _refuse_what_no_pattern_names(conditions: tuple[Condition, ...]) -> None:
    for chosen in alternatives_of(conditions):
        targets = targets_of(chosen)
        operations = [o for target in targets for o in ((target,) if isinstance(target, Operation) else target)]
        removals = [removal_for(operation) for operation in operations] or [IN_ANY_VALUE]
        for condition in (condition for condition in chosen if isinstance(condition, BodyCondition)):
            for name, value in condition.fields:
                if all(removal.deletes(f"{condition.side}_body", name, value) for removal in removals):
                    raise InvalidFilter(
                        f"{_call(condition, name)} asks for a secret, which decoded events do not have. Expected a "
                        "field that stays, as docs/what-is-an-event.md lists them. Leave the call out, or use the "
                        "filter on SaaSus's own bus."
                    )
                if name in ("", "$or") or "." in name:
                    raise InvalidFilter(
                        f"{_call(condition, name)} names a field that a pattern for decoded events cannot name. "
                        "Expected a name without a dot, other than '' and '$or'. Check the field in the target."
                    )


def _call(condition: BodyCondition, name: str) -> str:
    return f".{condition.side}({name}=…)"


def _without_contained(conjunctions: list[DecodedConjunction]) -> list[DecodedConjunction]:
    kept: list[DecodedConjunction] = []
    for one in conjunctions:
        if not any(is_within(one, other) for other in kept):
            kept = [*(other for other in kept if not is_within(other, one)), one]
    return kept


def _merged(conjunctions: list[DecodedConjunction]) -> list[DecodedConjunction]:
    """Make one of conjunctions that differ in one place only, as long as there are any; the union stays the same."""
    merged, count = conjunctions, len(conjunctions) + 1
    while len(merged) < count:
        count = len(merged)
        for place in sorted({place for conjunction in merged for place in conjunction}):
            merged = _merged_at(place, merged)
    return merged


def _merged_at(place: Place, conjunctions: list[DecodedConjunction]) -> list[DecodedConjunction]:
    found: dict[object, DecodedConjunction] = {}
    for number, conjunction in enumerate(conjunctions):
        accepted = conjunction.get(place)
        rest = frozenset((other, value) for other, value in conjunction.items() if other != place)
        key = (rest, type(accepted)) if _is_listed(accepted) else number
        if key not in found:
            found[key] = conjunction
        else:
            found[key] = {**found[key], place: _union(found[key][place], accepted)}
    return list(found.values())


def _is_listed(accepted: Accepted | None) -> bool:
    return accepted.allowed is not None if isinstance(accepted, Values) else isinstance(accepted, (frozenset, tuple))


def _union(one: Any, other: Any) -> Accepted:
    if isinstance(one, Values):
        return Values(one.allowed | other.allowed)
    return one | other if isinstance(one, frozenset) else (*one, *(text for text in other if text not in one))


def _without(conjunction: DecodedConjunction, earlier: Iterable[DecodedConjunction]) -> list[DecodedConjunction]:
    """Return the conjunction in parts, without what an earlier one has in its lists too.

    EventBridge drops an alternative of `$or` that shares a value in each place with another (`or_alternatives`).
    """
    parts = [conjunction]
    for other in earlier:
        parts = [part for each in parts for part in _apart_from(each, other)]
    return parts


def _apart_from(conjunction: DecodedConjunction, other: DecodedConjunction) -> Iterator[DecodedConjunction]:
    if both_of(conjunction, other) is None or not all(
        place in conjunction and (_is_listed(accepted) or is_within(conjunction, {place: accepted}))
        for place, accepted in other.items()
    ):
        yield conjunction
        return
    rest = conjunction
    for place, accepted in other.items():
        if _is_listed(accepted) and _is_listed(rest[place]):
            own, shared = _difference(rest[place], accepted)
            if own:
                yield {**rest, place: own}
            rest = {**rest, place: shared}
        elif not is_within(rest, {place: accepted}):
            yield rest
            return


def _difference(one: Any, other: Any) -> tuple[Any, Any]:
    """Return what only the first of two lists accepts, None if there is nothing, and what both accept."""
    if isinstance(one, Values):
        own = one.allowed - other.allowed
        return Values(own) if own else None, Values(one.allowed & other.allowed)
    if isinstance(one, frozenset):
        return one - other or None, one & other
    return tuple(v for v in one if v not in other) or None, tuple(v for v in one if v in other)


def _parts_that_fit(conjunction: DecodedConjunction) -> Iterator[DecodedConjunction]:
    """Yield the conjunction in parts that each fit a pattern, by halves of its longest list."""
    lists = {place: _matchers(accepted) for place, accepted in conjunction.items() if _is_listed(accepted)}
    longest = max(lists, key=lambda place: len(json.dumps(lists[place])) if len(lists[place]) > 1 else 0, default=None)
    if longest is None or len(lists[longest]) == 1 or _fits([conjunction]):
        yield conjunction
        return
    for part in _halves(conjunction[longest]):
        yield from _parts_that_fit({**conjunction, longest: part})


def _halves(accepted: Any) -> tuple[Any, Any]:
    if isinstance(accepted, Values):
        values = sorted(accepted.allowed or ())
        return Values(frozenset(values[: len(values) // 2])), Values(frozenset(values[len(values) // 2 :]))
    if isinstance(accepted, frozenset):
        codes = sorted(accepted)
        return frozenset(codes[: len(codes) // 2]), frozenset(codes[len(codes) // 2 :])
    return accepted[: len(accepted) // 2], accepted[len(accepted) // 2 :]


def _groups_that_overlap(conjunctions: Iterable[DecodedConjunction]) -> list[list[DecodedConjunction]]:
    """Return the conjunctions in groups: no event can meet two that are in different groups."""
    groups: list[list[DecodedConjunction]] = []
    for conjunction in conjunctions:
        touched = [group for group in groups if any(both_of(conjunction, other) is not None for other in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([*itertools.chain(*touched), conjunction])
    return groups


def _pattern(conjunctions: list[DecodedConjunction]) -> dict[str, Any]:
    """Return one pattern that matches what any of the conjunctions does."""
    first, *others = conjunctions
    common = {
        place: accepted
        for place, accepted in first.items()
        if all(place in other and other[place] == accepted for other in others)
    }
    rest = [
        {place: accepted for place, accepted in conjunction.items() if place not in common}
        for conjunction in conjunctions
    ]
    detail = _nested(common)
    if len(rest) > 1 and all(rest):
        detail["$or"] = [_nested(choice) for choice in rest]
    pattern: dict[str, Any] = {"source": _sources(conjunctions)}
    return {**pattern, "detail": detail} if detail else pattern


def _nested(conjunction: DecodedConjunction) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for place, accepted in sorted(conjunction.items()):
        holder = nested
        for name in place[:-1]:
            holder = holder.setdefault(name, {})
        holder[place[-1]] = _matchers(accepted)
    return nested


def _sources(conjunctions: Iterable[DecodedConjunction]) -> list[Any]:
    """Return what the events' source can be: it is the API, which the path also has."""
    apis: set[str] = set()
    for conjunction in conjunctions:
        api = conjunction.get(_API)
        if not isinstance(api, Values) or api.allowed is None or not all(map(_NAME_OF_API.fullmatch, api.allowed)):
            return [dict(matcher) for matcher in _ANY_SOURCE]
        apis |= api.allowed
    return sorted(f"{DECODED_PREFIX}{api}" for api in apis)


def _matchers(accepted: Accepted) -> list[Any]:
    """Return the array of a pattern."""
    if accepted == ABSENT:
        return [{"exists": False}]
    if isinstance(accepted, Values):
        return matchers_of(accepted) or [{"exists": True}]
    return list(_ranges(accepted) if isinstance(accepted, frozenset) else map(json.loads, accepted))


def _ranges(statuses: frozenset[int]) -> Iterator[Any]:
    for _, run in itertools.groupby(enumerate(sorted(statuses)), key=lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        if len(codes) >= _FEWEST_IN_RANGE:
            yield {"numeric": [">=", codes[0], "<=", codes[-1]]}
        else:
            yield from codes
