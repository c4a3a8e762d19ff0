"""The events of a call, as SaaSus puts them on its partner event source."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from constructs_lib.testing.samples import sample_event, sort_keys, write_as_go

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_events.type_defs import PutPartnerEventsRequestEntryTypeDef

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.http_server import Answer, Request
    from constructs_lib.local.saasus.sending import Sending
    from constructs_lib.runtime.saasus_credentials import SaasusCredentials


def api_call(
    operation: Operation,
    request: Request,
    answer: Answer,
    *,
    credentials: SaasusCredentials,
    trace_id: str,
    time: datetime,
    sending: Sending,
) -> PutPartnerEventsRequestEntryTypeDef:
    """Return the event of a call. Like SaaSus's, it contains the caller's API key and address."""
    moment = f"{time:%Y-%m-%dT%H:%M:%SZ}"
    referer = request.headers.get("x-saasus-referer") or request.headers.get("referer", "")
    sample = sample_event(operation, status=answer.status, time=moment, referer=referer)
    logged = json.loads(sample["detail"]["event"])  # for its fields and their order
    record = {
        **logged,
        "log_id": str(uuid.uuid4()),
        "uri": request.target,
        "ip_address": request.client,
        "saas_id": credentials.saas_id,
        "api_key": credentials.api_key,
        "request_body": _body(request.body, sending),
        "response_body": _body(answer.content(), sending),
    }
    detail = {
        "event_type": sending.event_type or operation.event_types[0],
        "event": sending.write_record(sending.change_record(record)),
        "trace_id": trace_id,
    }
    return _entry("api_call", detail, time)


def custom(message: dict[str, Any], *, trace_id: str, time: datetime) -> PutPartnerEventsRequestEntryTypeDef:
    """Return a custom event of a SaaS. SaaSus does not document its form, so it follows SaaSus's examples."""
    detail = {"event_type": message["event_detail_type"], "event": message["message"], "trace_id": trace_id}
    return _entry(message["event_type"], detail, time)


def _entry(detail_type: str, detail: dict[str, Any], time: datetime) -> PutPartnerEventsRequestEntryTypeDef:
    return {"DetailType": detail_type, "Detail": write_as_go(detail), "Time": time, "Resources": []}


def _body(content: bytes, sending: Sending) -> str:
    """Return a body's text: JSON serialized with sorted keys, as in SaaSus's samples, and anything else as it is."""
    if not content:
        return ""
    try:
        value = json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
    return sending.write_body(sort_keys(value))
