"""What is put on a bus by `PutEvents` and `PutPartnerEvents`: its size, which entries are refused, and its time.

AWS: API reference, PutEvents; user guide, "Calculating PutEvents event entry size" and "Handling failures with
PutEvents"; since 2026-01-29 a request can have 1 MB (AWS Compute Blog, "More room to build"), and AWS refuses one that
is larger as a whole. What is wrong with a single entry is in the answer's entry, and the others are put.
"""

from __future__ import annotations

import json
import time
from typing import Any

from constructs_lib.local.adapter.emulator import EVENTS, RESPONSES, Response, account, answer, refuse, region
from constructs_lib.local.adapter.replacements import replaces

_MAXIMUM_ENTRIES = 10
_MAXIMUM_BYTES = 1024 * 1024
_OF_AWS = "aws."


@replaces("services.eventbridge._put_events")
def _put_events(data: dict[str, Any], allow_aws_source: bool = False) -> Response:
    entries = data.get("Entries") or []
    refused = refused_request(entries, _MAXIMUM_ENTRIES)
    if refused is not None:
        return refused
    return answered([_put_event(_as_text(entry), allow_aws_source=allow_aws_source) for entry in entries])


def _as_text(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry with its detail as text; Step Functions accepts an object there, too."""
    detail = entry.get("Detail")
    return {**entry, "Detail": json.dumps(detail, ensure_ascii=False)} if isinstance(detail, dict) else entry


def refused_request(entries: list[dict[str, Any]], most: int) -> Response | None:
    """Return the refusal of a request that has too many entries or is too large; None for any other."""
    if not 1 <= len(entries) <= most:
        return refuse(
            "ValidationException",
            f"1 validation error detected: Value of length {len(entries)} at 'entries' failed to satisfy constraint: "
            f"Member must have length between 1 and {most}",
        )
    if sum(map(_size, entries)) > _MAXIMUM_BYTES:
        return refuse("ValidationException", "Total size of the entries in the request is over the limit.")
    return None


def _size(entry: dict[str, Any]) -> int:
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or [])]
    return sum(len(str(text or "").encode()) for text in texts) + (14 if entry.get("Time") is not None else 0)


def answered(results: list[dict[str, str]]) -> Response:
    """Make the answer with the result of each entry."""
    failed = sum("ErrorCode" in result for result in results)
    return answer({"FailedEntryCount": failed, "Entries": results})


def refused_entry(entry: dict[str, Any]) -> dict[str, str] | None:
    """Return the result of an entry that cannot be an event; None for any other."""
    for field in ("Source", "DetailType", "Detail"):
        if not entry.get(field):
            message = f"Parameter {field} is not valid. Reason: {field} is a required argument."
            return _failure("InvalidArgument", message)
    try:
        detail = json.loads(entry["Detail"])
    except (ValueError, RecursionError):
        detail = None
    return None if isinstance(detail, dict) else _failure("MalformedDetail", "Detail is malformed.")


def _failure(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}


def _put_event(entry: dict[str, Any], *, allow_aws_source: bool) -> dict[str, str]:
    refused = refused_entry(entry)
    if refused is not None:
        return refused
    if entry["Source"].startswith(_OF_AWS) and not allow_aws_source:
        return _failure("NotAuthorizedForSourceException", "Not authorized for the source.")
    # A name that no bus has is accepted, and the event is dropped (LocalStack's recordings of AWS).
    bus, error = EVENTS.event_bus_name_from_ref(entry.get("EventBusName") or "default")
    if error:
        return _failure(*error)
    event_id = str(RESPONSES.new_uuid())
    publish(entry, bus, event_id)
    return {"EventId": event_id}


def publish(entry: dict[str, Any], bus: str, event_id: str) -> None:
    """Put the event of an entry on a bus of the account and region that are being served."""
    given = entry.get("Time")
    event = {
        "EventId": event_id,
        "Source": entry["Source"],
        "DetailType": entry["DetailType"],
        "Detail": entry["Detail"],
        "EventBusName": bus,
        "Time": int(time.time() if given is None else EVENTS.coerce_timestamp(given)),
        "Resources": entry.get("Resources") or [],
        "Account": account(),
        "Region": region(),
    }
    view = EVENTS.pattern_event_view(event)
    EVENTS.dispatch_event(event, view)
    EVENTS.archive_event(event, view)
