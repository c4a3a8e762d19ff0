"""Which alternatives of a pattern's `$or` the engine keeps.

event-ruler confuses an alternative with an earlier one, and drops it, if both have the same fields and share an
accepted value in each. `{"$or": [{"a": ["x", "y"]}, {"a": ["y", "z"]}]}` does not match `{"a": "z"}`. EventBridge's
verdict is what counts, so this module follows how the engine adds rules to its states. If the order of a Java hash set
decides whether an alternative is dropped, it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.filters.ruler.match_values import AnythingBut, Exists, Reading, Wildcard, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs_lib.filters.ruler.match_values import MatchValue
    from constructs_lib.filters.ruler.pattern_syntax import Fields


class _State:
    """A place in the engine: some fields have been accepted, others follow."""

    __slots__ = ("absent", "arrived", "values")

    def __init__(self) -> None:
        self.values: dict[str, dict[MatchValue, _State]] = {}
        self.absent: dict[str, _State] = {}
        # The alternatives that arrive here by a value, those that end here apart from those that go on.
        self.arrived: dict[tuple[MatchValue, bool], set[int]] = {}


def utf16_order(text: str) -> bytes:
    """Return the key by which Java sorts strings."""
    return text.encode("utf-16-be", "surrogatepass")


def _is_reused(value: MatchValue) -> bool:
    # After a wildcard, the engine does not find its way back along a letter that has two cases.
    if isinstance(value, AnythingBut):
        return all(_is_reused(excluded) for excluded in value.excluded)
    if isinstance(value, Wildcard):
        after = "".join(value.pieces[1:])
        return after.lower() == after.upper()
    return True


_InOrder = list[tuple[str, tuple["MatchValue", ...]]]


class _Adding:
    """One alternative on its way into the engine's states."""

    def __init__(self, fields: _InOrder) -> None:
        self._fields = fields
        self.states: list[dict[_State, None]] = [{} for _ in fields]
        self.machines: list[list[dict[MatchValue, _State]]] = [[] for _ in fields]
        self._seen: dict[tuple[_State, int], set[int]] = {}

    def shared_from(self, state: _State, position: int = 0) -> set[int]:
        """Add the fields from `position` on; return the alternatives that share a value in each of them."""
        known = self._seen.get((state, position))
        if known is not None:
            return known
        name, values = self._fields[position]
        last = position == len(self._fields) - 1
        self.machines[position].append(state.values.setdefault(name, {}))
        shared: list[set[int]] = []
        for following in dict.fromkeys(_follow(state, name, values)):
            self.states[position][following] = None
            here: set[int] = set().union(*(following.arrived.get((value, last), ()) for value in values))
            shared.append(here if last else here & self.shared_from(following, position + 1))
        result: set[int] = set().union(*shared) if all(shared) else set()
        self._seen[state, position] = result
        return result

    def readings(self, known: dict[int, Reading]) -> dict[str, Reading]:
        """Return how each field is read, once all alternatives are added."""
        found = {}
        for (name, _), machines in zip(self._fields, self.machines, strict=True):
            reading = Reading()
            for machine in machines:
                if id(machine) not in known:
                    known[id(machine)] = reading_of(machine)
                reading |= known[id(machine)]
            found[name] = reading
        return found

    def arrive(self, number: int) -> None:
        """Record the alternative's number at all its states."""
        for position, (_, values) in enumerate(self._fields):
            last = position == len(self._fields) - 1
            for state in self.states[position]:
                for value in values:
                    state.arrived.setdefault((value, last), set()).add(number)


def _follow(parent: _State, name: str, values: Iterable[MatchValue]) -> list[_State]:
    """Return the states after a field; a new value leads to the same state as the value before it."""
    states = []
    before: _State | None = None
    for value in values:
        if isinstance(value, Exists) and not value.present:
            state = parent.absent.setdefault(name, before or _State())
        else:
            machine = parent.values[name]
            known = machine.get(value) if _is_reused(value) else None
            state = known or before or _State()
            machine[value] = state
        before = state
        states.append(state)
    return states


@dataclass(frozen=True)
class Alternative:
    """One alternative of a pattern: fields that must all be right.

    Attributes:
        fields: What is accepted, by field.
        readings: How the engine reads the values of each field, which also depends on the other alternatives.
        kept: Whether the engine keeps it.
    """

    fields: Fields
    readings: dict[str, Reading]
    kept: bool = True


def alternatives_of(read: Sequence[Fields]) -> list[Alternative]:
    """Return a pattern's alternatives as the engine sees them."""
    if len(read) == 1:
        (only,) = read
        return [Alternative(only, {name: reading_of(field.values) for name, field in only.items()})]
    start = _State()
    added: list[tuple[Fields, _Adding, bool]] = []
    for number, fields in enumerate(read):
        adding = _Adding([(name, fields[name].values) for name in sorted(fields, key=utf16_order)])
        kept = not adding.shared_from(start)
        if kept:
            adding.arrive(number)
        added.append((fields, adding, kept))
    known: dict[int, Reading] = {}
    return [Alternative(fields, adding.readings(known), kept) for fields, adding, kept in added]
