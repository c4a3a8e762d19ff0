"""Log groups of CloudWatch Logs: how a command line names them, and their lines, read once or again and again."""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import NotThere, aws_errors, error_code
from constructs_lib.cli.screen.times import ago
from constructs_lib.events.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.cli.aws.session import AwsClients

LATE_SECONDS: Final = 120
"""A line that CloudWatch Logs shows later than this after its timestamp is not seen by a reader that has read on."""
_RECENT: Final = (timedelta(minutes=1), timedelta(hours=1))
_MOST_LINES: Final = 50_000
_STREAMS: Final = 3


def add_log_group_argument(parser: argparse.ArgumentParser, what: str, *, also_bare: bool = False) -> None:
    """Add `--log-group`, which can be given several times.

    Args:
        parser: The parser.
        what: What the command does with the groups, for the help.
        also_bare: Accept names without the option too, which `--help` leaves out. Default: False.
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

    Each time, the last minutes are read again, because lines can arrive late, and those of different streams in any
    order. Lines that were returned before are left out.

    Args:
        client: boto3's client of CloudWatch Logs.
        group: The name of the log group.
        since: When the lines start that are read.
        pattern: A filter pattern of CloudWatch Logs. Default: none, for all lines.
    """

    def __init__(self, client: Any, group: str, *, since: datetime, pattern: str = "") -> None:
        self._client = client
        self._group = group
        self._pattern = pattern
        self._first = self._start = max(0, int(since.timestamp() * 1000))
        self._seen: dict[str, int] = {}

    def new_lines(self) -> Iterator[LogLine]:
        """Return the lines that were not returned before, in the order of their timestamps.

        Raises:
            NotThere: There is no such log group.
            AwsRefused: AWS does not return its lines.
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
        # Only after the last page, so that a reading that broke off is repeated.
        self._start = max(self._first, now - LATE_SECONDS * 1000)
        self._seen = {id: moment for id, moment in self._seen.items() if moment >= self._start}

    def _unknown(self) -> NotThere:
        from botocore.exceptions import BotoCoreError, ClientError

        prefix = "/".join(self._group.split("/")[:3])
        try:
            listed = self._client.describe_log_groups(**({"logGroupNamePrefix": prefix} if prefix else {}))["logGroups"]
        except (BotoCoreError, ClientError):
            listed = []
        names = [found["logGroupName"] for found in listed]
        return NotThere(
            f"There is no log group {self._group!r} in {self._client.meta.region_name}.{nearest(self._group, names)} "
            "Expected a name as the stack's outputs or the console show it. Correct it, or pass --stack NAME, or the "
            "--region and --profile that the log route is deployed in."
        )


def newest_line(clients: AwsClients, group: str) -> LogLine | None:
    """Return the newest line of a log group; None if it has none.

    Raises:
        NotThere: There is no such log group.
        AwsRefused: AWS does not return its lines.
    """
    logs = clients.of("logs")
    # The order of streams can be an hour old (API reference, LogStream), so new lines are searched for first.
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
    """Return what identifies a line: its id, which the API reference calls optional."""
    return str(found.get("eventId") or (found.get("logStreamName"), found["timestamp"], found["message"]))


def containing(text: str) -> str:
    """Return a filter pattern for lines with a text; empty, for all lines, if it cannot be written as a pattern."""
    return "" if '"' in text or "\\" in text else f'"{text}"'
