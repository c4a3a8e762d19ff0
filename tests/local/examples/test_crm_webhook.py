"""`examples/crm_webhook`: the CRM is told of each user, with an access token, and can tell a repetition from news."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.local.saasus import Sending
from tests.eventually import eventually
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.local import ReceivedRequest


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("crm_webhook", dies="Decoder") as running:
        yield running


def user(name: str) -> dict[str, str]:
    return {"email": f"{name}@example.com", "password": "only-in-this-test"}


def calls(example: Example, name: str) -> list[ReceivedRequest]:
    return [request for request in example.here.api.requests if f"{name}@example.com" in request.body.decode()]


def test_the_demo_shows_both_calls(example: Example) -> None:
    shown = example.demo()
    assert shown.count("access token checked") == 2
    assert "person@example.com" in str([request.json() for request in example.here.api.requests])
    assert "Everything arrived where it should" in shown


def test_a_repetition_has_the_same_key_and_nothing_else_has(example: Example) -> None:
    saasus = example.here.saasus
    saasus.send_events(Sending(copies=2))
    with saasus.out_of_order():
        for name in ("one", "other"):
            example.call(op.auth.create_saas_user, user(name))
    saasus.send_events(Sending())
    for name in ("one", "other"):
        eventually(lambda name=name: len(calls(example, name)) == 2)  # type: ignore[misc]
    keys = {name: {call.headers["idempotency-key"] for call in calls(example, name)} for name in ("one", "other")}
    assert [len(found) for found in keys.values()] == [1, 1]
    assert keys["one"] != keys["other"]


def test_a_token_that_the_crm_no_longer_takes_is_replaced_and_nothing_is_lost(example: Example) -> None:
    example.here.api.forget_token()
    example.call(op.auth.create_saas_user, user("patient"))
    eventually(lambda: len(calls(example, "patient")) == 2)
    assert [call.authorized for call in calls(example, "patient")] == [False, True]


def test_while_the_crm_is_down_events_wait(example: Example) -> None:
    example.here.api.answer([503, 503, 200])
    example.call(op.auth.create_saas_user, user("later"))
    eventually(lambda: len(calls(example, "later")) == 3)


def test_a_decoder_that_dies_before_it_is_done_loses_no_event(example: Example) -> None:
    crashes = example.crash(after_steps=0)
    example.call(op.auth.create_saas_user, user("died"))
    crashes.happened()
    eventually(lambda: calls(example, "died"), 30)
