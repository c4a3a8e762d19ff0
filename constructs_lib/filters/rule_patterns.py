"""From conjunctions to EventBridge patterns: one whole pattern, or several that each stay within the limits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.source_name import PREFIX
from constructs_lib.filters.body_text import body_texts
from constructs_lib.filters.conjunction import Conjunction, Values
from constructs_lib.filters.limits import PATTERN_CHARACTERS, WILDCARD_COMPLEXITY, pattern_size
from constructs_lib.filters.ruler.complexity import complexity_of_wildcards, wildcard_complexity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE: Final[tuple[dict[str, str], ...]] = ({"prefix": PREFIX},)
_RESPONSE_AFTER_REQUEST: Final = 'response_body":"'
"""Without its first quote, which event-ruler would count once more; no value can contain `":"` unescaped."""

ALL_STATUSES: Final = frozenset(range(100, 600))
_NAMES_IN_ONE_LIST: Final = 1200  # characters, so that a wildcard and a guard still fit beside them


@dataclass(frozen=True, slots=True)
class Rule:
    """What a pattern asks of an event's own fields, with at most one wildcard on the event's text."""

    event_type: Values
    detail_type: Values
    trace_id: Values
    wildcard: str | None

    def detail(self) -> dict[str, Any]:
        """Return the conditions below `detail`, without the wildcard."""
        return {
            name: matchers
            for name, values in (("event_type", self.event_type), ("trace_id", self.trace_id))
            if (matchers := matchers_of(values))
        }


def whole_pattern(conjunctions: Iterable[Conjunction], body_forms: tuple[str, ...] | None) -> dict[str, Any]:
    """Return one pattern for all conjunctions, whatever its size."""
    return _pattern(_rules(conjunctions, body_forms))


def split_patterns(
    conjunctions: Iterable[Conjunction], body_forms: tuple[str, ...] | None
) -> tuple[dict[str, Any], ...]:
    """Return few patterns (first fit), each within the limits, that together match what the whole pattern does.

    A wildcard that exceeds a limit by itself becomes a pattern of its own.
    """
    packed: list[list[Rule]] = []
    for rule in _rules(conjunctions, body_forms):
        for rules in packed:
            if _fits([*rules, rule]):
                rules.append(rule)
                break
        else:
            packed.append([rule])
    return tuple(_pattern(rules) for rules in packed)


def _fits(rules: list[Rule]) -> bool:
    if len({rule.detail_type for rule in rules}) > 1:
        return False
    if complexity_of_wildcards({r.wildcard for r in rules if r.wildcard is not None}) > WILDCARD_COMPLEXITY:
        return False  # the common case, and cheap to check
    pattern = _pattern(rules)
    return wildcard_complexity(pattern) <= WILDCARD_COMPLEXITY and pattern_size(pattern) <= PATTERN_CHARACTERS


def _rules(conjunctions: Iterable[Conjunction], body_forms: tuple[str, ...] | None) -> list[Rule]:
    """Return the rules of all conjunctions: names with equal conditions in one list, no route inside a wider one."""
    merged = _without_contained(_names_by_conjunction(conjunctions))
    kept = [one for one in merged if not any(_is_contained(one, other) for other in merged if other is not one)]
    found = []
    for conjunction in sorted(kept, key=lambda one: one.event_type.allowed is None):
        wildcards = list(_wildcards(conjunction, body_forms))
        for names in _lists_of_names(conjunction, merged[conjunction]):
            found += [Rule(names, conjunction.detail_type, conjunction.trace_id, text) for text in wildcards]
    return found


def _names_by_conjunction(conjunctions: Iterable[Conjunction]) -> dict[Conjunction, set[str]]:
    """Return the conjunctions without their names, each with all the names that go with it."""
    merged: dict[Conjunction, set[str]] = {}
    for conjunction in conjunctions:
        names = conjunction.event_type.allowed
        # An empty list of names keeps "these names" apart from "any name", which has the same other conditions.
        event_type = conjunction.event_type if names is None else Values(frozenset())
        merged.setdefault(replace(conjunction, event_type=event_type, candidates=None), set()).update(names or ())
    return merged


def _without_contained(merged: dict[Conjunction, set[str]]) -> dict[Conjunction, set[str]]:
    """Leave out the names and conjunctions whose events another conjunction matches too, so that none comes twice."""
    kept = {conjunction: set(names) for conjunction, names in merged.items()}
    unnamed = {conjunction: replace(conjunction, event_type=Values()) for conjunction in merged}
    for one, other in itertools.permutations(merged, 2):
        if one not in kept or other not in kept or not unnamed[one].within(unnamed[other]):
            continue
        if one.event_type.allowed is None:
            is_contained = one.event_type.within(other.event_type)
        else:
            kept[one] -= {name for name in kept[one] if _takes_name(other, kept[other], name)}
            is_contained = not kept[one]
        if is_contained:
            del kept[one]
    return kept


def _takes_name(conjunction: Conjunction, names: set[str], name: str) -> bool:
    if conjunction.event_type.allowed is not None:
        return name in names
    return Values(frozenset({name})).within(conjunction.event_type)


def _lists_of_names(conjunction: Conjunction, names: set[str]) -> Iterator[Values]:
    if conjunction.event_type.allowed is None:
        yield conjunction.event_type
        return
    chunk: list[str] = []
    for name in sorted(names):
        if chunk and sum(len(other) + 3 for other in (*chunk, name)) > _NAMES_IN_ONE_LIST:
            yield Values(frozenset(chunk))
            chunk = []
        chunk.append(name)
    yield Values(frozenset(chunk))


def _is_contained(conjunction: Conjunction, other: Conjunction) -> bool:
    """Check whether the other conjunction matches every event with an unknown name that this one does."""
    if conjunction.event_type.allowed is not None or other.event_type.allowed is not None:
        return False
    if replace(conjunction, event_type=Values(), route=None) != replace(other, event_type=Values(), route=None):
        return False
    if conjunction.route is None or other.route is None:
        return other.route is None and other.event_type.excluded <= conjunction.event_type.excluded
    if conjunction.route == other.route:
        return False
    return other.route.covers(conjunction.route)


def _wildcards(conjunction: Conjunction, body_forms: tuple[str, ...] | None) -> Iterator[str | None]:
    """Yield the wildcards on the event's text that together cover the conjunction; None if it needs none."""
    routes: list[tuple[str, ...]] = list(conjunction.route.simplifications()) if conjunction.route else [()]
    for status, request, response in itertools.product(
        _status_pieces(conjunction.statuses),
        _body_pieces(conjunction, body_forms),
        _response_pieces(conjunction, body_forms),
    ):
        yield _simplest_that_fits([_wildcard((*status, *route, *request, *response)) for route in routes])


