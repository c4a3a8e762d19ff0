"""Sample events, made from the schemas in SaaSus's API files, in the form that SaaSus really sends."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from constructs_lib.events.decoded_event import decode
from constructs_lib.events.errors import SaasusEventsError, nearest
from constructs_lib.events.json_values import write_json
from constructs_lib.events.source_name import EXAMPLE
from constructs_lib.filters.body_text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.events.operation import Operation

_BY_FORMAT: Final = {
    "base64": "c2FtcGxl",
    "date": "2026-05-19",
    "date-time": "2026-05-19T02:22:58Z",
}
_FIRST_ERROR: Final = 400


class InvalidSample(SaasusEventsError, ValueError):
    """The operation cannot have such a sample event."""


def sample_event(
    operation: Operation,
    *,
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    status: int | None = None,
    path_params: Mapping[str, str] | None = None,
    event_type: str | None = None,
    trace_id: str = "6aae5af4-7ee4-4de3-bd1d-5ebf13767cbf",
    time: str = "2026-05-19T02:22:58Z",
    source: str = EXAMPLE,
    referer: str = "https://saasadmin.console.saasus.io/",
    decoded: bool = False,
) -> dict[str, Any]:
    """Return an event of an operation as EventBridge delivers it.

    The same arguments make the same event, as if it came twice; other arguments make another call, with ids of its own.

    >>> from constructs_lib import operations as op
    >>> sample_event(op.auth.create_tenant, response={"id": "t-1"})["detail"]["event_type"]
    'create_tenant'

    Args:
        operation: The operation.
        request: Fields of the request body; the others are made from the operation's schema.
        response: Fields of the response body, likewise.
        status: The HTTP status. From 400 on the response is an error's. Default: that of the operation's success.
        path_params: Values of the uri's parameters.
        event_type: The event type. Default: the documented one, otherwise the likeliest.
        trace_id: The trace id that the caller chose.
        time: The event's time.
        source: The partner event source's name.
        referer: The `referer` in the event.
        decoded: Whether to return the event as the decoded bus has it: plain JSON without secrets. Default: as SaaSus
            sends it.

    Raises:
        InvalidSample: The operation does not have one of the path parameters.
    """
    code = operation.success_status if status is None else status
    schemas = schemas_of(operation)
    answer = "response" if code < _FIRST_ERROR else "error"
    uri = sample_uri(operation, path_params or {})
    request_body, response_body = _body_text(schemas.get("request"), request), _body_text(schemas.get(answer), response)
    event = envelope(
        record_of_call(
            operation.method,
            uri,
            status=code,
            request_body=request_body,
            response_body=response_body,
            # Events of one call have one log_id, and those of two calls never do.
            log_id=_uuid("log_id", operation.method, uri, str(code), request_body, response_body, trace_id, time),
            time=time,
            referer=referer,
        ),
        event_type=operation.event_types[0] if event_type is None else event_type,
        trace_id=trace_id,
        time=time,
        source=source,
    )
    return decode(event) if decoded else event


def record_of_call(
    method: str,
    uri: str,
    *,
    status: int,
    request_body: str,
    response_body: str,
    log_id: str,
    time: str,
    referer: str,
) -> dict[str, Any]:
    """Return what SaaSus logs about a call: the fields of `detail.event`, in their observed order."""
    return {
        "log_id": log_id,
        "date_time": time,
        "date": time[:10],
        "ttl": f"{int(time[:4]) + 7}{time[4:]}",
        "http_status": str(status),
        "uri": uri,
        "ip_address": "127.0.0.1:44896",
        "referer": referer,
        "request_method": method,
        "saas_id": "sample_saas_id_sample",
        "api_key": "sample_api_key_sample",
        "request_body": request_body,
        "response_body": response_body,
    }


def envelope(
    record: Mapping[str, Any],
    *,
    event_type: str,
    trace_id: str,
    time: str,
    source: str,
    write: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Return the event with what SaaSus logged about a call, as text that `write` makes. Default: as Go writes it."""
    return {
        "version": "0",
        "id": _uuid(event_type, trace_id, str(record.get("log_id"))),
        "detail-type": "api_call",
        "source": source,
        "account": "123456789012",
        "time": time,
        "region": "ap-northeast-1",
        "resources": [],
        "detail": {"event_type": event_type, "event": (write or write_as_go)(record), "trace_id": trace_id},
    }


