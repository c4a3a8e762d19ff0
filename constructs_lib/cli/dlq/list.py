"""`saasus-events dlq list`: what failed, for which rule, and why."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.queues import add_queue_arguments, find_queues
from constructs_lib.cli.aws.session import AwsClients
from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from constructs_lib.cli.dlq.queue_reader import PERMISSIONS, HeldMessages
from constructs_lib.cli.filter_options import add_selection_arguments, selection
from constructs_lib.cli.options import add_json_argument, whole_number
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import counted, one_cell, printable, say
from constructs_lib.cli.screen.table import print_table
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.events.json_values import in_short

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from constructs_lib.cli.aws.queues import QueueAddress
    from constructs_lib.cli.dlq.dead_letter import DeadLetter

_LIMIT: Final = 100
_HEADERS: Final = ("Sent", "Event type", "Trace id", "Rule", "Target", "Why", "Message id")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_queue_arguments(parser)
    add_selection_arguments(parser)
    add_json_argument(parser, each="message")
    parser.add_argument(
        "--limit",
        type=_limit,
        default=_LIMIT,
        metavar="N",
        help="stop after this many messages; 0 shows all (default: 100)",
    )


def _limit(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{in_short(text)} is not a number of messages; write 100, or 0 for all")
    return number


def _run(options: argparse.Namespace) -> int:
    is_selected = selection(options)
    queues = find_queues(AwsClients(options), options)
    for queue in queues:
        if len(queues) > 1 and not options.json:
            print(f"{queue.name}:")
        _list(queue, is_selected, options)
    return ExitCode.DONE


def _list(
    queue: QueueAddress, is_selected: Callable[[Mapping[str, Any] | None], bool], options: argparse.Namespace
) -> None:
    found: list[DeadLetter] = []
    read, more = 0, False
    with HeldMessages(queue) as messages:
        for message in messages:
            read += 1
            letter = read_dead_letter(message)
            if not is_selected(letter.payload if letter.event else None):
                continue
            found.append(letter)
            if options.json:
                print(as_json({"queue": queue.name, **letter.to_dict()}), flush=True)
            if 0 < options.limit <= len(found):
                more = messages.visible > read
                break
    if not options.json and found:
        _print(found)
    _say(len(found), read, messages, queue.name, more=more)


def _print(found: list[DeadLetter]) -> None:
    print_table(_HEADERS, [_row(letter) for letter in sorted(found, key=lambda letter: letter.sent)])
    print()
    causes = Counter((_cause(letter), one_cell(letter.rule_name), one_cell(letter.target_name)) for letter in found)
    for (cause, rule, target), count in causes.most_common():
        say(f"{count:>5} x {cause}  {' -> '.join(filter(None, (rule, target)))}".rstrip(), indent=" " * 8)
    obstacles = Counter(letter.obstacle for letter in found if letter.obstacle)
    if obstacles:
        print("\nCannot be redriven as they are:")
    for obstacle, count in obstacles.most_common():
        say(f"{count:>5} x {printable(obstacle)}", indent=" " * 8)


def _cause(letter: DeadLetter) -> str:
    return one_cell(letter.clean(letter.error_code) or letter.kind)


def _row(letter: DeadLetter) -> tuple[str, ...]:
    return (
        in_utc(letter.sent),
        one_cell(letter.title),
        one_cell(letter.trace_id) or "-",
        one_cell(letter.rule_name) or "-",
        one_cell(letter.target_name) or "-",
        one_cell(letter.why() or letter.obstacle),
        letter.id,
    )


def _say(shown: int, read: int, messages: HeldMessages, queue: str, *, more: bool) -> None:
    hidden = messages.hidden
    if not read:
        text = f"No message in {queue} can be read right now." if hidden else f"There are no messages in {queue}."
        say(text, file=sys.stderr)
    elif shown == read:
        say(f"{counted(shown, 'message')} in {queue}; all were returned to the queue.", file=sys.stderr)
    else:
        found = counted(read, "message")
        say(f"{shown} selected of {found} in {queue}; all were returned to the queue.", file=sys.stderr)
    if more:
        say("There are more in the queue: --limit 0 shows all.", file=sys.stderr)
    if messages.missing:
        say(f"About {messages.missing} more did not arrive, because SQS only estimates. Try again.", file=sys.stderr)
    if hidden:
        say(
            f"About {hidden} more are hidden: somebody else is reading them right now, or they were sent with a delay.",
            file=sys.stderr,
        )


DLQ_LIST = Command(
    name="list",
    help="list what failed, for which rule, and why",
    description="Lists the events in a dead-letter queue: what failed, for which rule and target, and why, as\n"
    "EventBridge or Lambda recorded it. Secrets are not shown. Takes nothing out of the queue.",
    examples="  saasus-events dlq list --stack Events\n"
    "  saasus-events dlq list dead-letters --of auth.create_tenant --failed\n"
    "  saasus-events dlq list --limit 0 --json \\\n"
    "    arn:aws:sqs:eu-west-1:111122223333:dead-letters",
    add_arguments=_add_arguments,
    run=_run,
    permissions=PERMISSIONS,
)
