"""What arrives on the local AWS, whatever the stack: log lines, function runs and HTTP requests, each once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.logs import LogReader
from constructs_lib.cli.aws.session import AwsRefused, aws_errors
from constructs_lib.cli.screen.events import broken_event_in, event_in, event_parts
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import fitted, printable, wrapped
from constructs_lib.cli.screen.redaction import redact_text
from constructs_lib.cli.screen.times import ago
from constructs_lib.events.json_values import read_json
from constructs_lib.events.redaction import redact_fields
from constructs_lib.local import LocalAwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from constructs_lib.cli.aws.logs import LogLine
    from constructs_lib.local import HttpsEndpoint, LocalAws, LocalSaasus, ReceivedRequest

_FUNCTIONS: Final = "/aws/lambda/"
_REPORT: Final = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")
_AROUND_A_RUN: Final = ("START RequestId:", "END RequestId:")
_INDENT: Final = " " * 17
_SHOWN: Final = 2_000


class Arrivals:
    """Shows what arrived since the last time.

    Args:
        show: What prints a line.
        aws: The AWS whose log groups are read, including those that are created later.
        saasus: The SaaSus whose events are shown when it sends them.
        api: The API whose requests are shown.
    """

    def __init__(self, show: Callable[[str], object], aws: LocalAws, saasus: LocalSaasus, api: HttpsEndpoint) -> None:
        self._show = show
        self._aws = aws
        self._saasus = saasus
        self._api = api
        # Lines that the deployment of the reference app left are not news.
        self._readers = {name: self._reader(name) for name in self._log_groups()}
        self._sent = len(saasus.events)
        self._called = len(api.requests)

    def show_new(self) -> None:
        """Show what is new.

        Raises:
            LocalAwsError: The local AWS no longer runs.
        """
        for sent in self._saasus.events[self._sent :]:
            self._sent += 1
            taken = "sent" if sent.accepted else "lost, because there is no event source:"
            self._line("SaaSus", [f"{taken} {sent.event_type}", f"trace={sent.trace_id}"])
        try:
            for line in self._new_lines():
                self._log_line(line)
        except AwsRefused as error:
            raise LocalAwsError(
                f"The local AWS no longer answers ({error}). Start it again. The end of its log:\n"
                f"{self._aws.log_tail()}"
            ) from error
        for request in self._api.requests[self._called :]:
            self._called += 1
            self._request(request)

    def _log_groups(self) -> list[str]:
        with aws_errors("The log groups cannot be listed", "the local AWS"):
            pages = self._aws.client("logs").get_paginator("describe_log_groups").paginate()
            return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    def _reader(self, group: str, *, since: timedelta = timedelta()) -> LogReader:
        return LogReader(self._aws.client("logs"), group, since=ago(since))

    def _new_lines(self) -> Iterator[LogLine]:
        groups = self._log_groups()
        for name in groups:
            if name not in self._readers:
                self._readers[name] = self._reader(name, since=timedelta(hours=1))
        self._readers = {name: self._readers[name] for name in groups}
        for reader in self._readers.values():
            yield from reader.new_lines()

    def _log_line(self, line: LogLine) -> None:
        event = event_in(line.message)
        broken = broken_event_in(line.message)
        if event is not None:
            self._line("CloudWatch Logs", [line.group, *event_parts(event)])
        elif broken is not None:
            self._line("CloudWatch Logs", [line.group, broken.words])
        else:
            self._other_line(line)

    def _other_line(self, line: LogLine) -> None:
        """Show a line that is not an event: one that a function wrote, or any other."""
        if line.message.startswith(_AROUND_A_RUN):
            return
        where = line.group.removeprefix(_FUNCTIONS)
        report = _REPORT.match(line.message)
        if report is not None:
            self._line("Function", [where, f"ran for {report[1]} ms"])
        else:
            kind = "Function" if line.group.startswith(_FUNCTIONS) else "CloudWatch Logs"
            lines = message_lines(line.message)
            if len(lines) == 1:
                self._line(kind, [where, *lines])
            else:
                self._line(kind, [where])
                self._message(line.message)

    def _request(self, request: ReceivedRequest) -> None:
        key = "API key checked" if request.authorized else "API KEY MISSING OR WRONG"
        self._line("HTTPS API", [f"{request.method} {request.path}", f"({key})"])
        self._message(request.body.decode("utf-8", "replace"))

    def _message(self, text: str) -> None:
        for line in message_lines(text):
            self._show(_INDENT + line)

    def _line(self, where: str, parts: Iterable[str]) -> None:
        self._show(fitted([f"{where:15}", *parts], indent=_INDENT))


def message_lines(text: str) -> list[str]:
    """Return a message in lines, without secrets as far as they can be recognized, and no more than fits a screen."""
    if not text.strip():
        return []
    try:
        value = read_json(text)
    except ValueError:
        return wrapped(printable(_redacted(text.strip()[:_SHOWN]))).splitlines()
    if isinstance(value, dict) and "detail" in value:
        return ["(a whole event, not shown because anything in it may be secret)"]
    shown = as_json(_redacted(redact_fields(value)), indent=2)
    return shown.splitlines() if len(shown) <= _SHOWN else [*shown[:_SHOWN].splitlines(), "…"]


def _redacted(value: Any) -> Any:
    """Return a copy of a JSON value without secrets in its texts."""
    if isinstance(value, dict):
        return {name: _redacted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_redacted(each) for each in value]
    return redact_text(value, otherwise="") if isinstance(value, str) else value
