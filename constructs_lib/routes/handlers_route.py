"""The routes of a function's handlers, made from the handlers' own filters."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from aws_cdk import Annotations, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.filters.containment import takes_all_of
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.pattern_witness import can_share_events
from constructs_lib.metrics import EventMetrics, rules_metric
from constructs_lib.resources.app_references import is_in_the_app, referred_to
from constructs_lib.routes.route import Route, make_if_id_is_free
from constructs_lib.runtime.event_handlers import EventHandlers
from constructs_lib.synth.at_synth import decide_at_synth, validate_at_synth
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_events as events

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.metrics import Metric
    from constructs_lib.routes.route import RouteProps

_MANY_RULES = 4
"""The number of rules of one route from which to warn: seven such routes reach the limit of a bus."""


_FEWER_RULES = (
    " A bus takes 30 rules with a wildcard. Use a bus of decoded events, `bus.decoded(…).handle(…)`, where filters "
    "need no wildcard, or confirm event types with `saasus-events learn`."
)


class HandlersRoute(Construct, EventMetrics):
    """The routes of the handlers in a function. Made by `SaasusEventBus.handle`, not directly.

    Each handler has a route of its own, with the handler's name as its id. Handlers that one event can match share a
    route, so that the event invokes the function once; its id is the first of their names in the alphabet. So the
    order of declaration, and further handlers that match other events, change no logical id.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        handlers: EventHandlers,
        function: lambda_.IFunction,
        *,
        props: Callable[[EventFilter, str], RouteProps],
        target: Callable[[], events.IRuleTarget],
        form: EventForm,
        known_events: KnownEvents,
        path: str,
        bus_name: str,
    ) -> None:
        filters = _filters_of(handlers, id)
        make_if_id_is_free(scope, id, super().__init__)
        self._handlers = handlers
        self._filters = filters
        self._function = function
        self._path = f"{path}/{id.replace('/', '--')}"
        self._bus_name = bus_name
        self._routes = tuple(
            Route(self, names[0], props(_union([filters[name] for name in names]), self._path), [target()])
            for names in _groups(filters, known_events)
        )
        self._warn_of_rules(form)
        self._warn_of_what_never_runs()
        decide_at_synth(self, self._warn_of_lost_messages)
        validate_at_synth(self, self._problems)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes, in the order of their ids."""
        return self._routes

    @property
    def rules(self) -> tuple[events.Rule, ...]:
        """The rules of all routes."""
        return tuple(rule for route in self._routes for rule in route.rules)

    @property
    def function(self) -> lambda_.IFunction:
        """The function that the routes invoke."""
        return self._function

    def metric(
        self,
        metric_name: str,
        *,
        statistic: str = "Sum",
        period: Duration | None = None,
        label: str | None = None,
    ) -> Metric:
        """Return a metric of the routes' rules by EventBridge's name for it, taken over all of them."""
        return rules_metric(self.rules, self._bus_name, metric_name, statistic=statistic, period=period, label=label)

    def _warn_of_rules(self, form: EventForm) -> None:
        way_out = "" if form is EventForm.DECODED else _FEWER_RULES
        for route in self._routes:
            count = len(route.rules)
            if count >= _MANY_RULES:
                text = (
                    f"The handlers' filter {route.event_filter!r} takes {count} rules, because one pattern cannot ask "
                    f"for all of it.{way_out} Ask for less in one filter, or acknowledge this."
                )
                # A filter can contain tokens, whose text differs from synth to synth.
                Annotations.of(route).add_warning_v2(warning_ids.MANY_RULES, readable(self, text))

    def _warn_of_what_never_runs(self) -> None:
        earlier: dict[str, EventFilter] = {}
        for name, event_filter in self._filters.items():
            if takes_all_of(earlier.values(), event_filter):
                before = _needed(earlier, event_filter)
                text = (
                    f"The handler {name!r} never runs: every event that its filter {event_filter!r} matches goes to "
                    f"{' or '.join(map(repr, before))}, declared before it. Declare it first, narrow the others, or "
                    "remove it; acknowledge this if it is intended."
                )
                Annotations.of(self).add_warning_v2(warning_ids.HANDLER_NEVER_RUNS, readable(self, text))
            earlier[name] = event_filter

    def _warn_of_lost_messages(self) -> None:
        """Warn about queues whose failed messages Lambda would delete: handlers answer which ones failed."""
        invoked = self._function.node.default_child
        for mapping in Stack.of(self._function).node.find_all():
            if not isinstance(mapping, lambda_.CfnEventSourceMapping) or not _is_of_a_queue(mapping):
                continue
            consumer = referred_to(mapping.function_name)
            is_ours = consumer is not None and invoked is not None and consumer.node.path == invoked.node.path
            if is_ours and "ReportBatchItemFailures" not in (mapping.function_response_types or ()):
                Annotations.of(self).add_warning_v2(
                    warning_ids.FAILED_MESSAGES_LOST,
                    f"The event source {mapping.node.path.removesuffix('/Resource')!r} brings messages of a queue to "
                    f"the function of {self._path!r}, and does not read which of them failed: Lambda then deletes "
                    "them. Pass SqsEventSource(queue, report_batch_item_failures=True), or acknowledge this if the "
                    "function handles the queue's messages without these handlers.",
                )

    def _problems(self) -> list[str]:
        now = {handler.name: handler.event_filter for handler in self._handlers.declared}
        late = [name for name in now if now[name] != self._filters.get(name)]
        if not late or not is_in_the_app(self):
            return []
        text = (
            f"No route reaches the handler {late[0]!r}: it was declared after {self._path!r} was made. Expected all "
            "handlers to be declared before. Import the modules that declare handlers at the top of the file, and call "
            "include before `handle`."
        )
        return [text]


def _is_of_a_queue(mapping: lambda_.CfnEventSourceMapping) -> bool:
    """Check whether a mapping is of an SQS queue: streams have a starting position, and brokers their own queues."""
    return mapping.event_source_arn is not None and mapping.starting_position is None and not mapping.queues


def _filters_of(handlers: object, id: str) -> dict[str, EventFilter]:
    """Return the filters of the handlers by name, in order."""
    if not isinstance(handlers, EventHandlers):
        members = getattr(handlers, "__dict__", {}).items()
        inside = next((name for name, value in members if isinstance(value, EventHandlers)), None)
        hint = "" if inside is None else f" Did you mean its {inside!r}?"
        raise InvalidRoute(
            f"{handlers!r}, given to handle({id!r}, …), is not an EventHandlers.{hint} Expected the object on which "
            "the function's module declares its handlers. Import the module, and pass module.handlers."
        )
    filters = {handler.name: handler.event_filter for handler in handlers.declared if handler.event_filter is not None}
    if not filters:
        raise InvalidRoute(
            f"The handlers given to handle({id!r}, …) have no filter, so no event would reach them; a fallback alone "
            "makes no route. Expected at least one @handlers.on(event_filter). Import the modules that declare them "
            "first, or pass a filter of your own: bus.invoke(id, event_filter, function)."
        )
    return filters


def _groups(filters: Mapping[str, EventFilter], known: KnownEvents) -> list[list[str]]:
    """Return the names of the handlers, sorted; those that one event can match are together."""
    groups: list[list[str]] = []
    for name in filters:
        near = [
            group for group in groups if any(can_share_events(filters[name], filters[other], known) for other in group)
        ]
        joined = sorted(itertools.chain([name], *near))
        groups = sorted([*(group for group in groups if group not in near), joined])
    return groups


def _union(filters: Sequence[EventFilter]) -> EventFilter:
    return filters[0] if len(filters) == 1 else EventFilter.any_of(*filters)


def _needed(earlier: Mapping[str, EventFilter], event_filter: EventFilter) -> list[str]:
    """Return the names of the earlier handlers that suffice to take all of a filter's events."""
    needed = dict(earlier)
    for name in earlier:
        without = {other: needed[other] for other in needed if other != name}
        if takes_all_of(without.values(), event_filter):
            needed = without
    return [*needed]
