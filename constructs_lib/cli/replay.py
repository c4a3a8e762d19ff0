"""`saasus-events replay`: sends events of an archive to the rules of its bus again."""

from __future__ import annotations

import re
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import AwsClients, add_aws_arguments, aws_errors
from constructs_lib.cli.aws.stack import add_stack_argument, archive_of
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.options import add_since_argument, add_until_argument, add_yes_argument
from constructs_lib.cli.screen.lines import say, wrapped
from constructs_lib.cli.screen.progress import Progress
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.events.errors import nearest

if TYPE_CHECKING:
    import argparse

_POLL_SECONDS: Final = 3.0
_ENDED: Final = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
_NAME_CHARACTERS: Final = 64
_ARCHIVE: Final = re.compile(r"(?:arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:archive/)?[A-Za-z0-9._-]+")
_OLDEST_LINE: Final = timedelta(days=14)
_SETTLED: Final = timedelta(minutes=10)
"""How long an event can take to reach its archive (EventBridge user guide, "Archiving and replaying events")."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", nargs="?", metavar="ARCHIVE", help="the archive's name or ARN")
    add_stack_argument(parser, "the archive of this stack, in place of ARCHIVE")
    add_since_argument(parser, "--from", "--since", what="replay events from", required=True)
    add_until_argument(parser, "--to", what="replay events until")
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="NAME",
        help="only to the rule with this name or ARN; repeatable (default: all rules of the bus)",
    )
    parser.add_argument("--wait", action="store_true", help="show the progress until the replay has ended")
    add_yes_argument(parser)
    add_aws_arguments(parser)


def _run(options: argparse.Namespace) -> int:
    if options.start >= options.end:
        raise CommandError(
            f"--from {in_utc(options.start)} is not before --to {in_utc(options.end)}, so there is no time between "
            "them. Expected a start before the end. Swap them, or go further back with --from."
        )
    _check_archive(options)
    clients = AwsClients(options)
    named = _archive_name(clients, options)
    arn = named if named.startswith("arn:") else ""
    client = clients.of("events", arn=arn)
    archive = _archive(client, named.rpartition("/")[2])
    if arn and archive["ArchiveArn"] != arn:
        raise CommandError(
            f"{arn} is in another account; the archive of that name here is {archive['ArchiveArn']}. Expected an "
            "archive in the account of the AWS credentials. Choose another --profile, or pass the ARN of the archive "
            "here."
        )
    rules = _rules(client, archive["EventSourceArn"])
    chosen = _chosen(rules, options.rule)
    _print_plan(archive, rules, chosen, options)
    _note_old_lines(client, archive["EventSourceArn"], chosen or sorted(rules), options.start)
    if not options.yes:
        say("Nothing was started. Add --yes to do it.", file=sys.stderr)
        return ExitCode.DONE
    name = f"{archive['ArchiveName'][: _NAME_CHARACTERS - 16]}-{datetime.now(timezone.utc):%Y%m%d%H%M%S}"
    destination: dict[str, Any] = {"Arn": archive["EventSourceArn"]}
    if chosen:
        destination["FilterArns"] = [rules[rule] for rule in chosen]
    with aws_errors("The replay cannot be started", "events:StartReplay on the archive and the bus"):
        client.start_replay(
            ReplayName=name,
            EventSourceArn=archive["ArchiveArn"],
            EventStartTime=options.start,
            EventEndTime=options.end,
            Destination=destination,
        )
    say(f"Started the replay {name}.")
    if options.wait:
        return _wait(client, name, options.start, options.end)
    print(f"To see its progress: aws events describe-replay --replay-name {name}")
    print(f"To stop it: {_cancel(name)}")
    return ExitCode.DONE


def _check_archive(options: argparse.Namespace) -> None:
    """Check the archive as far as possible without AWS."""
    named: str | None = options.archive
    if (named is None) == (not options.stacks):
        given = "neither ARCHIVE nor --stack" if named is None else "both ARCHIVE and --stack"
        raise CommandError(
            f"Got {given}. Expected one archive, as ARCHIVE or as the --stack that has it. Write for example: "
            "saasus-events replay --stack Events --from 2h"
        )
    if named is not None and _ARCHIVE.fullmatch(named) is None:
        raise CommandError(
            f"{named!r} is not an archive. Expected a name, such as saasus, or an ARN, such as "
            "arn:aws:events:eu-west-1:111122223333:archive/saasus. Correct it, or pass --stack NAME."
        )


def _archive_name(clients: AwsClients, options: argparse.Namespace) -> str:
    """Return the name or ARN of the one archive that the options name."""
    archives = [archive_of(clients, stack) for stack in dict.fromkeys(options.stacks)]
    archives += [options.archive] if options.archive is not None else []
    if len(archives) != 1:
        raise CommandError(
            f"Got {len(archives)} archives: {', '.join(archives)}. Expected one. Pass only one --stack, or ARCHIVE."
        )
    return archives[0]


def _archive(client: Any, name: str) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    with aws_errors(f"The archive {name!r} cannot be read", "events:DescribeArchive on it"):
        try:
            found: dict[str, Any] = client.describe_archive(ArchiveName=name)
        except client.exceptions.ResourceNotFoundException as error:
            try:
                names = [listed["ArchiveName"] for listed in client.list_archives()["Archives"]]
            except ClientError:
                names = []
            raise CommandError(
                f"There is no archive {name!r} in {client.meta.region_name}.{nearest(name, names)} Expected "
                f"{'one of ' + ', '.join(names[:10]) if names else 'an archive of an event bus, but none was found'}. "
                "Correct the name, or pass the --region and --profile that it is in."
            ) from error
    return found


def _rules(client: Any, bus_arn: str) -> dict[str, str]:
    """Return the ARNs of the bus's enabled rules by name, without those that AWS manages."""
    bus = bus_arn.partition(":event-bus/")[2]
    with aws_errors(f"The rules of {bus!r} cannot be listed", "events:ListRules on the bus"):
        pages = client.get_paginator("list_rules").paginate(EventBusName=bus)
        return {
            rule["Name"]: rule["Arn"]
            for page in pages
            for rule in page["Rules"]
            if not rule.get("ManagedBy") and rule.get("State") != "DISABLED"
        }


