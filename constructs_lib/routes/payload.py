"""What leaves the account: the input of a target outside it, which is small by default."""

from __future__ import annotations

from aws_cdk import aws_events as events


def reference_only() -> events.RuleTargetInput:
    """Return the input that only identifies the event: id, time, event_type and trace_id.

    `SaasusEventBus.call` sends it by default.
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
    """Return the input that sends the whole event as it came from SaaSus.

    It contains the SaaSus API key, an IP address, and the bodies of the API call with whatever personal data and
    secrets they carry, so a target outside the account that gets it warns (`@saasus/events:rawEvent`).

    Example:
        >>> bus.call(
        ...     "Audit", EventFilter.all(), endpoint="https://audit.example.com", authorization=key, event=raw_event()
        ... )
    """
    return events.RuleTargetInput.from_event_path("$")
