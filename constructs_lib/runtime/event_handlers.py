"""Handlers of SaaSus's events in one Lambda function: which one an event is for, whatever brought the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from constructs_lib.events.errors import InvalidEvent, SaasusEventsError
from constructs_lib.events.json_values import in_short
from constructs_lib.events.operations import operations
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.meaning import is_meant
from constructs_lib.runtime.event_handler import EventHandler, InvalidHandler
from constructs_lib.runtime.event_log import EventLog
from constructs_lib.runtime.invocation import invocation
from constructs_lib.runtime.received_events import events_in, events_in_text, messages_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol, overload

    from constructs_lib.runtime.received_events import Message

    RequestT = TypeVar("RequestT")
    ResponseT = TypeVar("ResponseT")
    Result = TypeVar("Result")

    class Declares(Protocol[RequestT, ResponseT]):
        """A decorator of functions that take the event, and perhaps Lambda's context."""

        @overload
        def __call__(
            self, function: Callable[[SaasusEvent[RequestT, ResponseT]], Result], /
        ) -> Callable[[SaasusEvent[RequestT, ResponseT]], Result]: ...

        @overload
        def __call__(
            self, function: Callable[[SaasusEvent[RequestT, ResponseT], Any], Result], /
        ) -> Callable[[SaasusEvent[RequestT, ResponseT], Any], Result]: ...


Function = TypeVar("Function", bound="Callable[..., Any]")

_NAMES_SHOWN = 10
_FALLBACK = "fallback"


class UnhandledEvent(SaasusEventsError, LookupError):
    """No handler takes an event, and there is no fallback."""


