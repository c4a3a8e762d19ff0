"""What `saasus-events demo call_saasus_back` does: a tenant is created, and gets its slug by one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib import operations as op
from constructs_lib.local import arrived
from constructs_lib.local.demo import Arrival, Call, Demo

if TYPE_CHECKING:
    from constructs_lib.local.demo import DemoEnvironment

CREATED = Call(
    op.auth.create_tenant,
    {"name": "Example Inc.", "attributes": {}, "back_office_staff_email": "person@example.com"},
)


def ran_again(here: DemoEnvironment) -> list[str]:
    """Return a problem if the function ran for its own call; each run reads the tenant."""
    reads = [call for call in here.saasus.calls if call.method == "GET"]
    return [] if len(reads) == 1 else [f"the function ran {len(reads)} times, not once"]


DEMO = Demo(
    calls=[CREATED],
    arrivals=[Arrival("SaaSus", arrived.calls(op.auth.update_tenant), of=CREATED)],
    context=lambda _: {"saasus:secretName": "saasus"},
    problems=ran_again,
    conclusion="SaaSus was called back once: the event of that call, which has the prefix, started nothing.",
)
