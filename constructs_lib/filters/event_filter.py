"""Which of SaaSus's events a route takes, in the words of SaaSus's API.

What makes patterns and matches them is imported where it is used: a Lambda function that only names filters need not
load it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast, overload

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.identities import TENANT, USER
from constructs_lib.events.json_values import in_short
from constructs_lib.events.record import is_decoded
from constructs_lib.events.typed_bodies import RequestT_co, ResponseT_co, TypedBodies
from constructs_lib.events.value import Value
from constructs_lib.filters import arguments
from constructs_lib.filters.conditions import (
    AnyOfCondition,
    BodyCondition,
    Condition,
    CustomCondition,
    EventTypeCondition,
    IdentityCondition,
    OperationCondition,
    RouteCondition,
    StatusCondition,
    TraceIdCondition,
    alternatives_of,
    can_contradict,
    chain_of,
    targets_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_cdk import aws_events

    from constructs_lib.body_types.error_body import ErrorBody
    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.events.operation import Operation, OperationGroup
    from constructs_lib.events.typed_bodies import (
        Request1,
        Request2,
        Request3,
        Request4,
        Response1,
        Response2,
        Response3,
        Response4,
    )
    from constructs_lib.filters.body_text import Scalar
    from constructs_lib.filters.conjunction import Conjunction
    from constructs_lib.filters.ruler.matcher import Matcher

F = TypeVar("F", bound="Callable[..., EventFilter]")

_SUCCESS = frozenset(range(200, 300))
_FAILURE = frozenset(range(400, 600))


class _Start(Generic[F]):
    """A call that starts a filter; called on a filter, it raises and names what to call instead."""

    def __init__(self, start: F) -> None:
        self._start = start
        self.__doc__ = start.__doc__

    def __get__(self, instance: EventFilter | None, owner: type[EventFilter]) -> F:
        return self._start if instance is None else cast("F", self._refuse_on(instance))

    def _refuse_on(self, instance: EventFilter) -> Callable[..., NoReturn]:
        def refuse(*_: object, **__: object) -> NoReturn:
            name = self._start.__name__.strip("_")
            raise InvalidFilter(
                f".{name}(…) starts a filter and cannot be called on one, here {instance!r}. Expected a call that "
                "narrows it: .event_type, .route, .custom, .succeeded, .failed, .status, .tenant, .user, .trace_id, "
                ".trace_id_prefix, .not_trace_id_prefix, .request or .response. Begin with "
                f"EventFilter.{name}(…) and narrow that; pass several operations to one EventFilter.of(a, b), and "
                "several filters to one EventFilter.any_of(f, g)."
            )

        return refuse


def _all() -> EventFilter:
    """Start with every event from SaaSus; the pattern is the one in SaaSus's guide."""
    return EventFilter()


# Type checkers join several types to one that all have in common, unless each argument has a type of its own.
@overload
def _of(a: Operation[Request1, Response1] | OperationGroup, /) -> EventFilter[Request1, Response1]: ...
@overload
def _of(
    a: Operation[Request1, Response1] | OperationGroup, b: Operation[Request2, Response2] | OperationGroup, /
) -> EventFilter[Request1 | Request2, Response1 | Response2]: ...
@overload
def _of(
    a: Operation[Request1, Response1] | OperationGroup,
    b: Operation[Request2, Response2] | OperationGroup,
    c: Operation[Request3, Response3] | OperationGroup,
    /,
) -> EventFilter[Request1 | Request2 | Request3, Response1 | Response2 | Response3]: ...
@overload
def _of(
    a: Operation[Request1, Response1] | OperationGroup,
    b: Operation[Request2, Response2] | OperationGroup,
    c: Operation[Request3, Response3] | OperationGroup,
    d: Operation[Request4, Response4] | OperationGroup,
    /,
) -> EventFilter[Request1 | Request2 | Request3 | Request4, Response1 | Response2 | Response3 | Response4]: ...
@overload
def _of(
    a: Operation | OperationGroup,
    b: Operation | OperationGroup,
    c: Operation | OperationGroup,
    d: Operation | OperationGroup,
    e: Operation | OperationGroup,
    /,
    *more: Operation | OperationGroup,
) -> EventFilter[Any, Any]: ...
def _of(*operations: Operation | OperationGroup) -> EventFilter:
    """Start with the events of operations, or of all operations of an API (`operations.pricing`).

    The filter never misses an event of theirs. If SaaSus documents an operation's name, or `known` confirms it, the
    name alone decides. Otherwise any plausible spelling of the name matches, and so does the operation's method and
    URI under any other name, except names of operations whose URI a wildcard cannot distinguish from this one.

    An event that matches by name matches whatever its method and URI, because checking these takes a rule with a
    wildcard. Where several operations could have a name, method and URI decide. To be certain, read
    `SaasusEvent.operation`, or add `.route(method, path)`.

    Raises:
        InvalidFilter: An argument is not an operation or a group of them.
    """
    return EventFilter((OperationCondition(arguments.targets(operations)),))


