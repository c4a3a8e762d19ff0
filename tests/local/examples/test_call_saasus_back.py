"""`examples/call_saasus_back`: SaaSus is called back until it has what belongs there, and not because of that call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.local.saasus import Fault, Sending
from constructs_lib.runtime.saasus_http import SignedHttp
from tests.eventually import eventually
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("call_saasus_back", dies="SetSlug") as running:
        yield running


def tenant(name: str) -> dict[str, Any]:
    return {"name": name, "attributes": {"plan": "A"}, "back_office_staff_email": "person@example.com"}


def read(example: Example, tenant_id: str) -> dict[str, Any]:
    saasus = example.here.saasus
    answer = SignedHttp(saasus.credentials, base_url=saasus.base_url).call(
        "GET", f"/auth/tenants/{tenant_id}", trace_id="of-the-test"
    )
    found: dict[str, Any] = json.loads(answer.body)
    return found


def create(example: Example, name: str) -> str:
    """Create a tenant, and return its id."""
    saasus = example.here.saasus
    http = SignedHttp(saasus.credentials, base_url=saasus.base_url)
    return str(json.loads(http.call("POST", "/auth/tenants", tenant(name), trace_id="of-the-test").body)["id"])


def slug(example: Example, tenant_id: str) -> str:
    return str(read(example, tenant_id)["attributes"].get("slug", ""))


def test_the_demo_calls_back_once(example: Example) -> None:
    assert "SaaSus was called back once" in example.demo()


def test_its_own_call_does_not_run_it_again(example: Example) -> None:
    tenant_id = create(example, "Guarded Inc.")
    path = f"/v1/auth/tenants/{tenant_id}"
    eventually(lambda: example.here.saasus.count("PATCH", path))
    example.settle()
    # Each run reads the tenant.
    assert (example.here.saasus.count("GET", path), example.here.saasus.count("PATCH", path)) == (1, 1)


def test_events_that_come_twice_and_out_of_order_leave_the_slug_of_the_present_name(example: Example) -> None:
    saasus = example.here.saasus
    saasus.send_events(Sending(copies=2))
    with saasus.out_of_order():
        tenant_id = create(example, "First Name")
        example.call(op.auth.update_tenant, tenant("Second Name"), tenant_id=tenant_id)
    saasus.send_events(Sending())
    eventually(lambda: slug(example, tenant_id) == "second-name")
    example.settle()
    assert slug(example, tenant_id) == "second-name"
    assert read(example, tenant_id)["attributes"]["plan"] == "A"


@pytest.mark.parametrize("steps", range(4))
def test_a_function_that_dies_between_two_steps_calls_back_in_the_end(example: Example, steps: int) -> None:
    """It reads the secret, then the tenant; writes the tenant; and ends."""
    crashes = example.crash(after_steps=steps)
    tenant_id = create(example, f"Died after {steps}")
    crashes.happened()
    eventually(lambda: slug(example, tenant_id) == f"died-after-{steps}")


def test_while_saasus_fails_the_event_waits(example: Example) -> None:
    example.here.saasus.fail(Fault(status=503, times=2, method="PATCH"))
    tenant_id = create(example, "Patient Inc.")
    eventually(lambda: slug(example, tenant_id) == "patient-inc", 20)
