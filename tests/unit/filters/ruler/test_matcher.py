"""EventBridge's answers that are easy to get wrong, and what users see of errors."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.filters import InvalidEvent, InvalidPattern, compile, matches


def _field(*values: Any) -> dict[str, Any]:
    return {"f": list(values)}


@pytest.mark.parametrize(
    ("values", "value", "expected"),
    [
        ([{"wildcard": "*.png"}], ".png", True),
        ([{"wildcard": "a*a"}], "a", False),
        ([{"wildcard": "*\n*"}], "a\nb", True),
        ([{"wildcard": r"\*\\*"}], "*\\x", True),
        ([True], 1, False),
        ([1], True, False),
        ([1], 1.0, True),
        ([0.1], 0.1, True),
        ([{"exists": True}], None, True),
        ([{"exists": True}], [], False),
        ([{"exists": False}], {}, True),
        ([{"anything-but": "x"}], None, True),
        ([{"anything-but": "x"}], [], False),
        ([{"anything-but": [1, 2]}], "1", True),
        ([{"suffix": '"'}], "", True),
        ([{"equals-ignore-case": "ß"}], "SS", True),
        ([{"equals-ignore-case": "ß"}], "ss", False),
        ([{"equals-ignore-case": "ǅ"}], "ǅ", False),
        ([{"equals-ignore-case": "😀"}], "??", True),
        ([{"wildcard": "\ud800*"}], "?", True),
        (["\ud800"], "?", False),
        (["\ud83d\ude00"], "😀", True),
        (["::1"], "0:0:0:0:0:0:0:1", True),
        ([{"equals-ignore-case": "ab"}, {"wildcard": "*x"}], "qqb", False),
        ([{"wildcard": "*x"}, {"equals-ignore-case": "ab"}], "qqb", True),
        ([{"wildcard": "*x"}, {"suffix": {"equals-ignore-case": "ab"}}], "qaq", True),
        ([{"wildcard": "*x"}, {"prefix": {"equals-ignore-case": "a"}}], "b", False),
        ([{"cidr": "10.0.0.0/8"}], "::ffff:a00:1", True),
        ([{"cidr": "10.0.0.0/8"}], "0a00:1::5", True),
        ([{"cidr": "0.0.0.0/0"}], 5, True),
        ([{"cidr": "0.0.0.0/0"}, 77], 5, False),
    ],
)
def test_values(values: list[Any], value: Any, expected: bool) -> None:
    assert matches({"f": values}, {"f": value}) is expected


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ('{"f":[12345678901234567890]}', '{"f":12345678901234567890}', True),
        ('{"f":[12345678901234567890]}', '{"f":12345678901234567891}', False),
        ('{"f":[0.10000000000000001]}', '{"f":0.1}', False),
        ('{"f":[1e400]}', '{"f":1e400}', True),
        ('{"f":[0.10000000000000001]}', '{"f":0.10000000000000001}', True),
        ('{"f":[0.10000000000000001,"10.0.0.1"]}', '{"f":0.10000000000000001}', False),
        ('{"f":[{"numeric":[">",0]}]}', '{"f":1234567890123456770}', True),
        ('{"f":[{"numeric":[">",0]}]}', '{"f":1234567890123456789}', False),
        ('{"f":[300]}', '{"f":3.0e2}', True),
        ('{"f":[0]}', '{"f":-0.0}', True),
        ('{"f":[1],"f":[2]}', '{"f":1}', False),
        ('{"f":[1]}', '{"f":1,"f":2}', True),
        ('{"f":[1]} what follows', '{"f":1}} is not read', True),
    ],
)
def test_spelling_of_json(pattern: str, event: str, expected: bool) -> None:
    assert matches(pattern, event) is expected


def test_an_array_must_satisfy_all_conditions_with_one_element() -> None:
    pattern = {"people": {"first": ["Anna"], "last": ["Jones"]}}
    assert not matches(pattern, {"people": [{"first": "Anna", "last": "Smith"}, {"first": "Bob", "last": "Jones"}]})
    assert matches(pattern, {"people": [{"first": "Anna", "last": "Jones"}, {"first": "Bob"}]})


def test_a_missing_field_is_looked_for_in_the_element_that_was_chosen() -> None:
    events = {"l": [{"a": "x"}, {"b": "y"}]}
    assert matches({"l": {"a": ["x"], "b": [{"exists": False}]}}, events)
    assert not matches({"l": {"a": [{"exists": False}], "b": ["y"]}}, events)


def test_keys_with_dots_are_paths() -> None:
    assert matches({"a": {"b": [1]}}, {"a.b": 1})
    assert matches({"a.b": [1]}, {"a": {"b": 1}})


def test_the_engine_drops_an_alternative_that_shares_values_with_an_earlier_one() -> None:
    pattern = {"$or": [{"a": ["x", "y"]}, {"a": ["y", "z"]}]}
    assert matches(pattern, {"a": "x"})
    assert not matches(pattern, {"a": "z"})
    (mismatch,) = compile(pattern).explain({"a": "z"})
    assert "drops it" in str(mismatch)


def test_or_can_be_a_fields_name() -> None:
    assert matches({"$or": ["x"]}, {"$or": "x"})
    assert matches({"$or": [{"prefix": "x"}, {"suffix": "y"}]}, {"$or": "xz"})


@pytest.mark.parametrize(
    ("pattern", "path", "reason"),
    [
        ({"detail": {"event": [{"wildcard": "a**"}]}}, "detail.event[0].wildcard", "follow each other"),
        ({"detail": {"event": [{"wildcard": "a\\"}]}}, "detail.event[0].wildcard", "backslash"),
        ({"detail": {"event_type": "x"}}, "detail.event_type", "is not in an array"),
        ({"detail": {"event_type": []}}, "detail.event_type", "array is empty"),
        ({"detail": {}}, "detail", "object is empty"),
        ({"a": ["x", {"prefx": "y"}]}, "a[1]", "prefix"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "a[0]", "has prefix, suffix. Expected exactly one operator"),
        ({"a": [{"numeric": [">", 5, "<", 1]}]}, "a[0].numeric", "less than"),
        ({"a": [{"numeric": [">", "5"]}]}, "a[0].numeric[1]", "not a number"),
        ({"a": [{"numeric": [">", 12345678901234567890]}]}, "a[0].numeric[1]", "cannot be compared"),
        ({"a": [{"cidr": "10.0.0.0/32"}]}, "a[0].cidr", "0 to 31"),
        ({"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}, "a[0].anything-but", "cannot be negated"),
        ({"a": [{"anything-but": {"prefix": ["x", ""]}}]}, "a[0].anything-but.prefix[1]", "exclude every string"),
        ({"$or": [{"a": [1]}]}, "$or", "at least two"),
        ({"d": {"$or": [{"a": [1]}, {"prefix": [1]}]}}, "d.$or[1].prefix", "cannot be the name of a field"),
        ({"a": [float("inf")]}, "a[0]", "not a JSON number"),
        ('{"a": [1}', "", "not JSON"),
        ("[]", "", "a JSON object"),
    ],
)
def test_an_invalid_pattern_says_where_and_why(pattern: Any, path: str, reason: str) -> None:
    with pytest.raises(InvalidPattern) as caught:
        compile(pattern)
    assert caught.value.path == path
    assert reason in caught.value.reason
    assert isinstance(caught.value, SaasusEventsError)


@pytest.mark.parametrize("event", ["", "null", "[]", '{"a":1', '{"a":NaN}', '{"a":"\t"}', '{"b":01,"a":1}'])
def test_text_that_is_not_an_object_is_not_an_event(event: str) -> None:
    with pytest.raises(InvalidEvent):
        matches({"a": [1]}, event)


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}, b"x"])
def test_a_value_that_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(InvalidEvent):
        matches({"a": ["x"]}, {"a": [value]})
    with pytest.raises(InvalidEvent):
        matches({"a": ["x"]}, {"a": value})


def test_explain_names_what_fails_with_what_was_expected_and_found() -> None:
    matcher = compile({"source": ["s"], "detail": {"event_type": ["A", {"prefix": "B"}], "n": [{"exists": False}]}})
    mismatches = matcher.explain({"source": "s", "detail": {"event_type": "C", "n": [1, 2]}})
    assert [(mismatch.path, mismatch.expected, mismatch.actual) for mismatch in mismatches] == [
        ("detail.event_type", ["A", {"prefix": "B"}], ("C",)),
        ("detail.n", [{"exists": False}], (1, 2)),
    ]
    assert str(mismatches[0]) == "detail.event_type: expected ['A', {'prefix': 'B'}], found 'C'"
    assert matcher.explain({"source": "s", "detail": {"event_type": "A"}}) == ()


def test_explain_takes_the_alternative_that_comes_nearest() -> None:
    matcher = compile({"$or": [{"a": ["x"], "b": ["x"]}, {"a": ["y"], "b": ["z"]}]})
    (mismatch,) = matcher.explain('{"a":"y","b":1.50}')
    assert mismatch.path == "$or[1].b"
    assert mismatch.actual == (1.5,)


def test_explain_says_when_no_single_element_meets_all() -> None:
    matcher = compile({"p": {"a": [1], "b": [2]}})
    (mismatch,) = matcher.explain({"p": [{"a": 1}, {"b": 2}]})
    assert "no element" in mismatch.reason


def _seconds(pattern: Any, event: Any) -> float:
    matcher = compile(pattern)
    start = time.perf_counter()
    matcher.matches(event)
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ("wildcard", "*a" * 500 + "*b"),
        ("wildcard", "*" + "a*" * 500 + "b"),
        ("wildcard", "*ab*" * 1 + "ab*" * 600 + "c"),
        ("equals-ignore-case", "aß" * 500 + "b"),
    ],
)
def test_hostile_texts_take_no_longer_than_others(operator: str, text: str) -> None:
    assert _seconds(_field({operator: text}), {"f": "a" * 100_000}) < 1
    assert _seconds(_field({operator: text}), {"f": "ab" * 50_000}) < 1
    assert _seconds(_field({"suffix": {"equals-ignore-case": "aß" * 500}}), {"f": "a" * 100_000}) < 1


def test_large_arrays_that_disagree_take_no_longer_than_others() -> None:
    pattern = {"a": {"x": [1], "y": [2]}, "b": {"x": [1], "y": [2]}, "c": {"x": [1], "y": [2]}}
    half = [{"x": 1} for _ in range(400)] + [{"y": 2} for _ in range(400)]
    both = [{"x": 1, "y": 2} for _ in range(400)]
    assert _seconds(pattern, {"a": both, "b": both, "c": half}) < 2


def test_depth_does_not_crash() -> None:
    depth = 5 * sys.getrecursionlimit()
    arrays = "[" * depth + "]" * depth
    assert matches({"a": [1]}, f'{{"b":{arrays},"a":1}}')
    with pytest.raises(InvalidEvent):
        matches({"b": [1]}, f'{{"b":{arrays},"a":1}}')
    objects = '{"a":' * depth + "[1]" + "}" * depth
    with pytest.raises(InvalidPattern):
        compile(objects)
    assert matches({"a": {"b": [1]}}, json.dumps({"a": [[[[{"b": 1}]]]]}))
    assert matches({"b": [1]}, '{"b":' + "[" * 900 + "1" + "]" * 900 + "}")


def test_names_of_many_dots_do_not_fill_the_memory() -> None:
    name = ".".join("a" * 2000)
    assert compile({name: [1]}).matches({name: 1}) is False
    assert matches({"a.a.a.a.a.a": [1]}, {"a.a": {"a": {"a.a.a": 1}}})
