"""The ledger keeps its promises in whatever order things happen; CONTRIBUTING.md says how to simulate more of it."""

from __future__ import annotations

from functools import cache

import pytest

from tests.unit.runtime.ledger import simulation
from tests.unit.runtime.ledger.simulation import MODES, Outcome

RUNS = 250
NOT_PROMISED = "newest, zombies"
"""Without a fence, nothing keeps a worker that goes on after its lock from having its effect."""


@cache
def outcome(mode: str) -> Outcome:
    return simulation.total(mode, range(RUNS))


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != NOT_PROMISED])
def test_what_is_promised_is_kept(mode: str) -> None:
    assert outcome(mode).violations == {}


def test_the_simulation_finds_what_is_not_promised() -> None:
    assert outcome(NOT_PROMISED).violations["older after newer"] > 0
    assert outcome(NOT_PROMISED).violations["lost"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_effects_are_repeated_only_where_that_cannot_be_helped(mode: str) -> None:
    assert (outcome(mode).doubles > 0) == MODES[mode].doubles
