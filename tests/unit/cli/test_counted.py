"""Numbers of things are said in words that are right for one, too."""

from __future__ import annotations

import pytest

from constructs_lib.cli.screen.counted import counted


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (counted(0, "event"), "0 events"),
        (counted(1, "event"), "1 event"),
        (counted(2, "event"), "2 events"),
        (counted(1, "body", "bodies"), "1 body"),
        (counted(2, "body", "bodies"), "2 bodies"),
    ],
)
def test_one_is_one(said: str, words: str) -> None:
    assert said == words
