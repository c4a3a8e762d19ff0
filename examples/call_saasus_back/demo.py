"""What `saasus-events demo call_saasus_back` does: a tenant is created, and gets its slug by one call."""

from __future__ import annotations

from constructs_lib import operations as op
from constructs_lib.local import arrived
from constructs_lib.local.demo import Arrival, Call, Demo

CREATED = Call(
    op.auth.create_tenant,
    {"name": "Example Inc.", "attributes": {}, "back_office_staff_email": "person@example.com"},
)

DEMO = Demo(
    calls=[CREATED],
    arrivals=[Arrival("SaaSus", arrived.calls(op.auth.update_tenant), of=CREATED)],
    context=lambda _: {"saasus:secretName": "saasus"},
    conclusion="SaaSus was called back once: the event of that call, which has the prefix, started nothing.",
)
