"""What `saasus-events demo slack_failed_calls` does: two calls that SaaSus refuses, and a server that plays Slack."""

from __future__ import annotations

import secrets

from constructs_lib import operations as op
from constructs_lib.local import HttpsEndpoint, arrived
from constructs_lib.local.demo import Arrival, Call, Demo

AUTHORIZATION = f"Bearer xoxb-{secrets.token_hex(12)}"
CREATED = Call(op.auth.create_tenant, {"name": "without attributes"}, refused_with=400)
CHANGED = Call(op.auth.update_tenant, {"name": "likewise"}, {"tenant_id": "t-1"}, refused_with=400)

DEMO = Demo(
    calls=[CREATED, CHANGED, Call(op.auth.delete_tenant)],
    arrivals=[
        Arrival("Slack", arrived.requests(containing=f"auth.{call.operation.name} failed with 400"), of=call)
        for call in (CREATED, CHANGED)
    ],
    api=HttpsEndpoint(api_key=("authorization", AUTHORIZATION)),
    secrets={"slack": AUTHORIZATION},
    context=lambda here: {
        "slack:endpoint": here.api.url("/api/chat.postMessage"),
        "slack:secretName": "slack",
        "slack:channel": "#saasus",
    },
    problems=lambda here: ["Slack was told of a call that did not fail"] if len(here.api.requests) > 2 else [],
    conclusion="Slack was told of both failed calls, and not of the one that succeeded.",
)
