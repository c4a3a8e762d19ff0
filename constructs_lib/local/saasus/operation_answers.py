"""The answers of the operations: valid according to SaaSus's API files, with what the caller sent, and new ids."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from constructs_lib.local.http_server import Answer
from constructs_lib.local.saasus.schema import problem
from constructs_lib.testing.samples import sample_body, schemas_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.http_server import Request


def error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error in SaaSus's form."""
    return Answer(status, {"type": kind, "message": message}, headers or {})


class OperationAnswers:
    """Answers calls of operations; the same answers to the same calls in the same order.

    Args:
        name: The ids are made from it.
        checks_requests: Whether a request's body must be valid according to the API file.
    """

    def __init__(self, name: str, *, checks_requests: bool) -> None:
        self._name = name
        self._checks_requests = checks_requests
        self._ids = count(1)

    def refused(self, operation: Operation, request: Request) -> Answer | None:
        """Return the error for a body that is not valid for the operation, or None if it is."""
        schema = schemas_of(operation).get("request")
        if schema is None:
            return None
        # The setting and custom events are always checked, because they are used here.
        checks = self._checks_requests or operation.api == "integration"
        if not request.body:
            # The API files do not mark bodies as required, but a body with required fields is.
            missing = schema.get("required", ()) if checks else ()
            return error(400, "invalid_parameter", f"the body has no {missing[0]}") if missing else None
        try:
            value = json.loads(request.body)
        except ValueError:
            return error(400, "invalid_parameter", "the body is not JSON")
        found = problem(value, schema) if checks else ""
        return error(400, "invalid_parameter", found) if found else None

    def success(self, operation: Operation, request: Request) -> Answer:
        """Return the answer of a successful call."""
        schema = schemas_of(operation).get("response")
        if schema is None:
            return Answer(operation.success_status)
        parameters = _parameters(operation, request.path)
        body = sample_body(schema, None)
        for name, part in schema.get("properties", {}).items():
            for known in (sent_fields(request).get(name), parameters.get(name)):
                value = _as(known, part)
                if value is not None and not problem(value, part):
                    body[name] = value
        if "id" in schema.get("properties", {}):
            body["id"] = self._id(operation, parameters, schema["properties"]["id"])
        return Answer(operation.success_status, body)

    def _id(self, operation: Operation, parameters: Mapping[str, str], schema: Mapping[str, Any]) -> Any:
        """Return the id at the end of the path, such as that of the user to delete, or otherwise a new one."""
        last = operation.path.rsplit("/", 1)[-1].strip("{}")
        if last in parameters:
            return _as(parameters[last], schema)
        number = next(self._ids)
        return number if schema.get("type") == "integer" else str(uuid5(NAMESPACE_URL, f"{self._name}/{number}"))


def sent_fields(request: Request) -> dict[str, Any]:
    """Return the fields of a request's body; none if it is not a JSON object."""
    try:
        value = json.loads(request.body or b"{}")
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _parameters(operation: Operation, path: str) -> dict[str, str]:
    pairs = zip(operation.path.split("/"), path.split("/"), strict=True)
    return {name[1:-1]: given for name, given in pairs if name.startswith("{")}


def _as(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a path's text as a number, if the body has a number in its place."""
    return int(value) if schema.get("type") == "integer" and isinstance(value, str) and value.isdecimal() else value
