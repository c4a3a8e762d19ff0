"""Proof that events arrive: SaaSus sends its test event, and exactly that one is waited for in the log group."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from constructs_lib.functions.custom_resource import Done, Request, RequestFailed

if TYPE_CHECKING:
    from constructs_lib.functions.event_source import Waiting
    from constructs_lib.runtime.saasus_api import IntegrationApi

TRACE_ID_PREFIX = "saasus-verify-"
_INTERVAL = 2.0
_SEND_AGAIN_AFTER = 20.0
"""Seconds after which another test event is sent: a source that was just activated may drop the first."""


def verify(request: Request, api: IntegrationApi, logs: Any, waiting: Waiting) -> Done:
    """Have a test event sent and wait for it.

    Raises:
        RequestFailed: It did not arrive in time.
        SaasusApiError: SaaSus refused.
        SaasusUnreachable: SaaSus did not answer.
    """
    physical_id = request.physical_id or f"verified-{request.id}"
    if request.kind == "Delete":
        return Done(physical_id)
    group = request.properties["LogGroupName"]
    started = waiting.clock()
    sent: list[str] = []
    last_sent = float("-inf")
    while (waited := waiting.clock() - started) < waiting.seconds:
        if waiting.clock() - last_sent >= _SEND_AGAIN_AFTER:
            trace_id = f"{TRACE_ID_PREFIX}{uuid.uuid4()}"
            api.create_test_event(trace_id=trace_id)
            sent.append(trace_id)
            last_sent = waiting.clock()
        for trace_id in sent:
            if _is_logged(logs, group, trace_id):
                return Done(physical_id, {"TraceId": trace_id, "Seconds": f"{waited:.0f}"})
        waiting.sleep(_INTERVAL)
    raise RequestFailed(
        f"SaaSus was asked for {len(sent)} test events, and none arrived in log group {group!r} within "
        f"{waiting.seconds:.0f} s (trace ids: {', '.join(sent) or 'none'}). See whether the source "
        f"{request.properties['EventSourceName']!r} is ACTIVE (aws events describe-event-source), whether SaaSus's "
        "setting names this account and region, and what is in the dead-letter queue; then deploy again.",
        physical_id=physical_id,
    )


def _is_logged(logs: Any, group: str, trace_id: str) -> bool:
    token: dict[str, str] = {}
    while True:
        page = logs.filter_log_events(logGroupName=group, filterPattern=f'"{trace_id}"', **token)
        if any(_trace_id_of(event["message"]) == trace_id for event in page.get("events", [])):
            return True
        if not page.get("nextToken"):
            return False
        token = {"nextToken": page["nextToken"]}


def _trace_id_of(line: str) -> str | None:
    try:
        detail = json.loads(line)["detail"]
    except (ValueError, KeyError, TypeError):
        return None
    found = detail.get("trace_id") if isinstance(detail, dict) else None
    return found if isinstance(found, str) else None
