"""What a message in a dead-letter queue says: which event failed, where, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from constructs_lib.cli.dlq.queue_reader import sent_at
from constructs_lib.cli.screen.events import HIDDEN, redacted
from constructs_lib.cli.screen.lines import printable
from constructs_lib.cli.screen.redaction import redact_text, secrets_of
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.record import DECODED_PREFIX
from constructs_lib.events.saasus_event import SaasusEvent

if TYPE_CHECKING:
    from datetime import datetime

Kind = Literal[
    "EventBridge",
    "encrypted",
    "Custom Event Bus",
    "Lambda",
    "Lambda dead letter",
    "SNS",
    "SQS",
    "event alone",
    "unknown",
]

_SOURCES: Final = ("aws.partner/saasus.io", "redriven/saasus.io", DECODED_PREFIX)
_SOURCE: Final = re.compile(r"[\w./-]+", re.ASCII)
_ARN: Final = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:[\w.$:/*-]+", re.ASCII)


@dataclass(frozen=True)
class DeadLetter:
    """One message of a dead-letter queue."""

    message: dict[str, Any]
    """As SQS returned it."""
    kind: Kind
    """Who put it there: EventBridge, Lambda (as a failure destination or as the function's own queue), SQS, or others.

    SQS moves what was received too often in another queue. What the decoder of a decoded bus puts there looks as if
    EventBridge had.
    """
    text: str
    """What failed: the whole event, or the input of a function, character for character as in the message."""
    payload: Any
    """The same, parsed; the text itself if it is not JSON."""
    error_code: str = ""
    error_message: str = ""
    rule_arn: str = ""
    """Empty if Lambda wrote the record: Lambda does not know the rule."""
    target_arn: str = ""
    """With the qualifier, if it is a function; of what SQS moved, the queue in which it was."""
    attempts: str = ""
    exhausted: str = ""
    """Which limit ended the attempts."""
    obstacle: str = ""
    """Why this cannot be sent again at all, and what to do; empty if the message was understood."""

    @property
    def id(self) -> str:
        """The id that SQS gave the message."""
        return str(self.message["MessageId"])

    @property
    def sent(self) -> datetime:
        """When it was put into the queue."""
        return sent_at(self.message)

    @cached_property
    def event(self) -> SaasusEvent | None:
        """The event, parsed; None if the payload is not a SaaSus event."""
        source = self.payload.get("source") if isinstance(self.payload, dict) else None
        if not (isinstance(source, str) and source.startswith(_SOURCES)):
            return None
        try:
            return SaasusEvent.from_dict(self.payload)
        except InvalidEvent:
            return None

    @property
    def title(self) -> str:
        """The event's type, or what the message is instead."""
        if self.event:
            return self._shown(self.event.event_type)
        source = self.payload.get("source") if isinstance(self.payload, dict) else None
        is_plain = isinstance(source, str) and _SOURCE.fullmatch(source) is not None
        return f"({self.kind}: {f'event of {source}' if is_plain else 'not a SaaSus event'})"

    @property
    def trace_id(self) -> str:
        """The trace id of the API call; empty if it has none."""
        return self._shown(self.event.trace_id) if self.event else ""

    @property
    def rule_name(self) -> str:
        """The rule's name, without its bus."""
        return self._shown(self.rule_arn).rpartition("/")[2]

    @property
    def target_name(self) -> str:
        """The service and name of the target."""
        return target_name(self._shown(self.target_arn))

    def why(self, *, raw: bool = False) -> str:
        """Return what went wrong, without secrets unless `raw`."""
        texts = (self.error_code, self.error_message)
        return ": ".join(filter(None, texts if raw else map(self._shown, texts)))

    def to_dict(self, *, raw: bool = False) -> dict[str, Any]:
        """Return everything that is known, without secrets unless `raw`."""
        event = self.event
        shown = self.payload if raw else redacted(self.payload) if event else None

        def text(given: str) -> str | None:
            return (given if raw else self._shown(given)) or None

        content: dict[str, Any] = {
            "message_id": self.id,
            "sent": in_utc(self.sent),
            "kind": self.kind,
            "event_type": text(event.event_type) if event else None,
            "trace_id": text(event.trace_id) if event else None,
            "rule_arn": text(self.rule_arn),
            "target_arn": text(self.target_arn),
            "error_code": text(self.error_code),
            "error_message": text(self.error_message),
            "attempts": text(self.attempts),
            "exhausted": text(self.exhausted),
            "cannot_be_redriven": self.obstacle or None,
            "event": HIDDEN if shown is None else shown,
        }
        if raw:
            content["message"] = self.message
        return content

    def clean(self, text: str) -> str:
        """Return a text that may repeat parts of the message, without secrets."""
        return redact_text(text, self._secrets)

    @cached_property
    def _secrets(self) -> frozenset[str]:
        return secrets_of(self.payload)

    def _shown(self, text: str) -> str:
        # An ARN is not free text: what looks like the name of a secret in it is the name of a resource.
        return text if is_arn(text) else self.clean(text)


def is_arn(text: str) -> bool:
    """Check whether a text has the form of an ARN, which holds no secret."""
    return _ARN.fullmatch(text) is not None


def target_name(arn: str) -> str:
    """Return the service and name of a target."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return printable(arn)
    kinds = ("function:", "log-group:", "stateMachine:", "api-destination/", "event-bus/")
    name = parts[5]
    for kind in kinds:
        name = name.removeprefix(kind)
    if parts[5].startswith("api-destination/"):
        return printable(f"api-destination {name.partition('/')[0]}")
    return printable(f"{parts[2]} {name.removesuffix(':*')}")
