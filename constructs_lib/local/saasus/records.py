"""What the local SaaSus remembers, for tests to count: no body, no query, no credential."""

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
    """With `/v1`, without the query; a parameter that is a secret is taken out."""
    trace_id: str
    """The caller's, or the one that was generated."""
    status: int | None
    """The answer's status; None when the connection was broken off."""
    operation: str
    """The operation, such as `auth.create_tenant`; empty when it is none that becomes an event."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event that was put on the partner event source, in the order of sending."""

    event_type: str
    trace_id: str
    detail_type: str
    accepted: bool
    """Whether AWS took it. Without a setting, or before the source is there, it does not."""


def recorded_path(path: str, operation: Operation | None) -> str:
    """Give a path without its secrets; also that of a GET, which the catalog does not have."""
    return redact_uri(path, operation)
