"""Reads a message of a dead-letter queue, whoever put it there, and says what prevents it from being sent again.

A message is deleted only after it was understood and delivered. So anything that is not certainly an event, or the
input of a function, gets an obstacle, which says what to do.

AWS: EventBridge user guide, "Using dead-letter queues to process undelivered events" (message attributes), "Decrypting
events in EventBridge dead-letter queues" (the envelope), "Retry policies and dead-letter queues" (the record of a
Custom Event Bus); Lambda guide, "Capturing records of Lambda asynchronous invocations" (the record, which
loses its payload where it would be too large) and "Dead-letter queues"; SNS guide, "Amazon SNS message formats"; SQS
API reference, `MessageSystemAttributeName` (`DeadLetterQueueSourceArn`).
"""

from __future__ import annotations

import re
from typing import Any, Final

from constructs_lib.cli.dlq.dead_letter import DeadLetter, is_arn
from constructs_lib.events.json_values import read_json

_SHOW: Final = "Look at it with `saasus-events dlq show --raw`"
_OF_EVENTBRIDGE: Final = frozenset({"RULE_ARN", "TARGET_ARN", "ERROR_CODE"})
_ENVELOPE: Final = ("aws.events", "Encrypted Events")
_RECEIVED: Final = "MAX_RECEIVE_COUNT"
_SYMBOL: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}:,]', re.DOTALL)


def read_dead_letter(message: dict[str, Any]) -> DeadLetter:
    """Read a message of a dead-letter queue."""
    attributes = {
        name: str(value.get("StringValue", "")) for name, value in (message.get("MessageAttributes") or {}).items()
    }
    text = str(message.get("Body", ""))
    try:
        body = read_json(text)
    except ValueError as error:
        return _by_attributes(message, attributes, text, text, _not_json(text, error))
    if isinstance(body, dict) and not attributes.keys() & _OF_EVENTBRIDGE:
        if isinstance(body.get("requestContext"), dict):
            return _invocation_record(message, text, body)
        if isinstance(body.get("failedMessages"), list):
            return _custom_bus_record(message, text, body)
        if body.get("Type") == "Notification" and "Message" in body:
            return DeadLetter(message, "SNS", text, body, obstacle=_NOTIFICATION)
    return _by_attributes(message, attributes, text, body, _obstacle(body))


def is_whole_event(payload: Any) -> bool:
    """Check whether a value has the form that EventBridge gives every event."""
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("source"), str)
        and bool(payload["source"])
        and isinstance(payload.get("detail-type"), str)
        and isinstance(payload.get("detail"), dict)
    )


def member_text(text: str, name: str) -> str:
    """Return the text of a member's value, character for character; if the member is repeated, the last value.

    Parsing JSON and writing it again changes it: numbers lose digits, a repeated key loses its first value, escapes
    change their form. What is sent again has to be what failed.

    Args:
        text: A JSON object, known to be valid.
        name: The name of the member.

    Raises:
        KeyError: The object has no such member.
    """
    depth, start, key, wanted = 0, 0, "", ""
    value: str | None = None
    for found in _SYMBOL.finditer(text):
        mark = found[0]
        if depth == 1:
            if mark[0] == '"' and not wanted:
                key = mark
            elif mark == ":":
                start = found.end()
                wanted = key
            elif mark in ",}" and wanted:
                if read_json(wanted) == name:
                    value = text[start : found.start()].strip(" \t\n\r")
                wanted = ""
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
    if value is None:
        raise KeyError(name)
    return value


def _by_attributes(
    message: dict[str, Any], attributes: dict[str, str], text: str, body: Any, obstacle: str
) -> DeadLetter:
    if _is_encrypted(body):
        detail = body["detail"] if isinstance(body.get("detail"), dict) else {}
        return DeadLetter(
            message,
            "encrypted",
            text,
            body,
            error_code=attributes.get("ERROR_CODE", ""),
            error_message=attributes.get("ERROR_MESSAGE", ""),
            rule_arn=attributes.get("RULE_ARN", "") or _text(detail.get("rule-arn")),
            target_arn=attributes.get("TARGET_ARN", ""),
            obstacle=obstacle,
        )
    if attributes.keys() & _OF_EVENTBRIDGE:
        return DeadLetter(
            message,
            "EventBridge",
            text,
            body,
            error_code=attributes.get("ERROR_CODE", ""),
            error_message=attributes.get("ERROR_MESSAGE", ""),
            rule_arn=attributes.get("RULE_ARN", ""),
            target_arn=attributes.get("TARGET_ARN", ""),
            attempts=attributes.get("RETRY_ATTEMPTS", ""),
            exhausted=attributes.get("EXHAUSTED_RETRY_CONDITION", ""),
            obstacle=obstacle,
        )
    if "RequestID" in attributes:
        code, said = attributes.get("ErrorCode", ""), attributes.get("ErrorMessage", "")
        return DeadLetter(
            message, "Lambda dead letter", text, body, error_code=code, error_message=said, obstacle=obstacle
        )
    moved_from = _text((message.get("Attributes") or {}).get("DeadLetterQueueSourceArn"))
    if moved_from and not obstacle:
        said = "whoever takes messages from the queue received it too often without deleting it"
        return DeadLetter(message, "SQS", text, body, error_code=_RECEIVED, error_message=said, target_arn=moved_from)
    return DeadLetter(message, "unknown" if obstacle else "event alone", text, body, obstacle=obstacle)


