"""Puts the event of a dead letter on an event bus.

AWS takes events on a partner bus from the partner only, and refuses every `source` that starts with `aws.` from
anybody else (PutEvents, NotAuthorizedForSourceException). So it is a custom bus, and the event gets another source.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors
from constructs_lib.cli.dlq.dead_letter_forms import is_whole_event, member_text
from constructs_lib.cli.dlq.target_calls import CannotRedrive, Redelivery
from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from constructs_lib.cli.aws.session import AwsClients
    from constructs_lib.cli.dlq.dead_letter import DeadLetter

_PARTNER: Final = "aws.partner/"
_RESERVED: Final = "aws."
REDRIVEN: Final = "redriven/"
"""Stands in a redriven event's `source` for `aws.partner/`."""


class UnusableBus(SaasusEventsError, ValueError):
    """Nobody but its partner can put events on a bus."""


class ToBus:
    """Plans to put events on a custom bus.

    Args:
        clients: for AWS.
        bus: the bus's name or ARN.

    Raises:
        UnusableBus: it is a partner event bus.
        SaasusEventsError: there is no such bus, or AWS refused.
    """

    def __init__(self, clients: AwsClients, bus: str) -> None:
        name = bus.partition(":event-bus/")[2] or bus
        if name.startswith(_PARTNER):
            raise UnusableBus(
                f"No event can be put on {name!r}: it is a partner event bus, on which AWS takes events from the "
                "partner only (PutPartnerEvents of SaaSus's own account). Allowed is a custom bus, or default. Use "
                "--to-target, or have the bus's archive sent to its rules again: saasus-events replay ARCHIVE --rule …"
            )
        self._name = name
        self._client = clients.of("events", arn=bus if bus.startswith("arn:") else "")
        self._bus = bus
        with aws_errors(f"The event bus {name!r} cannot be used", "a custom bus, and events:DescribeEventBus on it"):
            self._client.describe_event_bus(Name=bus)

    def plan(self, letter: DeadLetter) -> Redelivery:
        """Say what would be done with a dead letter.

        Raises:
            CannotRedrive: it does not hold a whole event.
        """
        if letter.obstacle:
            raise CannotRedrive(letter.obstacle)
        if not is_whole_event(letter.payload):
            raise CannotRedrive(
                "The message holds no whole event: the rule's input for the function was another. Needed for a bus is "
                "an event with 'source', 'detail-type' and 'detail'. Use --to-target."
            )
        entry = self._entry(letter.payload, letter.text)

        def send() -> None:
            needed = "an event that PutEvents takes, and events:PutEvents on the bus"
            with aws_errors(f"The bus {self._name!r} does not take the event", needed):
                answer = self._client.put_events(Entries=[entry])
            [result] = answer["Entries"]
            if answer["FailedEntryCount"] or result.get("ErrorCode"):
                raise CannotRedrive(
                    f"The bus {self._name!r} does not take the event: {result.get('ErrorCode')}: "
                    f"{result.get('ErrorMessage')}. Needed is {needed}. Correct that, and try again."
                )

        return Redelivery(f"PutEvents {self._name} with source {entry['Source']}", send)

    def _entry(self, event: dict[str, Any], text: str) -> dict[str, Any]:
        source: str = event["source"]
        if source.startswith(_PARTNER):
            source = REDRIVEN + source.removeprefix(_PARTNER)
        elif source.startswith(_RESERVED):
            raise CannotRedrive(
                f"It is an event of AWS itself ({source}), which nobody else can put on a bus. Allowed is an event of "
                "SaaSus or of an application. Use --to-target."
            )
        resources = event.get("resources") or []
        if not isinstance(resources, list) or not all(isinstance(resource, str) for resource in resources):
            raise CannotRedrive(
                "The event's 'resources' are no list of texts. Needed are ARNs, or none, as in every event of "
                "EventBridge. Use --to-target."
            )
        entry: dict[str, Any] = {
            "EventBusName": self._bus,
            "Source": source,
            "DetailType": event["detail-type"],
            "Detail": member_text(text, "detail"),
            "Resources": resources,
        }
        if event.get("time"):
            # Kept, for readers apply an event only when its time is newer than the last one's.
            entry["Time"] = _checked_time(event["time"])
        return entry


def _checked_time(given: Any) -> str:
    if not isinstance(given, str) or not _is_time(given):
        raise CannotRedrive(
            "The event's 'time' is no time. Needed is what EventBridge writes, such as '2026-05-19T02:22:58Z'. Use "
            "--to-target."
        )
    return given


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
