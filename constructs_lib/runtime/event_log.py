"""What `EventHandlers` logs: which event, by which handler, and how it failed, without the event's contents.

With a `Logger` of Powertools for AWS Lambda, the lines that a handler logs itself carry the event's ids as well.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.events.json_values import write_json
from constructs_lib.events.record import read_body, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from constructs_lib.events.saasus_event import SaasusEvent

_SHORTEST: Final = 3
"""Shorter values are in many texts by chance."""
_PART: Final = 12
"""Characters at the start or end of a value by which a shortened one is recognized."""
_IN_LOG_ANYWAY: Final = frozenset(
    {"uri", "request_body", "response_body", "request_method", "http_status", "log_id", "date_time", "date", "ttl"}
)
_HIDDEN: Final = "not shown, because it has values of the event"


class EventLog:
    """Logs what happens to events.

    Args:
        logger: A logger of the standard library, or a Logger of Powertools.
    """

    def __init__(self, logger: Any = None) -> None:
        self._given = logger

    @property
    def logger(self) -> Any:
        """The logger: the one given, or else Powertools' own if the function has loaded it, or else Python's."""
        if self._given is None:
            powertools = sys.modules.get("aws_lambda_powertools.logging")
            if powertools is None:
                import logging

                return logging.getLogger("constructs_lib.runtime")
            self._given = powertools.Logger()
        return self._given

    def about(self, event: SaasusEvent[Any, Any], handler: str | None) -> EventInLog:
        """Return the `with` block in which an event is handled; with Powertools, all its lines carry the event's ids.

        Args:
            event: The event.
            handler: The name of its handler; None if there is none.
        """
        return EventInLog(self.logger, event, handler)

    def refused(self, error: Exception, message_id: str) -> None:
        """Log a message that holds no event."""
        said = str(error) if isinstance(error, SaasusEventsError) else _HIDDEN
        extra = {"message_id": message_id, **_kind(error), "error_message": said}
        logger = self.logger
        logger.error(_line("A message could not be read", extra, logger), extra=extra)


class EventInLog:
    """A `with` block in which an event is handled. Made by `EventLog.about`, not directly."""

    def __init__(self, logger: Any, event: SaasusEvent[Any, Any], handler: str | None) -> None:
        self._logger = logger
        self._event = event
        operation = event.operation
        self._keys = {
            "event_type": event.event_type,
            "operation": None if operation is None else str(operation),
            "log_id": event.log_id,
            "handler": handler,
        }
        self._is_powertools = _is_powertools(logger)
        self._before: str | None = None

    def __enter__(self) -> Self:
        if self._is_powertools:
            self._before = self._logger.get_correlation_id()
            self._logger.set_correlation_id(self._event.trace_id)
            self._logger.append_keys(**self._keys)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self._say("error", "A handler failed", {**_kind(error), "error_message": _message(error, self._event)})
        if self._is_powertools:
            self._logger.remove_keys([*self._keys])
            self._logger.set_correlation_id(self._before)

    def handled(self) -> None:
        """Log at level DEBUG that the handler has returned."""
        self._say("debug", "An event was handled", {})

    def skipped(self) -> None:
        """Log at level INFO that a rule delivered an event which no filter means."""
        self._say("info", "An event was skipped: its rule matches more than the filters mean", {})

    def _say(self, level: str, text: str, extra: dict[str, Any]) -> None:
        if not self._is_powertools:
            extra = {**self._keys, "trace_id": self._event.trace_id, **extra}
        getattr(self._logger, level)(_line(text, extra, self._logger), extra=extra)


def _is_powertools(logger: Any) -> bool:
    return hasattr(logger, "set_correlation_id") and hasattr(logger, "append_keys")


def _line(text: str, extra: dict[str, Any], logger: Any) -> str:
    """Return the text of a line: with its fields, unless Powertools writes these itself.

    Lambda's default format writes nothing but the text. The values are JSON, so none of them can begin a line.
    """
    if _is_powertools(logger):
        return text
    return ", ".join([text, *(f"{name}={write_json(value)}" for name, value in extra.items() if value is not None)])


def _kind(error: BaseException) -> dict[str, str]:
    """Return the type of an error and the place in the code: the handler's own line, and the line that raised."""
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if "constructs_lib" not in traceback.tb_frame.f_globals.get("__name__", ""):
            frames.append(f"{code.co_filename}:{traceback.tb_lineno} in {code.co_name}")
        traceback = traceback.tb_next
    return {"error_type": type(error).__qualname__, "error_place": " > ".join(dict.fromkeys(frames[:1] + frames[-1:]))}


def _message(error: Exception, event: SaasusEvent[Any, Any]) -> str:
    """Return an error's text, unless it shows something of the call, which can be a secret."""
    text = str(error)
    return _HIDDEN if any(part in text for value in _values(event) for part in _forms(value)) else text


def _values(event: SaasusEvent[Any, Any]) -> Iterator[str]:
    """Yield what a call had in its bodies, uri and headers, from any depth; not what the log says of it anyway."""
    record, message = read_record(event.raw["detail"].get("event"))
    fixed = () if event.operation is None else event.operation.path.split("/")
    waiting: list[Any] = [message, event.message, event.request, event.response]
    waiting += [each for each in event.uri.replace("?", "/").split("/") if each not in fixed]
    waiting += [value for name, value in record.items() if name not in _IN_LOG_ANYWAY]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (dict, list)):
            waiting.extend(each.values() if isinstance(each, dict) else each)
        elif isinstance(each, str):
            yield each
            if each[:1] in "[{":
                inside = read_body(each)
                waiting += [] if isinstance(inside, str) else [inside]
        elif isinstance(each, (int, float)) and not isinstance(each, bool):
            yield write_json(each)


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it can be in a text: as it is, in code, in JSON, or shortened."""
    if len(value) >= _SHORTEST:
        for form in {value, repr(value)[1:-1], write_json(value)[1:-1], ascii(value)[1:-1]}:
            yield from (form,) if len(form) <= _PART else (form[:_PART], form[-_PART:])
