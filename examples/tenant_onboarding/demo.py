"""What `saasus-events demo tenant_onboarding` does: two tenants, whose events come twice and in the wrong order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib import operations as op
from constructs_lib.local import arrived
from constructs_lib.local.demo import Arrival, Call, Demo
from constructs_lib.local.saasus import Sending

if TYPE_CHECKING:
    from constructs_lib.local.demo import DemoEnvironment

SENDER = "welcome@example.com"
ONE, OTHER = (
    {"name": "Example Inc.", "attributes": {}, "back_office_staff_email": "ann@example.com"},
    {"name": "Sample Ltd.", "attributes": {}, "back_office_staff_email": "bob@example.com"},
)
CREATED = {Call(op.auth.create_tenant, tenant): tenant for tenant in (ONE, OTHER)}


def verify_sender(here: DemoEnvironment) -> None:
    """Let SES send from the address, which on AWS asks its owner first."""
    here.aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)


DEMO = Demo(
    calls=list(CREATED),
    arrivals=[
        arrival
        for call, tenant in CREATED.items()
        for arrival in (
            Arrival("table of tenants", arrived.items("TenantsTable", containing=str(tenant["name"])), of=call),
            Arrival("mailbox", arrived.mails(to=str(tenant["back_office_staff_email"])), of=call),
        )
    ],
    context=lambda _: {"onboarding:sender": SENDER},
    prepare=verify_sender,
    sending=Sending(copies=2),
    out_of_order=True,
    conclusion="Each tenant was recorded and welcomed once, although each event came twice.",
)
