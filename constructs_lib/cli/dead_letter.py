"""What a message in a dead-letter queue says: which event failed, where, and why.

AWS: EventBridge user guide, "Using dead-letter queues to process undelivered events" (message attributes); Lambda
guide, "Capturing records of Lambda asynchronous invocations" (the record's form) and "Dead-letter queues".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from constructs_lib.cli.event_text import HIDDEN, redacted
from constructs_lib.cli.held_messages import sent_at
from constructs_lib.cli.text_redaction import printable, redact_text, secrets_of
from constructs_lib.cli.times import in_utc
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.saasus_event import SaasusEvent

if TYPE_CHECKING:
    from datetime import datetime

Kind = Literal["EventBridge", "Lambda", "Lambda dead letter", "unknown"]


@dataclass(frozen=True)
class DeadLetter:
    """One message of a dead-letter queue."""

    message: dict[str, Any]
    """As SQS gave it."""
    kind: Kind
    """Who put it there: EventBridge, Lambda by an on-failure destination, Lambda by a function's own queue."""
    payload: Any
    """The whole event (EventBridge), or what the function was given (Lambda)."""
    error_code: str
    error_message: str
    rule_arn: str = ""
    """Empty where Lambda wrote the record: it does not know the rule."""
    target_arn: str = ""
    """With the qualifier, where it is a function."""
    attempts: str = ""
    exhausted: str = ""
    """Which limit ended the attempts."""

    @property
    def id(self) -> str:
        """SQS's id of the message."""
        return str(self.message["MessageId"])

    @property
    def sent(self) -> datetime:
        """When it came into the queue."""
        return sent_at(self.message)

    @property
    def event(self) -> SaasusEvent | None:
        """The event, parsed; None when the payload is none of SaaSus's."""
        try:
            return SaasusEvent.from_dict(self.payload)
        except InvalidEvent:
            return None

    @property
    def rule_name(self) -> str:
        """The rule's name, without its bus."""
        return self.rule_arn.rpartition("/")[2]

    @property
    def target_name(self) -> str:
        """The service and name of the target."""
        return target_name(self.target_arn)

    def why(self, *, raw: bool = False) -> str:
        """Give what went wrong, without secrets."""
        message = self.error_message if raw else redact_text(self.error_message, secrets_of(self.payload))
        return ": ".join(filter(None, (self.error_code, message)))

    def to_dict(self, *, raw: bool = False) -> dict[str, Any]:
        """Give all that is known, without secrets unless `raw`."""
        shown = self.payload if raw else redacted(self.payload)
        event = self.event
        content: dict[str, Any] = {
            "message_id": self.id,
            "sent": in_utc(self.sent),
            "kind": self.kind,
            "event_type": event.event_type if event else None,
            "trace_id": event.trace_id if event else None,
            "rule_arn": self.rule_arn or None,
            "target_arn": self.target_arn or None,
            "error_code": self.error_code or None,
            "error_message": self.error_message if raw else redact_text(self.error_message, secrets_of(self.payload)),
            "attempts": self.attempts or None,
            "exhausted": self.exhausted or None,
            "event": HIDDEN if shown is None else shown,
        }
        if raw:
            content["message"] = self.message
        return content


def read_dead_letter(message: dict[str, Any]) -> DeadLetter:
    """Read a message of a dead-letter queue, whoever put it there."""
    attributes = {
        name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()
    }
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    if attributes.keys() & {"RULE_ARN", "TARGET_ARN", "ERROR_CODE"}:
        return DeadLetter(
            message,
            "EventBridge",
            body,
            error_code=attributes.get("ERROR_CODE", ""),
            error_message=attributes.get("ERROR_MESSAGE", ""),
            rule_arn=attributes.get("RULE_ARN", ""),
            target_arn=attributes.get("TARGET_ARN", ""),
            attempts=attributes.get("RETRY_ATTEMPTS", ""),
            exhausted=attributes.get("EXHAUSTED_RETRY_CONDITION", ""),
        )
    if isinstance(body, dict) and isinstance(body.get("requestContext"), dict) and "requestPayload" in body:
        return _invocation_record(message, body)
    if "RequestID" in attributes:
        code, text = attributes.get("ErrorCode", ""), attributes.get("ErrorMessage", "")
        return DeadLetter(message, "Lambda dead letter", body, error_code=code, error_message=text)
    return DeadLetter(message, "unknown", body, error_code="", error_message="")


def _invocation_record(message: dict[str, Any], record: dict[str, Any]) -> DeadLetter:
    context = record["requestContext"]
    answer = record.get("responsePayload")
    error = answer if isinstance(answer, dict) else {}
    texts = (error.get("errorType"), error.get("errorMessage"))
    return DeadLetter(
        message,
        "Lambda",
        record["requestPayload"],
        error_code=str(context.get("condition", "")),
        error_message=": ".join(str(text) for text in texts if text),
        target_arn=str(context.get("functionArn", "")),
        attempts=str(context.get("approximateInvokeCount", "")),
        exhausted=str(context.get("condition", "")),
    )


def target_name(arn: str) -> str:
    """Give a target's service and name."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return printable(arn)
    kinds = ("function:", "log-group:", "stateMachine:", "api-destination/", "event-bus/")
    name = parts[5]
    for kind in kinds:
        name = name.removeprefix(kind)
    if parts[5].startswith("api-destination/"):
        return f"api-destination {name.partition('/')[0]}"
    return f"{parts[2]} {name.removesuffix(':*')}"