def _invocation_record(message: dict[str, Any], text: str, record: dict[str, Any]) -> DeadLetter:
    context = record["requestContext"]
    answer = record.get("responsePayload")
    error = answer if isinstance(answer, dict) else {}
    texts = (_text(error.get("errorType")), _text(error.get("errorMessage")))
    condition = _text(context.get("condition"))
    payload = record.get("requestPayload")
    obstacle = ""
    if payload is None:
        obstacle = (
            "The record does not hold the input of the function: Lambda leaves it out if the record would be too "
            "large, and records of streams never have it. Expected a record with 'requestPayload'. Send the event "
            "again from the bus's archive: saasus-events replay"
        )
    elif condition == "Success":
        obstacle = (
            "It is the record of a run that succeeded, from an on-success destination. Expected the record of a "
            "failure. Send successes to a queue of their own."
        )
    elif _is_encrypted(payload):
        obstacle = _encrypted(payload)
    return DeadLetter(
        message,
        "Lambda",
        text if payload is None else member_text(text, "requestPayload"),
        payload,
        error_code=condition,
        error_message=": ".join(filter(None, texts)),
        target_arn=_text(context.get("functionArn")),
        attempts=_text(context.get("approximateInvokeCount")),
        exhausted=condition,
        obstacle=obstacle,
    )


def _custom_bus_record(message: dict[str, Any], text: str, record: dict[str, Any]) -> DeadLetter:
    def field(name: str) -> str:
        return _text(record.get(name))

    return DeadLetter(
        message,
        "Custom Event Bus",
        text,
        record,
        error_code=field("errorCode"),
        error_message=field("errorMessage"),
        rule_arn=field("subscriberArn"),
        target_arn=field("targetArn"),
        attempts=field("retryAttempts"),
        exhausted=field("exhaustedRetryCondition"),
        obstacle=f"It is a record of {len(record['failedMessages'])} messages that a subscriber of a Custom Event Bus "
        "did not deliver; it does not contain the events themselves. Expected the event as EventBridge wrote it. That "
        "bus keeps its events: start a subscriber from a point in time before the record.",
    )


def _obstacle(body: Any) -> str:
    if is_whole_event(body) and not _is_encrypted(body):
        return ""
    if _is_encrypted(body):
        return _encrypted(body)
    if isinstance(body, list):
        return (
            f"The message is an array of {len(body)} items, not one event; neither EventBridge nor Lambda writes that "
            f"here. Expected one event in each message. {_SHOW}, and send its events one by one."
        )
    if isinstance(body, dict) and isinstance(body.get("Records"), list):
        return (
            f"The message is a batch of {len(body['Records'])} records of SNS, SQS, or a stream, not an event. "
            f"Expected the event as EventBridge wrote it. {_SHOW}, and send it to the function that it was for."
        )
    return (
        "The message is JSON, but not an event: it lacks 'source', 'detail-type', or 'detail'. Expected the event as "
        f"EventBridge wrote it, or a record that Lambda wrote. {_SHOW}, and ask whoever put it there."
    )


def _not_json(text: str, error: ValueError) -> str:
    what = "is empty" if not text.strip() else "is not JSON, or was cut off"
    place = getattr(error, "pos", None)
    where = "" if place is None else f" at character {place} of {len(text)}"
    return (
        f"The message's text {what}{where}, so it is unknown which event it is. Expected the whole event as "
        f"EventBridge wrote it, or a record that Lambda wrote. {_SHOW}; the event may be in the bus's archive."
    )


def _is_encrypted(body: Any) -> bool:
    if not isinstance(body, dict):
        return False
    detail = body.get("detail")
    return (body.get("source"), body.get("detail-type")) == _ENVELOPE or (
        isinstance(detail, dict) and "encrypted-payload" in detail
    )


def _encrypted(body: dict[str, Any]) -> str:
    detail = body["detail"] if isinstance(body.get("detail"), dict) else {}
    key, bus = (_arn(detail.get(name)) for name in ("kms-key-arn", "event-bus-arn"))
    return (
        f"The event is ciphertext: EventBridge could not use the key{key and f' {key}'} of the bus{bus and f' {bus}'}. "
        "Expected the decrypted event. Fix the key or its policy; then decrypt 'encrypted-payload' with the AWS "
        'Encryption SDK, that key, and the bus\'s ARN as encryption context: docs/command-line.md, "Encrypted events".'
    )


def _text(value: Any) -> str:
    """Return a text or number as text; anything else says nothing."""
    return str(value) if isinstance(value, (str, int, float)) else ""


def _arn(value: Any) -> str:
    return value if isinstance(value, str) and is_arn(value) else ""


_NOTIFICATION: Final = (
    "The message is an SNS notification, which wraps what it carries. Expected the event as EventBridge wrote it. "
    f"{_SHOW}; if events should arrive this way, have SNS deliver them raw (RawMessageDelivery)."
)
