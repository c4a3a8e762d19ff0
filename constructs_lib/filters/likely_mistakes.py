"""Conditions of a filter that SaaSus, as far as is known, never meets; a user can acknowledge each."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from constructs_lib.events import warning_ids
from constructs_lib.events.errors import nearest
from constructs_lib.events.operations import operations
from constructs_lib.events.record import API_CALL
from constructs_lib.filters.arguments import is_token, is_uuid
from constructs_lib.filters.conditions import (
    BodyCondition,
    CustomCondition,
    EventTypeCondition,
    IdentityCondition,
    RouteCondition,
    StatusCondition,
)
from constructs_lib.filters.risks import Finding
from constructs_lib.filters.route_text import PARAMETER, RouteText
from constructs_lib.filters.witness import witness_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter


_OF_GET = re.compile(r"get(_|[A-Z])")


def mistakes_of(event_filter: EventFilter, known: KnownEvents) -> Iterator[Finding]:
    """Yield what is probably a mistake in a filter, one without `any_of`."""
    found = False
    for condition in event_filter.conditions:
        for finding in _of_condition(event_filter, condition, known):
            found = True
            yield finding
    if not found and witness_of(event_filter, known) is None:
        yield Finding(
            warning_ids.NEVER_MATCHES,
            f"As far as the catalog knows, no event of SaaSus's API meets all conditions of {event_filter!r}. "
            "Remove one of its calls, or acknowledge this.",
        )


def _of_condition(event_filter: EventFilter, condition: object, known: KnownEvents) -> Iterator[Finding]:
    if isinstance(condition, CustomCondition):
        yield Finding(
            warning_ids.CUSTOM_EVENTS_UNSENT,
            f"{event_filter!r} matches events that a SaaS sends itself through SaaSus. SaaSus does not offer it yet: "
            "POST /v1/integration/eventbridge/event answers 501 (not implemented). Until it does, the route never "
            "fires. Publish such events on a bus of your own, or acknowledge this.",
        )
    elif isinstance(condition, IdentityCondition):
        yield from _of_identity(condition)
    elif isinstance(condition, RouteCondition):
        yield from _of_route(condition)
    elif isinstance(condition, EventTypeCondition):
        yield from _of_names(condition, known)
    elif isinstance(condition, StatusCondition):
        yield from _of_statuses(event_filter, condition, known)
    elif isinstance(condition, BodyCondition) and condition.side == "response":
        yield from _of_response(event_filter, condition, known)


def _of_identity(condition: IdentityCondition) -> Iterator[Finding]:
    if not (is_uuid(condition.value) or is_token(condition.value)):
        yield Finding(
            warning_ids.ID_NOT_UUID,
            f".{condition!r} does not have a UUID in lower case. SaaSus's ids of tenants and users are UUIDs such as "
            "fc84307d-e285-4854-8c16-21a6871a2a13; a name or an e-mail address is never part of a URI. Copy the id "
            "from the SaaSus console or from an event, or acknowledge this.",
        )


def _of_route(condition: RouteCondition) -> Iterator[Finding]:
    if condition.method == "GET":
        yield Finding(
            warning_ids.NO_EVENT_FOR_GET,
            f".{condition!r} asks for GET, but SaaSus sends events for all calls except GET, so the route never fires. "
            "Ask for the call that makes the change you are interested in, or acknowledge this.",
        )
        return
    path = RouteText(condition.template)
    of_shape = [o for o in (*operations, *operations.retired) if RouteText(o.path).both(path) is not None]
    if any(o.method == condition.method and not o.retired for o in of_shape):
        return
    same = next((o for o in of_shape if o.method == condition.method), None)
    if same:
        hint = f"SaaSus removed it from its API files ({same}), and only its consoles may still call it"
    elif of_shape:
        hint = f"the path has {' and '.join(f'{o.method} ({o})' for o in of_shape)}"
    else:
        paths = {_named_alike(o.path, condition.template) for o in operations if o.method == condition.method}
        hint = f"there is no such path.{nearest(condition.template, paths)}".rstrip(".")
    yield Finding(
        warning_ids.UNKNOWN_ROUTE,
        f".{condition!r} is not an operation of SaaSus's API that the catalog knows: {hint.rstrip('?')}"
        f"{'?' if hint.endswith('?') else '.'} Correct it, or acknowledge this if SaaSus has a newer operation.",
    )


def _named_alike(path: str, template: str) -> str:
    """Return a path with the names of another path's parameters, if these are in the same places."""
    ours, theirs = path.split("/"), template.split("/")
    if len(ours) != len(theirs):
        return path
    both = zip(ours, theirs, strict=True)
    return "/".join(other if PARAMETER.fullmatch(own) and PARAMETER.fullmatch(other) else own for own, other in both)


