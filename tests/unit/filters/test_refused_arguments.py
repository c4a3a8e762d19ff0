"""Any argument of a filter, pattern or event gets an answer, or one of three errors that says what is expected."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import EventFilter, filters
from constructs_lib.events.errors import InvalidEvent, InvalidFilter, InvalidPattern
from constructs_lib.events.operations import operations as op

if TYPE_CHECKING:
    from collections.abc import Callable


class Odd:
    """What nobody expects, and it cannot even be shown."""

    def __repr__(self) -> str:
        raise ValueError("no text")


ODD: dict[str, Any] = {
    **{repr(value): value for value in (None, 0, -1, 1.5, True, "", " ", "x", "\x00", b"x", [], ["x"], {}, {"a": 1})},
    **{str(value): value for value in (float("nan"), float("inf"), -1e300, op, op.auth, op.auth.create_tenant)},
    "a half of a pair": "\ud800",
    "a long text": "a" * 10_000,
    "a long number": 10**5_000,
    "a class": float,
    "an object without text": Odd(),
    "a filter": EventFilter.all(),
    "a token": "${Token[Tenant.1]}",
    "a list of tokens": "#{Token[Tenants.1]}",
}
FILTERS: dict[str, Callable[[Any], object]] = {
    "of": EventFilter.of,
    "of, second": lambda value: EventFilter.of(op.auth.create_tenant, value),
    "event_type": EventFilter.all().event_type,
    "route, method": lambda value: EventFilter.all().route(value, "/v1/auth/users"),
    "route, path": lambda value: EventFilter.all().route("POST", value),
    "custom, first": lambda value: EventFilter.all().custom(value, "x"),
    "custom, second": lambda value: EventFilter.all().custom("x", value),
    "status": EventFilter.all().status,
    "tenant": EventFilter.all().tenant,
    "user": EventFilter.all().user,
    "trace_id": EventFilter.all().trace_id,
    "trace_id_prefix": EventFilter.all().trace_id_prefix,
    "not_trace_id_prefix": EventFilter.all().not_trace_id_prefix,
    "request": lambda value: EventFilter.all().request(name=value),
    "response": lambda value: EventFilter.of(op.auth.update_tenant, op.auth.create_tenant).response(id=value),
    "known of to_pattern": lambda value: EventFilter.all().to_pattern(value),
    "known of to_patterns": lambda value: EventFilter.all().to_patterns(value),
    "known of matches": lambda value: EventFilter.all().matches({}, value),
}
PATTERNS: dict[str, Callable[[Any], object]] = {
    "compile": filters.compile,
    "Matcher": filters.Matcher,
    "matches": lambda value: filters.matches(value, {}),
    "RuleSet": filters.RuleSet,
    "a rule": lambda value: filters.RuleSet({"rule": value}),
    "a field": lambda value: filters.compile({"field": value}),
    "a value": lambda value: filters.compile({"field": [value]}),
    "a name": lambda value: filters.compile({value: ["x"]} if value.__hash__ else {}),
    "a rule's name": lambda value: filters.RuleSet({value: {}} if value.__hash__ else {}),
}
EVENTS: dict[str, Callable[[Any], object]] = {
    "a filter": EventFilter.all().matches,
    "matches": lambda value: filters.matches({"a": [1]}, value),
    "a matcher": filters.compile({"a": [1]}).matches,
    "explain": filters.compile({"a": [1]}).explain,
    "a rule set": filters.RuleSet({"rule": {"a": [1]}}).matching,
}


def refusal(call: Callable[[Any], object], value: object, error: type[Exception]) -> str:
    """Return the text of the error, which is the only one that may come; empty if the value was taken."""
    try:
        call(value)
    except error as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("call", FILTERS)
def test_a_filter_takes_or_refuses_any_argument(call: str) -> None:
    said = {name: refusal(FILTERS[call], value, InvalidFilter) for name, value in ODD.items()}
    assert [text for text in said.values() if text and "Expected" not in text] == []
    assert {name for name, text in said.items() if len(text) > 1_500} == set()
    assert said["an object without text"]


@pytest.mark.parametrize("call", PATTERNS)
def test_a_pattern_is_taken_or_refused(call: str) -> None:
    said = {name: refusal(PATTERNS[call], value, InvalidPattern) for name, value in ODD.items()}
    assert {name for name, text in said.items() if len(text) > 1_500} <= {"a long text"}
    assert said["an object without text"]


@pytest.mark.parametrize("call", EVENTS)
def test_an_event_is_taken_or_refused(call: str) -> None:
    said = {name: refusal(EVENTS[call], value, InvalidEvent) for name, value in ODD.items()}
    assert {name for name, text in said.items() if len(text) > 1_500} == set()
    assert said["an object without text"]


def test_a_filter_that_was_taken_becomes_patterns() -> None:
    calls = ("event_type", "tenant", "user", "trace_id", "trace_id_prefix", "not_trace_id_prefix", "request")
    made: list[Any] = []
    for call, value in itertools.product(calls, ODD.values()):
        with contextlib.suppress(InvalidFilter):
            made.append(FILTERS[call](value))
    assert len(made) > len(calls)
    for one in made:
        assert all(filters.compile(pattern) for pattern in one.to_patterns())
        assert repr(one).startswith("EventFilter.all()")


@pytest.mark.parametrize("spelled", ["{0.name}", "{0}"])
def test_the_name_of_an_operation_leads_to_the_operation(spelled: str) -> None:
    for operation in op:
        with pytest.raises(InvalidFilter, match=rf"Did you mean .*\boperations\.{operation}\b"):
            EventFilter.of(spelled.format(operation))  # type: ignore[call-overload]
