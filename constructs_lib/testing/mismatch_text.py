"""Why a rule does not fire, in words and without the event's secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import read_json, write_json
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters.ruler.texts import split_wildcard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.filters import Mismatch

_EVENT_TEXT: Final = "detail.event"
_NOT_SHOWN: Final = (f"{_EVENT_TEXT}.", "detail.request", "detail.response", "detail.message")
_FIELD: Final = re.compile(r'"?(?P<name>\w+)":"(?P<begins>[^"]*)(?P<closed>"?).*', re.DOTALL)
_BODIES: Final = ("request_body", "response_body")
_SHOWN: Final = 80


def in_words(mismatch: Mismatch, event: Mapping[str, Any]) -> str:
    """Return which condition an event fails, and what it has instead.

    Args:
        mismatch: From `Matcher.explain`.
        event: The event that was matched.
    """
    expected = mismatch.expected if isinstance(mismatch.expected, list) else [mismatch.expected]
    if mismatch.reason:
        return f"{mismatch.path}: {mismatch.reason}"
    path = re.sub(r"\$or\[\d+\]\.", "", mismatch.path)
    wildcards = [
        item["wildcard"] for item in expected if isinstance(item, dict) and isinstance(item.get("wildcard"), str)
    ]
    if path == _EVENT_TEXT and len(wildcards) == len(expected):
        return _text_of_event(wildcards, mismatch.actual, event)
    has = " and ".join(dict.fromkeys(_shown(value) for value in mismatch.actual)) or "nothing"
    if path == _EVENT_TEXT or (mismatch.actual and path.startswith(_NOT_SHOWN)):
        has = "another value"  # it can be a secret, or personal data
    return f"{path}: the rule takes {_or(_matcher(item) for item in expected)}, the event has {has}"


def _text_of_event(wildcards: list[str], actual: tuple[Any, ...], event: Mapping[str, Any]) -> str:
    given = (event.get("detail") or {}).get("event") if isinstance(event.get("detail"), dict) else None
    if not isinstance(given, str):
        form = "an object, as in the documentation of 2023" if isinstance(given, dict) else "no text"
        return f"detail.event: the rule looks into its text, the event has {form if actual or given else 'nothing'}"
    record = _safe_record(event)
    said = dict.fromkeys(_first_missing(wildcard, given, record) for wildcard in wildcards)
    return f"detail.event: {_or(said)}" if len(said) == 1 else f"detail.event: none of: {'; '.join(said)}"


def _safe_record(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the event's text, without secrets."""
    try:
        record = read_json(SaasusEvent.from_dict(event).redacted()["detail"]["event"])
    except (InvalidEvent, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _first_missing(wildcard: str, text: str, record: Mapping[str, Any]) -> str:
    """Return which piece between two `*` does not occur in the text after the pieces before it."""
    position, before = 0, ""
    for piece in filter(None, split_wildcard(wildcard)):
        found = text.find(piece, position)
        if found < 0:
            return _piece_in_words(piece, before, record)
        position, before = found + len(piece), piece
    return f"the whole text should match {wildcard!r}"


def _piece_in_words(piece: str, before: str, record: Mapping[str, Any]) -> str:
    field = _FIELD.fullmatch(piece)
    if field is None or field["name"] in _BODIES or field["name"] not in record or "\\" in piece:
        inside = next((name for name in _BODIES if name in before), "")
        return f"{f'the {inside}' if inside else 'the text'} should contain {_shown(_unescaped(piece))}, but does not"
    has = str(record[field["name"]])
    how = "be" if field["closed"] else "start with"
    if has.startswith(field["begins"]) and (not field["closed"] or has == field["begins"]):
        return f"{field['name']} should come after {_shown(before)} in the text, but does not"
    return f"{field['name']} should {how} {_shown(field['begins'])}, the event has {_shown(has)}"


def _unescaped(piece: str) -> str:
    return piece.replace("\\", "")


def _matcher(item: Any) -> str:
    if not (isinstance(item, dict) and len(item) == 1):
        return _shown(item)
    [(operator, value)] = item.items()
    if operator == "anything-but":
        if isinstance(value, dict):
            return f"what is not {_matcher(value)}"
        return f"anything but {_or(_shown(v) for v in (value if isinstance(value, list) else [value]))}"
    if operator == "numeric":
        return _numbers(value)
    if operator == "exists":
        return "any value" if value else "no value at all"
    if operator in ("prefix", "suffix"):
        verb = "starts with" if operator == "prefix" else "ends with"
        values = value if isinstance(value, list) else [value]
        return f"what {verb} {_or(_shown(v) for v in values)}"
    if operator == "wildcard":
        return f"what is like {_or(_shown(v) for v in (value if isinstance(value, list) else [value]))}"
    return write_json(item)


_BOUNDS: Final = {">=": "from {}", "<=": "to {}", ">": "above {}", "<": "below {}", "=": "equal to {}"}


def _numbers(bounds: Any) -> str:
    if not (isinstance(bounds, list) and len(bounds) in (2, 4) and all(str(bounds[n]) in _BOUNDS for n in (0, -2))):
        return write_json({"numeric": bounds})
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return f"a number {' '.join(_BOUNDS[operator].format(write_json(bound)) for operator, bound in pairs)}"


def _shown(value: Any) -> str:
    text = f"'{value}'" if isinstance(value, str) else write_json(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _or(items: Any) -> str:
    found = list(dict.fromkeys(items))
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"
