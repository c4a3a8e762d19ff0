"""The JSON paths that EventBridge takes."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.events.event_path import Found, find, is_path

EVENT: dict[str, Any] = {"a-b": {"c/d": [{"id": 1}, {"id": 2}, {}]}, "null": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", Found(EVENT)),
        ("$.a-b.c/d[1].id", Found(2)),
        ("$.a-b.c/d[*].id", Found([1, 2])),
        ("$.a-b.*", Found([[{"id": 1}, {"id": 2}, {}]])),
        ("$.null", Found(None)),
        ("$.a-b.c/d[3]", None),
        ("$.gone", None),
        ("$.null.x", None),
        ("$['a-b']", None),
        ("$..id", None),
        ("a-b", None),
    ],
)
def test_a_path_finds_what_eventbridge_would(path: str, found: Found | None) -> None:
    assert find(EVENT, path) == found


def test_a_constant_is_not_a_path() -> None:
    assert [is_path(text) for text in ("$.a", "$", "$5", "a", 5)] == [True, True, False, False, False]
