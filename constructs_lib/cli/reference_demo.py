"""What `saasus-events demo` does with the reference app, and what should come of it."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Final

from constructs_lib.events.operations import operations
from constructs_lib.local import HttpsEndpoint, arrived
from constructs_lib.local.demo import Arrival, Call, Demo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.local import ReceivedRequest
    from constructs_lib.local.demo import DemoEnvironment

API_SECRET: Final = "crm-api-key"  # noqa: S105 - the name of a secret, not one
_HOOK: Final = "/hooks/saasus"
_EMAIL: Final = "person@example.com"
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}:\d+")
"""What an event has as `ip_address`."""


def hook(api: HttpsEndpoint) -> str:
    """Return the URL that the reference app calls."""
    return api.url(_HOOK)


def reference_demo() -> Demo:
    """Make the demo, with a new key of the API."""
    key = secrets.token_urlsafe(24)
    tenant = {"name": "Example Inc.", "attributes": {}, "back_office_staff_email": _EMAIL}
    test_event = Call(operations.integration.create_eventbridge_test_event)
    created = Call(operations.auth.create_tenant, tenant)
    deleted = Call(operations.auth.delete_saas_user)
    calls = (test_event, created, deleted)
    logged = [
        Arrival("CloudWatch Logs", arrived.log_lines("EventLog", containing=call.trace_id), of=call) for call in calls
    ]
    return Demo(
        calls=calls,
        arrivals=[
            *logged,
            Arrival("Lambda function", arrived.log_lines("OnboardingLog", containing=created.trace_id), of=created),
            Arrival(
                "HTTPS endpoint",
                arrived.requests(_HOOK, containing=deleted.trace_id, needs="API key"),
                of=deleted,
            ),
        ],
        api=HttpsEndpoint(api_key=("x-api-key", key)),
        secrets={API_SECRET: key},
        context=_context,
        problems=_problems,
        conclusion=(
            "Every event arrived where it should, once. The endpoint received id, time, event_type, and trace_id: no "
            "SaaSus API key, IP address, or body left the account."
        ),
    )


def _context(here: DemoEnvironment) -> Mapping[str, str]:
    return {"saasus:endpoint": hook(here.api), "saasus:secretName": API_SECRET}


def _problems(here: DemoEnvironment) -> list[str]:
    requests = here.api.requests
    problems = [] if len(requests) == 1 else [f"the HTTPS endpoint was called {len(requests)} times, not once"]
    for request in requests:
        problems += problems_of(request, here.saasus.credentials.api_key)
    return problems


def problems_of(request: ReceivedRequest, api_key: str) -> list[str]:
    """Return what is wrong with a request that leaves the account."""
    problems = [] if request.authorized else ["the HTTPS endpoint was called without its API key"]
    if set(request.json()) != {"id", "time", "event_type", "trace_id"}:
        problems.append(f"the request's body has the fields {sorted(request.json())}")
    # The host is the endpoint's own address.
    headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    received = json.dumps([request.path, request.query, headers, request.body.decode()])
    left = (
        ("SaaSus API key", api_key in received),
        ("caller's IP address", _ADDRESS.search(received) is not None),
        ("user's e-mail address", _EMAIL in received),
    )
    return [*problems, *(f"the {what} left the account" for what, is_there in left if is_there)]
