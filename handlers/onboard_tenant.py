"""What the reference app does when SaaSus has created a tenant: a place for your own onboarding.

SaaSus delivers at least once and not in order, so the work must bear being done twice.
"""

from __future__ import annotations

import json
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, str]:  # noqa: ARG001 - Lambda's signature
    """Write one line that names the tenant and the call that created it."""
    # `detail.event` is JSON text in a string, and so are the bodies in it.
    call = json.loads(event["detail"]["event"])
    tenant = json.loads(call["response_body"])
    onboarded = {"onboarded_tenant": tenant["id"], "trace_id": event["detail"]["trace_id"]}
    print(json.dumps(onboarded))
    return onboarded
