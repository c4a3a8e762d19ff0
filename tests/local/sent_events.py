"""Sample events, put on a partner event source of the local AWS as SaaSus puts them."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.events.operation import Operation
    from constructs_lib.local import LocalAws

EMAIL = "person@example.com"
_CALL: dict[str, str] = json.loads(sample_event(operations.auth.create_tenant)["detail"]["event"])
SECRETS = (_CALL["api_key"], _CALL["ip_address"], EMAIL)
"""What an event holds that must not leave the account."""
API_KEY = SECRETS[0]


def new_event(operation: Operation, **given: Any) -> dict[str, Any]:
    """Make an event of just now, with a trace id of its own; the arguments are those of `sample_event`."""
    now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    return sample_event(operation, **{"trace_id": str(uuid.uuid4()), "time": now, **given})


def created_tenant(**given: Any) -> dict[str, Any]:
    """Make an event of a tenant that was created, with somebody's address in it."""
    return new_event(operations.auth.create_tenant, request={"back_office_staff_email": EMAIL}, **given)


def trace_id_of(event: dict[str, Any]) -> str:
    return str(event["detail"]["trace_id"])


def put(aws: LocalAws, source: str, events: Iterable[dict[str, Any]]) -> list[str]:
    """Put events on a source, and return their trace ids."""
    sent = list(events)
    entries: Any = [
        {
            "Source": source,
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"], separators=(",", ":")),
            "Time": datetime.fromisoformat(event["time"].replace("Z", "+00:00")),
            "Resources": event["resources"],
        }
        for event in sent
    ]
    answer = aws.client("events").put_partner_events(Entries=entries)
    assert answer["FailedEntryCount"] == 0
    return [trace_id_of(event) for event in sent]
