"""SaaSus's event as plain JSON: what the decoded bus carries.

SaaSus sends JSON text (the bodies) inside JSON text (`detail.event`). Here everything is a value of its own, so that a
pattern, an input path or a program can reach it. docs/what-is-an-event.md lists the fields.
"""

from __future__ import annotations

import re
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.identities import CREATORS, RESPONSE_ID, TENANT, USER
from constructs_lib.events.json_values import in_short, read_json
from constructs_lib.events.operations import operations
from constructs_lib.events.record import API_CALL, DECODED_PREFIX, is_decoded, names_of_fields, read_status
from constructs_lib.events.redaction import redact_uri
from constructs_lib.events.secret_removal import IN_ANY_VALUE, copied, removal_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.operation import Operation
    from constructs_lib.events.secret_removal import SecretRemoval

CUSTOM_SOURCE: Final = "saasus.custom"
"""The `source` of what is not a call of SaaSus's API, such as an event that a SaaS sends itself."""

MOST_POSITIONS: Final = 100
"""The most segments of a uri that `detail.path` has."""

_POSITIONS: Final = tuple(map(str, range(MOST_POSITIONS)))
_OF_A_CALL: Final = ("log_id", "uri", "request_method", "http_status")
_NEVER_SECRET: Final = frozenset({"date_time", "date", "ttl", "ip_address"})
_NEVER_KEPT: Final = ("api_key", "saas_id")
_AS_THEY_WERE: Final = frozenset({"event_type", "event", "trace_id"})
HARMLESS: Final = ("id", "log_id", "operation", "method", "tenant_id", "user_id")
"""The fields that can stand inside a string of an input template, because JSON must not escape anything in them."""

_OWN_FIELDS: Final = frozenset(
    {*HARMLESS, *_AS_THEY_WERE, "source", "detail_type", "status", "uri", "path", "request", "response", "message"}
)
"""The fields of the decoded detail that no field of SaaSus's can replace."""

_STATUSES: Final = {str(status): status for status in range(100, 1000)}
_FIELDS: Final = 13
"""How many fields the text of every event that was seen has."""
_FIELDS_OF_DETAIL: Final = 3

_API: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MUST_ESCAPE: Final = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
"""What JSON must escape in a text: EventBridge does not do so when it puts a text into an input template's string."""

_KEPT_TEXTS: Final[set[str]] = set()
"""Texts beside the bodies that have no secret: most events have the same ones."""

_MOST_TEXTS: Final = 1_000
_LONGEST_TEXT: Final = 500


