"""What lies in dead-letter queues: what AWS documents that it writes there, and what somebody else can put there."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event

EVENT: Final[dict[str, Any]] = sample_event(operations.auth.create_tenant)
SECRET: Final = json.loads(EVENT["detail"]["event"])["api_key"]
TEXT: Final = json.dumps(EVENT)
ARN: Final = "arn:aws:{}:us-east-1:111122223333:{}"
BUS: Final = ARN.format("events", f"event-bus/{EVENT['source']}")
RULE: Final = ARN.format("events", "rule/aws.partner/saasus.io/x-1/event/Onboard")
TARGET: Final = ARN.format("sqs", "theirs")
FUNCTION: Final = ARN.format("lambda", "function:onboard")
OF_EVENTBRIDGE: Final = {"RULE_ARN": RULE, "TARGET_ARN": TARGET, "ERROR_CODE": "NO_RESOURCE", "ERROR_MESSAGE": "none"}
OF_LAMBDA: Final = {"RequestID": "1", "ErrorCode": "200", "ErrorMessage": "broken"}
CIPHERTEXT: Final = "AgR4qiru/XNwTUyCgRHqP7rbbHn/xpmVeVeRIAd12TDYYVwAawAB"


class Put(NamedTuple):
    """A message: its body and its attributes."""

    body: str
    attributes: dict[str, str]


def record(payload: Any = EVENT, *, arn: str = f"{FUNCTION}:live", **changes: Any) -> str:
    """Return Lambda's record of a failure, as an on-failure destination receives it."""
    context = {"requestId": "1", "functionArn": arn, "condition": "RetriesExhausted", "approximateInvokeCount": 3}
    whole = {
        "version": "1.0",
        "timestamp": "2026-05-19T02:23:58.102Z",
        "requestContext": context,
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "executedVersion": "1", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "ValueError", "errorMessage": "broken", "stackTrace": ["x"]},
    }
    return json.dumps({**whole, **changes})


def envelope(**changes: Any) -> str:
    """Return an event that EventBridge could not encrypt or decrypt."""
    detail = {
        "event-bus-arn": BUS,
        "rule-arn": f"{BUS}/Onboard",
        "kms-key-arn": ARN.format("kms", "key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"),
        "encrypted-payload": CIPHERTEXT,
    }
    whole = {
        "version": "0",
        "id": "053afa53-cdd7-285b-e754-b0dfd0ac0bfb",
        "account": "111122223333",
        "time": "2026-05-19T02:22:58Z",
        "region": "us-east-1",
        "resources": [],
        "source": "aws.events",
        "detail-type": "Encrypted Events",
        "detail": detail,
    }
    return json.dumps({**whole, **changes})


_SUCCESS: Final = {"functionArn": FUNCTION, "condition": "Success"}
_CUSTOM_BUS: Final = {
    "version": "1.0",
    "busArn": ARN.format("events", "event-busv2/orders/0123456789abcdefghijklmno"),
    "subscriberArn": ARN.format("events", "subscriber/orders/0123456789abcdefghijklmno"),
    "targetArn": TARGET,
    "errorCode": "ACCESS_DENIED",
    "errorMessage": "not allowed",
    "exhaustedRetryCondition": "MaximumEventAgeInSeconds",
    "retryAttempts": 4,
    "failedMessages": [{"eventId": "1"}, {"eventId": "2"}],
}
_NOTIFICATION: Final = {
    "Type": "Notification",
    "MessageId": "1",
    "TopicArn": ARN.format("sns", "topic"),
    "Message": TEXT,
}

