"""Many patterns matched at once, through an index on what they have in common.

A field that is compared with whole strings, such as `detail.event_type`, is looked up: its value determines which
rules are still possible. Other tests run once for all the rules that share them, and only while one of those is
possible. A set of alternatives is an integer, with one bit for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidEvent, InvalidPattern
from constructs_lib.events.json_values import in_short
from constructs_lib.filters.ruler.event_values import event_members, gather
from constructs_lib.filters.ruler.matcher import Matcher, meets_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs_lib.filters.ruler.event_values import Steps
    from constructs_lib.filters.ruler.field_test import FieldTest
    from constructs_lib.filters.ruler.matcher import Check

# The number of different answers that are kept as tuples of names.
_ANSWERS = 4096
# Texts in wildcards are looked up together if at least this many begin with this many equal characters.
_EQUAL_CHARACTERS = 6
_LEAST_TEXTS = 3


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
        if not isinstance(patterns, Mapping):
            raise InvalidPattern(
                f"{in_short(patterns)} is not a set of rules. Expected a dict with a pattern for each name, as in "
                "RuleSet({'created': {'source': ['x']}}). Pass that, or use compile() for a single pattern"
            )
        for name, pattern in patterns.items():
            for checks in _compiled(name, pattern).alternatives:
                self._alternatives.append(checks)
                self._names.append(name)
        self._everything = (1 << len(self._alternatives)) - 1
        self._fields = self._index()
        self._answers: dict[int, tuple[str, ...]] = {}

    def _index(self) -> tuple[_FieldIndex, ...]:
        asked: dict[Steps, list[tuple[FieldTest, int]]] = {}
        for number, checks in enumerate(self._alternatives):
            for check in checks:
                asked.setdefault(check.steps, []).append((check.test, 1 << number))
        fields = (_FieldIndex(steps, tests, self._everything) for steps, tests in asked.items())
        return tuple(sorted(fields, key=lambda index: index.cost))

    def matching(self, event: Mapping[str, Any] | str) -> tuple[str, ...]:
        """Return the names of the rules that an event matches, in the order of the patterns.

        Raises:
            InvalidEvent: The event is not a JSON object.
        """
        members = event if type(event) is dict else event_members(event)
        try:
            return self._matching(members)
        except RecursionError:
            raise InvalidEvent("The event is nested more deeply than PutEvents takes") from None

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
        rule = name if isinstance(name, str) else in_short(name)
        raise InvalidPattern(error.reason, f"{rule}: {error.path}" if error.path else rule) from None


def _common_beginning(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]


class _TextIndex:
    """Texts that begin alike, of which a value must contain one to be accepted."""

    __slots__ = ("_beginning", "_by_length", "alternatives")

    def __init__(self, asked: Sequence[tuple[str, int]]) -> None:
        self._beginning = _common_beginning([text for text, _ in asked])
        self.alternatives = 0
        by_length: dict[int, dict[str, int]] = {}
        for text, bits in asked:
            self.alternatives |= bits
            texts = by_length.setdefault(len(text), {})
            texts[text] = texts.get(text, 0) | bits
        self._by_length = tuple((length, texts) for length, texts in by_length.items())

    def held(self, value: str) -> int:
        """Return the alternatives whose text the value contains."""
        bits = 0
        position = value.find(self._beginning)
        while position >= 0:
            for length, texts in self._by_length:
                bits |= texts.get(value[position : position + length], 0)
            position = value.find(self._beginning, position + 1)
        return bits


def _text_indexes(tests: Iterable[tuple[FieldTest, int]]) -> tuple[_TextIndex, ...]:
    asked = sorted(
        (text, bits)
        for test, bits in tests
        if len({text[:_EQUAL_CHARACTERS] for text in test.needed}) == 1
        for text in test.needed
        if len(text) >= _EQUAL_CHARACTERS
    )
    groups = (list(group) for _, group in groupby(asked, lambda pair: pair[0][:_EQUAL_CHARACTERS]))
    return tuple(_TextIndex(group) for group in groups if len(group) >= _LEAST_TEXTS)


class _FieldIndex:
    """The tests on one field.

    Args:
        steps: The path to the field.
        asked: Each test with the alternatives that have it.
        everything: All alternatives.
    """

    __slots__ = ("_by_text", "_missing", "_otherwise", "_tested", "_tests", "_text_indexes", "alternatives", "steps")

    def __init__(self, steps: Steps, asked: Sequence[tuple[FieldTest, int]], everything: int) -> None:
        self.steps = steps
        self.alternatives = 0
        texts: dict[str, int] = {}
        self._otherwise = everything
        self._missing = everything
        tests: dict[object, tuple[FieldTest, int]] = {}
        for test, bits in asked:
            self.alternatives |= bits
            if not test.absent:
                self._missing &= ~bits
            if test.exact is not None:
                self._otherwise &= ~bits
                for text in test.exact:
                    texts[text] = texts.get(text, 0) | bits
            elif test.excluded is not None:
                for text in test.excluded:
                    texts.setdefault(text, 0)
            else:
                tests[test.key] = (test, tests.get(test.key, (test, 0))[1] | bits)
        excluding = [(test.excluded, bits) for test, bits in asked if test.excluded is not None]
        self._by_text = {text: self._otherwise | bits for text, bits in texts.items()}
        for excluded, bits in excluding:
            for text in excluded:
                self._by_text[text] &= ~bits
        self._tests = tuple(tests.values())
        self._tested = 0
        for _, bits in self._tests:
            self._tested |= bits
        self._text_indexes = _text_indexes(self._tests)

    @property
    def cost(self) -> int:
        """The number of tests that are not looked up."""
        return len(self._tests)

    def on_string(self, text: str, possible: int) -> int:
        """Return those of the possible alternatives that accept a string."""
        possible &= self._by_text.get(text, self._otherwise)
        for index in self._text_indexes:
            if possible & index.alternatives:
                possible &= index.held(text) | ~index.alternatives
        if possible & self._tested:
            for test, bits in self._tests:
                if possible & bits and not test.on_string(text):
                    possible &= ~bits
        return possible

    def on_values(self, values: Iterable[Any], possible: int) -> int:
        """Return those of the possible alternatives that accept one of several values."""
        accepted = 0
        for value in values:
            here = possible & (self._by_text.get(value, self._otherwise) if type(value) is str else self._otherwise)
            for test, bits in self._tests:
                if here & bits and not test.accepts(value):
                    here &= ~bits
            accepted |= here
        return accepted

    def on_nothing(self, possible: int) -> int:
        """Return those of the possible alternatives that accept a missing field."""
        return possible & self._missing
