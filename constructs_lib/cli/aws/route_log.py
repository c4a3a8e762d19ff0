"""The log groups in which SaaSus's test event should arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from constructs_lib.cli.aws.logs import LogReader
from constructs_lib.cli.aws.rules import LoggedBy, logged_by, rules_of
from constructs_lib.cli.aws.session import AwsRefused, aws_errors
from constructs_lib.cli.aws.stack import each_stack, named_log_groups
from constructs_lib.cli.command import CommandError
from constructs_lib.cli.screen.times import ago
from constructs_lib.events.source_name import PREFIX
from constructs_lib.runtime.event_source import event_sources

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from constructs_lib.cli.aws.session import AwsClients


def find_event_logs(options: argparse.Namespace, clients: AwsClients) -> list[str]:
    """Return the log groups that take test events: those that the options name, or all that rules send to.

    Raises:
        CommandError: There is none.
        AwsRefused: AWS does not show the stacks or the rules.
    """
    named = named_log_groups(clients, options)
    try:
        routes = [*_routes(clients), *_routes_on_own_buses(clients, options)]
    except AwsRefused:
        if not named:
            raise
        # Without the rules, the names are taken as they are.
        return named
    by_group: dict[str, list[LoggedBy]] = {}
    for route in routes:
        by_group.setdefault(route.group, []).append(route)
    groups = named or sorted(by_group)
    # A group that no rule seems to send to may get its events from a bus that was not seen.
    chosen = [g for g in groups if g not in by_group or any(route.takes_test_events for route in by_group[g])]
    if chosen:
        return chosen
    if not groups:
        raise CommandError(
            "No rule on a SaaSus bus sends to a log group, so there is none to watch. Expected the log group of a log "
            "route that accepts test events. Pass --log-group NAME or --stack NAME, or add a route with "
            "SaasusEventBus.log."
        )
    raise CommandError(_all_leave_it_out(groups, by_group))


def _all_leave_it_out(groups: Sequence[str], by_group: dict[str, list[LoggedBy]]) -> str:
    each = "; ".join(f"{group} ({', '.join(route.rule_names for route in by_group[group])})" for group in groups)
    return (
        f"SaaSus's test event would not arrive in any of the log groups, because the filters of their routes leave it "
        f'out: {each}. Expected a log route that accepts it, such as bus.log("Everything") without a filter. Add one '
        "and deploy, or name another group with --log-group."
    )


def _routes(clients: AwsClients) -> list[LoggedBy]:
    with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
        sources = event_sources(clients.of("events"))
    buses = [name for name, state in sources.items() if state == "ACTIVE"]
    return [route for bus in buses for route in logged_by(bus, rules_of(clients, bus))]


def _routes_on_own_buses(clients: AwsClients, options: argparse.Namespace) -> list[LoggedBy]:
    """Return the log groups to which rules on the stacks' other buses send, such as a decoded bus."""
    buses = [bus for stack in each_stack(clients, options) for bus in stack.of_type("AWS::Events::EventBus").values()]
    own = [bus for bus in dict.fromkeys(buses) if not bus.startswith(PREFIX)]
    return [route for bus in own for route in logged_by(bus, rules_of(clients, bus))]


def check_event_log(clients: AwsClients, group: str) -> None:
    """Check that a log group can be read, before anything else is done.

    Raises:
        NotThere: There is no such log group.
        AwsRefused: AWS does not return its lines.
    """
    next(LogReader(clients.of("logs"), group, since=ago(timedelta())).new_lines(), None)
