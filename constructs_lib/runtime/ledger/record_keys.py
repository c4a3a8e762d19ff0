"""The keys of the ledger's rows: which event it is, which record it is about, and who works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import in_short
from constructs_lib.runtime.ledger.errors import InvalidLedger

if TYPE_CHECKING:
    from constructs_lib.events.saasus_event import SaasusEvent

_LONGEST: Final = 200
"""Characters of a name that stay as they are. A partition key has up to 2,048 bytes, with at most two names, whose
characters have up to four bytes."""


def event_id(event: SaasusEvent[Any, Any]) -> str:
    """Return what is the same for each delivery of an event: SaaSus's log_id, or else EventBridge's id.

    Raises:
        InvalidEvent: The event has neither.
    """
    if not (event.log_id or event.id):
        raise InvalidEvent(
            f"The event {in_short(event.event_type)} has neither a log_id nor an id, so a second delivery cannot be "
            "recognized. Expected the whole event as EventBridge delivers it. A target's input transformer may have "
            "removed the id: remove the transformer, or keep 'id' in it."
        )
    return event.log_id or event.id


def event_key(id: str, worker: str) -> str:
    """Return the key of the row that says that a worker did an event."""
    return f"e#{done_by(id, worker)}"


def done_by(id: str, worker: str) -> str:
    """Return what says that a worker did an event."""
    return f"{_fitting(id)}#{_fitting(worker)}" if worker else _fitting(id)


def record_key(record: str) -> str:
    """Return the key of a record's row.

    Raises:
        InvalidLedger: The record is not a text.
    """
    if not isinstance(record, str) or not record:
        raise InvalidLedger(
            f"record={in_short(record)} is not the name of a record. Expected text that is the same for all events "
            "of one thing, such as f'user/{event.user_id}'. Return one for every event that the function is called "
            "with, or narrow the filter to events that have one."
        )
    return f"r#{_fitting(record)}"


def default_record(event: SaasusEvent[Any, Any], worker: str) -> str:
    """Return the record of an event by its operation and path, for one worker only.

    Other operations change other things, and other workers may not see the same events. An event with no path, or with
    a secret in it, is a record by itself.
    """
    from constructs_lib.events.redaction import REDACTED, redact_uri  # slow to load: many expressions

    path = event.uri.partition("?")[0]
    if not path or REDACTED in path or redact_uri(path, event.operation) != path:
        return f"{event_id(event)}#{worker}"
    name = str(event.operation or f"{event.method} {event.event_type}")
    return f"{name} {path}#{worker}"


def _fitting(name: str) -> str:
    """Return a part of a key that DynamoDB takes: of a long name, or one that is not Unicode, the start and digest."""
    unicode = name.encode("utf-8", "replace").decode()
    if len(name) <= _LONGEST and unicode == name:
        return name
    from hashlib import sha256  # slow to load, and rarely needed

    return f"{unicode[:_LONGEST]}~{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"
