"""Puts the event of a dead letter on an event bus.

On a partner bus, AWS accepts events from the partner only, and it refuses a `source` that starts with `aws.` from
anybody else (PutEvents, NotAuthorizedForSourceException). So the bus is a custom one, and the event gets another
source.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors
from constructs_lib.cli.command import CommandError
from constructs_lib.cli.dlq.dead_letter_forms import is_whole_event, member_text
from constructs_lib.cli.dlq.target_calls import Redelivery

if TYPE_CHECKING:
    from constructs_lib.cli.aws.session import AwsClients
    from constructs_lib.cli.dlq.dead_letter import DeadLetter

_PARTNER: Final = "aws.partner/"
_RESERVED: Final = "aws."
REDRIVEN: Final = "redriven/"
"""Replaces `aws.partner/` in the `source` of a redriven event."""


class ToBus:
    """Plans to put events on a custom bus.

    Args:
        clients: The clients of AWS.
        bus: The name or ARN of the bus.

    Raises:
        CommandError: It is a partner event bus.
        AwsRefused: There is no such bus, or AWS does not show it.
    """

    def __init__(self, clients: AwsClients, bus: str) -> None:
        name = bus.partition(":event-bus/")[2] or bus
        if name.startswith(_PARTNER):
            raise CommandError(
                f"No event can be put on {name!r}: it is a partner event bus, on which AWS accepts events from the "
                "partner only (PutPartnerEvents from SaaSus's own account). Expected a custom bus, or default. Use "
                "--to-target, or send the bus's archive to its rules again: saasus-events replay ARCHIVE --rule …"
            )
        self._name = name
        self._client = clients.of("events", arn=bus if bus.startswith("arn:") else "")
        self._bus = bus
        with aws_errors(f"The event bus {name!r} cannot be used", "a custom bus, and events:DescribeEventBus on it"):
            self._client.describe_event_bus(Name=bus)

    def plan(self, letter: DeadLetter) -> Redelivery:
        """Return what sends a dead letter again.

        Raises:
            CommandError: It does not contain a whole event.
        """
        if letter.obstacle:
            raise CommandError(letter.obstacle)
        if not is_whole_event(letter.payload):
            raise CommandError(
                "The message does not contain a whole event: the rule gave the function another input. Expected, for "
                "a bus, an event with 'source', 'detail-type', and 'detail'. Use --to-target."
            )
        entry = self._entry(letter.payload, letter.text)

        def send() -> None:
            needed = "an event that PutEvents accepts, and events:PutEvents on the bus"
            with aws_errors(f"The bus {self._name!r} does not accept the event", needed):
                answer = self._client.put_events(Entries=[entry])
            [result] = answer["Entries"]
            if answer["FailedEntryCount"] or result.get("ErrorCode"):
                raise CommandError(
                    f"The bus {self._name!r} does not accept the event: {result.get('ErrorCode')}: "
                    f"{result.get('ErrorMessage')}. This needs {needed}. Correct that, and try again."
                )

        return Redelivery(f"PutEvents {self._name} with source {entry['Source']}", send)

    def _entry(self, event: dict[str, Any], text: str) -> dict[str, Any]:
        source: str = event["source"]
        if source.startswith(_PARTNER):
            source = REDRIVEN + source.removeprefix(_PARTNER)
        elif source.startswith(_RESERVED):
            raise CommandError(
                f"It is an event of AWS itself ({source}), which nobody else can put on a bus. Expected an event of "
                "SaaSus or of an application. Use --to-target."
            )
        resources = event.get("resources") or []
        if not isinstance(resources, list) or not all(isinstance(resource, str) for resource in resources):
            raise CommandError(
                "The event's 'resources' is not a list of strings. Expected a list of ARNs, which may be empty, as in "
                "every event of EventBridge. Use --to-target."
            )
        entry: dict[str, Any] = {
            "EventBusName": self._bus,
            "Source": source,
            "DetailType": event["detail-type"],
            "Detail": member_text(text, "detail"),
            "Resources": resources,
        }
        if event.get("time"):
            # Kept, because readers apply an event only if its time is newer than that of the last one.
            entry["Time"] = _checked_time(event["time"])
        return entry


def _checked_time(given: Any) -> str:
    if not isinstance(given, str) or not _is_time(given):
        raise CommandError(
            "The event's 'time' is not a time. Expected one as EventBridge writes it, such as '2026-05-19T02:22:58Z'. "
            "Use --to-target."
        )
    return given


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
