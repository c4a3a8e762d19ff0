"""`examples/crm_webhook`: the CRM is told of each user, with an access token, and can tell a repetition from news."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.local import arrived
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = {"email": "person@example.com", "password": "only-in-this-test"}


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("crm_webhook") as running:
        yield running


def test_the_demo_shows_both_calls(example: Example) -> None:
    shown = example.demo()
    assert shown.count("access token checked") == 2
    assert "Everything arrived where it should" in shown


def test_a_token_that_the_crm_no_longer_takes_is_replaced_and_nothing_is_lost(example: Example) -> None:
    example.here.api.forget_token()
    trace_id = example.call(op.auth.create_saas_user, USER)
    example.wait_for(arrived.requests(containing=trace_id), 2)
    refused, taken = (r for r in example.here.api.requests if trace_id in r.body.decode())
    assert (refused.authorized, taken.authorized) == (False, True)
    assert refused.headers["idempotency-key"] == taken.headers["idempotency-key"]


def test_while_the_crm_is_down_events_wait(example: Example) -> None:
    example.here.api.answer([503, 503, 200])
    trace_id = example.call(op.auth.delete_saas_user)
    example.wait_for(arrived.requests(containing=trace_id), 3)
