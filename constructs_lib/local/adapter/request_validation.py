"""Validation of requests, of all to EventBridge: required members, lengths, ranges, patterns, and allowed values.

AWS: the API model that botocore ships, with which AWS itself validates requests. ministack accepts almost anything.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.checks.aws_fields import AUTHORIZATION_NAME, HEADER_VALUE
from constructs_lib.local.adapter.emulator import EVENTS, Response, refuse
from constructs_lib.local.adapter.replacements import extends

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINEAR: Final = {
    "AuthHeaderParameters": AUTHORIZATION_NAME.all,
    "AuthHeaderParametersSensitive": AUTHORIZATION_NAME.all,
    "HeaderValue": HEADER_VALUE.all,
    "HeaderValueSensitive": HEADER_VALUE.all,
}
"""Patterns that match the same as the model's, which take exponential time on a text that does not match."""


@functools.cache
def _model(service: str) -> Any:
    import botocore.session

    return botocore.session.Session().get_service_model(service)


def violation(operation: str, data: dict[str, Any], *, service: str = "events") -> str | None:
    """Return what the API model does not allow in a request, or None when the request is valid."""
    model = _model(service)
    if operation not in model.operation_names:
        return None
    return next(_violations(model.operation_model(operation).input_shape, data, ""), None)


def require_valid(resource_type: str, operation: str, data: dict[str, Any], *, service: str = "events") -> None:
    """Fail a CloudFormation resource whose properties the API would refuse."""
    problem = violation(operation, data, service=service)
    if problem is not None:
        msg = f"{resource_type}: {problem}"
        raise ValueError(msg)


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    limits = shape.metadata
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_below(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            yield from _violations(member, value.get(name), _below(path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _outside(len(value), limits, path, "have length")
        for index, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{index}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from _outside(len(value), limits, path, "have length")
        for name, item in value.items():
            yield from _violations(shape.key, name, f"{path}.key")
            yield from _violations(shape.value, item, f"{path}.{name}.member")
    elif shape.type_name == "string":
        yield from _wrong_text(str(value), limits, shape.enum, path, _LINEAR.get(shape.name))
    elif shape.type_name in ("integer", "long") and not isinstance(value, bool):
        yield from _outside(int(value), limits, path, "have value")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong_text(
    text: str, limits: dict[str, Any], allowed: list[str], path: str, linear: re.Pattern[str] | None
) -> Iterator[str]:
    yield from _outside(len(text), limits, path, "have length")
    shown = "***" if limits.get("sensitive") else text
    pattern = limits.get("pattern")
    compiled = None if pattern is None else linear or _compiled(pattern)
    if compiled is not None and compiled.fullmatch(text) is None:
        yield _sentence(shown, path, f"satisfy regular expression pattern: {pattern}")
    if allowed and text not in allowed:
        yield _sentence(shown, path, f"satisfy enum value set: {allowed}")


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    r"""Return the pattern; None if it has parts that only Java reads, such as `\p{L}`."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _outside(size: int, limits: dict[str, Any], path: str, what: str) -> Iterator[str]:
    if size < limits.get("min", size):
        yield _sentence(str(size), path, f"{what} greater than or equal to {limits['min']}")
    if size > limits.get("max", size):
        yield _sentence(str(size), path, f"{what} less than or equal to {limits['max']}")


def _sentence(value: str, path: str, constraint: str) -> str:
    return f"Value '{value[:200]}' at '{path}' failed to satisfy constraint: Member must {constraint}"


@extends("services.eventbridge.handle_request")
async def _handle_request(
    original: Any, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Response:
    """Validate each request, and accept a bus's ARN wherever its name is accepted."""
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        data = json.loads(body) if body else {}
    except ValueError:
        data = None
    if isinstance(data, dict):
        problem = violation(operation, data)
        if problem is not None:
            return refuse("ValidationException", f"1 validation error detected: {problem}")
        if str(data.get("EventBusName", "")).startswith("arn:") and operation != "PutEvents":
            data["EventBusName"], error = EVENTS.event_bus_name_from_ref(data["EventBusName"])
            if error:
                return refuse(*error)
            body = json.dumps(data).encode()
    response: Response = await original(method, path, headers, body, query_params)
    return response
