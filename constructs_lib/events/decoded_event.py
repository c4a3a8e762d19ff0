"""SaaSus's event as plain JSON: what the decoded bus carries.

SaaSus sends JSON text (the bodies) inside JSON text (`detail.event`). Here everything is a value of its own, so that a
pattern, an input path or a program can reach it. docs/what-is-an-event.md lists the fields.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.identities import CREATORS, RESPONSE_ID, TENANT, USER
from constructs_lib.events.json_values import in_short, read_json
from constructs_lib.events.operations import operations
from constructs_lib.events.record import DECODED_PREFIX, is_decoded, read_status
from constructs_lib.events.redaction import redact_uri
from constructs_lib.events.secret_removal import IN_ANY_VALUE, removal_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.operation import Operation

CUSTOM_SOURCE: Final = "saasus.custom"
"""The `source` of what is not a call of SaaSus's API, such as an event that a SaaS sends itself."""

DETAIL_TYPE: Final = "api_call"
"""The `detail-type` that all of SaaSus's own events have; any other stays, as `detail.detail_type`."""

MOST_POSITIONS: Final = 100
"""The most segments of a uri that `detail.path` has."""

_POSITIONS: Final = tuple(map(str, range(MOST_POSITIONS)))
_OF_A_CALL: Final = ("log_id", "uri", "request_method", "http_status")
_REPLACED: Final = frozenset({*_OF_A_CALL, "request_body", "response_body", "api_key", "saas_id"})
_NEVER_SECRET: Final = frozenset({"date_time", "date", "ttl", "ip_address"})
_API: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MUST_ESCAPE: Final = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
"""What JSON must escape in a text: EventBridge does not do so when it puts a text into an input template's string."""

_NAMES_SHOWN: Final = 10


