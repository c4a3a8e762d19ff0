"""The log group in which a log route writes events: which it is, and the newest line in it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws_session import aws_errors
from constructs_lib.cli.bus_rules import rules_of
from constructs_lib.cli.log_lines import LogLine, LogReader
from constructs_lib.cli.stack_resources import event_log_group_of
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.event_source import event_sources

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.aws_session import AwsClients

_RECENT: Final = (timedelta(minutes=1), timedelta(hours=1))
_MOST_LINES: Final = 50_000
_STREAMS: Final = 3


class NoEventLog(SaasusEventsError, LookupError):
    """Which log group has the events cannot be told."""


def find_event_log(options: argparse.Namespace, clients: AwsClients) -> str:
    """Give the log group that the options name, or the only one that a rule on a SaaSus bus sends to.

    Raises:
        NoEventLog: There is no such log group, or there are several.
        SaasusEventsError: The stack does not tell, or AWS refused.
    """
    if options.log_group is not None:
        return str(options.log_group)
    if options.stack is not None:
        return event_log_group_of(clients, options.stack)
    with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
        sources = event_sources(clients.of("events"))
    buses = [name for name, state in sources.items() if state == "ACTIVE"]
    found = sorted({group for bus in buses for rule in rules_of(clients, bus) for group in rule.log_groups})
    if len(found) == 1:
        return found[0]
    seen = f"there are {len(found)}: {', '.join(found)}" if found else "no rule on a SaaSus bus sends to one"
    raise NoEventLog(
        f"The log group to look into cannot be told: {seen}. Allowed is the log group of a log route that takes test "
        "events. Give --log-group NAME, or --stack NAME; a route is added by SaasusEventBus.log."
    )


def check_event_log(clients: AwsClients, group: str) -> None:
    """Find out whether a log group can be read, before anything else is done.

    Raises:
        SaasusEventsError: It cannot.
    """
    next(LogReader(clients.of("logs"), group, since=timedelta()).new_lines(), None)


def newest_line(clients: AwsClients, group: str) -> LogLine | None:
    """Give the newest line of a log group; None when it has none.

    Raises:
        SaasusEventsError: It cannot be read.
    """
    logs = clients.of("logs")
    # The order of streams can be an hour old (API reference, LogStream), so what is new is searched for first.
    for recent in _RECENT:
        found = list(itertools.islice(LogReader(logs, group, since=recent).new_lines(), _MOST_LINES))
        if found:
            return max(found, key=lambda line: line.milliseconds)
    last: list[LogLine] = []
    with aws_errors(f"The log group {group!r} cannot be read", "logs:DescribeLogStreams and logs:GetLogEvents on it"):
        streams = logs.describe_log_streams(
            logGroupName=group, orderBy="LastEventTime", descending=True, limit=_STREAMS
        )
        for stream in (listed["logStreamName"] for listed in streams["logStreams"]):
            events = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=1)["events"]
            last += [LogLine(group, "", event["timestamp"], event["message"]) for event in events]
    return max(last, key=lambda line: line.milliseconds, default=None)