class EventHandlers:
    """The handlers in one Lambda function; the object itself is what Lambda calls.

    An event goes to the first handler whose filter matches it, in the order of declaration, and to no other. The
    handler gets a `SaasusEvent`, and Lambda's context if it has a second parameter. `bus.handle` makes the routes from
    the same filters. Here the filters are exact: an event that a rule brings because a pattern matches more than its
    filter means (docs/known-events.md) goes to the fallback, or else is skipped, with a line in the log.

    It takes what brings events to functions: an event of SaaSus or of the decoded bus, a list of events, an SQS batch
    (it returns which messages failed, so the event source needs `report_batch_item_failures=True`), SNS, and the
    record of an earlier failure, from a failure destination or a dead-letter queue.

    What a handler raises is logged, without the event's contents, and raised again, so that the event comes back or
    goes to the dead-letter queue.

    Args:
        logger: A `Logger` of Powertools for AWS Lambda, whose lines then carry the trace id as their correlation id,
            the event type, the operation and the log id; or a logger of the standard library. Default: Powertools'
            `Logger()` if the function imports it, else `logging.getLogger("constructs_lib.runtime")`.

    Example:
        >>> from constructs_lib import EventFilter, operations as op
        >>> from constructs_lib.runtime import EventHandlers
        >>> handlers = EventHandlers()
        >>> @handlers.on(EventFilter.of(op.auth.create_tenant).succeeded())
        ... def onboard(event):
        ...     print(event.response["id"])
        >>> lambda_handler = handlers
    """

    def __init__(self, *, logger: Any = None) -> None:
        self._declared: list[EventHandler | EventHandlers] = []
        self._log = EventLog(logger)

    def on(
        self, event_filter: EventFilter[RequestT, ResponseT], *, name: str | None = None
    ) -> Declares[RequestT, ResponseT]:
        """Declare the decorated function as the handler of the events that a filter matches.

        Args:
            event_filter: Which events.
            name: The handler's name, under which `bus.handle` makes its route. Default: that of the function.

        Raises:
            InvalidHandler: The filter is not an EventFilter, the function is asynchronous or takes something else than
                (event) or (event, context), or the name is taken or not made of letters, digits, `_` and `-`.
        """
        if not isinstance(event_filter, EventFilter):
            raise InvalidHandler(
                f"{in_short(event_filter)} is not an EventFilter. Expected one such as "
                "EventFilter.of(operations.auth.create_tenant).succeeded(). Write @handlers.on(event_filter), or "
                "@handlers.fallback for what no filter matches."
            )

        def declare(function: Function) -> Function:
            self._add(EventHandler.of(function, name, event_filter))
            return function

        return declare

    def fallback(self, function: Function) -> Function:
        """Declare the decorated function as the handler of the events that no filter matches.

        Raises:
            InvalidHandler: There is a fallback already, or the function cannot be a handler.
        """
        self._add(EventHandler.of(function, _FALLBACK, None))
        return function

    def include(self, handlers: EventHandlers) -> None:
        """Take in the handlers that another module declares, as if they were declared here and now.

        Raises:
            InvalidHandler: It is not an EventHandlers, it includes this one, a name is taken, or both have a fallback.
        """
        if not isinstance(handlers, EventHandlers):
            raise InvalidHandler(
                f"{in_short(handlers)} is not an EventHandlers. Expected what a module of yours declares its handlers "
                "on. Write handlers.include(tenants.handlers)."
            )
        if handlers is self or handlers._includes(self):
            raise InvalidHandler(
                "These EventHandlers would include themselves. Expected others, which do not include these. Remove one "
                "of the two calls of include."
            )
        self._add(handlers)

    @property
    def declared(self) -> tuple[EventHandler, ...]:
        """The handlers with their filters, in order, those included among them; not the fallback.

        Raises:
            InvalidHandler: A name is taken twice, because an included EventHandlers changed since.
        """
        return tuple(handler for handler in self._handlers() if handler.event_filter is not None)

    def __call__(self, event: Any, context: Any = None) -> Any:
        """Handle what Lambda passes to a function.

        Args:
            event: An event, or whatever brings events: see the class.
            context: Lambda's context. Default: none, for tests.

        Returns:
            For one event, what its handler returned; for an SQS batch, the messages that failed, as Lambda expects it.

        Raises:
            InvalidEvent: The payload holds no event of SaaSus. In an SQS batch, its message fails instead.
            UnhandledEvent: No handler takes the event, and there is no fallback. In an SQS batch, likewise.
            Exception: Whatever the handler raised. In an SQS batch, likewise.
        """
        handlers = self._handlers()
        with invocation(context):
            messages = messages_in(event)
            if messages is not None:
                failed = self._failed(messages, handlers, context)
                return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
            parsed = [SaasusEvent.from_dict(each) for each in events_in(event)]
            return self._handle(parsed, handlers, context)

    def _failed(self, messages: Iterable[Message], handlers: list[EventHandler], context: Any) -> Iterator[str]:
        """Handle the messages of a batch, and yield the ids of those that have to come back."""
        held: set[str] = set()
        for message in messages:
            # What came after a failed message in its group must not overtake it.
            if message.group in held or not self._is_done(message, handlers, context):
                held |= {message.group} - {""}
                yield message.id

    def _is_done(self, message: Message, handlers: list[EventHandler], context: Any) -> bool:
        try:
            parsed = [SaasusEvent.from_dict(each) for each in events_in_text(message.body)]
        except InvalidEvent as error:
            self._log.refused(error, message.id)
            return False
        try:
            self._handle(parsed, handlers, context)
        except Exception:  # noqa: BLE001 - the message comes back, and the log has the error
            return False
        return True

    def _handle(self, parsed: list[SaasusEvent[Any, Any]], handlers: list[EventHandler], context: Any) -> Any:
        """Handle each event, though another fails, and return what the handler of a single one returned."""
        errors: list[Exception] = []
        result = None
        for event in parsed:
            try:
                result = self._handle_one(event, handlers, context)
            except Exception as error:  # noqa: BLE001, PERF203 - raised again below
                errors.append(error)
        if errors:
            raise errors[0]
        return result if len(parsed) == 1 else None

    def _handle_one(self, event: SaasusEvent[Any, Any], handlers: list[EventHandler], context: Any) -> Any:
        handler = _handler_of(event, handlers)
        with self._log.about(event, None if handler is None else handler.name) as log:
            if handler is None:
                if _matching(event, handlers) is None:
                    raise _unhandled(event, handlers)
                log.skipped()
                return None
            result = handler(event, context)
            log.handled()
            return result

    def _add(self, declared: EventHandler | EventHandlers) -> None:
        added = [declared] if isinstance(declared, EventHandler) else declared._flat()  # noqa: SLF001 - one class
        _check([*self._flat(), *added])
        self._declared.append(declared)

    def _handlers(self) -> list[EventHandler]:
        """Return all handlers in order, those included among them."""
        found = list(self._flat())
        _check(found)
        return found

    def _flat(self) -> Iterator[EventHandler]:
        for each in self._declared:
            if isinstance(each, EventHandler):
                yield each
            else:
                yield from each._flat()  # noqa: SLF001 - one class

    def _includes(self, other: EventHandlers) -> bool:
        included = [each for each in self._declared if isinstance(each, EventHandlers)]
        return any(each is other or each._includes(other) for each in included)  # noqa: SLF001 - one class


