"""`examples/slack_failed_calls`: Slack is told of each failed call, whatever dies on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.local import arrived
from constructs_lib.local.saasus import Sending
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.local import ReceivedRequest


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("slack_failed_calls", dies="Decoder") as running:
        yield running


def fail(example: Example, tenant_id: str) -> None:
    example.call(op.auth.update_tenant, {"name": "no attributes"}, refused_with=400, tenant_id=tenant_id)


def messages(example: Example, tenant_id: str) -> list[ReceivedRequest]:
    return [request for request in example.here.api.requests if f"tenant {tenant_id})" in request.json()["text"]]


def log_id(message: ReceivedRequest) -> str:
    [found] = re.findall(r"log id (\S+),", message.json()["text"])
    return str(found)


def test_the_demo_shows_a_message_for_each_failed_call(example: Example) -> None:
    assert "Slack was told of both failed calls" in example.demo()


def test_events_that_come_twice_and_out_of_order_are_told_by_their_log_ids(example: Example) -> None:
    example.here.saasus.send_events(Sending(copies=2))
    with example.here.saasus.out_of_order():
        for tenant_id in ("a-1", "a-2"):
            fail(example, tenant_id)
    example.here.saasus.send_events(Sending())
    example.wait_for(arrived.requests(containing="tenant a-"), 4)
    for tenant_id in ("a-1", "a-2"):
        one, other = messages(example, tenant_id)
        assert log_id(one) == log_id(other)


def test_while_slack_is_down_messages_wait(example: Example) -> None:
    example.here.api.answer([500, 503, 200])
    fail(example, "c-1")
    example.wait_for(arrived.requests(containing="tenant c-1)"), 3)


@pytest.mark.parametrize("steps", [0, 1])
def test_a_decoder_that_dies_between_two_steps_loses_no_message(example: Example, steps: int) -> None:
    crashes = example.crash(after_steps=steps)
    fail(example, f"b-{steps}")
    crashes.happened()
    example.wait_for(arrived.requests(containing=f"tenant b-{steps})"), 1, 30)
    example.settle()
    assert len({log_id(message) for message in messages(example, f"b-{steps}")}) == 1
