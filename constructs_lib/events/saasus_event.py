"""An event of SaaSus, parsed: what a Lambda function or a test reads instead of text inside text."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .errors import InvalidEvent
from .identities import CREATORS, RESPONSE_ID, TENANT, USER
from .operations import operations
from .redaction import REDACTED, redact_body, redact_uri
from .sensitive_fields import PERSONAL_EVENT_FIELDS, SECRET_EVENT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .operation import Operation


@dataclass(frozen=True, slots=True)
class SaasusEvent:
    """An event of SaaSus, parsed and typed; make it with `SaasusEvent.from_dict(event)`.

    >>> from constructs_lib.testing import sample_event
    >>> event = SaasusEvent.from_dict(sample_event(operations.auth.create_tenant))
    >>> event.operation, event.http_status
    (operations.auth.create_tenant, 201)

    Both forms are read: `detail.event` and the bodies as JSON text, as SaaSus sends them, and as objects, as its
    documentation of 2023 showed them. What an event does not have is empty text, 0 or None; the events that a SaaS
    sends itself have only `event_type`, `trace_id`, `time` and `message`.

    Its `repr` leaves out the uri, the bodies and the message, which can hold secrets; print `redacted()` to see them.
    """

    event_type: str
    """`detail.event_type`: the operation's name."""
    trace_id: str
    """`detail.trace_id`: leads back to the API call."""
    time: datetime
    """The event's time, in whole seconds."""
    http_status: int
    """The status of the API's answer; 0 when the event has none."""
    method: str
    """The HTTP method."""
    uri: str = field(repr=False)
    """The path of the call, with a query string if it had one."""
    request: Any = field(hash=False, repr=False)
    """The request's body: what its JSON says, the text itself when it is no JSON, None when there is none."""
    response: Any = field(hash=False, repr=False)
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
                f"{type(event).__name__} with {sorted(event) if isinstance(event, dict) else 'no fields'} is no event "
                "of SaaSus. Allowed is the whole event, an object with 'detail' that has 'event_type'. Give what the "
                "Lambda function got, not its 'detail' alone; a target's input transformer may have changed it."
            )
        record, message = _record(detail.get("event"))
        return cls(
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
        """The operation: by method and uri, which are certain, or else by the name; None when neither tells."""
        found = operations.by_route(self.method, self.uri)
        named = operations.by_event_type(self.event_type)
        return found or (named[0] if len(named) == 1 else None)

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

        Exact by field: SaaSus's `api_key` and the caller's `ip_address`, the fields of the bodies that the catalog
        lists for the operation, names of secrets at any depth, and keys and invitations in the uri. Free-form
        objects (`attributes`, `metadata`) can hold anything under names that nobody listed: those stay. Where the
        operation is not known, every name that is sensitive in some operation goes; text that cannot be read goes
        as a whole.
        """
        event = copy.deepcopy(dict(self.raw))
        given = event["detail"].get("event")
        record, message = _record(given)
        if message:
            event["detail"]["event"] = REDACTED
        elif record:
            cleaned = self._redacted_record(record)
            as_text = isinstance(given, str)
            event["detail"]["event"] = (
                json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")) if as_text else cleaned
            )
        return event

    def _redacted_record(self, record: dict[str, Any]) -> dict[str, Any]:
        operation = self.operation
        cleaned: dict[str, Any] = {}
        for name, value in record.items():
            if name in SECRET_EVENT_FIELDS | PERSONAL_EVENT_FIELDS:
                cleaned[name] = REDACTED
            elif name in ("request_body", "response_body"):
                cleaned[name] = redact_body(value, name, operation)
            elif name == "uri":
                cleaned[name] = redact_uri(_text(value), operation)
            else:
                cleaned[name] = redact_body(value, name, operation) if isinstance(value, (dict, list)) else value
        return cleaned


def _record(given: object) -> tuple[dict[str, Any], str]:
    """Give `detail.event` as an object, or else as the text that it is."""
    if isinstance(given, dict):
        return given, ""
    try:
        value = json.loads(given) if isinstance(given, str) else None
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value, ""
    return {}, given if isinstance(given, str) else ""


def _body(given: object) -> Any:
    if not isinstance(given, str):
        return given
    if not given:
        return None
    try:
        return json.loads(given)
    except ValueError:
        return given


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _status(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as error:
        raise InvalidEvent(
            f"{value!r} is no time. Allowed in 'time' is what EventBridge writes, such as '2026-05-19T02:22:58Z'. "
            "Give the whole event, as the Lambda function got it."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
