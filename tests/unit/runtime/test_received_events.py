"""Whatever brings an event to a function: the event is found in it, or an error says what came."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import EventFilter, InvalidEvent, SaasusEvent
from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.runtime import EventHandlers
from constructs_lib.testing import sample_event, variants

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = sample_event(op.auth.create_tenant)
OTHER = sample_event(op.auth.delete_tenant)
QUEUE = "arn:aws:sqs:ap-northeast-1:123456789012:queue"


def seen_by(payload: Any) -> list[Any]:
    """Return the events that a function with one handler got out of a payload."""
    seen: list[SaasusEvent] = []
    handlers = EventHandlers()
    handlers.fallback(lambda event: seen.append(event))
    handlers(payload)
    return [event.raw for event in seen]


def message(body: Any, number: int = 1, **more: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"messageId": f"m{number}", "eventSource": "aws:sqs", "eventSourceARN": QUEUE, "body": text, **more}


def batch(*bodies: Any) -> dict[str, Any]:
    return {"Records": [message(body, number) for number, body in enumerate(bodies, start=1)]}


def notification(body: Any) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:x", "Message": json.dumps(body)}


def by_topic(body: Any) -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notification(body)}]}


def failure(payload: Any, **more: Any) -> dict[str, Any]:
    context = {"requestId": "r", "functionArn": "arn:aws:lambda:x", "condition": "RetriesExhausted", **more}
    return {
        "version": "1.0",
        "requestContext": context,
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "x"},
    }


def failure_as_event(payload: Any) -> dict[str, Any]:
    kind = "Lambda Function Invocation Result - Failure"
    return {**EVENT, "source": "lambda", "detail-type": kind, "detail": failure(payload)}


FORMS: dict[str, Callable[[Any], Any]] = {
    "the event": lambda event: event,
    "a list": lambda event: [event],
    "a message": batch,
    "a message in a pipe": lambda event: batch(event)["Records"],
    "a message with a list": lambda event: batch([event]),
    "a message of EventBridge's dead letters": lambda event: {
        "Records": [message(event, messageAttributes={"ERROR_CODE": {"stringValue": "NO_PERMISSIONS"}})]
    },
    "a message of Lambda's dead letters": lambda event: {
        "Records": [message(event, messageAttributes={"RequestID": {"stringValue": "r"}})]
    },
    "a notification": by_topic,
    "a notification in a message": lambda event: batch(notification(event)),
    "the record of a failure": failure,
    "the record of a failure in a message": lambda event: batch(failure(event)),
    "the record of a failure in a notification": lambda event: by_topic(failure(event)),
    "the record of a failure on a bus": failure_as_event,
    "the record of a failure on a bus in a message": lambda event: batch(failure_as_event(event)),
    "the record of a batch that failed": lambda event: failure(batch(event)),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_event_is_found(form: str) -> None:
    for event in (EVENT, decode(EVENT), sample_event(op.pricing.create_tax_rate)):
        assert seen_by(FORMS[form](event)) == [event]


@pytest.mark.parametrize("form", FORMS)
def test_every_variant_of_an_event_is_found(form: str) -> None:
    for variant in variants(op.auth.create_saas_user):
        assert seen_by(FORMS[form](variant.event)) == [variant.event], variant.name


def test_a_pipe_gets_the_failed_messages_of_its_batch() -> None:
    records = batch(EVENT, "no event", OTHER)["Records"]

    assert fails_on("nothing")(records) == {"batchItemFailures": [{"itemIdentifier": "m2"}]}


def test_several_events_are_handled_in_order() -> None:
    for payload in ([EVENT, OTHER], batch(EVENT, OTHER), batch([EVENT, OTHER]), failure([EVENT, OTHER])):
        assert seen_by(payload) == [EVENT, OTHER]
    assert seen_by({"Records": []}) == []


UNREADABLE: dict[str, tuple[Any, str]] = {
    "nothing": (None, "A payload of type NoneType holds no event"),
    "text": ("create_tenant", "A payload of type str holds no event"),
    "an empty object": ({}, "An empty payload of type dict"),
    "an empty list": ([], "An empty payload of type list"),
    "only the detail": (EVENT["detail"], "'event_type'"),
    "a request of an API": ({"requestContext": {"http": {}}, "body": "x"}, "'requestContext', 'body' holds no event"),
    "a stream": ({"Records": [{"eventSource": "aws:kinesis", "kinesis": {}}]}, "'aws:kinesis'"),
    "a bucket": ({"Records": [{"eventSource": "aws:s3", "s3": {}}]}, "'aws:s3'"),
    "a strange batch": ({"Records": ["x"]}, "holds no event"),
    "a record without its input": (failure(None), "saasus-events replay"),
    "a record of a success": (failure(EVENT, condition="Success"), "was handled"),
    "ciphertext": (
        {"source": "aws.events", "detail-type": "Encrypted Events", "detail": {"encrypted-payload": "x"}},
        "ciphertext",
    ),
    "another event": ({**EVENT, "detail": {"state": "running"}}, "'event_type'"),
    "an event without its time": ({**EVENT, "time": "soon"}, "'soon'"),
    "a notification of text": (by_topic("x"), "holds no event"),
    "many wrappers": ([[[[[[EVENT]]]]]], "more than 4 times"),
    "a custom bus's record": ({"failedMessages": ["1"], "errorCode": "x"}, "'failedMessages'"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_holds_no_event_is_an_error_that_says_what_came(name: str) -> None:
    payload, words = UNREADABLE[name]
    with pytest.raises(InvalidEvent) as error:
        seen_by(payload)
    assert words in str(error.value)
    assert "Expected" in str(error.value)


@pytest.mark.parametrize("name", UNREADABLE)
def test_in_a_batch_only_its_message_fails(name: str) -> None:
    seen: list[str] = []
    handlers = EventHandlers()
    handlers.fallback(lambda event: seen.append(event.log_id))
    bodies = [EVENT, UNREADABLE[name][0], OTHER, "{not json", "[" * 5000]
    result = handlers({"Records": [message(body, number) for number, body in enumerate(bodies)]})

    assert [failed["itemIdentifier"] for failed in result["batchItemFailures"]] == ["m1", "m3", "m4"]
    assert len(seen) == 2


def fails_on(words: str) -> EventHandlers:
    handlers = EventHandlers()

    @handlers.on(EventFilter.all())
    def work(event: SaasusEvent) -> None:
        if event.trace_id.startswith(words):
            raise ValueError(words)
        done.append(event.trace_id)

    done: list[str] = []
    handlers.done = done  # type: ignore[attr-defined]
    return handlers


def grouped(*given: tuple[str, str], queue: str) -> dict[str, Any]:
    return {
        "Records": [
            message(
                {**EVENT, "detail": {**EVENT["detail"], "trace_id": trace_id}},
                number,
                eventSourceARN=queue,
                attributes={"MessageGroupId": group},
            )
            for number, (group, trace_id) in enumerate(given)
        ]
    }


def test_in_a_fifo_queue_what_follows_a_failure_in_its_group_waits_and_other_groups_go_on() -> None:
    handlers = fails_on("bad")
    given = (("a", "1"), ("b", "bad"), ("a", "2"), ("b", "3"), ("c", "4"), ("b", "bad too"), ("a", "5"))
    result = handlers(grouped(*given, queue=f"{QUEUE}.fifo"))

    assert [failed["itemIdentifier"] for failed in result["batchItemFailures"]] == ["m1", "m3", "m5"]
    assert handlers.done == ["1", "2", "4", "5"]  # type: ignore[attr-defined]


def test_in_a_standard_queue_groups_have_no_order() -> None:
    handlers = fails_on("bad")
    result = handlers(grouped(("a", "bad"), ("a", "1"), queue=QUEUE))

    assert result == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert handlers.done == ["1"]  # type: ignore[attr-defined]


def test_in_a_list_the_others_are_handled_and_the_first_error_is_raised() -> None:
    handlers = fails_on("bad")
    events = [{**EVENT, "detail": {**EVENT["detail"], "trace_id": text}} for text in ("1", "bad", "2", "bad")]
    with pytest.raises(ValueError, match="bad"):
        handlers(events)

    assert handlers.done == ["1", "2"]  # type: ignore[attr-defined]