def _simplest_that_fits(wildcards: list[str | None]) -> str | None:
    """Return the first wildcard within the limit, or else the least complex one."""
    if len(wildcards) == 1:
        return wildcards[0]
    counts = [complexity_of_wildcards([w]) if w is not None else 0 for w in wildcards]
    return next(
        (w for w, count in zip(wildcards, counts, strict=True) if count <= WILDCARD_COMPLEXITY),
        wildcards[counts.index(min(counts))],
    )


def _wildcard(pieces: tuple[str, ...]) -> str | None:
    """Return the wildcard for pieces in the order of the text; only `*` and the backslash need escaping."""
    if not pieces:
        return None
    escaped = (piece.replace("\\", "\\\\").replace("*", "\\*") for piece in pieces)
    return f"*{'*'.join(escaped)}*"


def _status_pieces(statuses: frozenset[int] | None) -> list[tuple[str, ...]]:
    """Return the shortest beginnings of the three digits that cover exactly these statuses."""
    if statuses is None or statuses >= ALL_STATUSES:
        return [()]
    found: list[tuple[str, ...]] = []
    for hundred in sorted({code // 100 for code in statuses}):
        if statuses >= frozenset(range(hundred * 100, hundred * 100 + 100)):
            found.append((f'"http_status":"{hundred}',))
        else:
            found += [(f'"http_status":"{code}"',) for code in sorted(statuses) if code // 100 == hundred]
    return found


def _body_pieces(conjunction: Conjunction, body_forms: tuple[str, ...] | None) -> list[tuple[str, ...]]:
    if not conjunction.request:
        return [()]
    # The response must follow, or else a field of the response would match.
    end = () if conjunction.response else (_RESPONSE_AFTER_REQUEST,)
    return [('"request_body":"', *pieces, *end) for pieces in body_texts(conjunction.request, body_forms)]


def _response_pieces(conjunction: Conjunction, body_forms: tuple[str, ...] | None) -> list[tuple[str, ...]]:
    if not conjunction.response:
        return [()]
    head = _RESPONSE_AFTER_REQUEST if conjunction.request else f'"{_RESPONSE_AFTER_REQUEST}'
    return [(head, *pieces) for pieces in body_texts(conjunction.response, body_forms)]


def matchers_of(values: Values) -> list[Any]:
    """Return the array of a pattern for one field's values; empty for any value."""
    if values.allowed is not None:
        return sorted(values.allowed)
    excluded = sorted(values.excluded)
    prefixes = sorted(values.excluded_prefixes)
    if values.prefix:
        inside = [p for p in (*excluded, *prefixes) if p.startswith(values.prefix)]
        if inside:
            raise InvalidFilter(
                f"EventBridge cannot ask one field both for the prefix {values.prefix!r} and for anything but "
                f"{inside[0]!r}, which starts with it. Expected one of the two. Ask for a longer prefix instead, or "
                "leave one of the two calls out."
            )
        return [{"prefix": values.prefix}]
    if excluded:
        return [{"anything-but": excluded}]
    if prefixes:
        return [{"anything-but": {"prefix": prefixes[0] if len(prefixes) == 1 else prefixes}}]
    return []


def _differ_in_names_only(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = [choice.get("event_type", [{}]) for choice in (one, other)]
    return all(isinstance(found[0], str) for found in names) and {**one, "event_type": 0} == {**other, "event_type": 0}


def _pattern(rules: list[Rule]) -> dict[str, Any]:
    """Return one pattern that matches what any of the rules does."""
    by_type = {rule.detail_type: [each for each in rules if each.detail_type == rule.detail_type] for rule in rules}
    pattern: dict[str, Any] = {"source": [dict(matcher) for matcher in SOURCE]}
    if len(by_type) == 1:
        return pattern | _of_one_detail_type(rules)
    # No conditions at all: every event, whatever its detail-type.
    choices = [_of_one_detail_type(of_type) for of_type in by_type.values()]
    return {**pattern, "$or": choices} if all(choices) else pattern


def _of_one_detail_type(rules: list[Rule]) -> dict[str, Any]:
    """Return the conditions on the detail-type, which all rules have in common, and on the detail."""
    choices: list[dict[str, Any]] = []
    for detail, rules_of_detail in itertools.groupby(rules, key=Rule.detail):
        texts = [rule.wildcard for rule in rules_of_detail]
        wildcards = [{"wildcard": text} for text in dict.fromkeys(texts) if text is not None]
        choice = {**detail, "event": wildcards} if None not in texts else detail
        if choices and _differ_in_names_only(choices[-1], choice):
            choices[-1]["event_type"] = [*choices[-1]["event_type"], *choice["event_type"]]
        else:
            choices.append(choice)
    common = {key: value for key, value in choices[0].items() if all(choice.get(key) == value for choice in choices)}
    rest = [{key: value for key, value in choice.items() if key not in common} for choice in choices]
    detail = dict(common) if not all(rest) else {**common, **({"$or": rest} if len(rest) > 1 else {})}
    pattern: dict[str, Any] = {}
    if matchers := matchers_of(rules[0].detail_type):
        pattern["detail-type"] = matchers
    if detail:
        pattern["detail"] = detail
    return pattern
