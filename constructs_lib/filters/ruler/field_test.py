"""The test that a pattern applies to the values of one field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from constructs_lib.filters.ruler.addresses import address_digits
from constructs_lib.filters.ruler.json_text import NumberText
from constructs_lib.filters.ruler.match_values import (
    Addresses,
    AnythingBut,
    AnythingButNumbers,
    ExactLiteral,
    ExactNumber,
    ExactString,
    Exists,
    IgnoreCase,
    Numbers,
    Prefix,
    Suffix,
    Wildcard,
)
from constructs_lib.filters.ruler.numbers import comparable, comparable_int
from constructs_lib.filters.ruler.texts import (
    as_utf8,
    equals_ignore_case_test,
    has_surrogates,
    paired,
    prefix_ignore_case_test,
    suffix_ignore_case_test,
    wildcard_test,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from constructs_lib.filters.ruler.match_values import MatchValue, PositiveStringMatch, Reading

    StringTest = Callable[[str], bool]


_LITERALS = {None: "null", True: "true", False: "false"}


def _always(_: str) -> bool:
    return True


def _never(_: str) -> bool:
    return False


def _any_of(tests: Sequence[StringTest]) -> StringTest:
    if not tests:
        return _never
    if _always in tests:
        return _always
    if len(tests) == 1:
        return tests[0]

    def test(text: str) -> bool:
        return any(accepts(text) for accepts in tests)

    return test


def _none_of(test: StringTest) -> StringTest:
    return lambda text: not test(text)


def _prefix_test(texts: tuple[str, ...]) -> StringTest:
    # The closing quote of a string is part of what is compared.
    whole = frozenset(text[:-1] for text in texts if text.endswith('"'))
    if whole:
        return lambda value: value.startswith(texts) or value in whole
    return lambda value: value.startswith(texts)


def _suffix_test(texts: tuple[str, ...]) -> StringTest:
    whole = frozenset(text[1:] for text in texts if text.startswith('"'))
    if whole:
        return lambda value: value.endswith(texts) or value in whole
    return lambda value: value.endswith(texts)


def _string_tests(matches: Iterable[PositiveStringMatch]) -> list[StringTest]:
    exact: set[str] = set()
    prefixes: list[str] = []
    suffixes: list[str] = []
    tests: list[StringTest] = []
    for match in matches:
        if isinstance(match, ExactString):
            exact.add(match.text)
        elif isinstance(match, Wildcard):
            tests.append(wildcard_test(match.pieces))
        elif isinstance(match, IgnoreCase):
            tests.append(equals_ignore_case_test(match.text, loose=match.loose))
        elif isinstance(match, Prefix):
            if match.ignore_case:
                tests.append(prefix_ignore_case_test(match.text, loose=match.loose))
            else:
                prefixes.append(match.text)
        elif match.ignore_case:
            tests.append(suffix_ignore_case_test(match.text, loose=match.loose))
        else:
            suffixes.append(match.text)
    if prefixes:
        tests.insert(0, _prefix_test(tuple(prefixes)))
    if suffixes:
        tests.insert(0, _suffix_test(tuple(suffixes)))
    if exact:
        tests.insert(0, frozenset(exact).__contains__)
    return tests


def _without_lost(values: tuple[MatchValue, ...]) -> tuple[MatchValue, ...]:
    """Leave out what the engine loses: a number kept as text, if an address that begins alike follows."""
    begun: set[str] = set()
    kept: dict[MatchValue, None] = {}
    texts: dict[str, ExactLiteral] = {}
    for value in values:
        kept[value] = None
        if isinstance(value, ExactLiteral):
            if value.text[0] not in begun:
                texts[value.text[0]] = value
            begun.add(value.text[0])
        elif isinstance(value, Addresses):
            for digit in {value.addresses.bottom[0], value.addresses.top[0]}:
                lost = texts.pop(digit, None)
                if lost is not None:
                    del kept[lost]
                begun.add(digit)
    return tuple(kept)


def _is_starred(value: MatchValue) -> bool:
    if isinstance(value, AnythingBut):
        return any(_is_starred(excluded) for excluded in value.excluded)
    return isinstance(value, Wildcard) and len(value.pieces) > 1 and not value.pieces[0]


def _loose(value: MatchValue) -> MatchValue:
    if isinstance(value, IgnoreCase) or (isinstance(value, (Prefix, Suffix)) and value.ignore_case):
        return replace(value, loose=True)
    if isinstance(value, AnythingBut) and value.kind == "equals-ignore-case":
        return replace(value, excluded=frozenset(IgnoreCase(each.text, loose=True) for each in value.excluded))
    return value


def _loosened(values: tuple[MatchValue, ...]) -> tuple[MatchValue, ...]:
    """Mark the tests that the engine mixes up with a wildcard before them."""
    starred = next((index for index, value in enumerate(values) if _is_starred(value)), len(values))
    return (*values[: starred + 1], *map(_loose, values[starred + 1 :]))


def _only_excluded(values: Sequence[MatchValue]) -> frozenset[str] | None:
    if len(values) != 1 or not isinstance(values[0], AnythingBut):
        return None
    texts = frozenset(value.text for value in values[0].excluded if isinstance(value, ExactString))
    return texts if texts and len(texts) == len(values[0].excluded) else None


def _needed(values: Sequence[MatchValue]) -> tuple[str, ...]:
    texts = [next(filter(None, value.pieces), "") for value in values if isinstance(value, Wildcard)]
    return tuple(texts) if all(texts) and len(texts) == len(values) else ()


class FieldTest:
    """A compiled test of whether a value of a field is accepted.

    Attributes:
        field: The keys from the event's top, joined by dots.
        absent: Whether a missing field is accepted.
        on_string: The test for a string without lone surrogates.
        exact: The accepted strings, if nothing else is accepted.
        excluded: The strings that are not accepted, if everything else is.
        needed: Texts of which an accepted string contains at least one; empty if unknown.
        key: Equal for tests that accept the same values.
    """

    __slots__ = (
        "_compares_numbers",
        "_exact_strings",
        "_inexact_strings",
        "_literals",
        "_not_numbers",
        "_number_texts",
        "_numbers",
        "_others",
        "_ranges",
        "absent",
        "exact",
        "excluded",
        "field",
        "key",
        "needed",
        "on_string",
    )

    def __init__(self, field: str, values: Iterable[MatchValue], reading: Reading) -> None:
        values = _loosened(_without_lost(tuple(values)))
        self.field = field
        strings = [value for value in values if isinstance(value, (ExactString, Prefix, Suffix, IgnoreCase, Wildcard))]
        exact_strings = frozenset(value.text for value in strings if isinstance(value, ExactString))
        anything_buts = [value for value in values if isinstance(value, AnythingBut) and value.excluded]
        not_numbers = [value.excluded for value in values if isinstance(value, AnythingButNumbers)]
        exists = any(isinstance(value, Exists) and value.present for value in values)
        literals = frozenset(value.text for value in values if isinstance(value, ExactLiteral))
        numbers: list[Any] = [value.numbers for value in values if isinstance(value, Numbers)]
        equal = frozenset(value.number for value in values if isinstance(value, ExactNumber))

        self.absent = any(isinstance(value, Exists) and not value.present for value in values)
        self._others = exists or bool(anything_buts)
        self._literals = literals
        self._numbers = [equal, *numbers] if equal else numbers
        self._not_numbers = not_numbers
        self._ranges = tuple(value.addresses for value in values if isinstance(value, Addresses))
        self._number_texts = literals - {"true", "false", "null"}
        self._compares_numbers = reading.numbers

        inexact = _string_tests(value for value in strings if not isinstance(value, ExactString))
        inexact.extend(_none_of(_any_of(_string_tests(value.excluded))) for value in anything_buts)
        if exists or not_numbers:
            inexact = [_always]
        if reading.addresses and (self._ranges or self._number_texts):
            inexact.append(self._on_address)
        self._exact_strings = exact_strings
        self._inexact_strings = _any_of(inexact)
        self.on_string = _any_of([exact_strings.__contains__, *inexact] if exact_strings else inexact)
        only_exact = bool(exact_strings) and len(exact_strings) == len(values)
        self.exact = exact_strings if only_exact else None
        self.excluded = _only_excluded(values)
        self.needed = _needed(values)
        self.key = (frozenset(values), reading)

    def _on_address(self, text: str) -> bool:
        digits = address_digits(text)
        return digits is not None and (
            digits in self._number_texts or any(digits in addresses for addresses in self._ranges)
        )

    def on_surrogates(self, text: str) -> bool:
        """Test a string with surrogates: comparisons for equality see them, all others see question marks."""
        return paired(text) in self._exact_strings or self._inexact_strings(as_utf8(text))

    def accepts(self, value: object) -> bool:
        """Test a string, number, true, false or None."""
        if isinstance(value, str) and not isinstance(value, NumberText):
            return self.on_surrogates(value) if has_surrogates(value) else self.on_string(value)
        return self._accepts_other(value)

    def _accepts_other(self, value: object) -> bool:
        if self._others:
            return True
        if value is None or isinstance(value, bool):
            return bool(self._not_numbers) or _LITERALS[value] in self._literals
        return self._on_number(value)

    def _on_number(self, value: object) -> bool:
        text = str(value)
        if self._compares_numbers:
            number = comparable_int(value) if isinstance(value, int) else comparable(text)
            if number is not None:
                return any(number in numbers for numbers in self._numbers) or any(
                    number not in numbers for numbers in self._not_numbers
                )
        return (
            bool(self._not_numbers)
            or text in self._number_texts
            or any(text in addresses for addresses in self._ranges)
        )
