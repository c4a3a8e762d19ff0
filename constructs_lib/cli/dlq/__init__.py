"""`saasus-events dlq`: the events that did not reach their target."""

from __future__ import annotations

from constructs_lib.cli.command import CommandGroup
from constructs_lib.cli.dlq.list import DLQ_LIST
from constructs_lib.cli.dlq.redrive import DLQ_REDRIVE
from constructs_lib.cli.dlq.show import DLQ_SHOW

DLQ = CommandGroup(
    name="dlq",
    help="inspect a dead-letter queue, and send its events again",
    description="Shows which events did not reach their target, for which rule, and why, and sends them again, to\n"
    "the rule's own target or to a bus. Looking changes nothing: messages that were read return to the queue.",
    examples="  saasus-events dlq list --stack Events\n"
    "  saasus-events dlq show --stack Events d7c3…\n"
    "  saasus-events dlq redrive --stack Events --to-target",
    commands=(DLQ_LIST, DLQ_SHOW, DLQ_REDRIVE),
)
