"""A JSON-ready pattern as the CDK's own value."""

from __future__ import annotations

import functools
import json
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
    from aws_cdk import aws_events  # the one place on this floor that needs the CDK

    from constructs_lib.events.errors import InvalidFilter, nearest

    if unknown := sorted(set(pattern) - set(_PROPERTIES)):
        raise InvalidFilter(
            f"{unknown[0]!r} is not a field of an event's envelope.{nearest(unknown[0], _PROPERTIES)} "
            f"Expected {', '.join(_PROPERTIES)}. Move {unknown[0]!r} into 'detail', or make the rule with CfnRule."
        )
    values: dict[str, Any] = {
        _PROPERTIES[key]: value if key == "detail" else _list_token(json.dumps(list(value)))
        for key, value in pattern.items()
    }
    return aws_events.EventPattern(**values)


@functools.lru_cache(maxsize=256)
def _list_token(value: str) -> list[str]:
    """Return a token for a list of matchers: the envelope's fields are typed as lists of strings.

    The CDK's own Match does the same. Many rules have the same source, and each token costs a request.
    """
    from aws_cdk import Token

    return Token.as_list(json.loads(value))
