"""Matcher, rule sets and filters against JSON that is hostile: an answer, or an error of the library's own."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings

from constructs_lib.events.errors import InvalidEvent, InvalidPattern
from constructs_lib.events.operations import operations as op
from constructs_lib.filters import RuleSet, compile, matches
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.ruler.complexity import complexity_of_wildcards
from tests.hostile_json import HOSTILE_EVENTS, HOSTILE_VALUES, hostile_events, hostile_texts, nested

PATTERN: dict[str, Any] = {
    "source": [{"prefix": "aws"}],
    "detail": {
        "$or": [
            {"event_type": ["create_tenant", 7]},
            {"event": [{"wildcard": '*"http_status":"2*'}, {"anything-but": "x"}]},
            {"a_new_field": {"a": [{"exists": False}, {"numeric": [">", 1]}]}},
        ]
    },
    "a_new_field": [{"numeric": [">", 1]}, {"exists": True}, {"cidr": "10.0.0.0/8"}, {"prefix": "\ud83d"}],
}
MATCHER = compile(PATTERN)
FILTER = EventFilter.of(op.auth.update_tenant, op.auth.create_tenant).succeeded().request(name="x")
RULES = RuleSet({"one": PATTERN, "two": FILTER.to_pattern(), "all": {"source": [{"exists": True}]}})


def look_at(event: Any) -> None:
    with contextlib.suppress(InvalidEvent):
        answer = MATCHER.matches(event)
        assert (MATCHER.explain(event) == ()) is answer
        assert ("one" in RULES.matching(event)) is answer
        assert all(str(mismatch).encode() for mismatch in MATCHER.explain(event))
    with contextlib.suppress(InvalidEvent):
        assert FILTER.matches(event) is ("two" in RULES.matching(event))


@pytest.mark.parametrize("chunk", range(4))
def test_events_get_an_answer_or_invalid_event(chunk: int) -> None:
    for text in [text for text in HOSTILE_EVENTS.values() if len(text) < 40_000][chunk::4]:
        look_at(text)
        with contextlib.suppress(ValueError, RecursionError):
            look_at(json.loads(text))


@settings(max_examples=50)
@given(hostile_events())
def test_any_event_gets_an_answer_or_invalid_event(text: str) -> None:
    look_at(text)


def test_what_is_deep_elsewhere_changes_no_answer() -> None:
    event = '{"source":"aws.x","a_new_field":2,"detail":{"event_type":"create_tenant","event":HERE}}'
    for text in (nested(10_000), nested(10_000, opening='{"a":', closing="}"), "9" * 10_000, '"\\ud83d"'):
        assert matches(PATTERN, event.replace("HERE", text)), text[:20]
        assert not matches(PATTERN, event.replace("HERE", text).replace("aws.x", "other"))


@pytest.mark.parametrize("digits", [400, 4_300, 5_000])
def test_a_number_of_a_dict_may_have_more_digits_than_python_writes(digits: int) -> None:
    for number in (10**digits, -(10**digits)):
        assert matches({"a": [{"exists": True}]}, {"a": number})
        assert matches({"a": [{"anything-but": 7}]}, {"a": [number, 7]})
        assert not matches({"a": [7, {"numeric": [">", 1]}]}, {"a": number})
        assert str(compile({"a": [7]}).explain({"a": number})[0]).startswith("a: expected [7]")
        assert matches({"a": [number]}, {"a": number})


SMALL = {name: text for name, text in HOSTILE_VALUES.items() if len(text) < 200_000}
OPERATORS = ("prefix", "suffix", "anything-but", "wildcard", "cidr", "exists", "numeric", "equals-ignore-case")
PLACES = (
    *("HERE", '{"a":HERE}', '{"a":{"b":[HERE]}}', '{"$or":[{"a":HERE},{"b":[HERE]}]}'),
    *(f'{{"a":[{{"{name}":HERE}}]}}' for name in OPERATORS),
)


def read_pattern(pattern: Any) -> None:
    try:
        matcher = compile(pattern)
    except InvalidPattern as error:
        said = str(error)
    else:
        said = ""
        assert matcher.matches({"a": "x"}) is (matcher.explain({"a": "x"}) == ())
    assert len(said.encode()) < 20_000


@pytest.mark.parametrize("text", SMALL.values(), ids=SMALL)
def test_patterns_are_read_or_invalid_pattern(text: str) -> None:
    for place in PLACES:
        read_pattern(place.replace("HERE", text))
        with contextlib.suppress(ValueError, RecursionError):
            read_pattern(json.loads(place.replace("HERE", text)))


@settings(max_examples=50)
@given(hostile_texts())
def test_any_text_is_read_as_a_pattern_or_invalid_pattern(text: str) -> None:
    for place in PLACES[:4]:
        read_pattern(place.replace("HERE", text))


@pytest.mark.parametrize("text", [f"*{'a' * 4_000}", f"{'a' * 2_000}*{'a' * 2_000}", "*a" * 2_000], ids=len)
def test_a_wildcard_as_long_as_a_pattern_may_be_is_counted_at_once(text: str) -> None:
    before = time.process_time()
    assert complexity_of_wildcards([text]) > 1_000
    assert time.process_time() - before < 2


def test_a_wildcard_of_a_million_characters_is_read_at_once() -> None:
    before = time.process_time()
    assert matches({"a": [{"wildcard": f"*{'x' * 1_000_000}*"}]}, {"a": "x" * 1_000_000})
    assert time.process_time() - before < 2
