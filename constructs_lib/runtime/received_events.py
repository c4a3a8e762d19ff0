"""The events in what invoked a function: EventBridge itself, a queue, or a record of an earlier failure.

AWS: Lambda guide, "Using Lambda with Amazon SQS" (the batch), "Capturing records of Lambda asynchronous invocations"
(the record, which loses its payload where it would be too large); EventBridge guide, "Using dead-letter queues to
process undelivered events" (the body is the event) and "Decrypting events in EventBridge dead-letter queues"; SNS
guide, "Amazon SNS message formats".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import in_short, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DEEPEST: Final = 4
"""The most wrappers around an event, such as the record of a failure inside an SNS notification inside a message."""
_EXPECTED: Final = (
    "Expected an event as EventBridge delivers it, a list of events, a batch of SQS messages with events, an SNS "
    "notification of an event, or the record that Lambda sends to a failure destination."
)
_NAMES_SHOWN: Final = 8


class Message(NamedTuple):
    """A message of an SQS batch."""

    id: str
    """What `batchItemFailures` names."""
    group: str
    """The message group in a FIFO queue, whose messages have to be handled in order; empty in a standard queue."""
    body: str


def messages_in(payload: object) -> list[Message] | None:
    """Return the messages of an SQS batch, also of one that a pipe brings, which is a plain list; None for others."""
    records = payload.get("Records") if isinstance(payload, dict) else payload or None
    if not isinstance(records, list):
        return None
    if not all(isinstance(r, dict) and r.get("eventSource") == "aws:sqs" and "messageId" in r for r in records):
        return None
    return [_message(record) for record in records]


def _message(record: Mapping[str, Any]) -> Message:
    is_fifo = str(record.get("eventSourceARN", "")).endswith(".fifo")
    attributes = record.get("attributes")
    # A standard queue can have groups, too ("fair queues"), but they have no order.
    group = attributes.get("MessageGroupId", "") if is_fifo and isinstance(attributes, dict) else ""
    return Message(str(record["messageId"]), str(group), str(record.get("body", "")))


def events_in(payload: object) -> list[Mapping[str, Any]]:
    """Return the events that a payload holds, in order; none if it is an empty batch.

    Raises:
        InvalidEvent: The payload has none of the known forms, or holds a record without the event itself.
    """
    return list(_events(payload, _DEEPEST))


def events_in_text(text: str) -> list[Mapping[str, Any]]:
    """Return the events in a text, which is that of a message.

    Raises:
        InvalidEvent: The text is not JSON of one of the known forms.
    """
    return events_in(_json(text))


def _events(payload: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        raise InvalidEvent(
            f"The payload wraps events more than {_DEEPEST} times. {_EXPECTED} Pass what Lambda received."
        )
    if isinstance(payload, list) and payload:
        for each in payload:
            yield from _events(each, depth - 1)
    elif not isinstance(payload, dict):
        raise _unknown(payload)
    elif isinstance(payload.get("detail"), dict):
        yield from _in_event(payload, depth)
    elif _is_invocation_record(payload):
        yield from _in_invocation_record(payload, depth)
    elif isinstance(payload.get("Records"), list):
        for record in payload["Records"]:
            yield from _events(_json(_text_of_record(record)), depth - 1)
    elif payload.get("Type") == "Notification" and isinstance(payload.get("Message"), str):
        yield from _events(_json(payload["Message"]), depth - 1)
    else:
        raise _unknown(payload)


def _in_event(event: Mapping[str, Any], depth: int) -> Iterable[Mapping[str, Any]]:
    detail = event["detail"]
    if "encrypted-payload" in detail:
        raise InvalidEvent(
            "The event is ciphertext: EventBridge could not use the key of the bus. Expected the decrypted event. Fix "
            'the key or its policy; docs/command-line.md, "Encrypted events", shows how to decrypt such an event.'
        )
    # With an event bus as the failure destination, the record is the detail of an event.
    if _is_invocation_record(detail) and "event_type" not in detail:
        return _in_invocation_record(detail, depth)
    return (event,)


def _is_invocation_record(payload: Mapping[str, Any]) -> bool:
    """Check for the record of a run; requests of API Gateway have a `requestContext`, too, but without a condition."""
    context = payload.get("requestContext")
    return isinstance(context, dict) and ("condition" in context or "requestPayload" in payload)


def _in_invocation_record(record: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    if record["requestContext"].get("condition") == "Success":
        raise InvalidEvent(
            "The payload is the record of a run that succeeded, from an on-success destination, so its event was "
            f"handled. {_EXPECTED} Send records of successes to another function."
        )
    if record.get("requestPayload") is None:
        raise InvalidEvent(
            "The record of a failed run does not hold the function's input: Lambda leaves it out where the record "
            "would be too large. Expected a record with 'requestPayload'. Send the event again from the bus's archive: "
            "saasus-events replay."
        )
    yield from _events(record["requestPayload"], depth - 1)


def _text_of_record(record: object) -> object:
    """Return the text that a record of SQS or of SNS carries."""
    if isinstance(record, dict):
        if record.get("eventSource") == "aws:sqs":
            return record.get("body")
        sns = record.get("Sns")
        if isinstance(sns, dict):
            return sns.get("Message")
    raise _unknown({"Records": [record]}, record)


def _json(text: object) -> Any:
    try:
        if isinstance(text, str):
            return read_json(text)
    except ValueError:
        pass
    what = f"a text of {len(text):,} characters" if isinstance(text, str) else type(text).__name__
    raise InvalidEvent(
        f"The body of a message, {what}, is not JSON. {_EXPECTED} Look at the message with "
        "`saasus-events dlq show --raw`, and send the event itself."
    )


def _unknown(payload: object, record: object = None) -> InvalidEvent:
    """Return the error for a payload, of which it shows names only, because the values can be secrets."""
    if isinstance(record, dict) and record:
        of = record.get("eventSource") or record.get("EventSource")
        shown = f"A batch of records from {in_short(of) if isinstance(of, str) else 'an unknown source'}"
    elif isinstance(payload, dict) and payload:
        names = ", ".join(repr(str(name)[:40]) for name in list(payload)[:_NAMES_SHOWN])
        shown = f"A payload with {names}{' and more' if len(payload) > _NAMES_SHOWN else ''}"
    else:
        shown = f"{'An empty payload' if payload in ([], {}) else 'A payload'} of type {type(payload).__name__}"
    return InvalidEvent(
        f"{shown} holds no event of SaaSus. {_EXPECTED} Invoke the function with the whole event, without an input "
        "transformer."
    )
