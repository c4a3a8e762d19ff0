"""An event for people: one line, without secrets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.text_redaction import printable, redact_text
from constructs_lib.cli.times import in_utc
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.operations import operations
from constructs_lib.events.saasus_event import SaasusEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN: Final = "not shown: this is no event of SaaSus, so nobody knows what is secret in it; --raw shows it"
_ID: Final = re.compile(r"[^/]*\d[^/]*")


def event_in(text: str) -> SaasusEvent | None:
    """Give the event that a log line is; None when it is none."""
    try:
        return SaasusEvent.from_dict(json.loads(text))
    except (InvalidEvent, ValueError):
        return None


def redacted(event: Any) -> dict[str, Any] | None:
    """Give an event without its secrets; None when it is no event of SaaSus."""
    try:
        return SaasusEvent.from_dict(event).redacted()
    except InvalidEvent:
        return None


def call_of(event: SaasusEvent) -> str:
    """Give method and path, without the query and without secrets; empty for an event without a call."""
    if not event.uri:
        return event.method
    path = SaasusEvent.from_dict(event.redacted()).uri.partition("?")[0]
    if operations.by_route(event.method, event.uri) is None:
        # Nobody knows which id in it is a secret.
        version = "/v1/" if path.startswith("/v1/") else ""
        path = redact_text(version + _ID.sub("{id}", path.removeprefix(version)))
    return f"{event.method} {path}".strip()


def event_line(event: SaasusEvent) -> str:
    """Give one line: time, event type, status, call, ids."""
    return f"{in_utc(event.time)}  {event_words(event)}"


def event_words(event: SaasusEvent) -> str:
    """Give the line without the time."""
    parts = [event.event_type, str(event.http_status or "-"), call_of(event)]
    ids: tuple[tuple[str, str | None], ...] = (
        ("tenant", event.tenant_id),
        ("user", event.user_id),
        ("trace", event.trace_id),
    )
    parts += [f"{name}={value}" for name, value in ids if value]
    return printable("  ".join(filter(None, parts)))


def as_json(value: Mapping[str, Any]) -> str:
    """Write one JSON line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
