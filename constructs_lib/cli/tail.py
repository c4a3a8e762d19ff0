"""`saasus-events tail`: the events of a log group as they come."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws_session import AwsClients, AwsRefused, add_aws_arguments
from constructs_lib.cli.command import Command
from constructs_lib.cli.event_selection import add_selection_arguments, selection
from constructs_lib.cli.event_text import as_json, event_in, event_line
from constructs_lib.cli.log_group import UnreadableLogGroup
from constructs_lib.cli.log_lines import LogReader
from constructs_lib.cli.stack_resources import event_log_group_of
from constructs_lib.cli.times import duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from constructs_lib.cli.log_lines import LogLine

_POLL_SECONDS: Final = 2.0
"""FilterLogEvents takes five calls a second of an account and region."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("group", nargs="?", metavar="LOG_GROUP", help="the log group of a log route")
    parser.add_argument(
        "--stack", metavar="NAME", help="the log group of this stack's log route, in place of LOG_GROUP"
    )
    add_aws_arguments(parser)
    parser.add_argument(
        "--since", type=duration, default=timedelta(minutes=10), metavar="TIME", help="start so long ago (default: 10m)"
    )
    parser.add_argument("--no-follow", action="store_true", help="end with the last event that is there")
    parser.add_argument("--json", action="store_true", help="print each event as a line of JSON, redacted")
    add_selection_arguments(parser)


def _run(options: argparse.Namespace) -> int:
    is_selected = selection(options)
    clients = AwsClients(options)
    group = _group(clients, options)
    reader = LogReader(clients.of("logs"), group, since=options.since)
    counts = _Counts()
    try:
        _show(reader.new_lines(), is_selected, counts, json=options.json)
        while not options.no_follow:
            time.sleep(_POLL_SECONDS)
            try:
                _show(reader.new_lines(), is_selected, counts, json=options.json)
                counts.is_cut_off = False
            except AwsRefused as error:
                # Throttled, or without network for a while: nothing is lost, the next look starts where this one did.
                if not counts.is_cut_off:
                    print(f"{error}\nTrying on.", file=sys.stderr)
                counts.is_cut_off = True
    finally:
        print(f"{counts.text()} {group}.", file=sys.stderr)
    return 0


class _Counts:
    def __init__(self) -> None:
        self.shown = self.other = self.no_events = 0
        self.is_cut_off = False

    def text(self) -> str:
        return (
            f"{self.shown} events shown, {self.other} not selected, {self.no_events} lines that are no events of "
            "SaaSus, in"
        )


def _group(clients: AwsClients, options: argparse.Namespace) -> str:
    if (options.group is None) == (options.stack is None):
        given = "neither LOG_GROUP nor --stack" if options.group is None else "both LOG_GROUP and --stack"
        raise UnreadableLogGroup(
            f"No single log group was named: {given} was given. Allowed is one of them. Write for example: "
            "saasus-events tail --stack Events"
        )
    return event_log_group_of(clients, options.stack) if options.group is None else str(options.group)


def _show(
    lines: Iterable[LogLine],
    is_selected: Callable[[Mapping[str, Any] | None], bool],
    counts: _Counts,
    *,
    json: bool,
) -> None:
    for line in lines:
        event = event_in(line.message)
        if event is None:
            counts.no_events += 1
        elif not is_selected(event.raw):
            counts.other += 1
        else:
            counts.shown += 1
            print(as_json(event.redacted()) if json else event_line(event), flush=True)


TAIL = Command(
    name="tail",
    help="show the events of a log group as they come, one readable line each",
    description="Shows the events that a log route writes, as they come: time, event type, status, call, tenant, user\n"
    "and trace id. The filter's options are those of `saasus-events filter`. Secrets are not shown. Ctrl-C ends it.\n"
    "A filter on body fields cannot see what the log group's own masking has taken out.",
    examples="  saasus-events tail --stack Events\n"
    "  saasus-events tail /aws/events/Events/Saasus-Everything --failed\n"
    "  saasus-events tail --stack Events --since 1d --no-follow --of auth.create_tenant --json",
    add_arguments=_add_arguments,
    run=_run,
)
