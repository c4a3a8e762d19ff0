"""The examples in the docstrings of the knowledge floor do what they show."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    "constructs_lib.events.saasus_event",
    "constructs_lib.events.source_name",
    "constructs_lib.events.trace_prefix",
    "constructs_lib.filters.complexity",
    "constructs_lib.filters.event_filter",
    "constructs_lib.testing.samples",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted > 0
    assert result.failed == 0
