"""The examples in docstrings do what they show, where they need no stack."""

from __future__ import annotations

import pytest

from tests.docstrings import PACKAGE, WITHOUT_THE_CDK, examples_of, modules_with_examples, run

MODULES = modules_with_examples(need_a_stack=False)


@pytest.mark.parametrize("module", MODULES)
def test_examples_show_what_happens(module: str) -> None:
    assert [failure for example in examples_of(module) if (failure := run(example))] == []


def test_they_are_looked_for_where_they_are() -> None:
    assert {"constructs_lib.events.saasus_event", "constructs_lib.filters.event_filter"} <= set(MODULES)
    assert [room for room in WITHOUT_THE_CDK if not (PACKAGE / room).is_dir()] == []