def _of_names(condition: EventTypeCondition, known: KnownEvents) -> Iterator[Finding]:
    names, plain = _names_in_catalog(known)
    for name in condition.names:
        if name in names or is_token(name):
            continue
        if name == API_CALL:
            yield Finding(
                warning_ids.UNKNOWN_EVENT_TYPE,
                f".event_type({name!r}) names the detail-type of all events of SaaSus's API, not an event_type. "
                "Write EventFilter.all() to match them all, or acknowledge this.",
            )
        elif _OF_GET.match(name):
            yield Finding(
                warning_ids.NO_EVENT_FOR_GET,
                f".event_type({name!r}) is named like a GET, but SaaSus sends events for all calls except GET. Ask for "
                "the call that makes the change you are interested in, or acknowledge this.",
            )
        elif near := plain.get(_plain(name)) or _one_letter_off(name, names):
            yield Finding(
                warning_ids.UNKNOWN_EVENT_TYPE,
                f".event_type({name!r}) is not the name of any operation in the catalog, and names are compared letter "
                f"by letter. Did you mean {near!r}? Correct it, or acknowledge this if events came with that name.",
            )


@lru_cache(maxsize=16)
def _names_in_catalog(known: KnownEvents) -> tuple[frozenset[str], dict[str, str]]:
    """Return the names that events can have, as they are and by what is left of them without case and punctuation."""
    names = frozenset(name for operation in operations for name in known.names_of(operation))
    return names, {_plain(name): name for name in names}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _one_letter_off(name: str, names: frozenset[str]) -> str | None:
    """Return the name from which this one differs by a slip of one letter."""
    return next((known for known in sorted(names) if abs(len(known) - len(name)) <= 1 and _near(name, known)), None)


def _near(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    same = next((n for n, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) == len(longer):
        swapped = shorter[:same] + shorter[same : same + 2][::-1] + shorter[same + 2 :]
        return shorter[same + 1 :] == longer[same + 1 :] or swapped == longer
    return shorter[same:] == longer[same + 1 :]


def _of_statuses(event_filter: EventFilter, condition: StatusCondition, known: KnownEvents) -> Iterator[Finding]:
    successes = {code for code in condition.codes if 200 <= code <= 299}
    if condition.call != "status" or successes != condition.codes:
        return
    asked = {o for conjunction in event_filter.conjunctions(known) for o in conjunction.candidates or ()}
    answers = {o.success_status for o in asked}
    if asked and not answers & successes:
        said = ", ".join(f"{o!r} with {o.success_status}" for o in sorted(asked, key=str)[:3])
        yield Finding(
            warning_ids.OTHER_STATUS,
            f".{condition!r} is not a status of success in SaaSus's API files, which have {said}. "
            "Write .succeeded() for any success, or acknowledge this.",
        )


def _of_response(event_filter: EventFilter, condition: BodyCondition, known: KnownEvents) -> Iterator[Finding]:
    conjunctions = event_filter.conjunctions(known)
    statuses = {code for conjunction in conjunctions for code in conjunction.statuses or ()}
    asked = {o for conjunction in conjunctions for o in conjunction.candidates or ()}
    if not (asked and statuses):
        return
    for name, _ in condition.fields:
        of_success = any(name in o.response_fields for o in asked)
        of_error = any(name in o.error_fields for o in asked)
        if (of_success and not of_error and min(statuses) >= 400) or (
            of_error and not of_success and max(statuses) < 300
        ):
            answer = "success" if of_success else "error"
            yield Finding(
                warning_ids.OTHER_RESPONSE,
                f".{condition!r} asks for {name!r}, which only the response to {'a' if of_success else 'an'} {answer} "
                "has, but the filter's statuses are of the other kind. Remove one of the two, or acknowledge this.",
            )
