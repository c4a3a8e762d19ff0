"""Many rules at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.filters import InvalidEvent, InvalidPattern, RuleSet, matches

_ROUTES = [f"/v1/auth/{name}" for name in ("users", "tenants", "roles", "envs", "credentials", "users/*/mfa")]
_RULES: dict[str, Any] = {
    **{f"type {name}": {"source": ["s"], "detail": {"event_type": [name]}} for name in ("A", "B", "C")},
    **{
        f"route {route}": {
            "detail": {"event": [{"wildcard": f'*"uri":"{route}"*'}], "event_type": [{"anything-but": ["A", "B"]}]}
        }
        for route in _ROUTES
    },
    "number": {"detail": {"n": [1, {"numeric": [">", 10]}]}},
    "absent": {"detail": {"event_type": [{"exists": False}]}},
    "elements": {"detail": {"l": {"a": ["x"], "b": ["y"]}}},
    "either": {"detail": {"$or": [{"event_type": ["A"]}, {"n": [1]}]}},
    "all": {"source": [{"prefix": ""}]},
}


@pytest.mark.parametrize(
    "event",
    [
        {"source": "s", "detail": {"event_type": "A", "n": 1}},
        {"source": "s", "detail": {"event_type": "C", "event": '{"uri":"/v1/auth/roles"}'}},
        {"source": "s", "detail": {"event_type": "C", "event": '{"uri":"/v1/auth/users/u/mfa","uri":"/v1/auth/envs"}'}},
        {"source": "s", "detail": {"event_type": ["A", "C", 5], "event": ['"uri":"/v1/auth/envs"', None]}},
        {"source": "s", "detail": {"n": 11, "l": [{"a": "x"}, {"b": "y"}]}},
        {"source": "s", "detail": {"l": [{"a": "x", "b": "y"}]}},
        {"source": "\ud800", "detail": {"event_type": "\ud800"}},
        {"source": 5, "detail.event_type": "B"},
        {"source": ["s", {"t": 1}], "detail": [{"event_type": "A"}, {"n": 1}]},
        {},
    ],
)
def test_a_set_gives_what_its_rules_give(event: dict[str, Any]) -> None:
    rules = RuleSet(_RULES)
    expected = tuple(name for name, pattern in _RULES.items() if matches(pattern, event))
    assert rules.matching(event) == expected
    assert rules.matching(json.dumps(event)) == expected
    assert rules.matching(event) == expected


def test_a_rule_with_alternatives_is_named_once() -> None:
    assert RuleSet({"r": {"$or": [{"a": [1]}, {"b": [1]}]}}).matching({"a": 1, "b": 1}) == ("r",)


def test_no_rules_match_nothing() -> None:
    assert RuleSet({}).matching({"a": 1}) == ()


def test_an_invalid_pattern_is_named() -> None:
    with pytest.raises(InvalidPattern) as caught:
        RuleSet({"good": {"a": [1]}, "bad": {"a": "x"}})
    assert caught.value.path == "bad: a"


def test_text_that_is_not_an_object_is_not_an_event() -> None:
    with pytest.raises(InvalidEvent):
        RuleSet(_RULES).matching("[]")
