"""An event for people: one line, without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from constructs_lib.cli.screen.lines import fitted, printable
from constructs_lib.cli.screen.redaction import redact_text
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import read_json
from constructs_lib.events.operations import operations
from constructs_lib.events.saasus_event import SaasusEvent

HIDDEN: Final = "not shown, because it is not a SaaSus event and may contain secrets; --raw shows it"
_ID: Final = re.compile(r"[^/]*\d[^/]*")
# In the event itself. In the text inside it, there is a backslash between a name and its quote.
_EVENT_TYPE: Final = re.compile(r'"event_type"\s*:\s*"([^"\\]{1,200})"')
_TRACE_ID: Final = re.compile(r'"trace_id"\s*:\s*"([^"\\]{1,256})"')


def event_in(text: str) -> SaasusEvent | None:
    """Return the event in a log line; None if the line is not a SaaSus event."""
    try:
        return SaasusEvent.from_dict(read_json(text))
    except (InvalidEvent, ValueError):
        return None


@dataclass(frozen=True)
class BrokenEvent:
    """An event whose line is no longer JSON, as a mask of the log group can leave it."""

    event_type: str
    trace_id: str

    @property
    def words(self) -> str:
        """What is known of it, and nothing of the rest of the line, in which anything may be secret."""
        ids = f"trace={self.trace_id}" if self.trace_id else ""
        why = "(the line is not JSON: a mask of the log group may have broken it)"
        return "  ".join(filter(None, (printable(self.event_type), printable(ids), why)))


def broken_event_in(text: str) -> BrokenEvent | None:
    """Return the event that a line was before a mask broke it; None if it is JSON, or never was a SaaSus event."""
    found = _EVENT_TYPE.search(text)
    if found is None or '"detail-type"' not in text:
        return None
    try:
        read_json(text)
    except ValueError:
        trace = _TRACE_ID.search(text)
        return BrokenEvent(found[1], trace[1] if trace else "")
    return None


def words_of_line(text: str) -> str:
    """Return what a log line is, in words without secrets."""
    event = event_in(text)
    if event is not None:
        return event_words(event)
    broken = broken_event_in(text)
    return "a line that is not a SaaSus event" if broken is None else broken.words


def redacted(event: Any) -> dict[str, Any] | None:
    """Return an event without its secrets; None if it is not a SaaSus event."""
    try:
        return SaasusEvent.from_dict(event).redacted()
    except InvalidEvent:
        return None


def call_of(event: SaasusEvent) -> str:
    """Return the method and path, without the query and without secrets; empty for an event without a call."""
    if not event.uri:
        return event.method
    path = SaasusEvent.from_dict(event.redacted()).uri.partition("?")[0]
    if operations.by_route(event.method, event.uri) is None:
        # Any id in it may be a secret.
        path = redact_text(without_ids(path))
    return f"{event.method} {path}".strip()


def without_ids(path: str) -> str:
    """Return a path with `{id}` in place of each part that has a digit, but for the API's version."""
    version = "/v1/" if path.startswith("/v1/") else ""
    return version + _ID.sub("{id}", path.removeprefix(version))


def event_line(event: SaasusEvent) -> str:
    """Return the time, event type, status, call and ids, on as many lines as the terminal's width requires."""
    return fitted((in_utc(event.time), *event_parts(event)))


def event_words(event: SaasusEvent) -> str:
    """Return everything but the time, on one line."""
    return "  ".join(event_parts(event))


def event_parts(event: SaasusEvent) -> list[str]:
    """Return everything but the time, as separate parts."""
    parts = [event.event_type, str(event.http_status or "-"), call_of(event)]
    ids: tuple[tuple[str, str | None], ...] = (
        ("tenant", event.tenant_id),
        ("user", event.user_id),
        ("trace", event.trace_id),
    )
    parts += [f"{name}={value}" for name, value in ids if value]
    return [printable(part) for part in parts if part]
