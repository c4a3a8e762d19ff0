"""`saasus-events dlq show`: everything about one dead letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.cli.aws.queues import add_queue_arguments, find_queues
from constructs_lib.cli.aws.session import AwsClients
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from constructs_lib.cli.dlq.queue_reader import PERMISSIONS, HeldMessages
from constructs_lib.cli.options import add_json_argument, add_raw_argument
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import counted

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.aws.queues import QueueAddress
    from constructs_lib.cli.dlq.dead_letter import DeadLetter


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_queue_arguments(parser)
    parser.add_argument(
        "id", metavar="MESSAGE_ID|TRACE_ID", help="the id of the message or of the trace, as `dlq list` shows it"
    )
    add_raw_argument(parser)
    add_json_argument(parser, each="message")


def _run(options: argparse.Namespace) -> int:
    queues = find_queues(AwsClients(options), options)
    found: list[DeadLetter] = []
    read = 0
    for queue in queues:
        of_queue, count = _find(queue, options.id)
        found += of_queue
        read += count
    if not found:
        names = " and ".join(queue.name for queue in queues)
        seen = f"None of the {counted(read, 'message')} in {names} has" if read else f"No message in {names} has"
        raise CommandError(
            f"{seen} the id {options.id!r}. Expected a message id or a "
            "trace id, as `saasus-events dlq list` shows them. Correct it; or, if somebody else is reading the "
            "message, which hides it for some minutes, try again later.",
            ExitCode.NEGATIVE,
        )
    for letter in found:
        print(as_json(letter.to_dict(raw=options.raw), indent=None if options.json else 2))
    return ExitCode.DONE


def _find(queue: QueueAddress, wanted: str) -> tuple[list[DeadLetter], int]:
    """Return the messages with an id or trace id, and how many were read."""
    found: list[DeadLetter] = []
    read = 0
    with HeldMessages(queue) as messages:
        for message in messages:
            read += 1
            letter = read_dead_letter(message)
            if letter.id == wanted:
                return [letter], read
            if letter.event is not None and letter.event.trace_id == wanted:
                found.append(letter)
    return found, read


DLQ_SHOW = Command(
    name="show",
    help="show everything about one of them: event, error, rule, and target",
    description="Shows one message of a dead-letter queue, or all messages with a trace id: the whole event without\n"
    "its secrets, the error, the rule, and the target.",
    examples="  saasus-events dlq show --stack Events 6a2c7f5e-5d0f-4c39-9d0c-5f3b6d0f3a11\n"
    "  saasus-events dlq show Events-SaasusDeadLetterQueue my-trace-id --raw",
    add_arguments=_add_arguments,
    run=_run,
    negative="no message that can be read right now has this id",
    permissions=PERMISSIONS,
)
