"""Removes secrets and personal data from events: by the catalog's fields, and by name anywhere."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.json_values import read_json, write_json
from constructs_lib.events.sensitive_fields import (
    ENDS_OF_SECRET_NAMES,
    ENDS_OF_SECRET_PATHS,
    PERSONAL_EVENT_FIELDS,
    PERSONAL_NAMES,
    PERSONAL_NAMES_OF_OPERATIONS,
    SECRET_EVENT_FIELDS,
    SECRET_NAMES,
    SECRET_NAMES_OF_OPERATIONS,
    SECRET_SEGMENTS,
    SECRET_SHAPES,
    SECRETS_BESIDE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs_lib.events.operation import Operation

REDACTED: Final = "[redacted]"
MAX_DEPTH: Final = 100
"""What is nested more deeply is removed as a whole: nobody reads it, and printing it could fail."""

_NAMES: Final = SECRET_NAMES | SECRET_EVENT_FIELDS | PERSONAL_NAMES | PERSONAL_EVENT_FIELDS
_NAMES_OF_ANY_OPERATION: Final = _NAMES.union(
    *SECRET_NAMES_OF_OPERATIONS.values(), *PERSONAL_NAMES_OF_OPERATIONS.values()
)
"""What is sensitive in any body, for bodies that are not known."""

_LONGEST_NAME: Final = 64
_BODIES: Final = ("request_body", "response_body")
_DECODED_BODIES: Final = {"request": "request_body", "response": "response_body"}
_DECODED: Final = frozenset({*_DECODED_BODIES, "message", "path", "uri"})
"""What a decoded event has in place of the text: `events.decoded_event`."""

_SECRET_WORD: Final = re.compile(rf"(?:{'|'.join(ENDS_OF_SECRET_NAMES)})s?$")
"""The end of names of secrets that nobody listed; an object or a boolean with such a name is not a secret."""

_ENCODED: Final = "%(?:25)*"
"""The percent sign of an encoded letter, itself encoded or not."""


def _spelled(letter: str) -> str:
    """Return an expression for a letter of a path, as it is or percent-encoded."""
    codes = "|".join(sorted({f"{ord(one):02x}" for one in (letter.lower(), letter.upper())}))
    return f"(?:{re.escape(letter)}|{_ENCODED}(?:{codes}))"


def _segment(words: Iterable[str]) -> str:
    r"""Return an expression for one of the segments with the slashes around it (`\/` in JSON of some languages).

    It takes any spelling: a hyphen can be an underscore or missing, and a plural can be a singular.
    """
    stems = sorted({word.replace("-", "").removesuffix("s") for word in words})
    between = f"(?:[-_]|{_ENCODED}(?:2d|5f))?"
    spelled = (between.join(map(_spelled, stem)) for stem in stems)
    return rf"({_SLASH}(?:{'|'.join(spelled)})(?:{_spelled('s')})?{_SLASH})"


_SLASH: Final = rf"\\{{0,7}}{_spelled('/')}"
_STEM: Final = _segment(SECRET_SEGMENTS)
_END: Final = rf"(?:{_SLASH}(?:{'|'.join(sorted(ENDS_OF_SECRET_PATHS))}))?"
_SECRET_IN_URI: Final = re.compile(rf"{_STEM}.+?(?={_END}$)", re.IGNORECASE | re.DOTALL)
_SECRET_IN_TEXT: Final = re.compile(rf"{_STEM}[^\s\"'?#\\]+?(?={_END}(?:[\s\"'?#\\]|$))", re.IGNORECASE)
_QUERY: Final = re.compile(rf"[?#;]|{_ENCODED}(?:3F|23|3B)", re.IGNORECASE)
_QUERY_IN_TEXT: Final = re.compile(
    rf"(?<=[!-~])(\?(?=[A-Za-z0-9_.%&=\[-])|{_ENCODED}3F|#(?=[^\s\"'=?#\\]*=))[^\s\"'\\]+", re.IGNORECASE
)
_USER_IN_URL: Final = re.compile(r"(?<=//)[^\s/?#\"'<>@\\:]{0,128}:[^\s/?#\"'<>@\\]{1,256}(?=@)")
_IN_HEADER: Final = re.compile(r"\b(Bearer|Basic)\s+(?=[\w.~+/-]*[\d=])[\w.~+/-]{8,}=*", re.IGNORECASE | re.ASCII)
_SHAPE: Final = re.compile("|".join(SECRET_SHAPES), re.ASCII)
_NAMED: Final = re.compile(
    rf"((?:{'|'.join(ENDS_OF_SECRET_NAMES)})s?[\"'\\]*\s{{0,3}}[:=]\s{{0,3}}[\"'\\]*)[^\s\"'\\].*",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
"""The name of a secret inside a text, and all that follows, because the end of its value is unknown."""


def redact_body(body: Any, side: str, operation: Operation | None) -> Any:
    """Return a copy of a body, a value or JSON text, without its secrets and personal data.

    Text that is not JSON is removed as a whole, because it can contain anything.

    Args:
        body: What the event has.
        side: `request_body` or `response_body`.
        operation: The operation of the event; None if unknown.
    """
    redaction = _Redaction(operation)
    if not isinstance(body, str):
        return redaction.of(body, side)
    if not body:
        return body
    try:
        value = read_json(body)
    except ValueError:
        return REDACTED
    return write_json(redaction.of(value, side)) if isinstance(value, (dict, list)) else REDACTED


def redact_record(record: Mapping[str, Any], operation: Operation | None) -> dict[str, Any]:
    """Return a redacted copy of what `detail.event` has, in the form in which it came.

    Args:
        record: The fields of the call, including the bodies.
        operation: The operation of the event; None if unknown.
    """
    bodies = {side: redact_body(record[side], side, operation) for side in _BODIES if side in record}
    uri = {"uri": redact_uri(record["uri"], operation)} if isinstance(record.get("uri"), str) else {}
    around: dict[str, Any] = _Redaction(None).of({name: None if name in _BODIES else v for name, v in record.items()})
    return {**around, **bodies, **uri}


def redact_decoded(event: Mapping[str, Any], operation: Operation | None) -> dict[str, Any]:
    """Return a redacted copy of a decoded event.

    Args:
        event: The whole event.
        operation: The operation of the event; None if unknown.
    """
    detail = event["detail"]
    around: dict[str, Any] = redact_fields({**event, "detail": {n: v for n, v in detail.items() if n not in _DECODED}})
    redaction = _Redaction(operation)
    shown: dict[str, Any] = {}
    for name, value in detail.items():
        if name in _DECODED_BODIES:
            shown[name] = REDACTED if isinstance(value, str) else redaction.of(value, _DECODED_BODIES[name])
        elif name == "message":
            shown[name] = REDACTED
        elif name == "uri":
            shown[name] = redact_uri(value, operation) if isinstance(value, str) else redact_fields(value)
        elif name != "path":
            shown[name] = around["detail"][name]
    if "path" in detail:
        # The uri has the same segments, and what is secret among them can be found there.
        segments = shown["uri"].split("/")[1:] if isinstance(shown.get("uri"), str) else []
        shown["path"] = {str(position): segment for position, segment in enumerate(segments)}
    return {**around, "detail": shown}


def redact_fields(value: Any) -> Any:
    """Return a copy of something outside `detail.event`, without what has the name or form of a secret."""
    return _Redaction(None).of(value)


def redact_uri(uri: str, operation: Operation | None) -> str:
    """Return the uri without its query, which can contain tokens, and without path parameters that are secrets.

    Args:
        uri: What the event has.
        operation: The operation of the event; None if unknown. Whatever follows a segment after which some operation
            has a secret is removed in any case, such as the invitation in a GET of it.
    """
    query = _QUERY.search(uri)
    path = uri[: query.start()] if query else uri
    if operation is not None:
        secret = {f"{{{field.removeprefix('uri.')}}}" for field in operation.secret_fields}
        template, segments = operation.path.split("/"), path.split("/")
        if len(segments) == len(template):
            kept = (REDACTED if name in secret else given for name, given in zip(template, segments, strict=True))
            path = "/".join(kept)
    path = _SECRET_IN_URI.sub(_segments_redacted, path)
    return f"{path}{query[0]}{REDACTED}" if query and query.end() < len(uri) else path


def _segments_redacted(found: re.Match[str]) -> str:
    """Hide each segment by itself, so that the path keeps their number and stays the path of the same operation."""
    return found[1] + "/".join(segment and REDACTED for segment in found[0][len(found[1]) :].split("/"))


def redact_forms(text: str) -> str:
    """Return a text without secrets by form or place: in paths and queries of URLs, web tokens, keys."""
    return redact_forms_outside_queries(_QUERY_IN_TEXT.sub(rf"\1{REDACTED}", _USER_IN_URL.sub(REDACTED, text)))


def redact_forms_outside_queries(text: str) -> str:
    """Return a text without secrets by form or place, but with the queries of URLs."""
    text = _USER_IN_URL.sub(REDACTED, text)
    text = _SECRET_IN_TEXT.sub(rf"\1{REDACTED}", text)
    text = _IN_HEADER.sub(rf"\1 {REDACTED}", text)
    return _SHAPE.sub(REDACTED, text)


class _Redaction:
    """Redacts the values of one operation's bodies, or of what is not known."""

    def __init__(self, operation: Operation | None) -> None:
        self._names, self._paths = _NAMES_OF_ANY_OPERATION, frozenset[str]()
        if operation is not None and not operation.retired:
            self._names = _NAMES
            self._paths = frozenset((*operation.secret_fields, *operation.personal_fields))

    def of(self, value: Any, path: str = "", depth: int = 0) -> Any:
        """Return a redacted copy of a value."""
        if isinstance(value, str):
            return self._text(value, depth)
        if not isinstance(value, (dict, list)):
            return value
        if depth >= MAX_DEPTH:
            return REDACTED if value else value
        if isinstance(value, list):
            return [self.of(item, f"{path}[]", depth + 1) for item in value]
        beside = {hidden for name, hidden in SECRETS_BESIDE.items() if name in value}
        copy: dict[str, Any] = {}
        for name, inner in value.items():
            if name in beside or self._is_sensitive(str(name), inner, path):
                copy[name] = inner if inner is None or inner == "" else REDACTED
            else:
                copy[name] = self.of(inner, f"{path}.{name}", depth + 1)
        return copy

    def _is_sensitive(self, name: str, value: Any, path: str) -> bool:
        if name in self._names or f"{path}.{name}" in self._paths or f"{path}.*" in self._paths:
            return True
        return _has_secret_name(name[-_LONGEST_NAME:]) and not isinstance(value, (dict, bool))

    def _text(self, text: str, depth: int) -> str:
        if text.lstrip(" \t\r\n")[:1] in ("{", "[", '"'):
            try:
                value = read_json(text)
            except ValueError:
                if ("{" in text or "[" in text) and any(name in text for name in self._names):
                    return REDACTED
            else:
                redacted = self.of(value, "", depth + 1)
                return text if redacted == value else write_json(redacted)
        return _NAMED.sub(rf"\1{REDACTED}", redact_forms(text))


@lru_cache(maxsize=4096)
def _has_secret_name(name: str) -> bool:
    """Check whether a name is a listed one in another spelling, such as `accessToken`, or ends like a secret's."""
    plain = plain_name(name)
    return plain in _PLAIN_NAMES or ends_like_a_secret(plain)


def ends_like_a_secret(plain: str) -> bool:
    """Check whether a `plain_name` ends like a secret's."""
    return _SECRET_WORD.search(plain) is not None


def plain_name(name: str) -> str:
    """Return the letters and digits of a name, by which spellings such as `accessToken` are recognized."""
    return re.sub("[^a-z0-9]", "", name.lower())


_PLAIN_NAMES: Final = frozenset(map(plain_name, _NAMES))
