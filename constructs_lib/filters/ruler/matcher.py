"""Whether an event matches a pattern, as EventBridge decides it, offline.

The rules are those of aws/event-ruler, the engine behind EventBridge, with its quirks: see `or_alternatives`,
`array_consistency`, `addresses`, `texts` and `numbers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.filters.ruler.array_consistency import consistent
from constructs_lib.filters.ruler.event_values import (
    FAILS,
    MISSING,
    UNSURE,
    FieldNames,
    event_members,
    find_values,
    look,
)
from constructs_lib.filters.ruler.field_test import FieldTest
from constructs_lib.filters.ruler.json_text import plain
from constructs_lib.filters.ruler.or_alternatives import alternatives_of, utf16_order
from constructs_lib.filters.ruler.pattern_syntax import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.filters.ruler.event_values import Steps
    from constructs_lib.filters.ruler.match_values import Reading
    from constructs_lib.filters.ruler.or_alternatives import Alternative
    from constructs_lib.filters.ruler.pattern_syntax import FieldPattern


@dataclass(frozen=True)
class Mismatch:
    """A condition of a pattern that an event does not meet.

    Attributes:
        path: The place of the condition in the pattern, for example `detail.event_type`.
        expected: What the pattern accepts there.
        actual: The values that the event has there; empty if the field is missing.
        reason: Why it fails, if the values alone do not show it.
    """

    path: str
    expected: Any
    actual: tuple[Any, ...]
    reason: str = ""

    def __str__(self) -> str:
        found = ", ".join(map(repr, self.actual)) or "nothing"
        return f"{self.path}: expected {self.expected!r}, found {found}{self.reason and f'; {self.reason}'}"


@dataclass(frozen=True)
class Check:
    """A test and the path to its field."""

    test: FieldTest
    steps: Steps


class _Compiler:
    """Compiles the alternatives of a pattern, and what they share only once."""

    def __init__(self, alternatives: Sequence[Alternative]) -> None:
        self._names = FieldNames({name for alternative in alternatives for name in alternative.fields})
        self._steps: dict[str, Steps] = {}
        self._checks: dict[tuple[FieldPattern, Reading], Check] = {}

    def checks(self, alternative: Alternative) -> tuple[Check, ...]:
        """Return the checks in the engine's order, in which Java sorts their fields."""
        names = sorted(alternative.fields, key=utf16_order)
        return tuple(self._check(alternative.fields[name], alternative.readings[name]) for name in names)

    def _check(self, field: FieldPattern, reading: Reading) -> Check:
        check = self._checks.get((field, reading))
        if check is None:
            steps = self._steps.get(field.field)
            if steps is None:
                steps = self._steps[field.field] = self._names.steps(field.field)
            check = Check(FieldTest(field.field, field.values, reading), steps)
            self._checks[field, reading] = check
        return check


def meets_all(checks: tuple[Check, ...], members: Mapping[str, Any]) -> bool:
    """Check whether an event passes all checks, with the same elements of its arrays."""
    certain = True
    for check in checks:
        test = check.test
        found = look(check.steps, members, test)
        if found == FAILS or (found == MISSING and not test.absent):
            return False
        certain = certain and found != UNSURE
    return certain or consistent([(check.test, find_values(check.steps, members)) for check in checks])


class Matcher:
    """A pattern, compiled once to match many events.

    >>> matcher = Matcher({"detail": {"event_type": ["CreateTenant"]}})
    >>> matcher.matches({"source": "x", "detail": {"event_type": "CreateTenant"}})
    True

    Args:
        pattern: An event pattern as a dict or as JSON text.

    Raises:
        InvalidPattern: EventBridge would reject the pattern.
    """

    __slots__ = ("_alternatives", "_checks", "_kept")

    def __init__(self, pattern: Mapping[str, Any] | str) -> None:
        self._alternatives = alternatives_of(parse_pattern(pattern))
        self._checks = tuple(map(_Compiler(self._alternatives).checks, self._alternatives))
        kept = zip(self._alternatives, self._checks, strict=True)
        self._kept = tuple(checks for alternative, checks in kept if alternative.kept)

    @property
    def alternatives(self) -> tuple[tuple[Check, ...], ...]:
        """The alternatives, of which an event must meet one."""
        return self._kept

    def matches(self, event: Mapping[str, Any] | str) -> bool:
        """Check whether an event matches, as EventBridge would decide.

        Args:
            event: The whole event, a dict as `json.loads` returns it, or JSON text.

        Raises:
            InvalidEvent: The event is not a JSON object.
        """
        members = event if type(event) is dict else event_members(event)
        try:
            for checks in self._kept:
                if meets_all(checks, members):
                    return True
        except RecursionError:
            raise InvalidEvent("The event is nested more deeply than PutEvents takes") from None
        return False

    def explain(self, event: Mapping[str, Any] | str) -> tuple[Mismatch, ...]:
        """Return the conditions that an event fails; empty if it matches.

        For a pattern with `$or`, these are the conditions of the closest alternative.

        Raises:
            InvalidEvent: The event is not a JSON object.
        """
        members = event_members(event)
        if self.matches(members):
            return ()
        explained = [
            _mismatches(alternative, checks, members)
            for alternative, checks in zip(self._alternatives, self._checks, strict=True)
        ]
        return min(explained, key=lambda mismatches: 0 if mismatches[0].reason else len(mismatches))


def _mismatches(
    alternative: Alternative, checks: tuple[Check, ...], members: Mapping[str, Any]
) -> tuple[Mismatch, ...]:
    mismatches = []
    for check in checks:
        field = alternative.fields[check.test.field]
        actual = tuple(value for value, _ in find_values(check.steps, members))
        if not consistent([(check.test, find_values(check.steps, members))]):
            mismatches.append(Mismatch(field.path, plain(field.source), tuple(map(plain, actual))))
    if mismatches:
        return tuple(mismatches)
    reason = (
        "no element of the event's arrays meets all conditions"
        if alternative.kept
        else "EventBridge confuses this alternative of $or with an earlier one that shares its values, and drops it"
    )
    field = next(iter(alternative.fields.values()))
    return (Mismatch(field.path, plain(field.source), (), reason),)


def read_event(event: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """Return an event as matchers read it; reading it once serves several of them.

    Args:
        event: The whole event, a dict or JSON text.

    Raises:
        InvalidEvent: The event is not a JSON object.
    """
    return event_members(event)


def compile(pattern: Mapping[str, Any] | str) -> Matcher:
    """Compile a pattern to match many events; see `Matcher`."""
    return Matcher(pattern)


def matches(pattern: Mapping[str, Any] | str, event: Mapping[str, Any] | str) -> bool:
    """Check whether an event matches a pattern, as EventBridge would decide.

    >>> matches({"source": [{"prefix": "aws.partner/saasus.io/"}]}, {"source": "aws.partner/saasus.io/x/event"})
    True

    Args:
        pattern: An event pattern, a dict or JSON text.
        event: The whole event, a dict or JSON text.

    Raises:
        InvalidPattern: EventBridge would reject the pattern.
        InvalidEvent: The event is not a JSON object.
    """
    return Matcher(pattern).matches(event)