def _chosen(rules: dict[str, str], asked: list[str]) -> list[str]:
    names = {arn: name for name, arn in rules.items()}
    chosen = [names.get(rule, rule) for rule in asked]
    for rule in chosen:
        if rule not in rules:
            raise CommandError(
                f"The archive's bus has no enabled rule {rule!r}.{nearest(rule, rules)} Expected the name or ARN of "
                f"one of its rules: {', '.join(sorted(rules)[:10]) or 'it has none'}. Correct it, or leave --rule out."
            )
    return list(dict.fromkeys(chosen))


def _print_plan(archive: dict[str, Any], rules: dict[str, str], chosen: list[str], options: argparse.Namespace) -> None:
    bus = archive["EventSourceArn"].partition(":event-bus/")[2]
    whole = f"{archive.get('EventCount', '?')} events in all"
    say(f"Archive  {archive['ArchiveName']} ({whole})")
    say(f"From     {in_utc(options.start)}")
    say(f"To       {in_utc(options.end)}")
    say(f"Bus      {bus}")
    to = chosen or sorted(rules)
    say(f"Rules    {len(to)} of {len(rules)}: {', '.join(to) or 'none, so nothing would be delivered'}")
    say(
        "Each of these rules receives the events of that time again, with the same id and time plus a field "
        "replay-name.",
        flush=True,
    )
    if options.end > datetime.now(timezone.utc) - _SETTLED:
        say("Note: an event can take 10 minutes to reach its archive, so the newest may be missing.", file=sys.stderr)
    days, now = archive.get("RetentionDays") or 0, datetime.now(timezone.utc)
    if days and options.start < now - timedelta(days=days):
        say(f"Note: the archive keeps events for {days} days, so older ones are gone.", file=sys.stderr)