def write_as_go(value: Any) -> str:
    r"""Write JSON as Go's encoder does: compact, and `<`, `>`, `&` as `\u003c` and so on."""
    text = write_json(value)
    return re.sub("[<>&\u2028\u2029]", lambda letter: as_text(letter[0], "go"), text)


def sample_uri(operation: Operation, path_params: Mapping[str, str]) -> str:
    """Return an operation's path with its parameters filled in."""
    if unknown := sorted(set(path_params) - set(operation.path_params)):
        raise InvalidSample(
            f"{operation!r} has no path parameter {unknown[0]!r}.{nearest(unknown[0], operation.path_params)} "
            f"Expected {', '.join(operation.path_params) or 'none'}. Remove it or correct it."
        )

    def fill(parameter: re.Match[str]) -> str:
        name = parameter[1]
        return path_params.get(name) or (_uuid(name, "") if name.endswith("_id") else f"sample-{name}")

    return re.sub(r"{(\w+)}", fill, operation.path)


def sample_value(schema: Mapping[str, Any], name: str = "") -> Any:
    """Return a value that is valid against a reduced schema; its texts name their fields."""
    if "oneOf" in schema:
        return sample_value({**schema["oneOf"][0]}, name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        found = {key: sample_value(part, key) for key, part in schema.get("properties", {}).items()}
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            found["sample"] = sample_value(extra, f"{name}.sample")
        return found
    if kind == "array":
        return [sample_value(schema.get("items", {}), name)]
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1)) if schema.get("maximum", 1) >= 1 else schema["maximum"]
    return _sample_text(schema, name)


def _sample_text(schema: Mapping[str, Any], name: str) -> str:
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if schema.get("format") == "uuid" or name == "id" or name.endswith(("_id", "_ids")):
        return _uuid(name, "")
    if "email" in name:
        return f"{name.replace('_', '-')}@example.com"
    text = f"sample-{name}"
    if "pattern" in schema and not re.search(schema["pattern"], text):
        return next(t for t in ("JP", "ja", "1", "a", "A", "") if re.search(schema["pattern"], t))
    return text


def schemas_of(operation: Operation) -> dict[str, Any]:
    """Return the reduced JSON schemas of an operation's bodies: `request`, `response`, `error`, if it has them."""
    schemas: dict[str, Any] = _schemas()[str(operation)]
    return schemas


@cache
def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = json.loads(Path(__file__).with_name("schemas.json").read_text(encoding="utf-8"))
    return schemas


def sample_body(schema: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> Any:
    """Return a body with the given fields set; None when the operation has no body."""
    if schema is None:
        return dict(given) if given is not None else None
    body = sample_value(schema)
    return {**body, **given} if given is not None and isinstance(body, dict) else body


def _body_text(schema: Mapping[str, Any] | None, given: Mapping[str, Any] | None) -> str:
    body = sample_body(schema, given)
    return "" if body is None else write_as_go(sort_keys(body))


def sort_keys(value: Any) -> Any:
    """Order the keys as Go writes a map's, at any depth."""
    ordered = [value]
    waiting: list[tuple[Any, Any]] = [(ordered, 0)]
    while waiting:
        holder, place = waiting.pop()
        item = holder[place]
        if isinstance(item, dict):
            holder[place] = {key: item[key] for key in sorted(item)}
            waiting += [(holder[place], key) for key in holder[place]]
        elif isinstance(item, list):
            holder[place] = list(item)
            waiting += [(holder[place], index) for index in range(len(item))]
    return ordered[0]


def _uuid(*words: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(("saasus-sample", *words))))
