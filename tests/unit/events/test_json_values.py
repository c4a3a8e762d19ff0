from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from constructs_lib.events.json_values import in_short, plain_number, read_json, write_json
from tests.hostile_json import HOSTILE_VALUES, hostile_texts, is_json, nested


@pytest.mark.parametrize("text", HOSTILE_VALUES.values(), ids=HOSTILE_VALUES)
def test_takes_all_that_is_json_and_nothing_else(text: str) -> None:
    try:
        read_json(text)
    except ValueError:
        assert not is_json(text)
    else:
        assert is_json(text)


@given(hostile_texts())
def test_reads_as_pythons_own_reader_does(text: str) -> None:
    try:
        value: Any = json.loads(text, parse_int=plain_number, parse_float=plain_number, parse_constant=float)
    except RecursionError:
        return
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            read_json(text)
        return
    if "NaN" not in text and "Infinity" not in text:
        assert read_json(text) == value


@pytest.mark.parametrize("depth", [100, 900, 1_100, 50_000])
def test_a_depth_changes_nothing(depth: int) -> None:
    value = read_json(nested(depth, core='{"a":[1,"x"]}'))
    for _ in range(depth):
        (value,) = value

    assert value == {"a": [1, "x"]}
    for after in ("x", "]", "{}", ",1"):
        with pytest.raises(ValueError, match=r"."):
            read_json(nested(depth) + after)
    assert read_json(nested(depth) + " \n")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("201", 201),
        ("-0", 0),
        ("1.0", 1.0),
        ("2e2", 200.0),
        ("9" * 4_300, 10**4_300 - 1),
        ("9" * 4_301, "9" * 4_301),
        ("-1e400", "-1e400"),
    ],
)
def test_a_number_that_python_cannot_hold_is_its_text(text: str, number: object) -> None:
    assert read_json(text) == number


def test_writes_what_every_encoding_takes() -> None:
    value = {"half": "\ud83d", "whole": "\U0001f600日", "key \ude00": ["x"]}
    text = write_json(value)

    assert text.encode("utf-8")
    assert "日" in text
    assert json.loads(text) == value


@pytest.mark.parametrize("text", [t for t in HOSTILE_VALUES.values() if is_json(t)], ids=len)
def test_what_was_read_is_written_and_read_as_the_same(text: str) -> None:
    written = write_json(read_json(text))

    assert written.encode()
    assert write_json(read_json(written)) == written


def test_writes_any_depth_as_it_was() -> None:
    text = nested(20_000, opening='[{"a":1,"b":', core='[],"c":{}', closing="}]")

    assert write_json(read_json(text)) == text
    assert write_json([10**5_000, True]) == f"[1{'0' * 5_000},true]"


def test_what_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(ValueError, match="Circular"):
        write_json(circle)


@pytest.mark.parametrize("text", ['{"a" "sesame"', '["x" "sesame"', '["sesame"}', '{"sesame"]', '{"a":"sesame" "b":1}'])
def test_an_error_says_where_and_shows_nothing_of_the_text(text: str) -> None:
    for broken in (text, nested(2_000, core=text)):
        with pytest.raises(ValueError, match=r"\d") as refused:
            read_json(broken)
        assert "sesame" not in str(refused.value)


class Unshowable:
    def __repr__(self) -> str:
        raise ValueError("no text")


UNSHOWN: dict[str, object] = {
    "long": 10**10_000,
    "long, negative": -(10**10_000),
    "in a list": [10**10_000],
    "inside": {"a": (10**10_000,)},
    "unshowable": Unshowable(),
    "text": "x" * 9_999,
}


@pytest.mark.parametrize("name", UNSHOWN)
def test_any_value_is_shown_in_short(name: str) -> None:
    assert 0 < len(in_short(UNSHOWN[name])) < 200


def test_a_short_value_is_shown_as_it_is() -> None:
    for value in ("x", 7, 1.5, None, ["a", 1], {"a": 1}, ()):
        assert in_short(value) == repr(value)
