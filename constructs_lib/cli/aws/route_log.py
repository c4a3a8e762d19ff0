"""The log groups into which SaaSus's test event should come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from constructs_lib.cli.aws.logs import LogReader
from constructs_lib.cli.aws.rules import LoggedBy, logged_by, rules_of
from constructs_lib.cli.aws.session import AwsRefused, aws_errors
from constructs_lib.cli.aws.stack import named_log_groups
from constructs_lib.cli.screen.times import ago
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.runtime.event_source import event_sources

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from constructs_lib.cli.aws.session import AwsClients


class NoEventLog(SaasusEventsError, LookupError):
    """No log group takes test events, or none was seen."""


def find_event_logs(options: argparse.Namespace, clients: AwsClients) -> list[str]:
    """Give the log groups that take test events: of those that the options name, or of all that rules send to.

    Raises:
        NoEventLog: There is none.
        SaasusEventsError: A stack does not tell, or AWS refused.
    """
    named = named_log_groups(clients, options)
    try:
        routes = _routes(clients)
    except AwsRefused:
        if not named:
            raise
        # Without a look at the rules, what was named has to be right.
        return named
    by_group: dict[str, list[LoggedBy]] = {}
    for route in routes:
        by_group.setdefault(route.group, []).append(route)
    groups = named or sorted(by_group)
    # A group that no rule was seen to send to may get its events from a bus that was not seen.
    chosen = [g for g in groups if g not in by_group or any(route.takes_test_events for route in by_group[g])]
    if chosen:
        return chosen
    if not groups:
        raise NoEventLog(
            "The log group to look into cannot be told: no rule on a SaaSus bus sends to one. Allowed is the log group "
            "of a log route that takes test events. Give --log-group NAME, or --stack NAME; a route is added by "
            "SaasusEventBus.log."
        )
    raise NoEventLog(_all_leave_it_out(groups, by_group))


def _all_leave_it_out(groups: Sequence[str], by_group: dict[str, list[LoggedBy]]) -> str:
    each = "; ".join(f"{group} ({', '.join(route.rule_names for route in by_group[group])})" for group in groups)
    return (
        f"SaaSus's test event would come into none of the log groups, for the filters of their routes leave it out: "
        f'{each}. Allowed is a log route that takes it, such as bus.log("Everything") without a filter. Add one and '
        "deploy, or name another group by --log-group."
    )


def _routes(clients: AwsClients) -> list[LoggedBy]:
    with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
        sources = event_sources(clients.of("events"))
    buses = [name for name, state in sources.items() if state == "ACTIVE"]
    return [route for bus in buses for route in logged_by(bus, rules_of(clients, bus))]


def check_event_log(clients: AwsClients, group: str) -> None:
    """Find out whether a log group can be read, before anything else is done.

    Raises:
        SaasusEventsError: It cannot.
    """
    next(LogReader(clients.of("logs"), group, since=ago(timedelta())).new_lines(), None)
