"""What leaves the account: the input of a target outside it, small by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations
from aws_cdk import aws_events as events

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_events import IRuleRef

_RAW_PATHS = {"$", "$.detail", "$.detail.event"}


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


def warn_of_raw_event(rule: IRuleRef, sent: events.RuleTargetInput | None) -> None:
    """Warn when the input sends the raw event, or the part of it that holds the secrets."""
    if sent is None:
        paths = {"$"}
    else:
        bound = sent.bind(rule)
        paths = set((bound.input_paths_map or {}).values())
        if bound.input_path is not None:
            paths.add(bound.input_path)
    if paths & _RAW_PATHS:
        Annotations.of(rule).add_warning_v2(
            "@saasus/events:rawEvent",
            "The raw event leaves the account with this target: it holds the SaaSus API key, an IP address, and the "
            "request and response bodies with personal data and secrets. Send single fields "
            "(`event=RuleTargetInput.from_object(…)`), or acknowledge this warning where the receiver may have them.",
        )