REFUSED: Final[dict[str, tuple[Put, str]]] = {
    "ciphertext of the bus": (Put(envelope(), {}), "decrypt"),
    "ciphertext of the bus, with attributes": (
        Put(envelope(), {"RULE_ARN": "", "TARGET_ARN": BUS, "ERROR_CODE": "KMS_ERROR"}),
        "AWS Encryption SDK",
    ),
    "ciphertext for a target": (Put(envelope(), OF_EVENTBRIDGE), "key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"),
    "ciphertext, of which the type is another": (Put(envelope(**{"detail-type": "x"}), OF_EVENTBRIDGE), "decrypt"),
    "ciphertext, of which the payload is missing": (Put(envelope(detail={}), OF_EVENTBRIDGE), "decrypt"),
    "ciphertext that a function was given": (Put(record(json.loads(envelope())), {}), "decrypt"),
    "ciphertext of a function's own queue": (Put(envelope(), OF_LAMBDA), "decrypt"),
    "a record without the input": (Put(record(None), {}), "does not hold the input of the function"),
    "a record of a stream": (
        Put(json.dumps({"requestContext": {"functionArn": FUNCTION}, "KinesisBatchInfo": {}}), {}),
        "records of streams",
    ),
    "a record of a success": (Put(record(requestContext=_SUCCESS), {}), "a run that succeeded"),
    "a record of a Custom Event Bus": (Put(json.dumps(_CUSTOM_BUS), {}), "a record of 2 messages"),
    "a notification of SNS": (Put(json.dumps(_NOTIFICATION), {}), "RawMessageDelivery"),
    "a notification that SNS could not deliver": (Put(json.dumps(_NOTIFICATION), OF_LAMBDA), "RawMessageDelivery"),
    "a batch of SNS": (
        Put(json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": _NOTIFICATION}]}), OF_LAMBDA),
        "a batch of 1 records",
    ),
    "an array of events": (Put(json.dumps([EVENT, EVENT]), OF_EVENTBRIDGE), "an array of 2"),
    "half an event": (Put(TEXT[:-30], OF_EVENTBRIDGE), "was cut off"),
    "half a record": (Put(record()[:-30], {}), "was cut off"),
    "two events": (Put(TEXT + TEXT, OF_EVENTBRIDGE), "is not JSON"),
    "an event with a tail": (Put(f"{TEXT} (sic)", OF_EVENTBRIDGE), "is not JSON"),
    "text": (Put("what is this?", {}), "is not JSON"),
    "text with attributes": (Put("what is this?", OF_EVENTBRIDGE), "is not JSON"),
    "nothing": (Put(" ", OF_EVENTBRIDGE), "is empty"),
    "an event as text in text": (Put(json.dumps(TEXT), OF_EVENTBRIDGE), "not an event"),
    "a number": (Put("7", OF_EVENTBRIDGE), "not an event"),
    "the detail alone": (
        Put(json.dumps(EVENT["detail"]), OF_EVENTBRIDGE),
        "lacks 'source', 'detail-type', or 'detail'",
    ),
    "an event without a detail": (Put(json.dumps({**EVENT, "detail": "x"}), OF_EVENTBRIDGE), "not an event"),
    "an event without a source": (Put(json.dumps({**EVENT, "source": ""}), OF_EVENTBRIDGE), "not an event"),
    "an event whose type is a number": (Put(json.dumps({**EVENT, "detail-type": 1}), OF_EVENTBRIDGE), "not an event"),
    "something put there by hand": (Put('{"todo": "redrive this"}', {}), "not an event"),
}
"""What cannot be sent again, with what the refusal says."""

NEEDS_A_TARGET: Final[dict[str, Put]] = {
    "an event put there by hand": Put(TEXT, {}),
    "an event of a function's own queue": Put(TEXT, OF_LAMBDA),
    "an event with other attributes": Put(TEXT, {"ERROR_CODE": "X"}),
    "an event of another application, by hand": Put(json.dumps({**EVENT, "source": "my.app"}), {}),
}
"""What can go to a bus, but not to a target."""

UNDERSTOOD: Final[dict[str, Put]] = {
    "an event": Put(TEXT, OF_EVENTBRIDGE),
    "an event, spaced and escaped": Put(json.dumps(EVENT, indent=3), OF_EVENTBRIDGE),
    "an event with a key twice": Put('{"id":"1",' + TEXT[1:], OF_EVENTBRIDGE),
    "an event with numbers that Python would change": Put(
        TEXT[:-2] + ',"n":[1.10,1e400,-0,12345678901234567890.5,' + "9" * 5000 + "]}}", OF_EVENTBRIDGE
    ),
    "an event with half a pair of surrogates": Put(TEXT[:-2] + r',"n":"\ud83d"}}', OF_EVENTBRIDGE),
    "an event nested deeply": Put(f'{TEXT[:-2]},"n":{"[" * 5000}{"]" * 5000}}}}}', OF_EVENTBRIDGE),
    "an event of another application's bus": Put(
        json.dumps({**EVENT, "source": "my.app", "detail": {"a": 1}}),
        {**OF_EVENTBRIDGE, "RULE_ARN": ARN.format("events", "rule/shop/Onboard")},
    ),
}
"""What goes to its target, character for character."""
