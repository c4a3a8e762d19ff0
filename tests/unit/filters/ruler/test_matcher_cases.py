"""The verdicts of aws/event-ruler on 450 pairs of pattern and event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.filters import InvalidEvent, InvalidPattern, RuleSet, matches

_CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("pattern_cases.jsonl").read_text(encoding="utf-8").splitlines()
]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("case", _CASES, ids=[case["name"] for case in _CASES])
def test_the_verdict_is_event_rulers(case: dict[str, Any]) -> None:
    if case["expected"] == "error":
        with pytest.raises((InvalidPattern, InvalidEvent)):
            matches(case["pattern"], case["event"])
        with pytest.raises((InvalidPattern, InvalidEvent)):
            matches(_text(case["pattern"]), _text(case["event"]))
    else:
        assert matches(case["pattern"], case["event"]) is case["expected"]
        assert matches(_text(case["pattern"]), _text(case["event"])) is case["expected"]
        assert RuleSet({"rule": case["pattern"]}).matching(case["event"]) == (("rule",) if case["expected"] else ())
