"""What SaaSus might send: one generator of hostile forms, for every test of "never misses" and "never leaks"."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.decoded_event import decode
from constructs_lib.events.source_name import EXAMPLE
from constructs_lib.testing.samples import sample_body, sample_event, schemas_of, sort_keys, write_as_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib.events.operation import Operation

UNKNOWN_EVENT_TYPE: Final = "a_name_that_nobody_guessed"
HOSTILE_TEXT: Final = 'a"b\\c","http_status":"500\\" *日本語 <&> \U0001f600 \'/{}:,'


@dataclass(frozen=True, slots=True)
class Variant:
    """One event that SaaSus might send for an operation."""

    name: str
    """What is special about it."""
    event: dict[str, Any] = field(hash=False, repr=False)
    """The event."""
    is_text_as_seen: bool = True
    """Whether `detail.event` is compact text with its keys in the observed order, on which the wildcards rely."""


def variants(operation: Operation, *, decoded: bool = False) -> tuple[Variant, ...]:
    """Return an operation's event in every form that SaaSus might send.

    The event type as documented or derived, in other spellings, and (if SaaSus does not document it) unknown; bodies
    compact, spaced, mixed, pretty-printed (also with CRLF), escaped in several ways, in another key order, with new
    fields and with hostile values; other statuses, the 501 of what SaaSus has not implemented yet, and a status that
    is a number; new fields and objects in the event; and, with `is_text_as_seen` false, the event's text spaced, in
    another key order, and as the objects that the documentation of 2023 shows.

    Args:
        operation: The operation.
        decoded: Whether to return each event as the decoded bus has it. Default: as SaaSus might send it.
    """
    found = tuple(_variants(operation))
    return tuple(replace(variant, event=decode(variant.event)) for variant in found) if decoded else found


def _variants(operation: Operation) -> Iterator[Variant]:
    names = list(operation.event_types)
    if not operation.documented:
        names += [operation.operation_id, operation.name.replace("_", "-"), UNKNOWN_EVENT_TYPE]
    for event_type in names:
        for body_name, write in BODY_WRITERS.items():
            yield Variant(f"{event_type}, {body_name}", _event(operation, event_type, write))
        for record_name, change in RECORD_CHANGES.items():
            yield Variant(f"{event_type}, {record_name}", _event(operation, event_type, write_as_go, change=change))
        for text_name, write_text in OTHER_TEXTS.items():
            yield Variant(
                f"{event_type}, {text_name}",
                _event(operation, event_type, write_as_go, write_text=write_text),
                is_text_as_seen=False,
            )


def _event(
    operation: Operation,
    event_type: str,
    write_body: Callable[[Any], str],
    *,
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    write_text: Callable[[Any], Any] = write_as_go,
) -> dict[str, Any]:
    event = sample_event(operation, event_type=event_type, source=EXAMPLE)
    record = json.loads(event["detail"]["event"])
    schemas = schemas_of(operation)
    for side, schema in (("request_body", schemas.get("request")), ("response_body", schemas.get("response"))):
        body = sample_body(schema, None)
        record[side] = "" if body is None else write_body(sort_keys(body))
    if change is not None:
        record = change(record)
    event["detail"]["event"] = write_text(record)
    return event


def _spaced(value: Any) -> str:
    return json.dumps(value)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _pretty_crlf(value: Any) -> str:
    return _pretty(value).replace("\n", "\r\n")


def _mixed(value: Any) -> str:
    """Write JSON as a person does: sometimes with a space, sometimes without."""
    if isinstance(value, dict):
        members = [f"{json.dumps(key)}:{' ' * (n % 2)}{_mixed(inner)}" for n, (key, inner) in enumerate(value.items())]
        return f"{{{', '.join(members[:2])}{''.join(f',{member}' for member in members[2:])}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_mixed, value))}]"
    return write_as_go(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _reversed(value: Any) -> str:
    return write_as_go(_with_keys_reversed(value))


def _with_keys_reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_keys_reversed(value[key]) for key in reversed(value)}
    return [_with_keys_reversed(item) for item in value] if isinstance(value, list) else value


def hostile(value: Any) -> Any:
    """Return a body with text that looks like other fields in each of its texts."""
    if isinstance(value, dict):
        return {key: hostile(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return f"{value}{HOSTILE_TEXT}" if isinstance(value, str) else value


def _with_new_fields(value: Any) -> Any:
    return {**value, "a_new_field": {"name": "x"}, "zz": [1]} if isinstance(value, dict) else value


BODY_WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "bodies as Go writes them": write_as_go,
    "bodies compact and plain": _plain,
    "bodies spaced and in ASCII": _spaced,
    "bodies pretty-printed": _pretty,
    "bodies pretty-printed with CRLF": _pretty_crlf,
    "bodies that mix spacing": _mixed,
    "bodies in another key order": _reversed,
    "bodies with new fields": lambda value: write_as_go(_with_new_fields(value)),
    "bodies with hostile values, Go": lambda value: write_as_go(hostile(value)),
    "bodies with hostile values, spaced and in ASCII": lambda value: _spaced(hostile(value)),
    "bodies empty": lambda _: "",
}


def _with_status(code: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    error = '{"message":"sample-message","type":"sample-type"}'
    return lambda record: {**record, "http_status": str(code), "response_body": error}


def _with_numeric_status(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "http_status": int(record["http_status"])}


def _with_new_objects(record: dict[str, Any]) -> dict[str, Any]:
    headers = {"authorization": "sample-authorization", "accept": "*/*"}
    return {"a_new_object": headers, **record, "a_new_text": json.dumps({"api_key": "sample-api-key"})}


def _with_new_record_fields(record: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, value in record.items():
        changed |= {name: value, f"new_after_{name}": "x"}
    return changed


RECORD_CHANGES: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "status 302": _with_status(302),
    "status 400": _with_status(400),
    "status 500": _with_status(500),
    "status 501": _with_status(501),
    "a status that is a number": _with_numeric_status,
    "new objects in the event": _with_new_objects,
    "new fields in the event": _with_new_record_fields,
    "hostile referer": lambda record: {**record, "referer": f"https://example.com/{HOSTILE_TEXT}"},
}


def _as_objects(record: Any) -> Any:
    """Return the form in the documentation of 2023."""
    bodies = ("request_body", "response_body")
    return {n: json.loads(v) if n in bodies and v else v for n, v in record.items()}


OTHER_TEXTS: Final[dict[str, Callable[[Any], Any]]] = {
    "the event's text spaced": lambda record: json.dumps(record, ensure_ascii=False),
    "the event's text in another key order": lambda record: write_as_go(dict(sorted(record.items()))),
    "objects in place of texts (documentation of 2023)": _as_objects,
}
