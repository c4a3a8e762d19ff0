"""`saasus-events learn`: compares real events with the catalog, and saves what they confirm."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.logs import LogReader, add_log_group_argument
from constructs_lib.cli.aws.session import AwsClients, add_aws_arguments
from constructs_lib.cli.aws.stack import add_stack_argument, named_log_groups
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.input_files import read_text
from constructs_lib.cli.observed_events import Observed, agrees
from constructs_lib.cli.options import add_since_argument
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import counted, say
from constructs_lib.cli.screen.progress import Progress
from constructs_lib.cli.screen.table import print_table
from constructs_lib.cli.screen.times import ago
from constructs_lib.events.known_events import KnownEvents

if TYPE_CHECKING:
    import argparse

_DEFAULT_SINCE: Final = timedelta(days=7)
_SHOWN_MALFORMED: Final = 5


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="events, one JSON text on each line; - reads the standard input"
    )
    add_log_group_argument(parser, "read the events that a log route wrote")
    add_stack_argument(parser, "read the events of this stack's log routes")
    add_since_argument(parser, "--since", what="read log groups from", default="7d")
    # None shows that it was left out, since it is for log groups only.
    parser.set_defaults(start=None)
    add_aws_arguments(parser)
    parser.add_argument("--write", metavar="FILE", help="save what is confirmed to this file, adding to what it holds")


def _run(options: argparse.Namespace) -> int:
    has_logs = bool(options.log_groups or options.stacks)
    if not options.files and not has_logs:
        raise CommandError(
            "Got neither FILE, --log-group, nor --stack, so there are no events to read. Expected at least one of "
            "them, or - for the standard input. Write for example: saasus-events learn --stack Events"
        )
    if options.start is not None and not has_logs:
        raise CommandError(
            "Got --since without a log group, but files are always read whole. Expected --since only with --log-group "
            "or --stack. Leave it out, or name the log group."
        )
    known = _read_known(options.write)
    observed = Observed()
    for path in options.files:
        observed.add_text(read_text(path), path)
    if has_logs:
        _read_log_groups(observed, options)
    _report(observed, known)
    after = observed.known_with(known)
    if options.write is not None:
        _write(Path(options.write), after)
        _print_usage(options.write)
    elif after != known:
        say("\nAdd --write saasus-events.json to save this for your filters.")
    return ExitCode.DONE if observed.sightings else ExitCode.NEGATIVE


def _read_known(path: str | None) -> KnownEvents:
    """Read the file before anything else, so that a file that cannot be extended fails at once."""
    if path is None:
        return KnownEvents()
    if not Path(path).exists():
        if not Path(path).resolve().parent.is_dir():
            raise _unwritable(Path(path), "there is no such folder")
        return KnownEvents()
    try:
        return KnownEvents.from_file(path)
    except OSError as error:
        raise _unwritable(Path(path), error.strerror) from error


def _read_log_groups(observed: Observed, options: argparse.Namespace) -> None:
    clients = AwsClients(options)
    since = options.start or ago(_DEFAULT_SINCE)
    for group in named_log_groups(clients, options):
        _read_log_group(observed, group, LogReader(clients.of("logs"), group, since=since))


def _read_log_group(observed: Observed, group: str, reader: LogReader) -> None:
    number = 0
    with Progress() as progress:
        for number, line in enumerate(reader.new_lines(), start=1):
            observed.add_line(line.message, f"{group} line {number}")
            progress.show(f"Read {number} log lines from {group}")
    say(f"Read {counted(number, 'log line')} from {group}.", file=sys.stderr)


def _report(observed: Observed, known: KnownEvents) -> None:
    verdicts = observed.verdicts(known)
    if verdicts:
        rows = [
            (str(count), sighting.event_type, str(sighting.operation or sighting.call or "-"), verdict)
            for count, sighting, verdict in verdicts
        ]
        print_table(("Seen", "Event type", "Operation", "Compared with the catalog"), rows)
        print()
    agreeing = sum(agrees(verdict) for _, _, verdict in verdicts)
    total = observed.sightings.total()
    say(
        f"{counted(total, 'event')} of {counted(len(verdicts), 'kind')}: {agreeing} as in the catalog, "
        f"{len(verdicts) - agreeing} new or different."
    )
    if observed.decoded_copies:
        copies = counted(observed.decoded_copies, "event")
        say(f"{copies} came both from SaaSus and from the decoded bus, and counted once.")
    if not total:
        say(
            "There was no SaaSus event to learn from. Expected whole events, as a log route writes them. Go further "
            "back with --since, or choose other files or log groups.",
            file=sys.stderr,
        )
    if observed.body_forms:
        say(f"Bodies were written as {', '.join(observed.body_forms)}. Once this is saved, filters on body fields look")
        say("only for these forms.")
    if observed.unknown_forms:
        bodies = counted(observed.unknown_forms, "body", "bodies")
        say(f"{bodies} had a form that no filter on body fields can match. Filter by something else.")
    if observed.malformed:
        say(
            f"{counted(len(observed.malformed), 'entry', 'entries')} could not be read as SaaSus events:",
            file=sys.stderr,
        )
        for place in observed.malformed[:_SHOWN_MALFORMED]:
            say(f"  {place}", file=sys.stderr)
        if len(observed.malformed) > _SHOWN_MALFORMED:
            say("  …", file=sys.stderr)


def _write(path: Path, known: KnownEvents) -> None:
    """Write the whole file, or leave it as it is."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            beside.write_text(as_json(known.to_dict(), indent=2) + "\n", encoding="utf-8")
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror) from error


def _unwritable(path: Path, reason: str | None) -> CommandError:
    return CommandError(
        f"--write {str(path)!r} cannot be written: {reason}. Expected a file in an existing folder to which you may "
        "write. Correct the path."
    )


def _print_usage(path: str) -> None:
    say(f"\nWrote {path}. To use it:")
    say(
        '  in a CDK app  copy its keys ("saasus:eventTypes", "saasus:bodyForms") to "context" in cdk.json; routes '
        "read them at the next synth",
        indent=" " * 16,
    )
    say(f"  in code       EventFilter.of(…).to_pattern(KnownEvents.from_file({path!r}))", indent=" " * 16)
    say(f"  here          saasus-events filter --known {path} …", indent=" " * 16)


LEARN = Command(
    name="learn",
    help="compare real events with the catalog, and save what they confirm",
    description="Reads real events from files or log groups, lists their event types, says what agrees with the\n"
    "catalog and what is new, and saves what they confirm. Run it soon after the first deployment: with confirmed\n"
    "event types, filters are simpler and certain.",
    examples="  saasus-events learn events.jsonl --write saasus-events.json\n"
    "  saasus-events learn --since 2d --write saasus-events.json \\\n"
    "    --log-group /aws/events/Events/Saasus-Everything\n"
    "  aws logs tail /aws/events/Events/Saasus-Everything | saasus-events learn -",
    add_arguments=_add_arguments,
    run=_run,
    negative="there was no SaaSus event to learn from",
    permissions=(
        "cloudformation:ListStackResources",
        "cloudformation:ListStacks",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
    ),
)