@overload
def _any_of(a: EventFilter[Request1, Response1], /) -> EventFilter[Request1, Response1]: ...
@overload
def _any_of(
    a: EventFilter[Request1, Response1], b: EventFilter[Request2, Response2], /
) -> EventFilter[Request1 | Request2, Response1 | Response2]: ...
@overload
def _any_of(
    a: EventFilter[Request1, Response1], b: EventFilter[Request2, Response2], c: EventFilter[Request3, Response3], /
) -> EventFilter[Request1 | Request2 | Request3, Response1 | Response2 | Response3]: ...
@overload
def _any_of(
    a: EventFilter[Request1, Response1],
    b: EventFilter[Request2, Response2],
    c: EventFilter[Request3, Response3],
    d: EventFilter[Request4, Response4],
    /,
) -> EventFilter[Request1 | Request2 | Request3 | Request4, Response1 | Response2 | Response3 | Response4]: ...
@overload
def _any_of(
    a: EventFilter, b: EventFilter, c: EventFilter, d: EventFilter, e: EventFilter, /, *more: EventFilter
) -> EventFilter[Any, Any]: ...
def _any_of(*filters: EventFilter) -> EventFilter:
    """Start with the events that any of the filters matches; a call that follows narrows each of them.

    `any_of(f, g).succeeded()` matches what `f.succeeded()` or `g.succeeded()` matches. A narrowing call that
    contradicts one of the filters leaves that one out.

    An event that several of the filters match can match more than one of `to_patterns()`, and a route then delivers it
    more than once: a warning says so at synth. For several operations with the same conditions, `of(a, b)` is shorter
    and never does that.

    Raises:
        InvalidFilter: An argument is not an EventFilter.
    """
    given: tuple[object, ...] = filters
    if not given:
        raise InvalidFilter(
            "EventFilter.any_of() has no arguments. Expected filters, such as EventFilter.of(operations.pricing) and "
            "EventFilter.all().failed(). To match every event, use EventFilter.all()."
        )
    for each in given:
        if not isinstance(each, EventFilter):
            raise InvalidFilter(
                f"EventFilter.any_of({in_short(each)}): {in_short(each)} is not an EventFilter. Expected filters, such "
                "as EventFilter.of(operations.pricing) and EventFilter.all().failed(). To match any of several "
                "operations, use EventFilter.of(a, b); pass filters one by one, not as a list."
            )
    return EventFilter((AnyOfCondition(tuple(dict.fromkeys(each.conditions for each in filters))),))


