"""What many patterns ask of one field, answered for all of them at once.

A set of alternatives is an integer, one bit for each.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs_lib.filters.ruler.event_values import Steps
    from constructs_lib.filters.ruler.field_test import Condition

# Texts in wildcards are looked up together if they begin with as many equal characters, and are as many.
_EQUAL_CHARACTERS = 6
_LEAST_TEXTS = 3


def _common_beginning(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]


class _TextIndex:
    """Texts that begin alike, one of which a value must hold to be accepted."""

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
        """Give the alternatives whose text the value holds."""
        bits = 0
        position = value.find(self._beginning)
        while position >= 0:
            for length, texts in self._by_length:
                bits |= texts.get(value[position : position + length], 0)
            position = value.find(self._beginning, position + 1)
        return bits


def _text_indexes(tests: Iterable[tuple[Condition, int]]) -> tuple[_TextIndex, ...]:
    asked = sorted(
        (text, bits)
        for condition, bits in tests
        if len({text[:_EQUAL_CHARACTERS] for text in condition.needed}) == 1
        for text in condition.needed
        if len(text) >= _EQUAL_CHARACTERS
    )
    groups = (list(group) for _, group in groupby(asked, lambda pair: pair[0][:_EQUAL_CHARACTERS]))
    return tuple(_TextIndex(group) for group in groups if len(group) >= _LEAST_TEXTS)


class FieldIndex:
    """The conditions on one field.

    Args:
        steps: The way to the field.
        asked: Each condition with the alternatives that have it.
        everything: All the alternatives there are.
    """

    __slots__ = ("_by_text", "_missing", "_otherwise", "_tested", "_tests", "_text_indexes", "alternatives", "steps")

    def __init__(self, steps: Steps, asked: Sequence[tuple[Condition, int]], everything: int) -> None:
        self.steps = steps
        self.alternatives = 0
        texts: dict[str, int] = {}
        self._otherwise = everything
        self._missing = everything
        tests: dict[object, tuple[Condition, int]] = {}
        for condition, bits in asked:
            self.alternatives |= bits
            if not condition.absent:
                self._missing &= ~bits
            if condition.exact is not None:
                self._otherwise &= ~bits
                for text in condition.exact:
                    texts[text] = texts.get(text, 0) | bits
            elif condition.excluded is not None:
                for text in condition.excluded:
                    texts.setdefault(text, 0)
            else:
                tests[condition.key] = (condition, tests.get(condition.key, (condition, 0))[1] | bits)
        excluding = [(condition.excluded, bits) for condition, bits in asked if condition.excluded is not None]
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
        """How many conditions are not looked up."""
        return len(self._tests)

    def on_string(self, text: str, possible: int) -> int:
        """Give those of the possible alternatives that accept a text."""
        possible &= self._by_text.get(text, self._otherwise)
        for index in self._text_indexes:
            if possible & index.alternatives:
                possible &= index.held(text) | ~index.alternatives
        if possible & self._tested:
            for condition, bits in self._tests:
                if possible & bits and not condition.on_string(text):
                    possible &= ~bits
        return possible

    def on_values(self, values: Iterable[Any], possible: int) -> int:
        """Give those of the possible alternatives that accept one of several values."""
        accepted = 0
        for value in values:
            here = possible & (self._by_text.get(value, self._otherwise) if type(value) is str else self._otherwise)
            for condition, bits in self._tests:
                if here & bits and not condition.accepts(value):
                    here &= ~bits
            accepted |= here
        return accepted

    def on_nothing(self, possible: int) -> int:
        """Give those of the possible alternatives that accept that the field is missing."""
        return possible & self._missing
