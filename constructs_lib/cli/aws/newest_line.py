"""The newest line of a log group."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.logs import LogLine, LogReader
from constructs_lib.cli.aws.session import aws_errors

if TYPE_CHECKING:
    from constructs_lib.cli.aws.session import AwsClients

_RECENT: Final = (timedelta(minutes=1), timedelta(hours=1))
_MOST_LINES: Final = 50_000
_STREAMS: Final = 3


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
