"""What earlier requests did, according to the function's own log.

The log exists anyway, and it survives a crash of the function, after which Lambda delivers the request again (and now
and then without a reason). A rollback also has to know what it rolls back, which CloudFormation does not say.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.functions.request import ResourceRequest
    from constructs_lib.runtime.waiting import Deadline

ROLLBACK = "Rollback"
"""The kind of an update that reverts another one."""


@dataclass
class JournalEntry:
    """What one request did."""

    request: str
    """Its id."""
    was: str = ""
    """The physical id that it had when it arrived."""
    kind: str = ""
    """`Create`, `Update`, `Delete` or `Rollback`."""
    asked: str = ""
    """A digest of the properties that it should bring about."""
    saving: str | None = None
    """What it was about to save last: a physical id that contains SaaSus's previous setting."""
    seen: dict[str, str] | None = None
    """The event sources before it saved."""
    answered: dict[str, Any] | None = None
    """The answer that CloudFormation got."""

    def is_undone_by(self, request: ResourceRequest) -> bool:
        """Return whether a rollback reverts this one, and not another that never reached the function.

        In that case this one was for what the rollback returns to.
        """
        goes_back_to, goes_back_from = digest_of(request.properties), digest_of(request.old_properties)
        return self.kind == ROLLBACK or self.asked == goes_back_from or self.asked != goes_back_to

    @property
    def physical_id(self) -> str:
        """The physical id that it answered with."""
        return str((self.answered or {}).get("PhysicalResourceId", ""))


class Journal(Protocol):
    """Where the entries are kept."""

    def of_request(self, request_id: str) -> JournalEntry | None:
        """Return what an earlier delivery of a request did."""

    def before(self, request: ResourceRequest) -> JournalEntry | None:
        """Return what the last request before this one did to the same resource."""


class LogJournal:
    """Reads it from the function's log group."""

    def __init__(self, logs: Any, group: str, deadline: Deadline) -> None:
        """Read from a log group.

        Args:
            logs: A boto3 client of CloudWatch Logs.
            group: The function's log group.
            deadline: When to stop retrying.
        """
        self._logs = logs
        self._group = group
        self._deadline = deadline

    def of_request(self, request_id: str) -> JournalEntry | None:
        """Return what an earlier delivery of a request did."""
        return next((entry for entry in self._entries(request_id) if entry.request == request_id), None)

    def before(self, request: ResourceRequest) -> JournalEntry | None:
        """Return what the last request before this one did to the same resource."""
        id = request.physical_id
        last = next((entry for entry in reversed(self._entries(id)) if id in (entry.was, entry.physical_id)), None)
        # Not every line of a request contains the id.
        return None if last is None else self.of_request(last.request) or last

    def _entries(self, text: str) -> list[JournalEntry]:
        """Return the requests whose lines contain a text, in the order of their first lines."""
        entries: dict[str, JournalEntry] = {}
        for line in self._deadline.with_retries(lambda: self._lines(text)):
            entry = entries.setdefault(line["request"], JournalEntry(line["request"]))
            entry.was = str(line.get("was", ""))
            entry.kind = str(line.get("kind", ""))
            entry.asked = str(line.get("asked", ""))
            if isinstance(line.get("saving"), str):
                entry.saving = line["saving"]
                entry.seen = line.get("seen")
            if isinstance(line.get("answered"), dict):
                entry.answered = entry.answered or line["answered"]
        return list(entries.values())

    def _lines(self, text: str) -> list[dict[str, Any]]:
        pages: Iterable[dict[str, Any]] = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, filterPattern=f'"{text}"'
        )
        # The events of several streams are not in order.
        events = sorted((event for page in pages for event in page["events"]), key=_time_of)
        return [line for event in events if (line := _line(event["message"])) is not None]


def write(request: ResourceRequest, **said: Any) -> None:
    """Write a line about a request to the standard output, which is the function's log."""
    of_request = {
        "kind": request.kind,
        "was": request.physical_id,
        "asked": digest_of(request.properties),
        "request": request.id,
    }
    print(json.dumps(of_request | said), flush=True)


def digest_of(properties: dict[str, Any]) -> str:
    """Return a digest by which a line names a resource's properties."""
    return hashlib.sha256(json.dumps(properties, sort_keys=True).encode()).hexdigest()[:12]


def _time_of(event: dict[str, Any]) -> int:
    return int(event.get("timestamp", 0))


def _line(message: str) -> dict[str, Any] | None:
    try:
        line = json.loads(message)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(line, dict) and isinstance(line.get("request"), str)
    return line if is_ours and ("saving" in line or "answered" in line) else None