def decode(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event as the decoded bus has it: plain JSON, without secrets, with its personal data.

    EventBridge gives the decoded event an `id` of its own; here it is still that of the original. A decoded event is
    returned as it is.

    Args:
        event: The whole event, from `version` to `detail`, as SaaSus sends it: `detail.event` as JSON text, or as the
            object that SaaSus's documentation of 2023 shows. Nothing in it is changed.

    Raises:
        InvalidEvent: The value has no `detail` with an `event_type`, or no `time`; or its `detail.event` begins as an
            object and is not JSON, or is neither text nor an object.
    """
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(detail, dict) or not isinstance(detail.get("event_type"), str):
        raise InvalidEvent(
            f"{type(event).__name__} with {names_of_fields(event)} is not a SaaSus event. Expected the whole event, an "
            "object with a 'detail' that has an 'event_type'. Pass what EventBridge delivered, not only its 'detail'."
        )
    if is_decoded(event):
        return dict(event)
    _require_time(event.get("time"))
    record = _record(detail.get("event"))
    is_call = isinstance(record, dict) and any(name in record for name in _OF_A_CALL)
    decoded: dict[str, Any] = {"id": event.get("id"), "source": event.get("source")}
    if event.get("detail-type") != DETAIL_TYPE:
        decoded["detail_type"] = event.get("detail-type")
    source = CUSTOM_SOURCE
    if is_call:
        source = _add_call(decoded, record, detail["event_type"])
    elif record:
        decoded["message"] = IN_ANY_VALUE.of_text(record) if isinstance(record, str) else IN_ANY_VALUE.of(record)
    _drop_what_is_absent(decoded)
    for name, value in detail.items():
        if name in _AS_THEY_WERE:
            decoded[name] = value
        elif name != "event":
            _add_other(decoded, name, value)
    return {**event, "source": source, "detail-type": detail["event_type"], "detail": decoded}


def _require_time(time: object) -> None:
    try:
        if not isinstance(time, str):
            raise TypeError
        datetime.fromisoformat(time.replace("Z", "+00:00"))
    except (TypeError, ValueError):
        raise InvalidEvent(
            f"{in_short(time)} is not a time. Expected in 'time' what EventBridge writes, such as "
            "'2026-05-19T02:22:58Z'. Pass the whole event, as EventBridge delivered it."
        ) from None


def _record(given: object) -> Any:
    """Return what SaaSus logged of a call, or the text or object that a SaaS sent itself; None if there is nothing."""
    if isinstance(given, dict) or given is None:
        return given
    if not isinstance(given, str):
        raise InvalidEvent(
            f"{in_short(given)} is not what SaaSus sends in 'detail.event'. Expected text, or the object in it. "
            "Look at the event that came: something on its way changed it."
        )
    try:
        value = read_json(given)
    except ValueError:
        if given.lstrip()[:1] != "{":
            return given
        # The text is not shown: it can hold the API key.
        raise InvalidEvent(
            f"'detail.event' begins as a JSON object, but its {len(given):,} characters are not JSON. Expected the "
            "JSON text that SaaSus writes. Look at the event that came: something on its way cut or changed it."
        ) from None
    return value if isinstance(value, dict) else given


def _add_call(decoded: dict[str, Any], record: dict[str, Any], event_type: str) -> str:
    """Add to the detail what SaaSus logged of a call, and return the event's source."""
    method, uri = record.get("request_method"), record.get("uri")
    method = method.upper() if isinstance(method, str) else ""
    uri = uri if isinstance(uri, str) else ""
    operation = operations.identify(event_type, method, uri)
    path = redact_uri(uri, operation).partition("?")[0]
    request = _body(record.get("request_body"), "request_body", operation)
    response = _body(record.get("response_body"), "response_body", operation)
    if operation is not None:
        decoded["operation"] = f"{operation.api}.{operation.name}"
        decoded["tenant_id"] = _identity(TENANT, operation, uri, response)
        decoded["user_id"] = _identity(USER, operation, uri, response)
    decoded["log_id"] = record.get("log_id")
    decoded["status"] = read_status(record.get("http_status")) or None
    decoded["method"], decoded["uri"] = method, path
    decoded["request"], decoded["response"] = request, response
    segments = path.split("/")
    if path.startswith("/"):
        decoded["path"] = dict(zip(_POSITIONS, segments[1:], strict=False))
    for name, value in record.items():
        if name in _NEVER_SECRET and isinstance(value, str):
            decoded[name] = value
        elif name not in _REPLACED:
            _add_other(decoded, name, value)
    has_api = path.startswith("/") and len(segments) > 2 and _API.fullmatch(segments[2])
    return f"{DECODED_PREFIX}{segments[2]}" if has_api else CUSTOM_SOURCE


def _body(given: Any, side: str, operation: Operation | None) -> Any:
    """Return a body's value without secrets; text that is not JSON stays text; None if there is no body."""
    if given is None or given == "":
        return None
    removal = removal_for(operation)
    if not isinstance(given, str):
        return removal.of(given, side)
    try:
        value = read_json(given)
    except ValueError:
        return removal.of_text(given)
    return removal.of(value, side) if removal.is_needed(given) else value


def _identity(parameter: str, operation: Operation, uri: str, response: Any) -> str | None:
    """Return the id of the tenant or user that a call is about: the one in the uri, or the one just created."""
    if parameter in operation.path_params:
        names, segments = operation.path.split("/"), uri.partition("?")[0].split("/")
        return dict(zip(names, segments, strict=False)).get(f"{{{parameter}}}") or None
    if f"{operation.api}.{operation.name}" in CREATORS[parameter] and isinstance(response, dict):
        created = response.get(RESPONSE_ID)
        return created if isinstance(created, str) and created else None
    return None


def _add_other(decoded: dict[str, Any], name: str, value: Any) -> None:
    """Add a field that SaaSus has beside those of the decoded event, unless it is a secret."""
    if name in _OWN_FIELDS:
        return
    fields = IN_ANY_VALUE.of({name: value})
    if name in fields:
        is_text = isinstance(value, str)
        decoded[name] = IN_ANY_VALUE.of_text(value, has_queries=False) if is_text else fields[name]


_HARMLESS: Final = ("id", "log_id", "operation", "method", "tenant_id", "user_id")
"""The fields that can stand inside a string of an input template, because JSON must not escape anything in them."""

_AS_THEY_WERE: Final = ("event_type", "trace_id")
_OWN_FIELDS: Final = frozenset(
    {*_HARMLESS, *_AS_THEY_WERE, "source", "detail_type", "status", "uri", "path", "request", "response", "message"}
)
"""The fields of the decoded detail that no field of SaaSus's can replace."""


def _drop_what_is_absent(decoded: dict[str, Any]) -> None:
    """Remove what the event does not have, and what is not harmless where it has to be."""
    for name in [name for name, value in decoded.items() if value is None or value == ""]:
        del decoded[name]
    for name in _HARMLESS:
        if name in decoded and (not isinstance(decoded[name], str) or _MUST_ESCAPE.search(decoded[name])):
            del decoded[name]


def names_of_fields(event: object) -> str:
    """Return the names of a value's fields for the text of an error."""
    if not (isinstance(event, dict) and event):
        return "no fields"
    shown = ", ".join(repr(str(name)[:40]) for name in list(event)[:_NAMES_SHOWN])
    return shown if len(event) <= _NAMES_SHOWN else f"{shown} and {len(event) - _NAMES_SHOWN:,} more"
