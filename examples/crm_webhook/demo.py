"""What `saasus-events demo crm_webhook` does: a user is created, then deleted, and the CRM is told of both."""

from __future__ import annotations

import secrets

from constructs_lib import operations as op
from constructs_lib.local import HttpsEndpoint, arrived
from constructs_lib.local.demo import Arrival, Call, Demo

CLIENT = ("saasus-events", secrets.token_urlsafe(24))
CREATED = Call(op.auth.create_saas_user, {"email": "person@example.com", "password": secrets.token_urlsafe(12)})
DELETED = Call(op.auth.delete_saas_user)

DEMO = Demo(
    calls=[CREATED, DELETED],
    arrivals=[
        Arrival("CRM", arrived.requests(containing=f'"{call.operation}"', needs="access token"), of=call)
        for call in (CREATED, DELETED)
    ],
    api=HttpsEndpoint(oauth=CLIENT),
    secrets={"crm": CLIENT[1]},
    context=lambda here: {
        "crm:endpoint": here.api.url("/users"),
        "crm:tokenEndpoint": here.api.url("/token"),
        "crm:clientId": CLIENT[0],
        "crm:secretName": "crm",
    },
)
