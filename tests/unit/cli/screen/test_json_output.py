"""JSON on the standard output: whatever is in it, a reader of JSON gets it back, a line a value."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.events.json_values import read_json

TEXTS = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp932"])
@given(value=VALUES, indent=st.sampled_from([None, 2]))
def test_it_is_read_back_from_any_encoding(encoding: str, value: Any, indent: int | None) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        text = as_json(value, indent=indent)
    assert json.loads(text.encode(encoding).decode(encoding)) == value
    assert indent is not None or len(text.splitlines()) == 1


@pytest.mark.parametrize("depth", [10, 900, 1_100, 10_000])
@pytest.mark.parametrize("indent", [None, 2])
def test_depth_does_not_matter(depth: int, indent: int | None) -> None:
    value: Any = {"deep": 'a "quoted" \\ text', "more": [1, {}, []]}
    for _ in range(depth // 2):
        value = {"list": [value, None]}
    text = as_json(value, indent=indent)
    assert as_json(read_json(text)) == as_json(value)


def test_nothing_steers_the_terminal() -> None:
    assert as_json("\x1b[2J\x9b2J\x7f\u2028\u202e日") == '"\\u001b[2J\\u009b2J\\u007f\\u2028\\u202e日"'
