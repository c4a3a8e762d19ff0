"""A JSON-ready pattern as the CDK's own value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_events

_PROPERTIES = {
    "account": "account",
    "detail": "detail",
    "detail-type": "detail_type",
    "id": "id",
    "region": "region",
    "resources": "resources",
    "source": "source",
    "time": "time",
    "version": "version",
}


def to_event_pattern(pattern: Mapping[str, Any]) -> aws_events.EventPattern:
    """Convert a pattern, such as one of `EventFilter.to_patterns()`, into an `aws_events.EventPattern`.

    The CDK's value has no place for a `$or` beside the envelope's fields. This library's own patterns have theirs
    inside `detail`.

    Raises:
        InvalidFilter: The pattern has a field that an event's envelope does not have.
    """
    from aws_cdk import Token, aws_events  # the one place on this floor that needs the CDK

    from constructs_lib.events.errors import InvalidFilter, nearest

    if unknown := sorted(set(pattern) - set(_PROPERTIES)):
        raise InvalidFilter(
            f"{unknown[0]!r} is not a field of an event's envelope.{nearest(unknown[0], _PROPERTIES)} "
            f"Expected {', '.join(_PROPERTIES)}. Move {unknown[0]!r} into 'detail', or make the rule with CfnRule."
        )
    # The envelope's fields are typed as lists of strings; the CDK's own Match passes matchers as list tokens too.
    values: dict[str, Any] = {
        _PROPERTIES[key]: value if key == "detail" else Token.as_list(list(value)) for key, value in pattern.items()
    }
    return aws_events.EventPattern(**values)
