"""Takes secrets and personal data out of bodies, exactly, by the fields that the catalog lists."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from .sensitive_fields import (
    PERSONAL_NAMES,
    PERSONAL_NAMES_OF_OPERATIONS,
    SECRET_NAMES,
    SECRET_NAMES_OF_OPERATIONS,
)

if TYPE_CHECKING:
    from .operation import Operation

REDACTED: Final = "[redacted]"

_NAMES: Final = SECRET_NAMES | PERSONAL_NAMES
_NAMES_OF_ANY_OPERATION: Final = _NAMES.union(
    *SECRET_NAMES_OF_OPERATIONS.values(), *PERSONAL_NAMES_OF_OPERATIONS.values()
)
"""Where the operation is not known, whatever is sensitive in any."""


def redact_body(body: Any, side: str, operation: Operation | None) -> Any:
    """Give a copy of a body, as JSON text or as a value, without its secrets and personal data.

    Text that is no JSON goes as a whole, for nobody can tell what is in it.

    Args:
        body: what the event has.
        side: `request_body` or `response_body`.
        operation: the operation of the event; None when it is not known.
    """
    if isinstance(body, str):
        if not body:
            return body
        try:
            value = json.loads(body)
        except ValueError:
            return REDACTED
        if not isinstance(value, (dict, list)):
            return REDACTED
        return json.dumps(redact_body(value, side, operation), ensure_ascii=False, separators=(",", ":"))
    if operation is None:
        return _redact(body, side, frozenset(), _NAMES_OF_ANY_OPERATION)
    return _redact(body, side, frozenset((*operation.secret_fields, *operation.personal_fields)), _NAMES)


def redact_uri(uri: str, operation: Operation | None) -> str:
    """Give the uri without the path parameters that are secrets.

    Args:
        uri: what the event has.
        operation: the operation of the event; None when it is not known. Then whatever stands where an operation has
            a secret goes, such as the invitation in a GET of it.
    """
    secret = {f"{{{path.removeprefix('uri.')}}}" for path in operation.secret_fields} if operation else set()
    path, question_mark, query = uri.partition("?")
    template = operation.path.split("/") if operation else []
    segments = path.split("/")
    if len(segments) != len(template):
        return redact_paths(uri)
    kept = [REDACTED if name in secret else given for name, given in zip(template, segments, strict=True)]
    return "/".join(kept) + question_mark + query


def redact_paths(text: str) -> str:
    """Give a text without the secrets in the paths in it, whatever the method and whatever follows."""
    for path in _secret_paths():
        text = path.sub(rf"\1{REDACTED}", text)
    return text


@cache
def _secret_paths() -> tuple[re.Pattern[str], ...]:
    from .operations import operations

    stems = {
        operation.path.partition(f"{{{field.removeprefix('uri.')}}}")[0]
        for operation in operations
        for field in operation.secret_fields
        if field.startswith("uri.")
    }
    segment = r"[^/\s\"'?\\]+"
    return tuple(
        re.compile("(" + segment.join(map(re.escape, re.split(r"\{\w+\}", stem))) + ")" + segment)
        for stem in sorted(stems)
    )


def _redact(value: Any, path: str, paths: frozenset[str], names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_redact(item, f"{path}[]", paths, names) for item in value]
    if not isinstance(value, dict):
        return value
    redacted: dict[str, Any] = {}
    for name, inner in value.items():
        below = f"{path}.{name}"
        if name in names or below in paths or f"{path}.*" in paths:
            redacted[name] = inner if inner is None or inner == "" else REDACTED
        else:
            redacted[name] = _redact(inner, below, paths, names)
    return redacted
