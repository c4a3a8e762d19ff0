"""The decoder's handler: takes SaaSus's events from a queue, and puts them on the decoded bus as plain JSON.

Nothing is lost: a message leaves the queue only once its event is on the bus (and in the ordered queues that take it),
or is in the dead-letter queue with the reason. After a crash between the two, the event comes again, with the same
`log_id`. Nothing of an event is logged.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from constructs_lib.events.decoded_event import decode
from constructs_lib.events.json_values import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

BUS_VARIABLE: Final = "SAASUS_DECODED_BUS"
RULE_VARIABLE: Final = "SAASUS_RULE_ARN"
DEAD_LETTERS_VARIABLE: Final = "SAASUS_DEAD_LETTER_QUEUE_URL"
ORDERED_QUEUE_VARIABLE: Final = "SAASUS_ORDERED_QUEUE_"
"""Followed by a number; the value is JSON: `url`, `by`, and the `patterns` of which an event has to match one."""

_MOST_ENTRIES: Final = 10
"""Of PutEvents and of SendMessageBatch (their API references)."""
_MOST_BYTES: Final = 1024 * 1024
"""Of the entries of one PutEvents (EventBridge User Guide, "Calculating PutEvents event entry size"), and of the
messages of one SendMessageBatch (SQS API reference)."""
_BYTES_BESIDE: Final = 512
"""More than an event has beside what is counted: its time, in a message also its id, account and region."""
_REFUSED: Final = frozenset({"InvalidArgument", "MalformedDetail", "NotAuthorizedForSourceException"})
"""What PutEvents answers for an entry that it will never accept."""
_REFUSED_CALL: Final = frozenset(
    {
        "413",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "InvalidMessageContents",
        "InvalidParameterValue",
        "ParamValidationError",
        "RequestEntityTooLargeException",
        "ValidationException",
    }
)
"""What PutEvents, SendMessageBatch and boto3 itself say of a call that will never be accepted."""
_NOT_WRITTEN: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What boto3 raises for a value that it cannot write, such as a time that its calendar does not have."""
_GROUP: Final = re.compile(r"[!-~]{1,128}")
"""A message group or deduplication id (SQS API reference, SendMessage)."""
_LONGEST_MESSAGE: Final = 500
_NOT_PLAIN: Final = re.compile("[^ -~\u00a0-\ud7ff]")
"""SQS refuses control characters and halves of surrogate pairs."""


class _DecodedMessage(NamedTuple):
    """An event that was decoded, with the message that it came in."""

    record: dict[str, Any]
    event: dict[str, Any]
    detail: str
    size: int


