"""Many patterns at once, through an index on what they have in common.

A field that is compared with whole texts, such as
`detail.event_type`, is looked up: its value gives the rules that are still possible. Other conditions are tested
once for all the rules that share them, and only while one of those is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidEvent, InvalidPattern
from constructs_lib.filters.ruler.event_values import event_members
from constructs_lib.filters.ruler.field_index import FieldIndex
from constructs_lib.filters.ruler.matcher import Matcher, meets_all
from constructs_lib.filters.ruler.quick_look import gather

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.filters.ruler.event_values import Steps
    from constructs_lib.filters.ruler.field_test import Condition
    from constructs_lib.filters.ruler.matcher import Check

# How many different answers are kept as tuples of names.
_ANSWERS = 4096


class RuleSet:
    """Named patterns, matched together.

    >>> rules = RuleSet({"created": {"detail": {"event_type": ["CreateTenant"]}}, "all": {"source": ["x"]}})
    >>> rules.matching({"source": "x", "detail": {"event_type": "CreateTenant"}})
    ('created', 'all')

    Args:
        patterns: The patterns by the names of their rules, each a dict or JSON text.

    Raises:
        InvalidPattern: EventBridge would reject a pattern; the error's path begins with the rule's name.
    """

    __slots__ = ("_alternatives", "_answers", "_everything", "_fields", "_names")

    def __init__(self, patterns: Mapping[str, Mapping[str, Any] | str]) -> None:
        self._alternatives: list[tuple[Check, ...]] = []
        self._names: list[str] = []
        for name, pattern in patterns.items():
            for checks in _compiled(name, pattern).alternatives:
                self._alternatives.append(checks)
                self._names.append(name)
        self._everything = (1 << len(self._alternatives)) - 1
        self._fields = self._index()
        self._answers: dict[int, tuple[str, ...]] = {}

    def _index(self) -> tuple[FieldIndex, ...]:
        asked: dict[Steps, list[tuple[Condition, int]]] = {}
        for number, checks in enumerate(self._alternatives):
            for check in checks:
                asked.setdefault(check.steps, []).append((check.condition, 1 << number))
        fields = (FieldIndex(steps, conditions, self._everything) for steps, conditions in asked.items())
        return tuple(sorted(fields, key=lambda index: index.cost))

    def matching(self, event: Mapping[str, Any] | str) -> tuple[str, ...]:
        """Give the names of the rules that an event matches, in the order they were given in.

        Raises:
            InvalidEvent: The event is no JSON object.
        """
        members = event if type(event) is dict else event_members(event)
        try:
            return self._matching(members)
        except RecursionError:
            raise InvalidEvent("the event is nested too deeply") from None

    def _matching(self, members: Mapping[str, Any]) -> tuple[str, ...]:
        possible = self._everything
        unsure = 0
        for index in self._fields:
            if not possible & index.alternatives:
                continue
            found = gather(index.steps, members)
            if type(found) is str:
                possible = index.on_string(found, possible)
            elif found is None:
                unsure |= index.alternatives
            elif found:
                possible = index.on_values(found, possible)
            else:
                possible = index.on_nothing(possible)
            if not possible:
                return ()
        if unsure & possible:
            possible = self._verified(members, possible, unsure)
        answer = self._answers.get(possible)
        return self._answer(possible) if answer is None else answer

    def _verified(self, members: Mapping[str, Any], possible: int, unsure: int) -> int:
        for number, checks in enumerate(self._alternatives):
            bit = 1 << number
            if possible & unsure & bit and not meets_all(checks, members):
                possible &= ~bit
        return possible

    def _answer(self, alternatives: int) -> tuple[str, ...]:
        names = (name for number, name in enumerate(self._names) if alternatives >> number & 1)
        answer = tuple(dict.fromkeys(names))
        if len(self._answers) >= _ANSWERS:
            self._answers.clear()
        self._answers[alternatives] = answer
        return answer


def _compiled(name: str, pattern: Mapping[str, Any] | str) -> Matcher:
    try:
        return Matcher(pattern)
    except InvalidPattern as error:
        raise InvalidPattern(error.reason, f"{name}: {error.path}" if error.path else name) from None
