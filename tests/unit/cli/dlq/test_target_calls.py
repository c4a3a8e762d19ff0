"""Which kinds of targets a dead letter can be sent to again."""

from __future__ import annotations

from constructs_lib.cli.dlq.target_calls import CALLS
from constructs_lib.local.adapter import target_calls
from constructs_lib.testing import template_rules


def test_every_tool_knows_the_same_kinds_of_targets() -> None:
    # An event bus has no dead letters to send again: its own rules and targets have.
    routed = template_rules._TYPES_BY_SERVICE.keys() - {"events"}
    assert CALLS.keys() == target_calls.SENDERS.keys() == routed
