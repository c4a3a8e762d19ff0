"""The options that describe a filter, for `filter` and for the commands that select events by them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.command import CommandError
from constructs_lib.cli.options import whole_number
from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.json_values import in_short, read_json
from constructs_lib.events.known_events import NOTHING_KNOWN, KnownEvents
from constructs_lib.events.operation import Operation
from constructs_lib.events.operations import operations
from constructs_lib.filters.event_filter import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from constructs_lib.events.operation import OperationGroup


def add_filter_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the options that describe a filter."""
    add = parser.add_argument
    several: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
    add(
        "--of",
        action="append",
        default=[],
        metavar="OPERATION",
        help="an operation such as auth.create_tenant, or an API such as pricing; repeatable",
    )
    add("--event-type", metavar="NAME", help="detail.event_type is one of these", **several)
    add("--route", metavar='"METHOD PATH"', help='a method and path, such as "DELETE /v1/auth/users/{user_id}"')
    add("--custom", nargs=2, metavar=("DETAIL_TYPE", "EVENT_TYPE"), help="events that your SaaS sends itself")
    add("--succeeded", action="store_true", help="http_status is 200 to 299")
    add("--failed", action="store_true", help="http_status is 400 to 599")
    several_numbers: dict[str, Any] = {**several, "type": _http_status, "dest": "status"}
    add("--http-status", "--status", metavar="CODE", help="http_status is one of these", **several_numbers)
    add("--tenant", metavar="ID", help="about one tenant")
    add("--user", metavar="ID", help="about one user")
    add("--trace-id", metavar="ID", help="the trace id is one of these", **several)
    add("--trace-id-prefix", metavar="TEXT", help="the trace id starts with this")
    add("--not-trace-id-prefix", metavar="TEXT", help="the trace id does not start with this")
    add("--request", action="append", default=[], metavar="NAME=VALUE", help="a field of the request body; repeatable")
    add(
        "--response", action="append", default=[], metavar="NAME=VALUE", help="a field of the response body; repeatable"
    )
    add("--known", metavar="FILE", help="a file of confirmed event types, as `saasus-events learn` writes it")


def _http_status(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{in_short(text)} is not an HTTP status; write a number such as 200 or 404")
    return number


def add_selection_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `saasus-events filter` that say which events a command is about."""
    add_filter_arguments(parser.add_argument_group("filter", "which events; as in `saasus-events filter`"))


def filter_of(options: argparse.Namespace) -> EventFilter:
    """Return the filter that the options describe.

    Raises:
        SaasusEventsError: One of the filter's own calls raised it, or an option is malformed.
    """
    targets = [_target(name) for name in options.of]
    made = EventFilter.of(*targets) if targets else EventFilter.all()
    if options.event_type:
        made = made.event_type(*options.event_type)
    if options.route:
        method, _, path = options.route.strip().partition(" ")
        made = made.route(method, path.strip())
    if options.custom:
        made = made.custom(*options.custom)
    if options.succeeded:
        made = made.succeeded()
    if options.failed:
        made = made.failed()
    if options.status:
        made = made.status(*options.status)
    if options.tenant is not None:
        made = made.tenant(options.tenant)
    if options.user is not None:
        made = made.user(options.user)
    if options.trace_id:
        made = made.trace_id(*options.trace_id)
    if options.trace_id_prefix is not None:
        made = made.trace_id_prefix(options.trace_id_prefix)
    if options.not_trace_id_prefix is not None:
        made = made.not_trace_id_prefix(options.not_trace_id_prefix)
    if options.request:
        made = made.request(**_fields("--request", options.request, targets))
    if options.response:
        made = made.response(**_fields("--response", options.response, targets))
    return made


def _target(name: str) -> Operation | OperationGroup:
    return operations.group(name) if name in {group.api for group in operations.groups} else operations[name]


def _fields(option: str, given: Iterable[str], targets: Iterable[Operation | OperationGroup]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name):
            raise InvalidFilter(
                f"{option} {text!r} is not a field with a value. Expected NAME=VALUE, such as {option} name=x. If the "
                "value has spaces, put it in quotes."
            )
        fields[name] = _value(value, _types(option, name, targets))
    return fields


def _types(option: str, name: str, targets: Iterable[Operation | OperationGroup]) -> set[str]:
    found: set[str] = set()
    for target in targets:
        for operation in (target,) if isinstance(target, Operation) else target:
            request: Mapping[str, str] = operation.request_fields
            sides = (request,) if option == "--request" else (operation.response_fields, operation.error_fields)
            found |= {side[name] for side in sides if name in side}
    return found


def _value(text: str, types: set[str]) -> Any:
    """Read a value: JSON if it is a number, true, false, null, or in quotes; otherwise, or if only text fits, text."""
    try:
        value = read_json(text)
    except ValueError:
        return text
    if isinstance(value, (dict, list)) or (types == {"string"} and not isinstance(value, str)):
        return text
    return value


def known_of(options: argparse.Namespace) -> KnownEvents:
    """Return the confirmed events of the file that `--known` names; without the option, none.

    Raises:
        CommandError: The file cannot be read.
        SaasusEventsError: It is not a file of confirmed events.
    """
    path: str | None = options.known
    if path is None:
        return NOTHING_KNOWN
    try:
        return KnownEvents.from_file(Path(path))
    except OSError as error:
        raise CommandError(
            f"--known {path!r} cannot be read: {error.strerror}. Expected a file that `saasus-events learn --write "
            "FILE` wrote. Correct the path, or leave the option out."
        ) from error


def selection(options: argparse.Namespace) -> Callable[[Mapping[str, Any] | None], bool]:
    """Return a check whether an event is selected.

    Without any option, everything is: also what cannot be read (None), or comes from another source than SaaSus.

    Raises:
        SaasusEventsError: The options do not describe a filter.
    """
    chosen, known = filter_of(options), known_of(options)
    if chosen == EventFilter.all():
        return lambda _: True
    return lambda event: event is not None and chosen.matches(event, known)