def _note_old_lines(client: Any, bus_arn: str, names: list[str], start: datetime) -> None:
    """Print a note if events are older than the lines that CloudWatch Logs accepts (`PutLogEvents`)."""
    if start >= datetime.now(timezone.utc) - _OLDEST_LINE:
        return
    to_logs = _rules_to_log_groups(client, bus_arn.partition(":event-bus/")[2], names)
    if to_logs == []:
        return
    which = f"the log groups of {', '.join(to_logs)}" if to_logs else "log groups"
    say(
        wrapped(
            f"Note: CloudWatch Logs refuses lines older than {_OLDEST_LINE.days} days. AWS does not say whether "
            f"replayed events are written with their original time, so older ones may not reach {which}."
        ),
        file=sys.stderr,
    )


def _rules_to_log_groups(client: Any, bus: str, names: list[str]) -> list[str] | None:
    """Return the rules that send to a log group, or None if AWS does not show their targets."""
    from botocore.exceptions import ClientError

    paginator = client.get_paginator("list_targets_by_rule")
    try:
        return [
            name
            for name in names
            if any(
                ":log-group:" in target["Arn"]
                for page in paginator.paginate(Rule=name, EventBusName=bus)
                for target in page["Targets"]
            )
        ]
    except ClientError:
        return None


def _wait(client: Any, name: str, start: datetime, end: datetime) -> int:
    try:
        state = ""
        with Progress() as progress:
            while True:
                with aws_errors(f"The progress of the replay {name} cannot be read", "events:DescribeReplay on it"):
                    found = client.describe_replay(ReplayName=name)
                is_news, state = found["State"] != state, found["State"]
                share = _percent(found.get("EventLastReplayedTime"), start, end)
                progress.show(f"{state} {100 if state == 'COMPLETED' else share} %", at_once=is_news)
                if state in _ENDED:
                    break
                time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        print(f"\nThe replay {name} continues without this command. To stop it: {_cancel(name)}", file=sys.stderr)
        raise
    reason = f": {found['StateReason']}" if found.get("StateReason") else ""
    say(f"The replay {name} is {state}{reason}.")
    return ExitCode.DONE if state == "COMPLETED" else ExitCode.NEGATIVE


def _percent(reached: datetime | None, start: datetime, end: datetime) -> int:
    if reached is None:
        return 0
    return round(100 * min(max((reached - start) / (end - start), 0), 1))


def _cancel(name: str) -> str:
    return f"aws events cancel-replay --replay-name {re.sub(r'[^A-Za-z0-9._-]', '', name)}"


REPLAY = Command(
    name="replay",
    help="send the events of an archive to the bus's rules again (first says what it would do)",
    description="Sends an archive's events from a time range to the rules of its bus again, to all or to some of\n"
    "them. Without --yes, it only says what it would do. Every target of those rules receives the events once more,\n"
    "even if it already received them. Targets must cope with that, as always with EventBridge.",
    examples="  saasus-events replay --stack Events --from 2h\n"
    "  saasus-events replay saasus --rule Events-Onboard --yes \\\n"
    "    --from 2026-05-19T02:00:00Z --to 2026-05-19T03:00:00Z\n"
    "  saasus-events replay saasus --from 1d --to 1h --yes --wait",
    add_arguments=_add_arguments,
    run=_run,
    negative="the replay that --wait waited for failed or was cancelled",
    permissions=(
        "cloudformation:ListStackResources",
        "cloudformation:ListStacks",
        "events:DescribeArchive",
        "events:DescribeReplay",
        "events:ListArchives",
        "events:ListRules",
        "events:ListTargetsByRule",
        "events:StartReplay",
    ),
)
