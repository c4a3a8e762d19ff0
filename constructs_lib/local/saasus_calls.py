"""Calls of SaaSus's API as the events that SaaSus sends for them, to be put on the local AWS."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutPartnerEventsRequestEntryTypeDef

# Stand in for what an event holds that must not leave the account; made up, and looked for where they must not be.
API_KEY = "local-saasus-api-key-0f2d"
IP_ADDRESS = "203.0.113.7:41612"
EMAIL = "person@example.com"


@dataclass(frozen=True)
class SaasusCall:
    """One call of SaaSus's API."""

    event_type: str
    method: str
    path: str
    status: int
    request: dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    trace_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def entry(self, source: str) -> PutPartnerEventsRequestEntryTypeDef:
        """Give the event as a partner puts it: JSON text in a string, with the bodies as text in it again."""
        now = datetime.now(timezone.utc)
        call = {
            "log_id": str(uuid.uuid4()),
            "date_time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "date": f"{now:%Y-%m-%d}",
            "ttl": f"{now.year + 7}-{now:%m-%d}T{now:%H:%M:%SZ}",
            "http_status": str(self.status),
            "uri": self.path,
            "ip_address": IP_ADDRESS,
            "referer": "https://saasadmin.console.saasus.io/",
            "request_method": self.method,
            "saas_id": "local-saas-id",
            "api_key": API_KEY,
            "request_body": _compact(self.request),
            "response_body": _compact(self.response),
        }
        detail = {"event_type": self.event_type, "event": _compact(call), "trace_id": self.trace_id}
        return {"Source": source, "DetailType": "api_call", "Detail": _compact(detail), "Time": now, "Resources": []}


def create_test_event() -> SaasusCall:
    """Give the call behind "Send test" on the SaaSus console."""
    return SaasusCall("create_eventbridge_test_event", "POST", "/v1/integration/eventbridge/test-event", 201)


def create_tenant() -> SaasusCall:
    """Give a call that created a tenant."""
    tenant = {"attributes": {}, "back_office_staff_email": EMAIL, "name": "Example Inc."}
    created = {**tenant, "id": str(uuid.uuid4()), "plan_histories": []}
    return SaasusCall("create_tenant", "POST", "/v1/auth/tenants", 201, tenant, created)


def delete_saas_user() -> SaasusCall:
    """Give a call that deleted a user."""
    return SaasusCall("delete_saas_user", "DELETE", f"/v1/auth/users/{uuid.uuid4()}", 200)


def _compact(value: dict[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value, separators=(",", ":"), sort_keys=False)