class EventFilter(Value, TypedBodies[RequestT_co, ResponseT_co]):
    """Which of SaaSus's events to match.

    Start with `EventFilter.all()`, `EventFilter.of(…)` or `EventFilter.any_of(…)` and narrow it. Chained calls are
    combined with AND, the arguments of one call with OR. A filter never changes: each call returns a new one. Filters
    made by equal calls are equal.

    >>> from constructs_lib import EventFilter, operations as op
    >>> EventFilter.of(op.auth.create_tenant).succeeded()
    EventFilter.of(operations.auth.create_tenant).succeeded()
    >>> EventFilter.all().to_pattern()
    {'source': [{'prefix': 'aws.partner/saasus.io'}]}
    """

    _conditions: tuple[Condition, ...] = ()

    all = _Start(_all)
    of = _Start(_of)
    any_of = _Start(_any_of)

    def event_type(self, *names: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events whose `detail.event_type` is exactly one of the names.

        Raises:
            InvalidFilter: There is no name, or the names contradict an earlier call.
        """
        return self._and(EventTypeCondition(arguments.texts("event_type", names, "create_tenant")))

    def route(self, method: str, path_template: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events of calls with a method and path, even of operations that the catalog does not have yet.

        Args:
            method: The HTTP method.
            path_template: The path with `{parameters}`, such as `/v1/auth/users/{user_id}`. In a wildcard, a
                parameter also matches `/`; operations of the catalog that would match because of that are excluded
                by their names.

        Raises:
            InvalidFilter: SaaSus's API cannot have the method or path, or they contradict an earlier call.
        """
        return self._and(RouteCondition(*arguments.route(method, path_template)))

    def custom(self, detail_type: str, event_type: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events that your SaaS sends itself through SaaSus (`POST /v1/integration/eventbridge/event`).

        SaaSus does not offer this yet: the call is answered with 501, and a route with such a filter gets a warning.
        Judging by the examples in SaaSus's API file, the call's `event_type` would become `detail-type`, and its
        `event_detail_type` would become `detail.event_type`; SaaSus does not say so.

        Raises:
            InvalidFilter: A string is empty, or the filter has a condition that such events cannot meet.
        """
        return self._and(
            CustomCondition(
                arguments.text("custom", detail_type, "api_call"),
                arguments.text("custom", event_type, "create_user"),
            )
        )

    def succeeded(self) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events of calls that were answered with an HTTP status from 200 to 299."""
        return self._and(StatusCondition("succeeded", _SUCCESS))

    def failed(self) -> EventFilter[RequestT_co, ErrorBody]:
        """Match events of calls that were answered with an HTTP status from 400 to 599, and so with an error."""
        failures: EventFilter[RequestT_co, Any] = self._and(StatusCondition("failed", _FAILURE))
        return failures

    def status(self, *codes: int) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events of calls that were answered with one of these HTTP statuses.

        Raises:
            InvalidFilter: A code is not from 100 to 599, or the codes contradict an earlier call.
        """
        return self._and(StatusCondition("status", arguments.statuses(codes)))

    def tenant(self, id: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events about one tenant: the id is the URI's `{tenant_id}`, or that of the tenant just created.

        After `all()` this takes 6 of the 30 rules with a wildcard that a bus can have. Name operations first, and
        confirm `saasus:bodyForms` (docs/known-events.md).

        Raises:
            InvalidFilter: The id cannot be part of a URI, or the filter's operations have no tenant.
        """
        return self._and(IdentityCondition(TENANT, arguments.identity("tenant", id)))

    def user(self, id: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events about one user: the id is the URI's `{user_id}`, or that of the user just created.

        After `all()` this takes 11 of the 30 rules with a wildcard that a bus can have. Name operations first, and
        confirm `saasus:bodyForms` (docs/known-events.md).

        Raises:
            InvalidFilter: The id cannot be part of a URI, or the filter's operations have no user.
        """
        return self._and(IdentityCondition(USER, arguments.identity("user", id)))

    def trace_id(self, *ids: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events of API calls that had one of these trace ids (header `X-SaaSus-Trace-Id`).

        The caller chooses the trace id. The calls of one user action can share one.

        Raises:
            InvalidFilter: There is no id, or the ids contradict an earlier call.
        """
        return self._and(TraceIdCondition("trace_id", arguments.texts("trace_id", ids, "onboarding-42")))

    def trace_id_prefix(self, text: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events of API calls whose trace id starts with the prefix.

        Raises:
            InvalidFilter: The prefix is empty, or contradicts an earlier call.
        """
        return self._and(TraceIdCondition("trace_id_prefix", (arguments.text("trace_id_prefix", text, "onboarding-"),)))

    def not_trace_id_prefix(self, text: str) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events of API calls whose trace id does not start with the prefix: keeps a handler from looping.

        A handler that calls SaaSus sends a trace id with a prefix of its own in `X-SaaSus-Trace-Id`, and its route
        leaves that prefix out. The caller chooses the trace id; if a backend passes on its front end's, an end user
        can choose it. So the prefix must be one that nobody can guess (`secrets.token_hex(8)`, kept with the
        handler's configuration); a route with any other prefix gets a warning. Do not leave events out of an audit
        or an offboarding.

        Raises:
            InvalidFilter: The prefix is empty, or contradicts an earlier call.
        """
        given = arguments.text("not_trace_id_prefix", text, "onboarding-")
        return self._and(TraceIdCondition("not_trace_id_prefix", (given,)))

    def request(self, **fields: Scalar) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events whose request body has these values in its top-level fields.

        A pattern sees the body as text and cannot see depth: `request(name="x")` also matches a body whose
        `attributes` have a `name` of "x". The filter covers every form in which a JSON writer might have written the
        value, which can take several rules; `known` narrows that to the forms that were seen.

        Args:
            fields: The values by field name. Strings match whole and exactly. Numbers match as JSON writes them: 1
                matches neither 10 nor 1.0, and 1.0 also matches 1.

        Raises:
            InvalidFilter: The filter's operations have no such field, or none of that type.
        """
        return self._and(BodyCondition("request", arguments.body_fields("request", fields, self._targets)))

    def response(self, **fields: Scalar) -> EventFilter[RequestT_co, ResponseT_co]:
        """Match events whose response body has these values in its top-level fields; see `request`.

        Raises:
            InvalidFilter: The filter's operations have no such field, or none of that type.
        """
        return self._and(BodyCondition("response", arguments.body_fields("response", fields, self._targets)))

    def to_pattern(self, known: KnownEvents | None = None) -> dict[str, Any]:
        """Return the whole filter as one EventBridge pattern, JSON-ready, even if it exceeds a limit.

        Args:
            known: Confirmed names and body forms. Default: only what SaaSus documents is certain.
        """
        from constructs_lib.filters import rule_patterns

        return rule_patterns.whole_pattern(self.conjunctions(known), _given(known).body_forms)

    def to_patterns(self, known: KnownEvents | None = None) -> tuple[dict[str, Any], ...]:
        """Return the patterns that a route deploys: together they match the same events, each within the limits.

        No event with a documented, confirmed or derived name matches two of them. A wildcard that is too complex by
        itself remains one pattern.

        Args:
            known: Confirmed names and body forms. Default: only what SaaSus documents is certain.
        """
        from constructs_lib.filters import rule_patterns

        return rule_patterns.split_patterns(self.conjunctions(known), _given(known).body_forms)

    def to_decoded_pattern(self, known: KnownEvents | None = None) -> dict[str, Any]:
        """Return the whole filter as one EventBridge pattern for decoded events, even if it exceeds a limit.

        It is exact: an operation is its method and the segments of its path, a body field is a field, and nothing
        depends on the name that SaaSus gives an event. Only a field that is a list matches if one of its elements has
        the value; that is how EventBridge reads every list.

        Args:
            known: Not needed here; taken so that the call reads like `to_pattern`. Default: none.

        Raises:
            InvalidFilter: No decoded event can match: the filter asks for a secret, or its calls contradict each other
                when method and path decide exactly.
        """
        from constructs_lib.filters import decoded_patterns

        _given(known)
        return decoded_patterns.whole_decoded_pattern(self._conditions)

    def to_decoded_patterns(self, known: KnownEvents | None = None) -> tuple[dict[str, Any], ...]:
        """Return the patterns that a route of the decoded bus deploys: the same events, each within the limits.

        There is no wildcard in them. No event matches two of them, unless filters of one `any_of` overlap and do not
        fit one pattern.

        Args:
            known: Not needed here; taken so that the call reads like `to_patterns`. Default: none.

        Raises:
            InvalidFilter: As for `to_decoded_pattern`.
        """
        from constructs_lib.filters import decoded_patterns

        _given(known)
        return decoded_patterns.split_decoded_patterns(self._conditions)

    def to_event_pattern(self, known: KnownEvents | None = None) -> aws_events.EventPattern:
        """Return the whole pattern as an `aws_events.EventPattern`, for an `aws_events.Rule` of your own.

        Args:
            known: Confirmed names and body forms. Default: only what SaaSus documents is certain.
        """
        from constructs_lib.filters.cdk_pattern import to_event_pattern

        return to_event_pattern(self.to_pattern(known))

    def matches(self, event: Mapping[str, Any] | str, known: KnownEvents | None = None) -> bool:
        """Check offline whether an event matches, by EventBridge's own rules.

        An event of the decoded bus is matched by `to_decoded_pattern()`.

        Args:
            event: The whole event, from `version` to `detail`; a dict, or JSON text.
            known: Confirmed names and body forms. Default: only what SaaSus documents is certain.

        Raises:
            InvalidEvent: The event is not a JSON object.
        """
        from constructs_lib.filters.ruler.matcher import read_event

        members = read_event(event)
        if is_decoded(members):
            decoded = _decoded_matcher(self)
            return decoded is not None and decoded.matches(members)
        return _matcher(self, _given(known)).matches(members)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The calls that made the filter, as values."""
        return self._conditions

    def conjunctions(self, known: KnownEvents | None = None) -> tuple[Conjunction, ...]:
        """Return the conjunctions whose union is the filter, before they become text.

        Args:
            known: Confirmed names and body forms. Default: only what SaaSus documents is certain.
        """
        from constructs_lib.filters.refinement import conjunctions_of

        return conjunctions_of(self._conditions, _given(known))

    @property
    def alternatives(self) -> tuple[EventFilter, ...]:
        """The filters that together match what this one does, none of them with `any_of`; usually this one alone."""
        found = alternatives_of(self._conditions)
        return (self,) if len(found) == 1 and found[0] == self._conditions else tuple(map(EventFilter, found))

    @property
    def _targets(self) -> tuple[Operation | OperationGroup, ...]:
        return targets_of(self._conditions)

    def _and(self, condition: Condition) -> EventFilter[RequestT_co, ResponseT_co]:
        narrowed: EventFilter[RequestT_co, ResponseT_co] = EventFilter((*self._conditions, condition))
        narrowed._refuse_text_of_custom_events()
        if can_contradict(condition, self._conditions) and not narrowed.conjunctions():
            raise InvalidFilter(
                f"{narrowed!r} can never match: the last call contradicts an earlier one. Expected conditions that one "
                "event of those operations can meet. Remove the call, or start another filter."
            )
        return narrowed

    def _refuse_text_of_custom_events(self) -> None:
        for conditions in alternatives_of(self._conditions):
            if any(isinstance(condition, CustomCondition) for condition in conditions):
                for condition in conditions:
                    if not isinstance(condition, (CustomCondition, EventTypeCondition, TraceIdCondition)):
                        raise arguments.custom_only(repr(condition).partition("(")[0])

    def __repr__(self) -> str:
        return f"EventFilter.{chain_of(self._conditions)}"


def _given(known: KnownEvents | None) -> KnownEvents:
    from constructs_lib.events.known_events import NOTHING_KNOWN, KnownEvents

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
    from constructs_lib.filters.ruler.matcher import Matcher

    return Matcher(event_filter.to_pattern(known))


@lru_cache(maxsize=512)
def _decoded_matcher(event_filter: EventFilter) -> Matcher | None:
    from constructs_lib.filters.ruler.matcher import Matcher

    try:
        return Matcher(event_filter.to_decoded_pattern())
    except InvalidFilter:
        return None  # no decoded event has what the filter asks for
