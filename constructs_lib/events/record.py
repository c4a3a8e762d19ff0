"""The record of an API call that an event holds as text inside text: its fields, its bodies, its status.

A decoded event has the same as plain JSON (`decoded_event`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.json_values import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS_DIGITS: Final = 3
_NAMES_SHOWN: Final = 10

API_CALL: Final = "api_call"
"""The `detail-type` of all events of SaaSus's API."""

DECODED_PREFIX: Final = "saasus."
"""The beginning of the `source` of every decoded event: `saasus.auth`, `saasus.custom`; a partner's is another."""


def is_decoded(event: Mapping[str, Any]) -> bool:
    """Check whether an event is one of the decoded bus."""
    source = event.get("source")
    return isinstance(source, str) and source.startswith(DECODED_PREFIX)


def read_record(given: object) -> tuple[dict[str, Any], str]:
    """Return `detail.event` as an object, or else the text that it is; JSON text, as SaaSus sends it, or an object."""
    if not isinstance(given, str):
        return (given, "") if isinstance(given, dict) else ({}, "")
    try:
        value = read_json(given)
    except ValueError:
        return {}, given
    return (value, "") if isinstance(value, dict) else ({}, given)


def read_body(given: object) -> Any:
    """Return a body: the value of its JSON, the text itself if it is not JSON, None if there is none."""
    if not isinstance(given, str):
        return given
    if not given:
        return None
    try:
        return read_json(given)
    except ValueError:
        return given


def read_status(given: object) -> int:
    """Return an HTTP status from text, as SaaSus sends it, or from a number; 0 if it is neither."""
    if isinstance(given, str):
        return int(given) if len(given) == _STATUS_DIGITS and given.isascii() and given.isdigit() else 0
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return given if type(given) is int and 100 <= given < 1000 else 0


def names_of_fields(event: object) -> str:
    """Return the names of a value's fields for the text of an error."""
    if not (isinstance(event, dict) and event):
        return "no fields"
    shown = ", ".join(repr(str(name)[:40]) for name in list(event)[:_NAMES_SHOWN])
    return shown if len(event) <= _NAMES_SHOWN else f"{shown} and {len(event) - _NAMES_SHOWN:,} more"