def decode(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event as the decoded bus has it: plain JSON, without secrets, with its personal data.

    EventBridge gives the decoded event an `id` of its own; here it is still that of the original. A decoded event is
    returned as it is.

    Args:
        event: The whole event, from `version` to `detail`, as SaaSus sends it: `detail.event` as JSON text, or as the
            object that SaaSus's documentation of 2023 shows. Nothing in it is changed.

    Raises:
        InvalidEvent: The value has no `detail` with an `event_type`, or no `time`; or its `detail.event` begins as an
            object and is not JSON, or is neither text nor an object.
    """
    return _decode_usual(event) or _decode_any(event)


def _decode_usual(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Decode an event that has just the fields that SaaSus sends, in one go; None if anything about it is unusual.

    The result is that of `_decode_any`, which takes longer. Each step here is as cheap as it can be, because this is
    done with every event.
    """
    try:
        detail = event["detail"]
        record = read_json(detail["event"])
        uri, event_type = record["uri"], detail["event_type"]
        segments = shown = uri.split("/")
        operation = operations.by_method[record["request_method"]].at(segments)
        known = _KNOWN[id(operation)]
        if known.name is None or len(record) != _FIELDS or len(detail) != _FIELDS_OF_DETAIL:
            return None
        if record["referer"] not in _KEPT_TEXTS or "api_key" not in record or "saas_id" not in record:
            return None
        path = known.path.copy()
        if known.parameters:
            if "?" in uri or "#" in uri or ";" in uri or "%" in uri or "\\" in uri or "**" in uri:
                return None
            if not known.shows_uri:  # the ids are still those of the uri that came
                uri = redact_uri(uri, operation)
                shown = uri.split("/")
            for position, segment in known.parameters:
                path[position] = shown[segment]
        decoded = {
            "id": event["id"],
            "source": event["source"],
            "log_id": record["log_id"],
            "operation": known.name,
            "status": _STATUSES[record["http_status"]],
            "method": known.method,
            "uri": uri,
            "path": path,
            "date_time": record["date_time"],
            "date": record["date"],
            "ttl": record["ttl"],
            "ip_address": record["ip_address"],
            "referer": record["referer"],
            "event_type": event_type,
            "trace_id": detail["trace_id"],
        }
        if (request := record["request_body"]) != "":
            decoded["request"] = request = known.from_json(request, "request_body")
        if (response := record["response_body"]) != "":
            decoded["response"] = response = known.from_json(response, "response_body")
        if request is None or response is None:
            return None
        harmless = event["id"] + record["log_id"]
        for name, place in known.ids:
            decoded[name] = found = segments[place] if place is not None else response[RESPONSE_ID]
            if not found:
                return None
            harmless += found
        source = event["source"]
        # Only text can be joined, here and above; anything else is a TypeError, and so goes the other way.
        "".join((source, event_type, record["date_time"], record["date"], record["ttl"], record["ip_address"]))
        if not (event["id"] and record["log_id"] and source and _needs_no_escape(harmless)):
            return None
        if event["detail-type"] != API_CALL or source.startswith(DECODED_PREFIX):
            return None
        _require_time(event["time"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return {**event, "source": known.source, "detail-type": event_type, "detail": decoded}


def _decode_any(event: Mapping[str, Any]) -> dict[str, Any]:
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(detail, dict) or not isinstance(detail.get("event_type"), str):
        raise InvalidEvent(
            f"{type(event).__name__} with {names_of_fields(event)} is not a SaaSus event. Expected the whole event, an "
            "object with a 'detail' that has an 'event_type'. Pass what EventBridge delivered, not only its 'detail'."
        )
    if is_decoded(event):
        return dict(event)
    _require_time(event.get("time"))
    event_type = detail["event_type"]
    record = _own_record(detail.get("event"))
    decoded: dict[str, Any] = {}
    if id := event.get("id"):
        decoded["id"] = id
    if source := event.get("source"):
        decoded["source"] = source
    source = CUSTOM_SOURCE
    if type(record) is dict and ("uri" in record or not record.keys().isdisjoint(_OF_A_CALL)):
        source = _add_call(decoded, record, event_type)
    elif record:
        decoded["message"] = IN_ANY_VALUE.of_text(record) if isinstance(record, str) else IN_ANY_VALUE.from_own(record)
    if event.get("detail-type", API_CALL) != API_CALL:
        decoded["detail_type"] = event["detail-type"]
    decoded["event_type"] = event_type
    if "trace_id" in detail:
        decoded["trace_id"] = detail["trace_id"]
    for name in detail.keys() - _AS_THEY_WERE:
        _add_other(decoded, name, copied(detail[name]))
    _keep_harmless(decoded)
    return {**event, "source": source, "detail-type": event_type, "detail": decoded}


def _require_time(time: object) -> None:
    try:
        # Only text has a time here; Python 3.10 does not read the Z.
        datetime.fromisoformat(time.replace("Z", "+00:00"))  # type: ignore[attr-defined]
    except (AttributeError, TypeError, ValueError):
        raise InvalidEvent(
            f"{in_short(time)} is not a time. Expected in 'time' what EventBridge writes, such as "
            "'2026-05-19T02:22:58Z'. Pass the whole event, as EventBridge delivered it."
        ) from None


def _own_record(given: object) -> Any:
    """Return what SaaSus logged of a call, or the text or object that a SaaS sent itself; None if there is nothing.

    An object is not part of the event, so that its fields can be taken out.
    """
    if isinstance(given, dict):
        return copied(given)
    if given is None:
        return None
    if not isinstance(given, str):
        raise InvalidEvent(
            f"{in_short(given)} is not what SaaSus sends in 'detail.event'. Expected text, or the object in it. "
            "Look at the event that came: something on its way changed it."
        )
    try:
        value = read_json(given)
    except ValueError:
        if given.lstrip()[:1] != "{":
            return given
        # The text is not shown: it can hold the API key.
        raise InvalidEvent(
            f"'detail.event' begins as a JSON object, but its {len(given):,} characters are not JSON. Expected the "
            "JSON text that SaaSus writes. Look at the event that came: something on its way cut or changed it."
        ) from None
    return value if isinstance(value, dict) else given


class _Known:
    """What decoding needs to know of an operation; None if it is unknown."""

    __slots__ = ("from_json", "ids", "method", "name", "parameters", "path", "removal", "shows_uri", "source")

    def __init__(self, operation: Operation | None) -> None:
        self.removal: SecretRemoval = removal_for(operation)
        self.from_json = self.removal.from_json
        self.method = None if operation is None else operation.method
        # A retired operation can have the name of one that there is.
        self.name = None if operation is None or operation.retired else f"{operation.api}.{operation.name}"
        self.shows_uri = operation is not None and redact_uri(operation.path, operation) == operation.path
        places = [] if operation is None else [(name, operation.place_of(name)) for name in (TENANT, USER)]
        self.ids = tuple((name, place) for name, place in places if place is not None or self.name in CREATORS[name])
        """Which segment of the uri is the id of the tenant or user; None if the response has it."""
        segments = operation.path.split("/")[1:] if operation is not None else []
        self.path = dict(zip(_POSITIONS, segments, strict=False))
        self.parameters = tuple((str(n), n + 1) for n, segment in enumerate(segments) if segment.startswith("{"))
        """The positions in `detail.path` that the uri decides, and the segments of it that are there."""
        self.source = f"{DECODED_PREFIX}{segments[1]}" if segments else None


_KNOWN: Final[dict[int, _Known]] = {}


def _known(operation: Operation | None) -> _Known:
    # By identity: the catalog has each operation once, and to compare two takes longer than to decode.
    known = _KNOWN.get(id(operation))
    if known is None:
        known = _KNOWN[id(operation)] = _Known(operation)
    return known


def _add_call(decoded: dict[str, Any], record: dict[str, Any], event_type: str) -> str:
    """Add to the detail what SaaSus logged of a call, and return the event's source."""
    take = record.pop
    for name in _NEVER_KEPT:
        take(name, None)
    method, uri = take("request_method", ""), take("uri", "")
    method = method.upper() if isinstance(method, str) else ""
    uri = uri if isinstance(uri, str) else ""
    operation = operations.identify(event_type, method, uri)
    known = _known(operation)
    path = uri
    if not known.shows_uri or "?" in uri or "#" in uri or ";" in uri or "%" in uri or "\\" in uri:
        path = redact_uri(uri, operation).partition("?")[0]
    if log_id := take("log_id", None):
        decoded["log_id"] = log_id
    if known.name is not None:
        decoded["operation"] = known.name
    if status := read_status(take("http_status", None)):
        decoded["status"] = status
    if method:
        decoded["method"] = method
    source = CUSTOM_SOURCE
    if path:
        decoded["uri"] = path
        source = _add_path(decoded, path, known)
    request = _body(take("request_body", None), "request_body", known.removal)
    if request is not None:
        decoded["request"] = request
    response = _body(take("response_body", None), "response_body", known.removal)
    if response is not None:
        decoded["response"] = response
    for name, place in known.ids:
        if found := _id_at(place, uri, response):
            decoded[name] = found
    for name, value in record.items():
        if type(value) is str and (name in _NEVER_SECRET or (value in _KEPT_TEXTS and name == "referer")):
            decoded[name] = value
        else:
            _add_other(decoded, name, value)
    return source


def _add_path(decoded: dict[str, Any], path: str, known: _Known) -> str:
    """Add the path's segments by position, and return the event's source."""
    segments = path.split("/")
    if segments[0]:
        return CUSTOM_SOURCE  # not a path, so its segments have no positions
    is_masked = "**" in path  # then it is known by its name, and the mask can hide anything
    if known.source is not None and len(segments) == len(known.path) + 1 and not is_masked:
        positions = decoded["path"] = known.path.copy()
        for position, place in known.parameters:
            positions[position] = segments[place]
        return known.source
    decoded["path"] = dict(zip(_POSITIONS, segments[1:], strict=False))
    has_api = len(segments) > 2 and _API.fullmatch(segments[2])
    return f"{DECODED_PREFIX}{segments[2]}" if has_api else CUSTOM_SOURCE


def _id_at(place: int | None, uri: str, response: Any) -> Any:
    if place is None:
        return response.get(RESPONSE_ID) if isinstance(response, dict) else None
    segments = uri.partition("?")[0].split("/")
    return segments[place] if place < len(segments) else None


def _body(given: Any, side: str, removal: SecretRemoval) -> Any:
    """Return a body's value without secrets; text that is not JSON stays text; None if there is no body."""
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        return removal.from_own(given, side)
    try:
        return removal.from_json(given, side)
    except ValueError:
        return removal.of_text(given)


def _add_other(decoded: dict[str, Any], name: str, value: Any) -> None:
    """Add a field that SaaSus has beside those of the decoded event, unless it is a secret."""
    if name in _OWN_FIELDS or IN_ANY_VALUE.deletes("", name, value):
        return
    if not isinstance(value, str):
        decoded[name] = IN_ANY_VALUE.from_own(value)
    else:
        text = decoded[name] = IN_ANY_VALUE.of_text(value, has_queries=False)
        if text == value and len(text) < _LONGEST_TEXT:
            if len(_KEPT_TEXTS) >= _MOST_TEXTS:
                _KEPT_TEXTS.clear()
            _KEPT_TEXTS.add(text)


def _keep_harmless(decoded: dict[str, Any]) -> None:
    """Remove what is not harmless of what has to be."""
    get = decoded.get
    try:
        # The operation's name is ours.
        text = "".join((get("id", ""), get("log_id", ""), get("method", ""), get(TENANT, ""), get(USER, "")))
        if _needs_no_escape(text):
            return
    except TypeError:
        pass
    for name in HARMLESS:
        value = get(name, "")
        if not isinstance(value, str) or _MUST_ESCAPE.search(value):
            del decoded[name]


def _needs_no_escape(text: str) -> bool:
    """Check quickly whether JSON has nothing to escape in a text; of a text beyond ASCII the answer is no."""
    return len(encode_basestring_ascii(text)) == len(text) + 2
