"""Which of SaaSus's events a route takes, in the words of SaaSus's API."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, NoReturn, ParamSpec

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.identities import TENANT, USER
from constructs_lib.events.json_values import in_short
from constructs_lib.events.known_events import NOTHING_KNOWN, KnownEvents
from constructs_lib.filters import arguments, rule_patterns
from constructs_lib.filters.conditions import (
    Body,
    Condition,
    Custom,
    EventTypes,
    Identity,
    Operations,
    Route,
    Statuses,
    TraceIds,
    conjunctions_of,
)
from constructs_lib.filters.ruler.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_cdk import aws_events

    from constructs_lib.events.operation import Operation, OperationGroup
    from constructs_lib.filters.body_text import Scalar
    from constructs_lib.filters.conjunction import Conjunction

P = ParamSpec("P")

_SUCCESS = frozenset(range(200, 300))
_FAILURE = frozenset(range(400, 600))


class _Start(Generic[P]):
    """A call that starts a filter; on a filter it says what to call instead."""

    def __init__(self, start: Callable[P, EventFilter]) -> None:
        self._start = start
        self.__doc__ = start.__doc__

    def __get__(self, instance: EventFilter | None, owner: type[EventFilter]) -> Callable[P, EventFilter]:
        return self._start if instance is None else self._refuse_on(instance)

    def _refuse_on(self, instance: EventFilter) -> Callable[P, EventFilter]:
        def refuse(*_: P.args, **__: P.kwargs) -> NoReturn:
            name = self._start.__name__.strip("_")
            raise InvalidFilter(
                f".{name}(…) was called on {instance!r}, but it starts a filter. Allowed on a filter are the calls "
                "that narrow it: .event_type, .route, .custom, .succeeded, .failed, .status, .tenant, .user, "
                ".trace_id, .trace_id_prefix, .not_trace_id_prefix, .request, .response. Write "
                f"EventFilter.{name}(…) first and narrow that; several operations go into one EventFilter.of(a, b)."
            )

        return refuse


def _all() -> EventFilter:
    """Start with every event of SaaSus: the pattern that SaaSus's guide gives."""
    return EventFilter()


def _of(*operations: Operation | OperationGroup) -> EventFilter:
    """Start with the events of operations, or of all operations of an API (`operations.pricing`).

    Never misses one: where SaaSus documents the operation's name, or `known` confirms it, the name alone decides.
    Elsewhere any plausible spelling of the name matches, and so does the operation's method and uri under any
    other name, except the names of operations whose uri a wildcard cannot tell from this one.

    What is taken by its name is taken whatever its method and uri: to see these costs a rule with a wildcard. Where
    one name could be of several operations, method and uri decide. `SaasusEvent.operation` tells for certain, and so
    does `.route(method, path)` after this.

    Raises:
        InvalidFilter: something given is no operation.
    """
    return EventFilter((Operations(arguments.targets(operations)),))


