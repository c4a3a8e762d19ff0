"""What holds for every pattern and event."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.filters import RuleSet, compile, matches
from tests.unit.filters.ruler.strategies import EVENTS, PATTERNS

_quick = settings(deadline=None, max_examples=60)


@_quick
@given(PATTERNS, EVENTS)
def test_text_and_dict_are_the_same(pattern: dict[str, Any], event: dict[str, Any]) -> None:
    expected = matches(pattern, event)
    assert matches(json.dumps(pattern), event) is expected
    assert matches(pattern, json.dumps(event)) is expected
    assert matches(json.dumps(pattern, ensure_ascii=False), json.dumps(event, indent=1)) is expected


@_quick
@given(PATTERNS, st.lists(EVENTS, min_size=1, max_size=4))
def test_matching_changes_nothing(pattern: dict[str, Any], events: list[dict[str, Any]]) -> None:
    before = copy.deepcopy((pattern, events))
    matcher = compile(pattern)
    first = [matcher.matches(event) for event in events]
    assert [matcher.matches(event) for event in reversed(events)] == first[::-1]
    assert (pattern, events) == before


@_quick
@given(st.lists(PATTERNS, min_size=1, max_size=5), EVENTS)
def test_a_set_gives_what_its_rules_give(patterns: list[dict[str, Any]], event: dict[str, Any]) -> None:
    rules = {f"rule {number}": pattern for number, pattern in enumerate(patterns)}
    expected = tuple(name for name, pattern in rules.items() if matches(pattern, event))
    assert RuleSet(rules).matching(event) == expected
    assert RuleSet(rules).matching(json.dumps(event)) == expected


@_quick
@given(PATTERNS, EVENTS)
def test_what_does_not_match_is_explained(pattern: dict[str, Any], event: dict[str, Any]) -> None:
    matcher = compile(pattern)
    mismatches = matcher.explain(event)
    assert (not mismatches) is matcher.matches(event)
    assert all(str(mismatch) for mismatch in mismatches)
