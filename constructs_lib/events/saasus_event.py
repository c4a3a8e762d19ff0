"""An event of SaaSus, parsed: what a Lambda function or a test reads instead of text inside text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.identities import CREATORS, RESPONSE_ID, TENANT, USER
from constructs_lib.events.json_values import in_short, read_json, write_json
from constructs_lib.events.operations import operations
from constructs_lib.events.redaction import REDACTED, redact_fields, redact_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.operation import Operation

_STATUS_DIGITS: Final = 3
_NAMES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class SaasusEvent:
    """An event of SaaSus, parsed and typed; make it with `SaasusEvent.from_dict(event)`.

    >>> from constructs_lib.testing import sample_event
    >>> event = SaasusEvent.from_dict(sample_event(operations.auth.create_tenant))
    >>> event.operation, event.http_status
    (operations.auth.create_tenant, 201)

    Both forms are read: `detail.event` and the bodies as JSON text, as SaaSus sends them, and as objects, as its
    documentation of 2023 showed them. Whatever AWS delivers is read or refused with `InvalidEvent`: JSON of any depth,
    any text; a number that Python cannot hold is its text. What an event does not have is empty text, 0 or None.

    SaaSus is to let a SaaS send events of its own, and answers 501 to that so far. By the examples in its API file
    they will have only `event_type`, `trace_id`, `time` and `message`.

    Its `repr` leaves out the uri, the bodies and the message, which can hold secrets; print `redacted()` to see them.
    """

    id: str
    """EventBridge's id of this event; a second delivery of it has the same one, and so has a replay."""
    log_id: str
    """SaaSus's id of the call that it logged: the key for doing things once; empty when the event has none."""
    event_type: str
    """`detail.event_type`: the operation's name, as SaaSus spells it."""
    trace_id: str
    """`detail.trace_id`: the action in which the call was made.

    The caller chooses it, and SaaSus's guide has the front end make it and the backend pass it on to each call of one
    action of a user. So several calls share one, an end user can choose it, and it is no key for doing things once.
    """
    time: datetime
    """The event's time, in whole seconds, in UTC."""
    http_status: int
    """The status of the API's answer; 0 when the event has none."""
    method: str
    """The HTTP method."""
    uri: str = field(repr=False)
    """The path of the call, with a query string if it had one."""
    request: Any = field(compare=False, repr=False)
    """The request's body: what its JSON says, the text itself when it is no JSON, None when there is none."""
    response: Any = field(compare=False, repr=False)
    """The response's body, alike."""
    message: str = field(repr=False)
    """`detail.event` when it is no JSON object: the text that a SaaS sent itself."""
    raw: Mapping[str, Any] = field(hash=False, repr=False)
    """The event as it came, secrets included."""

    @classmethod
    def from_dict(cls, event: Mapping[str, Any]) -> SaasusEvent:
        """Parse an event, from `version` to `detail`, as a Lambda function gets it.

        Raises:
            InvalidEvent: the value has no `detail` with an `event_type`, or no readable `time`.
        """
        detail = event.get("detail") if isinstance(event, dict) else None
        if not isinstance(detail, dict) or not isinstance(detail.get("event_type"), str):
            raise InvalidEvent(
                f"{type(event).__name__} with {_names(event)} is no event of SaaSus. "
                "Allowed is the whole event, an object with 'detail' that has 'event_type'. Give what the "
                "Lambda function got, not its 'detail' alone; a target's input transformer may have changed it."
            )
        record, message = _record(detail.get("event"))
        return cls(
            id=_text(event.get("id")),
            log_id=_text(record.get("log_id")),
            event_type=detail["event_type"],
            trace_id=_text(detail.get("trace_id")),
            time=_time(event.get("time")),
            http_status=_status(record.get("http_status")),
            method=_text(record.get("request_method")).upper(),
            uri=_text(record.get("uri")),
            request=_body(record.get("request_body")),
            response=_body(record.get("response_body")),
            message=message,
            raw=event,
        )

    @property
    def operation(self) -> Operation | None:
        """The operation, by method and uri; None when they are of no operation, as those of a GET.

        The name decides only where method or uri are missing or masked, and only where they do not contradict it. An
        operation that SaaSus took out of its API files is `retired`, and none of `operations`.
        """
        return operations.identify(self.event_type, self.method, self.uri)

    @property
    def tenant_id(self) -> str | None:
        """The tenant that the event is about: the uri's, or the one just created; None when there is none."""
        return self._id(TENANT)

    @property
    def user_id(self) -> str | None:
        """The user that the event is about: the uri's, or the one just created; None when there is none."""
        return self._id(USER)

    def _id(self, parameter: str) -> str | None:
        operation = self.operation
        if operation is None:
            return None
        if parameter in operation.path_params:
            names, segments = operation.path.split("/"), self.uri.partition("?")[0].split("/")
            given = dict(zip(names, segments, strict=False)).get(f"{{{parameter}}}")
            return given or None
        if str(operation) in CREATORS[parameter] and isinstance(self.response, dict):
            created = self.response.get(RESPONSE_ID)
            return created if isinstance(created, str) and created else None
        return None

    def redacted(self) -> dict[str, Any]:
        """Give a copy of the event, in the form in which it came, without its secrets and personal data.

        Exact by field: SaaSus's `api_key` and `saas_id` and the caller's `ip_address`, the fields of the bodies that
        the catalog lists for the operation, names of secrets at any depth (in JSON text inside a field, too), keys and
        invitations in the uri, and every query string. Free-form objects (`attributes`, `metadata`) can hold anything
        under names that nobody listed: those stay. Where the operation is not known, every name that is sensitive in
        some operation goes; text that cannot be read goes as a whole, and so does what is nested more than 100 levels
        deep.
        """
        detail = self.raw["detail"]
        given = detail.get("event")
        event: dict[str, Any] = redact_fields({**self.raw, "detail": {n: v for n, v in detail.items() if n != "event"}})
        record, message = _record(given)
        if message:
            event["detail"]["event"] = REDACTED
        elif record:
            cleaned = redact_record(record, self.operation)
            event["detail"]["event"] = write_json(cleaned) if isinstance(given, str) else cleaned
        elif "event" in detail:
            event["detail"]["event"] = given if given in ("", "{}", None, {}) else REDACTED
        return event


