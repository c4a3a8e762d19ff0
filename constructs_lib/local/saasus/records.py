"""What the local SaaSus remembers, for tests to count: no body, no query and no credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.events.redaction import redact_uri

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation


@dataclass(frozen=True, slots=True)
class ReceivedCall:
    """A call of the API, in the order of arrival."""

    method: str
    path: str
    """With `/v1` and without the query; a parameter that is a secret is removed."""
    trace_id: str
    """The caller's, or the one that was generated."""
    status: int | None
    """The answer's status; None if the connection was closed without one."""
    operation: str
    """The operation, such as `auth.create_tenant`; empty if the call does not become an event."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event that was put on the partner event source, in the order of sending."""

    event_type: str
    trace_id: str
    detail_type: str
    accepted: bool
    """Whether AWS accepted it, which it does not without a setting or before the source exists."""


def recorded_path(path: str, operation: Operation | None) -> str:
    """Return a path without its secrets, also for a GET, which is not in the catalog."""
    return redact_uri(path, operation)
