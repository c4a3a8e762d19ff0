"""`saasus-events trace`: shows every event with one trace id, in chronological order."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.logs import LogReader, add_log_group_argument, containing
from constructs_lib.cli.aws.session import AwsClients, add_aws_arguments
from constructs_lib.cli.aws.stack import add_stack_argument, each_stack, log_groups_of
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.options import add_json_argument, add_raw_argument, add_since_argument
from constructs_lib.cli.screen.events import broken_event_in, event_in, event_words
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import counted, printable, say
from constructs_lib.cli.screen.progress import Progress
from constructs_lib.cli.screen.redaction import redact_text, secrets_of
from constructs_lib.cli.screen.table import print_table
from constructs_lib.cli.screen.times import in_utc

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from constructs_lib.cli.aws.logs import LogLine
    from constructs_lib.events.saasus_event import SaasusEvent

_SHOWN: Final = 300


@dataclass
class _Entry:
    """An event, from one or several log groups, or another line with the trace id."""

    time: datetime
    logged: int
    """When it was logged, in milliseconds: the order of events with the same time."""
    event: SaasusEvent | None
    text: str
    copies: Counter[str] = field(default_factory=Counter)
    """How often each log group has it."""

    @property
    def deliveries(self) -> int:
        """How often the event was delivered: twice in one group means twice, once in two groups means two routes."""
        return max(self.copies.values(), default=1)


@dataclass
class _Trace:
    """What was found of a trace."""

    events: dict[str, _Entry] = field(default_factory=dict)
    lines: list[_Entry] = field(default_factory=list)

    def entries(self) -> list[_Entry]:
        return sorted((*self.events.values(), *self.lines), key=lambda entry: (entry.time, entry.logged))


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("trace_id", metavar="TRACE_ID", help="the X-SaaSus-Trace-Id of one or more calls")
    add_log_group_argument(parser, "the log group of a log route or a function", also_bare=True)
    add_stack_argument(parser, "all log groups of this stack, including those of its functions")
    add_aws_arguments(parser)
    add_since_argument(parser, "--since", what="read lines from", default="1d")
    add_json_argument(parser, each="event or log line")
    add_raw_argument(parser)


def _run(options: argparse.Namespace) -> int:
    if not options.trace_id.strip():
        raise CommandError(
            f"{options.trace_id!r} is not a trace id. Expected the X-SaaSus-Trace-Id of a call, as `saasus-events "
            "tail` shows it. Pass one."
        )
    clients = AwsClients(options)
    groups = _groups(clients, options)
    found = _Trace()
    with Progress() as progress:
        for number, group in enumerate(groups, start=1):
            progress.show(f"Reading log group {number} of {len(groups)}")
            reader = LogReader(clients.of("logs"), group, since=options.start, pattern=containing(options.trace_id))
            _gather(found, reader.new_lines(), options.trace_id)
    entries = found.entries()
    if not entries:
        say(
            f"Nothing has the trace id {options.trace_id!r} in {', '.join(groups)} since {in_utc(options.start)}. Go "
            "further back with --since, or look in other log groups.",
            file=sys.stderr,
        )
        return ExitCode.NEGATIVE
    secrets: set[str] = set()
    if not options.raw:
        # The events show which parts of a function's output are secrets.
        secrets = {secret for entry in found.events.values() if entry.event for secret in secrets_of(entry.event.raw)}
    if options.json:
        _print_json(entries, secrets, raw=options.raw)
    else:
        _print(entries, secrets, raw=options.raw)
    return ExitCode.DONE


def _groups(clients: AwsClients, options: argparse.Namespace) -> list[str]:
    groups: list[str] = list(options.log_groups)
    for stack in each_stack(clients, options):
        groups += log_groups_of(clients, stack)
    if not groups:
        raise CommandError(
            "Got neither --log-group nor --stack, so there is no log group to read. Expected at least one of them. "
            f"Write for example: saasus-events trace {options.trace_id} --stack Events"
        )
    return list(dict.fromkeys(groups))


def _gather(found: _Trace, lines: Iterable[LogLine], trace_id: str) -> None:
    for line in lines:
        event = event_in(line.message)
        if event is None:
            if trace_id in line.message:
                broken = broken_event_in(line.message)
                text = line.message.rstrip() if broken is None else broken.words
                found.lines.append(_Entry(line.time, line.milliseconds, None, text, Counter([line.group])))
            continue
        if event.trace_id != trace_id:
            continue
        id = event.id or line.id
        known = found.events.get(id)
        if known is None:
            found.events[id] = _Entry(event.time, line.milliseconds, event, line.message, Counter([line.group]))
            continue
        known.copies[line.group] += 1
        known.logged = min(known.logged, line.milliseconds)


def _gap(before: _Entry | None, entry: _Entry) -> str:
    if before is None:
        return ""
    seconds = (entry.time - before.time).total_seconds()
    if before.event is None and entry.event is None:
        return f"{seconds:.3f} s"
    if _is_tie(before, entry):
        return "same second"
    # An event's time has whole seconds.
    return f"~{seconds:.0f} s"


def _is_tie(before: _Entry | None, entry: _Entry) -> bool:
    return before is not None and before.event is not None and entry.event is not None and before.time == entry.time


def _pairs(entries: Sequence[_Entry]) -> list[tuple[_Entry | None, _Entry]]:
    return list(zip((None, *entries), entries, strict=False))


def _words(entry: _Entry, secrets: set[str], *, raw: bool) -> str:
    if entry.event is None:
        text = printable(entry.text if raw else redact_text(entry.text, secrets))
        return text if raw or len(text) <= _SHOWN else f"{text[:_SHOWN]}… (--json shows more)"
    words = event_words(entry.event)
    return f"{words}  (delivered {entry.deliveries} times)" if entry.deliveries > 1 else words


def _print(entries: list[_Entry], secrets: set[str], *, raw: bool) -> None:
    rows = [
        (
            in_utc(entry.time)
            if entry.event
            else f"{entry.time:%Y-%m-%dT%H:%M:%S}.{entry.time.microsecond // 1000:03d}Z",
            _gap(before, entry),
            ", ".join(entry.copies),
            _words(entry, secrets, raw=raw),
        )
        for before, entry in _pairs(entries)
    ]
    print_table(("Time", "After", "Log groups", "What"), rows)
    events = sum(entry.event is not None for entry in entries)
    span = (entries[-1].time - entries[0].time).total_seconds()
    others = counted(len(entries) - events, "other log line")
    say(f"\n{counted(events, 'event')} and {others}, over {span:.0f} s.")
    ties = sum(_is_tie(before, entry) for before, entry in _pairs(entries))
    if ties:
        say(
            f"{counted(ties, 'event')} with the same second as the one before. Event times are in whole seconds, so "
            "which came first is uncertain; they are shown in the order in which they were logged."
        )
    if raw:
        for entry in entries:
            if entry.event is not None:
                print(as_json(entry.event.raw))


def _print_json(entries: list[_Entry], secrets: set[str], *, raw: bool) -> None:
    for before, entry in _pairs(entries):
        content: dict[str, Any] = {
            "time": entry.time.isoformat(),
            "seconds_after": None if before is None else (entry.time - before.time).total_seconds(),
            "same_second": _is_tie(before, entry),
            "log_groups": list(entry.copies),
            "copies": entry.copies.total(),
            "deliveries": entry.deliveries,
        }
        if entry.event is not None:
            content["event"] = dict(entry.event.raw) if raw else entry.event.redacted()
        else:
            content["line"] = entry.text if raw else redact_text(entry.text, secrets)
        print(as_json(content))


TRACE = Command(
    name="trace",
    help="show every event with one trace id in chronological order, across log groups",
    description="Shows every event with a trace id in chronological order, across log groups, with the gaps between\n"
    "them, and the functions' log lines that contain the trace id. An event in several groups is shown once. Secrets\n"
    "are not shown: a line that is not an event is cut off at the name of a secret.",
    examples="  saasus-events trace 1b2c3d4e --stack Events\n"
    "  saasus-events trace 1b2c3d4e \\\n"
    "    --log-group /aws/events/Events/Saasus-Everything \\\n"
    "    --log-group /aws/lambda/onboard --since 7d",
    add_arguments=_add_arguments,
    run=_run,
    negative="nothing has the trace id",
    permissions=(
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "cloudformation:ListStacks",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
    ),
)