@dataclass(frozen=True, slots=True, repr=False)
class EventFilter:
    """Which of SaaSus's events to take.

    Start with `EventFilter.all()` or `EventFilter.of(…)` and narrow: chained calls AND, what one call is given is
    OR. A filter never changes; each call gives a new one. Equal filters are those made by equal calls.

    >>> from constructs_lib import EventFilter, operations as op
    >>> EventFilter.of(op.auth.create_tenant).succeeded()
    EventFilter.of(operations.auth.create_tenant).succeeded()
    >>> EventFilter.all().to_pattern()
    {'source': [{'prefix': 'aws.partner/saasus.io'}]}
    """

    _conditions: tuple[Condition, ...] = ()

    all = _Start(_all)
    of = _Start(_of)

    def event_type(self, *names: str) -> EventFilter:
        """Take events whose `detail.event_type` is one of the names, exactly.

        Raises:
            InvalidFilter: no name is given, or the names contradict an earlier call.
        """
        return self._and(EventTypes(arguments.texts("event_type", names, "create_tenant")))

    def route(self, method: str, path_template: str) -> EventFilter:
        """Take events of a method and path, also of operations that the catalog does not know yet.

        Args:
            method: the HTTP method.
            path_template: the path with `{parameters}`: `/v1/auth/users/{user_id}`. A wildcard's parameter runs on
                over `/`; operations of the catalog that it would take by that are excluded by their names.

        Raises:
            InvalidFilter: the method or path cannot be one of SaaSus's, or contradicts an earlier call.
        """
        return self._and(Route(*arguments.route(method, path_template)))

    def custom(self, detail_type: str, event_type: str) -> EventFilter:
        """Take events that the SaaS sends itself through SaaSus (`POST /v1/integration/eventbridge/event`).

        SaaSus does not offer this yet: the call answers 501, and a route of such a filter is warned of. By the
        examples in SaaSus's API file, `event_type` there would become `detail-type`, and `event_detail_type` would
        become `detail.event_type`; SaaSus does not say so.

        Raises:
            InvalidFilter: a text is empty, or the filter asks for what such events do not have.
        """
        return self._and(
            Custom(
                arguments.text("custom", detail_type, "api_call"),
                arguments.text("custom", event_type, "create_user"),
            )
        )

    def succeeded(self) -> EventFilter:
        """Take events of calls that were answered with an HTTP status from 200 to 299."""
        return self._and(Statuses("succeeded", _SUCCESS))

    def failed(self) -> EventFilter:
        """Take events of calls that were answered with an HTTP status from 400 to 599."""
        return self._and(Statuses("failed", _FAILURE))

    def status(self, *codes: int) -> EventFilter:
        """Take events of calls that were answered with one of these HTTP statuses.

        Raises:
            InvalidFilter: a code is not from 100 to 599, or the codes contradict an earlier call.
        """
        return self._and(Statuses("status", arguments.statuses(codes)))

    def tenant(self, id: str) -> EventFilter:
        """Take events about one tenant: its id is the uri's `{tenant_id}`, or that of the tenant just created.

        After `all()` it takes 6 of the 30 rules with a wildcard that a bus can have: name operations before it, and
        confirm `saasus:bodyForms` (docs/known-events.md).

        Raises:
            InvalidFilter: the id cannot stand in a uri, or the filter's operations have no tenant.
        """
        return self._and(Identity(TENANT, arguments.identity("tenant", id)))

    def user(self, id: str) -> EventFilter:
        """Take events about one user: the id is the uri's `{user_id}`, or that of the user just created.

        After `all()` it takes 11 of the 30 rules with a wildcard that a bus can have: name operations before it, and
        confirm `saasus:bodyForms` (docs/known-events.md).

        Raises:
            InvalidFilter: the id cannot stand in a uri, or the filter's operations have no user.
        """
        return self._and(Identity(USER, arguments.identity("user", id)))

    def trace_id(self, *ids: str) -> EventFilter:
        """Take events of API calls that had one of these trace ids (header `X-SaaSus-Trace-Id`).

        The caller chooses it; the calls of one action of a user can share one.

        Raises:
            InvalidFilter: no id is given, or the ids contradict an earlier call.
        """
        return self._and(TraceIds("trace_id", arguments.texts("trace_id", ids, "onboarding-42")))

    def trace_id_prefix(self, text: str) -> EventFilter:
        """Take events of API calls whose trace id starts so.

        Raises:
            InvalidFilter: the text is empty, or contradicts an earlier call.
        """
        return self._and(TraceIds("trace_id_prefix", (arguments.text("trace_id_prefix", text, "onboarding-"),)))

    def not_trace_id_prefix(self, text: str) -> EventFilter:
        """Take events of API calls whose trace id does not start so: stops a handler from triggering itself.

        A handler that calls SaaSus back sends a trace id with a prefix of its own in `X-SaaSus-Trace-Id`, and its
        route leaves that prefix out. The caller chooses the trace id, and where a backend passes on its front end's,
        an end user does. So the prefix has to be one that nobody can guess (`secrets.token_hex(8)`, kept with the
        handler's configuration); a route warns of another. Do not leave events out of an audit or an offboarding.

        Raises:
            InvalidFilter: the text is empty, or contradicts an earlier call.
        """
        given = arguments.text("not_trace_id_prefix", text, "onboarding-")
        return self._and(TraceIds("not_trace_id_prefix", (given,)))

    def request(self, **fields: Scalar) -> EventFilter:
        """Take events whose request body has these values in its own fields.

        A pattern sees the body as text and cannot see depth: `request(name="x")` also takes a body whose
        `attributes` have a `name` of "x". Every form that a JSON writer might have given the value is asked for,
        which can take several rules; `known` narrows that to the forms that were seen.

        Args:
            fields: texts match whole and exactly, numbers by the way that JSON writes them: 1 is not
                10, nor 1.0; 1.0 is written 1 as well.

        Raises:
            InvalidFilter: the filter's operations have no such field, or none of that type.
        """
        return self._and(Body("request", arguments.body_fields("request", fields, self._targets)))

    def response(self, **fields: Scalar) -> EventFilter:
        """Take events whose response body has these values in its own fields; see `request`.

        Raises:
            InvalidFilter: the filter's operations have no such field, or none of that type.
        """
        return self._and(Body("response", arguments.body_fields("response", fields, self._targets)))

    def to_pattern(self, known: KnownEvents | None = None) -> dict[str, Any]:
        """Give the one whole EventBridge pattern, JSON-ready, even where it passes a limit.

        Args:
            known: confirmed names and body forms; without, only what SaaSus documents is certain.
        """
        return rule_patterns.whole_pattern(self.conjunctions(known), _given(known).body_forms)

    def to_patterns(self, known: KnownEvents | None = None) -> tuple[dict[str, Any], ...]:
        """Give what a route deploys: patterns that match the same events, each within EventBridge's limits.

        No event with a documented, confirmed or derived name matches two of them. A single wildcard that is too
        complex by itself stays one pattern.

        Args:
            known: confirmed names and body forms; without, only what SaaSus documents is certain.
        """
        return rule_patterns.split_patterns(self.conjunctions(known), _given(known).body_forms)

    def to_event_pattern(self, known: KnownEvents | None = None) -> aws_events.EventPattern:
        """Give the whole pattern as the CDK's value, for an `aws_events.Rule` of your own.

        Args:
            known: confirmed names and body forms; without, only what SaaSus documents is certain.
        """
        from constructs_lib.filters.cdk_pattern import to_event_pattern

        return to_event_pattern(self.to_pattern(known))

    def matches(self, event: Mapping[str, Any] | str, known: KnownEvents | None = None) -> bool:
        """Tell whether an event matches, by EventBridge's own rules, offline.

        Args:
            event: the whole event, from `version` to `detail`; a dict, or JSON text.
            known: confirmed names and body forms; without, only what SaaSus documents is certain.

        Raises:
            InvalidEvent: the text is no JSON object.
        """
        return _matcher(self, _given(known)).matches(event)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The calls that the filter was made by, as values."""
        return self._conditions

    def conjunctions(self, known: KnownEvents | None = None) -> tuple[Conjunction, ...]:
        """Give the conjunctions whose union the filter is, before they become text.

        Args:
            known: confirmed names and body forms; without, only what SaaSus documents is certain.
        """
        return conjunctions_of(self._conditions, _given(known))

    @property
    def _targets(self) -> tuple[Operation | OperationGroup, ...]:
        return next((c.targets for c in self._conditions if isinstance(c, Operations)), ())

    def _and(self, condition: Condition) -> EventFilter:
        narrowed = EventFilter((*self._conditions, condition))
        narrowed._refuse_text_of_custom_events()
        if not narrowed.conjunctions():
            raise InvalidFilter(
                f"{narrowed!r} can never match: the last call contradicts what comes before it. Allowed is what an "
                "event of those operations can have at once. Take the call away, or start another filter."
            )
        return narrowed

    def _refuse_text_of_custom_events(self) -> None:
        if any(isinstance(condition, Custom) for condition in self._conditions):
            for condition in self._conditions:
                if not isinstance(condition, (Custom, EventTypes, TraceIds)):
                    raise arguments.custom_only(repr(condition).partition("(")[0])

    def __repr__(self) -> str:
        calls = [repr(condition) for condition in self._conditions]
        if not self._targets:
            calls.insert(0, "all()")
        return f"EventFilter.{'.'.join(calls)}"


def _given(known: KnownEvents | None) -> KnownEvents:
    if isinstance(known, KnownEvents):
        return known
    if known is None:
        return NOTHING_KNOWN
    raise InvalidFilter(
        f"known={in_short(known)} is not a KnownEvents. Expected what KnownEvents.from_file(path) returns for the file "
        "that `saasus-events learn` writes. Pass that, or leave the argument out."
    )


@lru_cache(maxsize=512)
def _matcher(event_filter: EventFilter, known: KnownEvents) -> Matcher:
    return Matcher(event_filter.to_pattern(known))
