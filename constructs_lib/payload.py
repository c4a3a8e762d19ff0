"""What leaves the account: the input of a target outside it, small by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations
from aws_cdk import aws_events as events

from constructs_lib.target_input import holds_the_raw_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk.interfaces.aws_events import IRuleRef


def reference_only() -> events.RuleTargetInput:
    """Give the input that names the event and says nothing else: id, time, event_type and trace_id.

    It is what `SaasusEventBus.call` sends by default.
    """
    return events.RuleTargetInput.from_object(
        {
            "id": events.EventField.event_id,
            "time": events.EventField.time,
            "event_type": events.EventField.from_path("$.detail.event_type"),
            "trace_id": events.EventField.from_path("$.detail.trace_id"),
        }
    )


def raw_event() -> events.RuleTargetInput:
    """Give the input that sends the whole event as it came from SaaSus.

    It holds the SaaSus API key, an IP address, and the bodies of the API call with whatever personal data and
    secrets they carry, so a target outside the account that gets it warns (`@saasus/events:rawEvent`).

    Example:
        >>> bus.call("Audit", endpoint="https://audit.example.com", authorization=authorization, event=raw_event())
    """
    return events.RuleTargetInput.from_event_path("$")


def warn_of_raw_event(rule: IRuleRef, paths: Iterable[str]) -> None:
    """Warn when the raw event, or the part of it that holds the secrets, is at one of the paths that are sent."""
    if any(map(holds_the_raw_event, paths)):
        Annotations.of(rule).add_warning_v2(
            "@saasus/events:rawEvent",
            "The raw event leaves the account with this target: it holds the SaaSus API key, an IP address, and the "
            "request and response bodies with personal data and secrets. Send single fields "
            "(`event=RuleTargetInput.from_object(…)`), or acknowledge this warning where the receiver may have them.",
        )
