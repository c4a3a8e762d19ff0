"""`saasus-events dlq redrive`: sends again what failed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from constructs_lib.cli.aws_session import AwsClients
from constructs_lib.cli.command import Command
from constructs_lib.cli.dead_letter import DeadLetter, read_dead_letter
from constructs_lib.cli.event_selection import add_selection_arguments, selection
from constructs_lib.cli.held_messages import HeldMessages
from constructs_lib.cli.queue_address import add_queue_arguments, find_queue
from constructs_lib.cli.redrive_to_bus import ToBus
from constructs_lib.cli.redrive_to_target import ToTarget
from constructs_lib.cli.text_redaction import printable, redact_text, secrets_of
from constructs_lib.cli.unbroken import unbroken
from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping
    from typing import Any


@dataclass
class Sums:
    """What became of the messages of a queue; each is counted once, in one of the last three."""

    in_queue: int = 0
    redriven: int = 0
    failed: int = 0
    skipped: int = 0
    not_deleted: int = 0
    """Of those redriven: delivered, and still in the queue."""

    def text(self, *, dry: bool) -> str:
        """Give the sums as one line that adds up."""
        verbs = ("would be redriven", "cannot be") if dry else ("redriven", "failed")
        return (
            f"{self.in_queue} in the queue = {self.redriven} {verbs[0]} + {self.failed} {verbs[1]} + "
            f"{self.skipped} skipped"
        )


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_queue_arguments(parser)
    add_selection_arguments(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--to-target", action="store_true", help="to the target that did not take it")
    where.add_argument(
        "--to-bus",
        metavar="NAME",
        help="to a custom event bus; AWS refuses sources that start with 'aws.', so there the source "
        "aws.partner/saasus.io/… becomes redriven/saasus.io/…",
    )
    parser.add_argument("--yes", action="store_true", help="do it; without, only say what would be done")


def _run(options: argparse.Namespace) -> int:
    started = datetime.now(timezone.utc)
    is_selected = selection(options)
    clients = AwsClients(options)
    queue = find_queue(clients, options)
    route = ToTarget(clients) if options.to_target else ToBus(clients, options.to_bus)
    sums = Sums()
    # What a target fails on again comes into the queue again, and must not go round in circles.
    with HeldMessages(queue, before=started) as messages:
        try:
            for message in messages:
                # Delivered and not yet deleted is the one state in which nobody should stop.
                with unbroken():
                    _redrive(read_dead_letter(message), route, is_selected, messages, sums, dry=not options.yes)
        finally:
            print(f"{sums.text(dry=not options.yes)}.")
    if not sums.in_queue and not messages.later and not messages.hidden:
        print("Nothing to redrive.", file=sys.stderr)
        return 0
    if messages.later:
        print(f"{messages.later} more came in meanwhile, and were left alone.", file=sys.stderr)
    if messages.hidden:
        print(f"About {messages.hidden} more are hidden, for somebody else is reading them just now.", file=sys.stderr)
    if sums.not_deleted:
        print(
            f"{sums.not_deleted} of those redriven could not be deleted: the next redrive sends them once more.",
            file=sys.stderr,
        )
    if not options.yes:
        print("Nothing was changed. With --yes it is done.", file=sys.stderr)
    return 1 if sums.failed or sums.not_deleted else 0


def _redrive(
    letter: DeadLetter,
    route: ToTarget | ToBus,
    is_selected: Callable[[Mapping[str, Any] | None], bool],
    messages: HeldMessages,
    sums: Sums,
    *,
    dry: bool,
) -> None:
    sums.in_queue += 1
    event = letter.event
    if not is_selected(letter.payload if event else None):
        sums.skipped += 1
        return
    names = (event.event_type, event.trace_id) if event else (f"({letter.kind})",)
    what = printable(" ".join(filter(None, (letter.id, *names))))
    try:
        planned = route.plan(letter)
        if not dry:
            planned.send()
    except SaasusEventsError as error:
        sums.failed += 1
        why = printable(redact_text(str(error), secrets_of(letter.payload)))
        print(f"{'cannot be' if dry else 'failed'}  {what}: {why}")
        return
    except BaseException:
        sums.failed += 1
        print(f"interrupted  {what}: it may have been delivered, and is still in the queue.")
        raise
    sums.redriven += 1
    print(f"{'would be redriven' if dry else 'redriven'}  {what} -> {planned.says}", flush=True)
    if dry:
        return
    try:
        messages.delete(letter.message)
    except BaseException as error:
        sums.not_deleted += 1
        print(f"  delivered, but not deleted, so the next redrive sends it once more: {error}", file=sys.stderr)
        if not isinstance(error, SaasusEventsError):
            raise


DLQ_REDRIVE = Command(
    name="redrive",
    help="send what failed again, to its target or to a bus (first says what it would do)",
    description="Sends the events in a dead-letter queue again: to the target that did not take them, with the rule's\n"
    "own input, or to a custom event bus. Without --yes it only says what it would do. A message is deleted only\n"
    "after it was delivered; what fails stays in the queue. Exits with 1 when any failed.\n\n"
    "Your own permissions are used: lambda:InvokeFunction, sqs:SendMessage, sns:Publish, states:StartExecution,\n"
    "logs:PutLogEvents on the targets, or events:PutEvents on the bus.",
    examples="  saasus-events dlq redrive --stack Events --to-target\n"
    "  saasus-events dlq redrive --stack Events --to-target --yes \\\n"
    "    --of auth.create_tenant\n"
    "  saasus-events dlq redrive Events-SaasusDeadLetterQueue --to-bus repairs --yes",
    add_arguments=_add_arguments,
    run=_run,
)
