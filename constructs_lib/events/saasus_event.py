"""A SaaSus event, parsed, so that a Lambda function or a test need not read text inside text."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, cast

from constructs_lib.events.errors import InvalidEvent, UnknownOperation
from constructs_lib.events.identities import CREATORS, RESPONSE_ID, TENANT, USER
from constructs_lib.events.json_values import in_short, write_json
from constructs_lib.events.operation import Operation
from constructs_lib.events.operations import operations
from constructs_lib.events.record import is_decoded, names_of_fields, read_body, read_record, read_status
from constructs_lib.events.typed_bodies import RequestT_co, ResponseT_co, TypedBodies
from constructs_lib.events.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.body_types.error_body import ErrorBody
    from constructs_lib.events.typed_bodies import Request1, Response1

_FIRST_FAILURE: Final = 400
_END_OF_FAILURES: Final = 600
_UTC: Final = timezone.utc


class SaasusEvent(
    Value,
    TypedBodies[RequestT_co, ResponseT_co],
    uncompared=("request", "response"),
    unhashed=("raw",),
    unshown=("uri", "request", "response", "message", "raw"),
):
    """A SaaSus event, parsed and typed; make it with `SaasusEvent.from_dict(event)`.

    >>> from constructs_lib.testing import sample_event
    >>> event = SaasusEvent.from_dict(sample_event(operations.auth.create_tenant))
    >>> event.operation, event.http_status
    (operations.auth.create_tenant, 201)

    It reads both forms: `detail.event` and the bodies as JSON text, as SaaSus sends them, and as objects, as SaaSus's
    documentation of 2023 showed them; and the decoded form of the decoded bus, whose uri and bodies have no secrets.
    Whatever AWS delivers is read or raises `InvalidEvent`: JSON of any depth, any
    text. A number that Python cannot hold becomes its text. What an event does not have is an empty string, 0 or None.

    SaaSus plans to let a SaaS send events of its own, but so far answers such calls with 501. Judging by the examples
    in its API file, they will have only `event_type`, `trace_id`, `time` and `message`.

    The `repr` leaves out the uri, bodies and message, which can contain secrets; print `redacted()` to see them.
    """

    id: str
    """EventBridge's id of this event; a second delivery has the same id, and so does a replay.

    Of a decoded event, it is the id of the event that was decoded.
    """
    log_id: str
    """SaaSus's id of the logged call: the key for doing things once. Empty if the event has none."""
    event_type: str
    """`detail.event_type`: the operation's name, as SaaSus spells it."""
    trace_id: str
    """`detail.trace_id`: the action in which the call was made.

    The caller chooses it. In SaaSus's guide, the front end makes it, and the backend passes it on to each call of one
    user action. So several calls share one, an end user can choose it, and it is not a key for doing things once.
    """
    time: datetime
    """The event's time, in whole seconds, in UTC."""
    http_status: int
    """The status of the API's response; 0 if the event has none."""
    method: str
    """The HTTP method."""
    uri: str
    """The path of the call, with its query string if it had one."""
    request: RequestT_co
    """The request body: the value of its JSON, the text itself if it is not JSON, None if there is none."""
    response: ResponseT_co
    """The response body, likewise; after a failure SaaSus's error, which `error` has with its type."""
    message: str
    """`detail.event` if it is not a JSON object: the text that a SaaS sent itself."""
    raw: Mapping[str, Any]
    """The event as it came, secrets included."""

    @classmethod
    def from_dict(cls, event: Mapping[str, Any]) -> SaasusEvent[Any, Any]:
        """Parse an event, from `version` to `detail`, as a Lambda function receives it.

        Raises:
            InvalidEvent: The value has no `detail` with an `event_type`, or no readable `time`.
        """
        detail = event.get("detail") if isinstance(event, dict) else None
        if not isinstance(detail, dict) or not isinstance(detail.get("event_type"), str):
            raise InvalidEvent(
                f"{type(event).__name__} with {names_of_fields(event)} is not a SaaSus event. Expected the whole "
                "event, an object with a 'detail' that has an 'event_type'. Pass what the Lambda function received, "
                "not only its 'detail'; a target's input transformer may have changed it."
            )
        given = detail.get("event")
        if given is None and is_decoded(event):
            return cls._of_decoded(event, detail)
        record, message = read_record(given)
        return cls.of_fields(
            {
                "id": _text(event.get("id")),
                "log_id": _text(record.get("log_id")),
                "event_type": detail["event_type"],
                "trace_id": _text(detail.get("trace_id")),
                "time": _time(event.get("time")),
                "http_status": read_status(record.get("http_status")),
                "method": _text(record.get("request_method")).upper(),
                "uri": _text(record.get("uri")),
                "request": read_body(record.get("request_body")),
                "response": read_body(record.get("response_body")),
                "message": message,
                "raw": event,
            }
        )

    @classmethod
    def _of_decoded(cls, event: Mapping[str, Any], detail: Mapping[str, Any]) -> SaasusEvent[Any, Any]:
        return cls.of_fields(
            {
                "id": _text(detail.get("id")) or _text(event.get("id")),
                "log_id": _text(detail.get("log_id")),
                "event_type": detail["event_type"],
                "trace_id": _text(detail.get("trace_id")),
                "time": _time(event.get("time")),
                "http_status": read_status(detail.get("status")),
                "method": _text(detail.get("method")).upper(),
                "uri": _text(detail.get("uri")),
                "request": detail.get("request"),
                "response": detail.get("response"),
                "message": _text(detail.get("message")),
                "raw": event,
            }
        )

    @classmethod
    def of(
        cls, operation: Operation[Request1, Response1], event: Mapping[str, Any]
    ) -> SaasusEvent[Request1, Response1]:
        """Parse an event of a known operation, so that editors and type checkers know the fields of its bodies.

        >>> from constructs_lib.testing import sample_event
        >>> event = SaasusEvent.of(operations.auth.create_tenant, sample_event(operations.auth.create_tenant))
        >>> event.response["id"]
        '392eb494-e20d-584b-8576-cdedee7c7dc7'

        The types are SaaSus's documentation; the bodies are not checked against them. `response` has the type of a
        success: where the route also takes failed calls, look at `error` first.

        Args:
            operation: The operation, such as `operations.auth.create_tenant`.
            event: The whole event, as a Lambda function receives it.

        Raises:
            InvalidEvent: The event is of another operation, or not an event.
            UnknownOperation: The first argument is not an operation.
        """
        if not isinstance(operation, Operation):
            raise UnknownOperation(
                f"{in_short(operation)} is not an operation. Expected one of constructs_lib.operations, such as "
                "operations.auth.create_tenant. Write SaasusEvent.of(operation, event)."
            )
        parsed = cls.from_dict(event)
        if parsed.operation != operation:
            found = f"an event of {parsed.operation!r}" if parsed.operation else "an event of no known operation"
            raise InvalidEvent(
                f"{in_short(parsed.event_type)} is {found}. Expected an event of {operation!r}. Route only those to "
                f"this code, with EventFilter.of({operation!r}), or read any event with SaasusEvent.from_dict(event)."
            )
        return parsed

    @property
    def error(self) -> ErrorBody | None:
        """The response body of a failed call (status 400 to 599) if it is an object; None otherwise."""
        failed = _FIRST_FAILURE <= self.http_status < _END_OF_FAILURES
        return cast("ErrorBody", self.response) if failed and isinstance(self.response, dict) else None

    @property
    def operation(self) -> Operation | None:
        """The operation, by method and uri; None if they belong to none, as for a GET.

        The name decides only if method or uri are missing or masked, and do not contradict it. An operation that
        SaaSus removed from its API files is `retired`, and not one of `operations`.
        """
        try:
            found: Operation | None = self.__dict__["_operation"]
        except KeyError:
            found = self.__dict__["_operation"] = operations.identify(self.event_type, self.method, self.uri)
        return found

    @property
    def tenant_id(self) -> str | None:
        """The tenant that the event is about: the one in the uri, or the one just created; None if there is none."""
        return self._id(TENANT)

    @property
    def user_id(self) -> str | None:
        """The user that the event is about: the one in the uri, or the one just created; None if there is none."""
        return self._id(USER)

    @property
    def path_params(self) -> dict[str, str]:
        """The values of the parameters in the operation's path, without percent-encoding; empty if it is unknown.

        Of an event of `auth.unlink_provider`: `{"user_id": "8d5f…", "provider_name": "Google"}`.
        """
        operation = self.operation
        if operation is None:
            return {}
        from urllib.parse import unquote  # few need it, and it takes long to load

        segments = self.uri.partition("?")[0].split("/")
        pairs = zip(operation.path.split("/"), segments, strict=False)
        return {part[1:-1]: unquote(segment) for part, segment in pairs if part.startswith("{")}

    def _id(self, parameter: str) -> str | None:
        operation = self.operation
        if operation is None:
            return None
        place = operation.place_of(parameter)
        if place is not None:
            segments = self.uri.partition("?")[0].split("/")
            return segments[place] or None if place < len(segments) else None
        if str(operation) in CREATORS[parameter] and isinstance(self.response, dict):
            created = self.response.get(RESPONSE_ID)
            return created if isinstance(created, str) and created else None
        return None

    def redacted(self) -> dict[str, Any]:
        """Return a copy of the event, in the form in which it came, without its secrets and personal data.

        It removes, exactly by field: SaaSus's `api_key` and `saas_id`, the caller's `ip_address`, the body fields that
        the catalog lists for the operation, names of secrets at any depth (even in JSON text inside a field), keys and
        invitations in the uri, and every query string. Free-form objects (`attributes`, `metadata`) can have anything
        under names that nobody listed; those stay. If the operation is unknown, every name that is sensitive in some
        operation is removed. Text that cannot be read is removed as a whole, and so is what is nested more than 100
        levels deep.
        """
        from constructs_lib.events.redaction import REDACTED, redact_decoded, redact_fields, redact_record

        if is_decoded(self.raw):
            return redact_decoded(self.raw, self.operation)
        detail = self.raw["detail"]
        given = detail.get("event")
        event: dict[str, Any] = redact_fields({**self.raw, "detail": {n: v for n, v in detail.items() if n != "event"}})
        record, message = read_record(given)
        if message:
            event["detail"]["event"] = REDACTED
        elif record:
            cleaned = redact_record(record, self.operation)
            event["detail"]["event"] = write_json(cleaned) if isinstance(given, str) else cleaned
        elif "event" in detail:
            event["detail"]["event"] = given if given in ("", "{}", None, {}) else REDACTED
        return event


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime:
    try:
        # Only text has a time here; Python 3.10 does not read the Z.
        given = datetime.fromisoformat(value.replace("Z", "+00:00"))  # type: ignore[attr-defined]
        if given.tzinfo is _UTC:
            return given
        return (given if given.tzinfo else given.replace(tzinfo=_UTC)).astimezone(_UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise InvalidEvent(
            f"{in_short(value)} is not a time. Expected in 'time' what EventBridge writes, such as "
            "'2026-05-19T02:22:58Z'. Pass the whole event, as the Lambda function received it."
        ) from None
