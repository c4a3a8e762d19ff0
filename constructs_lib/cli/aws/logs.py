"""Log groups of CloudWatch Logs: how a command line names them, and their lines, read once or again and again."""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors, error_code
from constructs_lib.cli.screen.times import ago
from constructs_lib.events.errors import SaasusEventsError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.cli.aws.session import AwsClients

LATE_SECONDS: Final = 120
"""A line that CloudWatch Logs shows later than this after its timestamp is missed by whoever reads on."""
_RECENT: Final = (timedelta(minutes=1), timedelta(hours=1))
_MOST_LINES: Final = 50_000
_STREAMS: Final = 3


class UnreadableLogGroup(SaasusEventsError):
    """AWS does not give the events of a log group."""


def add_log_group_argument(parser: argparse.ArgumentParser, what: str, *, also_bare: bool = False) -> None:
    """Add `--log-group`, which can be given several times.

    Args:
        parser: The parser.
        what: What the command does with the groups, the help's text.
        also_bare: Take names without the option, too, which `--help` leaves out. Default: False.
    """
    parser.add_argument(
        "--log-group", dest="log_groups", action="append", default=[], metavar="NAME", help=f"{what}; repeatable"
    )
    if also_bare:
        parser.add_argument("log_groups", nargs="*", action="extend", default=[], help=argparse.SUPPRESS)


@dataclass(frozen=True)
class LogLine:
    """One line of a log group."""

    group: str
    id: str
    milliseconds: int
    """Since 1970."""
    message: str

    @property
    def time(self) -> datetime:
        """Its timestamp."""
        return datetime.fromtimestamp(self.milliseconds / 1000, timezone.utc)


class LogReader:
    """The lines of a log group, each once, however often it is asked for new ones.

    Each time the last minutes are read again, for lines can come late, and of different streams in any order; what
    was given already is left out.

    Args:
        client: boto3's client of CloudWatch Logs.
        group: the log group's name.
        since: The time from which on lines are read.
        pattern: a filter pattern of CloudWatch Logs; empty for all lines.
    """

    def __init__(self, client: Any, group: str, *, since: datetime, pattern: str = "") -> None:
        self._client = client
        self._group = group
        self._pattern = pattern
        self._first = self._start = max(0, int(since.timestamp() * 1000))
        self._seen: dict[str, int] = {}

    def new_lines(self) -> Iterator[LogLine]:
        """Give the lines that were not given before, in the order of their timestamps.

        Raises:
            UnreadableLogGroup: there is no such log group.
            AwsRefused: AWS does not give its lines.
        """
        from botocore.exceptions import ClientError

        asked: dict[str, Any] = {"logGroupName": self._group, "startTime": self._start}
        if self._pattern:
            asked["filterPattern"] = self._pattern
        now = int(time.time() * 1000)
        with aws_errors(f"The log group {self._group!r} cannot be read", "logs:FilterLogEvents on it"):
            try:
                for page in self._client.get_paginator("filter_log_events").paginate(**asked):
                    for found in page["events"]:
                        line = LogLine(self._group, _id(found), found["timestamp"], found["message"])
                        if line.id not in self._seen:
                            self._seen[line.id] = line.milliseconds
                            yield line
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                raise self._unknown() from error
        # Only after the last page: what was cut off is read again.
        self._start = max(self._first, now - LATE_SECONDS * 1000)
        self._seen = {id: moment for id, moment in self._seen.items() if moment >= self._start}

    def _unknown(self) -> UnreadableLogGroup:
        from botocore.exceptions import BotoCoreError, ClientError

        prefix = "/".join(self._group.split("/")[:3])
        try:
            listed = self._client.describe_log_groups(**({"logGroupNamePrefix": prefix} if prefix else {}))["logGroups"]
        except (BotoCoreError, ClientError):
            listed = []
        names = [found["logGroupName"] for found in listed]
        return UnreadableLogGroup(
            f"There is no log group {self._group!r} in {self._client.meta.region_name}.{nearest(self._group, names)} "
            "Allowed is the name that the stack's outputs or the console show. Correct it, or give --stack NAME, or "
            "the --region and --profile where the log route is deployed."
        )


def newest_line(clients: AwsClients, group: str) -> LogLine | None:
    """Give the newest line of a log group; None when it has none.

    Raises:
        SaasusEventsError: It cannot be read.
    """
    logs = clients.of("logs")
    # The order of streams can be an hour old (API reference, LogStream), so what is new is searched for first.
    for recent in _RECENT:
        found = list(itertools.islice(LogReader(logs, group, since=ago(recent)).new_lines(), _MOST_LINES))
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


def _id(found: dict[str, Any]) -> str:
    """Give what tells a line from others: its id, which the API reference calls optional."""
    return str(found.get("eventId") or (found.get("logStreamName"), found["timestamp"], found["message"]))


def containing(text: str) -> str:
    """Give a filter pattern for lines with a text; empty, for all lines, where it cannot be written as one."""
    return "" if '"' in text or "\\" in text else f'"{text}"'