def _record(given: object) -> tuple[dict[str, Any], str]:
    """Give `detail.event` as an object, or else as the text that it is."""
    if isinstance(given, dict):
        return given, ""
    if not isinstance(given, str):
        return {}, ""
    try:
        value = read_json(given)
    except ValueError:
        return {}, given
    return (value, "") if isinstance(value, dict) else ({}, given)


def _body(given: object) -> Any:
    if not isinstance(given, str):
        return given
    if not given:
        return None
    try:
        return read_json(given)
    except ValueError:
        return given


def _names(event: object) -> str:
    if not (isinstance(event, dict) and event):
        return "no fields"
    shown = ", ".join(repr(str(name)[:40]) for name in list(event)[:_NAMES_SHOWN])
    return shown if len(event) <= _NAMES_SHOWN else f"{shown} and {len(event) - _NAMES_SHOWN:,} more"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _status(value: object) -> int:
    """Give the status from text, as SaaSus sends it, or from a number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value if isinstance(value, str) else str(value) if type(value) is int and 0 < value < 1000 else ""
    return int(text) if len(text) == _STATUS_DIGITS and text.isascii() and text.isdigit() else 0


def _time(value: object) -> datetime:
    moment = None
    if isinstance(value, str):
        with suppress(ValueError, OverflowError):
            given = datetime.fromisoformat(value.replace("Z", "+00:00"))
            moment = (given if given.tzinfo else given.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    if moment is None:
        raise InvalidEvent(
            f"{in_short(value)} is no time. Allowed in 'time' is what EventBridge writes, such as "
            "'2026-05-19T02:22:58Z'. Give the whole event, as the Lambda function got it."
        )
    return moment
