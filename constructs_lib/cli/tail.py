"""`saasus-events tail`: shows the events of log groups as they arrive."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.logs import LogReader, add_log_group_argument
from constructs_lib.cli.aws.session import AwsClients, AwsRefused, add_aws_arguments
from constructs_lib.cli.aws.stack import add_stack_argument, named_log_groups
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.filter_options import add_selection_arguments, selection
from constructs_lib.cli.options import add_json_argument, add_since_argument
from constructs_lib.cli.screen.events import broken_event_in, event_in, event_line
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import counted, fitted, say
from constructs_lib.cli.screen.times import in_utc

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from constructs_lib.cli.aws.logs import LogLine

_POLL_SECONDS: Final = 2.0
"""`FilterLogEvents` allows five calls per second, account, and region."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_log_group_argument(parser, "the log group of a log route", also_bare=True)
    add_stack_argument(parser, "the log groups of this stack's log routes")
    add_aws_arguments(parser)
    add_since_argument(parser, "--since", what="start with events from", default="10m")
    parser.add_argument("--no-follow", action="store_true", help="stop after the last event so far")
    add_json_argument(parser, each="event")
    add_selection_arguments(parser)


def _run(options: argparse.Namespace) -> int:
    is_selected = selection(options)
    clients = AwsClients(options)
    groups = _groups(clients, options)
    readers = [LogReader(clients.of("logs"), group, since=options.start) for group in groups]
    shown = _EventPrinter(is_selected, json=options.json, several=len(groups) > 1)
    is_read = is_cut_off = False
    try:
        shown.show(_new_lines(readers))
        is_read = True
        while not options.no_follow:
            time.sleep(_POLL_SECONDS)
            try:
                shown.show(_new_lines(readers))
                is_cut_off = False
            except AwsRefused as error:
                # Throttled, or offline for a while: the next look starts where this one did, so nothing is lost.
                if not is_cut_off:
                    say(f"{error}\nTrying again until it works.", file=sys.stderr)
                is_cut_off = True
    finally:
        if is_read or shown.has_lines:
            say(f"{shown.counts()} {', '.join(groups)}.", file=sys.stderr)
    return ExitCode.DONE


def _groups(clients: AwsClients, options: argparse.Namespace) -> list[str]:
    groups = named_log_groups(clients, options)
    if not groups:
        raise CommandError(
            "Got neither --log-group nor --stack, so there is no log group to read. Expected at least one of them. "
            "Write for example: saasus-events tail --stack Events"
        )
    return groups


def _new_lines(readers: Sequence[LogReader]) -> Iterator[LogLine]:
    """Return the new lines: of one group as they arrive, of several in the order of their timestamps."""
    if len(readers) == 1:
        return readers[0].new_lines()
    return _merged(readers)


def _merged(readers: Sequence[LogReader]) -> Iterator[LogLine]:
    found: list[LogLine] = []
    cut_off: AwsRefused | None = None
    for reader in readers:
        cut_off = _read_into(found, reader) or cut_off
    yield from sorted(found, key=lambda line: line.milliseconds)
    if cut_off is not None:
        raise cut_off


def _read_into(found: list[LogLine], reader: LogReader) -> AwsRefused | None:
    """Add a group's new lines, including those before an error, and return the error."""
    lines = reader.new_lines()
    try:
        found += lines
    except AwsRefused as error:
        return error
    return None


class _EventPrinter:
    """Prints the selected events among log lines, and counts the lines."""

    def __init__(self, is_selected: Callable[[Mapping[str, Any] | None], bool], *, json: bool, several: bool) -> None:
        self._is_selected = is_selected
        self._json = json
        self._several = several
        self._events = self._other = self._no_events = self._broken = 0
        self._seen: Counter[tuple[str, str]] = Counter()
        """How often an event was seen in each log group, because several routes can log it."""
        self._printed: Counter[str] = Counter()

    def show(self, lines: Iterable[LogLine]) -> None:
        """Print the selected events among the lines, each once, even if it is in several groups."""
        for line in lines:
            event = event_in(line.message)
            if event is None:
                self._show_other(line)
            elif not self._is_selected(event.raw):
                self._other += 1
            elif not self._several or self._is_new(event.id or line.id, line.group):
                self._events += 1
                print(as_json(event.redacted()) if self._json else event_line(event), flush=True)

    def _show_other(self, line: LogLine) -> None:
        broken = broken_event_in(line.message)
        if broken is None:
            self._no_events += 1
            return
        self._broken += 1
        if not self._json:
            print(fitted((in_utc(line.time), broken.words)), flush=True)

    def _is_new(self, id: str, group: str) -> bool:
        """Return whether an event is new: a second copy in one group is a second delivery, one in another is not."""
        self._seen[id, group] += 1
        if self._seen[id, group] <= self._printed[id]:
            return False
        self._printed[id] += 1
        return True

    @property
    def has_lines(self) -> bool:
        """Whether any line was seen."""
        return bool(self._events or self._other or self._no_events or self._broken)

    def counts(self) -> str:
        """Return what was seen in words, up to the names of the log groups."""
        broken = f"{self._broken} with broken text, " if self._broken else ""
        other_lines = counted(self._no_events, "other line")
        return f"{counted(self._events, 'event')} shown, {self._other} not selected, {broken}{other_lines}, in"


TAIL = Command(
    name="tail",
    help="show the events of log groups as they arrive, one readable line each",
    description="Shows the events that log routes write, as they arrive: time, event type, status, call, tenant,\n"
    "user, and trace id. Takes the filter options of `saasus-events filter`, and does not show secrets. Ctrl-C\n"
    "ends it. A filter on body fields cannot see what the log group's own mask has removed. An event that several\n"
    "log routes log is shown once; one whose text a mask has broken is shown by its type and trace id.",
    examples="  saasus-events tail --stack Events\n"
    "  saasus-events tail --log-group /aws/events/Events/Saasus-Everything --failed\n"
    "  saasus-events tail --stack Events --since 1d --no-follow --json \\\n"
    "    --of auth.create_tenant",
    add_arguments=_add_arguments,
    run=_run,
    permissions=(
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "cloudformation:ListStacks",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
    ),
)
