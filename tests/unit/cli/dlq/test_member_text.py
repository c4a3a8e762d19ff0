"""A member's text is found as it stands, whatever is around it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.cli.dlq.dead_letter_forms import member_text
from constructs_lib.events.json_values import read_json
from tests.hostile_json import HOSTILE_VALUES, is_json

names = st.sampled_from(["detail", "a", "", '"', "\\", "{", "é", "\N{PILE OF POO}"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(
    members=st.lists(st.tuples(names, values), min_size=1, max_size=6),
    spaces=st.text(" \t\r\n", max_size=2),
    is_ascii=st.booleans(),
)
def test_the_text_of_each_member_is_found(members: list[tuple[str, Any]], spaces: str, *, is_ascii: bool) -> None:
    written = [
        (json.dumps(name, ensure_ascii=is_ascii), json.dumps(value, ensure_ascii=is_ascii)) for name, value in members
    ]
    inside = f"{spaces},{spaces}".join(f"{name}{spaces}:{spaces}{value}" for name, value in written)
    text = f"{spaces}{{{spaces}{inside}{spaces}}}{spaces}"
    for name, (_, value) in {name: both for (name, _), both in zip(members, written, strict=True)}.items():
        assert member_text(text, name) == value
    assert {name: read_json(member_text(text, name)) for name, _ in members} == read_json(text)


@pytest.mark.parametrize("value", [text for text in HOSTILE_VALUES.values() if is_json(text)])
def test_hostile_values_are_found_too(value: str) -> None:
    assert member_text(f'{{"a":[{value}],"detail": {value} }}', "detail") == value


def test_a_member_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        member_text('{"a":{"detail":1},"b":"detail"}', "detail")