class _GroupedQueue(NamedTuple):
    url: str
    by: str
    takes: Callable[[dict[str, Any]], bool]


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Decode a batch of messages, and return those that have to come again."""
    failed = _decoder().decode(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@functools.cache
def _decoder() -> Decoder:
    import boto3
    from botocore.config import Config

    # So that the attempts of two calls end before the function does: what is cut off is done twice.
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    return Decoder(os.environ, lambda service: boto3.client(service, config=config))  # type: ignore[call-overload]


class Decoder:
    """Decodes batches of messages.

    Args:
        environment: The function's environment.
        client: Makes the client of a service.
    """

    def __init__(self, environment: Mapping[str, str], client: Callable[[str], Any]) -> None:
        self._events = client("events")
        self._sqs = client("sqs")
        self._bus = environment[BUS_VARIABLE]
        self._rule_arn = environment[RULE_VARIABLE]
        self._dead_letters = environment[DEAD_LETTERS_VARIABLE]
        self._ordered = tuple(
            _grouped_queue(json.loads(text))
            for name, text in sorted(environment.items())
            if name.startswith(ORDERED_QUEUE_VARIABLE)
        )
        self._failed: dict[str, str] = {}

    def decode(self, records: Iterable[dict[str, Any]]) -> list[str]:
        """Put the events of messages on the bus, and return the ids of the messages that have to come again."""
        self._failed = {}
        entries = list(self._entries(records))
        for chunk in _chunks(entries):
            self._order(self._put(chunk))
        if self._failed:
            # Counts only: an event's fields are personal data, and so may be an error's text.
            reasons = sorted(self._failed.values())
            print(json.dumps({"level": "WARN", "failed": {each: reasons.count(each) for each in set(reasons)}}))
        return list(self._failed)

    def _entries(self, records: Iterable[dict[str, Any]]) -> Iterator[_DecodedMessage]:
        for record in records:
            try:
                event = decode(read_json(record["body"]))
                detail = _without_noncharacters(write_json(event["detail"]))
                texts = (event["source"], event["detail-type"], detail, *event.get("resources", ()))
                size = sum(len(text.encode()) for text in texts) + _BYTES_BESIDE
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not hold up the other messages
                self._bury(record, "NOT_DECODABLE", str(error) or type(error).__name__)
                continue
            if size > _MOST_BYTES:
                reason = f"Decoded, the event has {size:,} bytes. EventBridge accepts {_MOST_BYTES:,}."
                self._bury(record, "TOO_LARGE", reason)
                continue
            yield _DecodedMessage(record, event, detail, size)

    def _put(self, chunk: list[_DecodedMessage]) -> list[_DecodedMessage]:
        """Put entries on the bus, and return those that are there."""
        try:
            answer = self._events.put_events(Entries=[self._as_entry(each) for each in chunk])
        except Exception as error:  # noqa: BLE001 - the messages come again
            code = _code_of(error)
            if not _is_final(error):
                self._retry(chunk, code)
            elif len(chunk) > 1:
                # One entry is the reason, and AWS does not say which.
                return [put for each in chunk for put in self._put([each])]
            else:
                self._bury(chunk[0].record, code, str(error))
            return []
        there = []
        for entry, result in zip(chunk, answer["Entries"], strict=True):
            code = result.get("ErrorCode")
            if not code:
                there.append(entry)
            elif code in _REFUSED:
                self._bury(entry.record, code, result.get("ErrorMessage") or code)
            else:
                self._retry([entry], code)
        return there

    def _as_entry(self, entry: _DecodedMessage) -> dict[str, Any]:
        event = entry.event
        return {
            "EventBusName": self._bus,
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Time": event["time"],
            "Resources": event.get("resources") or [],
            "Detail": entry.detail,
        }

    def _order(self, entries: list[_DecodedMessage]) -> None:
        for queue in self._ordered:
            taken = [entry for entry in entries if self._is_for(queue, entry)]
            for chunk in _chunks(taken):
                self._send(queue, chunk)

    def _is_for(self, queue: _GroupedQueue, entry: _DecodedMessage) -> bool:
        try:
            return queue.takes(entry.event)
        except Exception as error:  # noqa: BLE001 - it must not hold up the other messages
            self._bury(entry.record, "NOT_MATCHED", str(error) or type(error).__name__)
            return False

    def _send(self, queue: _GroupedQueue, chunk: list[_DecodedMessage]) -> None:
        messages = [
            {
                "Id": str(number),
                "MessageBody": _without_noncharacters(write_json(entry.event)),
                "MessageGroupId": _group(entry.event["detail"], queue.by),
                "MessageDeduplicationId": _identifier(_key(entry)),
            }
            for number, entry in enumerate(chunk)
        ]
        try:
            answer = self._sqs.send_message_batch(QueueUrl=queue.url, Entries=messages)
        except Exception as error:  # noqa: BLE001 - the messages come again
            code = _code_of(error)
            if not _is_final(error):
                self._retry(chunk, code)
            elif len(chunk) > 1:
                for each in chunk:
                    self._send(queue, [each])
            else:
                self._bury(chunk[0].record, code, str(error))
            return
        for refused in answer.get("Failed", ()):
            entry, code = chunk[int(refused["Id"])], refused["Code"]
            if code in _REFUSED_CALL:
                # If it came again, it would be on the bus once more each time.
                self._bury(entry.record, code, refused.get("Message") or code)
            else:
                self._retry([entry], code)

    def _bury(self, record: dict[str, Any], code: str, message: str) -> None:
        """Send a message that will never be accepted to the dead-letter queue, with the attributes of EventBridge."""
        attributes = {
            "RULE_ARN": self._rule_arn,
            "TARGET_ARN": record["eventSourceARN"],
            "ERROR_CODE": code,
            "ERROR_MESSAGE": _NOT_PLAIN.sub(" ", message)[:_LONGEST_MESSAGE] or code,
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
            "RETRY_ATTEMPTS": str(int(record["attributes"]["ApproximateReceiveCount"]) - 1),
        }
        try:
            self._sqs.send_message(
                QueueUrl=self._dead_letters,
                MessageBody=record["body"],
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        except Exception as error:  # noqa: BLE001 - the message comes again, and SQS moves it at last
            self._failed[record["messageId"]] = _code_of(error)

    def _retry(self, entries: list[_DecodedMessage], code: str) -> None:
        for entry in entries:
            self._failed[entry.record["messageId"]] = code


def _chunks(entries: list[_DecodedMessage]) -> Iterator[list[_DecodedMessage]]:
    """Yield the entries in portions that one call takes."""
    chunk: list[_DecodedMessage] = []
    size = 0
    for entry in entries:
        if chunk and (len(chunk) == _MOST_ENTRIES or size + entry.size > _MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += entry.size
    if chunk:
        yield chunk


def _grouped_queue(given: dict[str, Any]) -> _GroupedQueue:
    patterns = given["patterns"]
    if not patterns:
        return _GroupedQueue(given["url"], given["by"], lambda _: True)
    from constructs_lib.filters.ruler.matcher import Matcher

    matchers = [Matcher(pattern) for pattern in patterns]
    return _GroupedQueue(given["url"], given["by"], lambda event: any(each.matches(event) for each in matchers))


def _group(detail: dict[str, Any], by: str) -> str:
    """Return the message group of an event: the tenant or user that it is about, or else "none"."""
    return _identifier(str(detail.get(f"{by}_id") or detail.get("user_id") or "none"))


def _key(entry: _DecodedMessage) -> str:
    detail = entry.event["detail"]
    return str(detail.get("log_id") or detail.get("id") or entry.record["messageId"])


def _identifier(text: str) -> str:
    """Return an id as SQS takes it: what has other characters or is longer becomes its hash."""
    return text if _GROUP.fullmatch(text) else hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _without_noncharacters(text: str) -> str:
    """Return a JSON text with the two letters that SQS refuses, U+FFFE and U+FFFF, as JSON writes them in ASCII."""
    return text.replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff")


def _is_final(error: Exception) -> bool:
    """Check whether a call would fail again however often it is repeated."""
    return _code_of(error) in _REFUSED_CALL or isinstance(error, _NOT_WRITTEN)


def _code_of(error: Exception) -> str:
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)
