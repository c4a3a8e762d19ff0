"""`examples/tenant_onboarding`: each tenant is recorded and welcomed once, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.local import arrived
from tests.eventually import eventually
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

SENDER = "welcome@example.com"


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("tenant_onboarding", dies="Decoder") as running:
        yield running


def tenant(name: str) -> dict[str, Any]:
    return {"name": name, "attributes": {}, "back_office_staff_email": f"{name}@example.com"}


def recorded(example: Example, name: str) -> int:
    return len(arrived.items("TenantsTable", containing=f'"{name}"')(example.here))


def welcomed(example: Example, name: str) -> int:
    return len(arrived.mails(to=f"{name}@example.com")(example.here))


def test_the_demo_onboards_each_tenant_once_although_its_event_comes_twice_and_out_of_order(example: Example) -> None:
    assert "Each tenant was recorded and welcomed once" in example.demo()


@pytest.mark.parametrize("steps", [0, 1])
def test_a_decoder_that_dies_between_two_steps_loses_no_tenant(example: Example, steps: int) -> None:
    crashes = example.crash(after_steps=steps)
    name = f"died-{steps}"
    example.call(op.auth.create_tenant, tenant(name))
    crashes.happened()
    eventually(lambda: welcomed(example, name), 30)
    example.settle()
    assert (recorded(example, name), welcomed(example, name)) == (1, 1)


def test_a_tenant_that_cannot_be_welcomed_is_not_recorded_until_it_can(example: Example) -> None:
    mail = example.here.aws.client("sesv2")
    mail.delete_email_identity(EmailIdentity=SENDER)
    example.call(op.auth.create_tenant, tenant("unlucky"))
    states = example.here.aws.client("stepfunctions")
    [machine] = states.list_state_machines()["stateMachines"]

    def failed() -> list[dict[str, Any]]:
        listed = states.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="FAILED")
        found: list[dict[str, Any]] = listed["executions"]
        return found

    [execution] = eventually(failed, 30)
    assert (recorded(example, "unlucky"), welcomed(example, "unlucky")) == (0, 0)

    mail.create_email_identity(EmailIdentity=SENDER)
    given = states.describe_execution(executionArn=execution["executionArn"])["input"]
    states.start_execution(stateMachineArn=machine["stateMachineArn"], input=given)
    eventually(lambda: welcomed(example, "unlucky"))
    assert recorded(example, "unlucky") == 1