def _handler_of(event: SaasusEvent[Any, Any], handlers: list[EventHandler]) -> EventHandler | None:
    """Return the first handler whose filter means the event, or else the fallback."""
    fallback = None
    for handler in handlers:
        if handler.event_filter is None:
            fallback = handler
        elif is_meant(handler.event_filter.conditions, event):
            return handler
    return (_matching(event, handlers) if _is_unclear(event) else None) or fallback


def _is_unclear(event: SaasusEvent[Any, Any]) -> bool:
    """Check whether an event is what its rule took it for: its call does not say what it is about.

    It has no method or uri, or a name that the catalog knows and a path that it does not, as if SaaSus moved a path.
    """
    if event.message:
        return False
    if not (event.method and event.uri):
        return True
    return event.operation is None and bool(operations.by_event_type(event.event_type))


def _matching(event: SaasusEvent[Any, Any], handlers: list[EventHandler]) -> EventHandler | None:
    """Return the first handler of whose route the patterns match the event: they match more than the filter means."""
    filters = ((handler, handler.event_filter) for handler in handlers)
    return next((handler for handler, each in filters if each is not None and each.matches(event.raw)), None)


def _unhandled(event: SaasusEvent[Any, Any], handlers: list[EventHandler]) -> UnhandledEvent:
    """Return the error for an event that nobody takes; it does not show the uri, which can hold a key."""
    names = [repr(handler.name) for handler in handlers]
    shown = ", ".join(names[:_NAMES_SHOWN]) + (f" and {len(names) - _NAMES_SHOWN} more" if names[_NAMES_SHOWN:] else "")
    operation = str(event.operation or f"{event.method or 'a call'} of an unknown operation")
    expected = f"Expected one that a filter of {shown} matches." if names else "No handler is declared."
    return UnhandledEvent(
        f"No handler takes the event {in_short(event.event_type)} ({operation}, answered {event.http_status}, log_id "
        f"{in_short(event.log_id)}). {expected} Declare a handler for it, or one for everything else with "
        "@handlers.fallback, or narrow the rule that invokes the function."
    )


def _check(handlers: list[EventHandler]) -> None:
    names: set[str] = set()
    for handler in handlers:
        if handler.event_filter is not None and handler.name in names:
            raise InvalidHandler(
                f"Two handlers have the name {handler.name!r}. Expected a name of its own for each. Rename one of the "
                "functions, or pass a name: @handlers.on(event_filter, name='…')."
            )
        names |= set() if handler.event_filter is None else {handler.name}
    fallbacks = [handler.function for handler in handlers if handler.event_filter is None]
    if len(fallbacks) > 1:
        raise InvalidHandler(
            f"{fallbacks[0]!r} and {fallbacks[1]!r} are both the fallback. Expected one, for all events that no filter "
            "matches. Remove one, or give it a filter: @handlers.on(EventFilter.of(…))."
        )
