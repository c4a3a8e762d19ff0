"""`saasus-events dlq redrive`: sends failed events again."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.cli.aws.queues import add_queue_arguments, find_queues
from constructs_lib.cli.aws.session import AwsClients
from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from constructs_lib.cli.dlq.queue_reader import PERMISSIONS, HeldMessages
from constructs_lib.cli.dlq.redrive_to_bus import ToBus
from constructs_lib.cli.dlq.redrive_to_target import ToTarget
from constructs_lib.cli.filter_options import add_selection_arguments, selection
from constructs_lib.cli.options import add_yes_argument
from constructs_lib.cli.screen.lines import one_cell, printable, say
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.local.interruption import uninterrupted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from constructs_lib.cli.aws.queues import QueueAddress
    from constructs_lib.cli.dlq.dead_letter import DeadLetter
    from constructs_lib.cli.dlq.target_calls import Redelivery

_INDENT: Final = " " * 8


@dataclass
class Counts:
    """What became of the messages of a queue; each is counted in exactly one of the last three."""

    in_queue: int = 0
    redriven: int = 0
    failed: int = 0
    skipped: int = 0

    def text(self, *, dry: bool) -> str:
        """Return the counts as one line that adds up."""
        verbs = ("would be redriven", "cannot be") if dry else ("redriven", "failed")
        return (
            f"{self.in_queue} in the queue = {self.redriven} {verbs[0]} + {self.failed} {verbs[1]} + "
            f"{self.skipped} skipped"
        )


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_queue_arguments(parser)
    add_selection_arguments(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--to-target", action="store_true", help="send each event to the target that did not accept it")
    where.add_argument(
        "--to-bus",
        metavar="NAME",
        help="send each event to this custom event bus, with the source redriven/saasus.io/… instead of "
        "aws.partner/saasus.io/…, because AWS refuses sources that start with 'aws.'",
    )
    add_yes_argument(parser)


def _run(options: argparse.Namespace) -> int:
    is_selected = selection(options)
    clients = AwsClients(options)
    queues = find_queues(clients, options)
    to_bus = None if options.to_target else ToBus(clients, options.to_bus)
    code = 0
    for queue in queues:
        if len(queues) > 1:
            print(f"{queue.name}:", flush=True)
        redrive = _Redrive(queue, to_bus or ToTarget(clients, queue), is_selected, dry=not options.yes)
        code = max(code, redrive.run())
    return code


class _Redrive:
    """Sends the messages of one queue again."""

    def __init__(
        self,
        queue: QueueAddress,
        route: ToTarget | ToBus,
        is_selected: Callable[[Mapping[str, Any] | None], bool],
        *,
        dry: bool,
    ) -> None:
        self._queue = queue
        self._route = route
        self._is_selected = is_selected
        self._dry = dry
        self._counts = Counts()

    def run(self) -> int:
        """Send the messages, or say what would be sent; return the exit code."""
        counts = self._counts
        # An event that fails again returns to the queue, and must not go round in circles.
        with HeldMessages(self._queue, leave_later=True) as messages:
            try:
                for message in messages:
                    # Nothing may stop the command between the delivery of a message and its deletion.
                    with uninterrupted():
                        self._redrive_one(message, messages)
            finally:
                print(f"{counts.text(dry=self._dry)}.", flush=True)
        self._report_what_is_left(messages)
        return ExitCode.NEGATIVE if counts.failed or messages.undeleted or messages.uncertain else ExitCode.DONE

    def _report_what_is_left(self, messages: HeldMessages) -> None:
        meanwhile = "more arrived in the meantime and were left alone, including events that failed again."
        hidden = "more are hidden: somebody else is reading them right now, or they were sent with a delay."
        missing = "more did not arrive, because SQS only estimates. Try again."
        lost = "were held for too long, and somebody else has taken them."
        undeleted = "of those redriven could not be deleted: the next redrive sends them again."
        uncertain = "of those redriven took so long that they may still be in the queue: check before the next redrive."
        said = (
            (messages.later, f"{messages.later} {meanwhile}"),
            (messages.hidden, f"About {messages.hidden} {hidden}"),
            (messages.missing, f"About {messages.missing} {missing}"),
            (messages.lost, f"{messages.lost} {lost}"),
            (len(messages.undeleted), f"{len(messages.undeleted)} {undeleted}"),
            (len(messages.uncertain), f"{len(messages.uncertain)} {uncertain}"),
        )
        if not self._counts.in_queue and not any(count for count, _ in said):
            print("Nothing to redrive.", file=sys.stderr)
        elif self._dry:
            print("Nothing was changed. Add --yes to do it.", file=sys.stderr)
        for count, text in said:
            if count:
                say(text, file=sys.stderr)

    def _redrive_one(self, message: dict[str, Any], messages: HeldMessages) -> None:
        self._counts.in_queue += 1
        what = printable(str(message["MessageId"]))
        letter: DeadLetter | None = None
        try:
            letter = read_dead_letter(message)
            what = " ".join(filter(None, map(one_cell, (letter.id, letter.title, letter.trace_id))))
            if not self._is_selected(letter.payload if letter.event else None):
                self._counts.skipped += 1
                return
            planned = self._route.plan(letter)
            if not self._dry:
                planned.send()
        except SaasusEventsError as error:
            self._report_failure(what, letter.obstacle or letter.clean(str(error)) if letter else str(error))
            return
        except Exception as error:  # noqa: BLE001 - whatever one message does, those after it have their turn
            self._report_failure(
                what,
                f"saasus-events itself failed on it ({type(error).__name__}): please report this bug. The message is "
                "still in the queue; whether it was delivered is unknown.",
            )
            return
        except BaseException:
            self._counts.failed += 1
            print(f"interrupted  {what}: it may have been delivered, but is still in the queue.")
            raise
        self._counts.redriven += 1
        if not self._dry:
            self._delete(message, messages)
        # Last, because this fails if nobody reads the output any more.
        self._report_done(what, planned)

    def _report_done(self, what: str, planned: Redelivery) -> None:
        verb = "would be redriven" if self._dry else "redriven"
        say(f"{verb}  {what} -> {printable(planned.says)}", indent=_INDENT, flush=True)

    def _report_failure(self, what: str, why: str) -> None:
        self._counts.failed += 1
        verb = "cannot be" if self._dry else "failed"
        say(f"{verb}  {what}: {printable(why)}", indent=_INDENT, flush=True)

    def _delete(self, message: dict[str, Any], messages: HeldMessages) -> None:
        try:
            messages.delete(message)
        except BaseException as error:
            print(f"  delivered, but not deleted, so the next redrive sends it again: {error}", file=sys.stderr)
            if not isinstance(error, SaasusEventsError):
                raise


DLQ_REDRIVE = Command(
    name="redrive",
    help="send failed events again, to their target or to a bus (first says what it would do)",
    description="Sends the events in a dead-letter queue again: to the target that did not accept them, with the\n"
    "rule's own input, or to a custom event bus. Without --yes, it only says what it would do. A message is\n"
    "deleted only after it was understood and delivered; what fails stays in the queue.\n\n"
    "The command uses your own permissions; `saasus-events permissions dlq` prints the ones that it needs.",
    examples="  saasus-events dlq redrive --stack Events --to-target\n"
    "  saasus-events dlq redrive --stack Events --to-target --yes \\\n"
    "    --of auth.create_tenant\n"
    "  saasus-events dlq redrive Events-SaasusDeadLetterQueue --to-bus repairs --yes",
    add_arguments=_add_arguments,
    run=_run,
    negative="some messages failed, or may still be in the queue",
    permissions=(
        *PERMISSIONS,
        "events:DescribeEventBus",
        "events:ListTargetsByRule",
        "events:PutEvents",
        "firehose:PutRecord",
        "lambda:InvokeFunction",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sns:Publish",
        "sqs:DeleteMessage",
        "sqs:SendMessage",
        "states:StartExecution",
    ),
)
