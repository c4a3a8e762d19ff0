"""`saasus-events dlq`: the events that did not reach their target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.cli.command import Command
from constructs_lib.cli.dlq.list import DLQ_LIST
from constructs_lib.cli.dlq.redrive import DLQ_REDRIVE
from constructs_lib.cli.dlq.show import DLQ_SHOW
from constructs_lib.cli.screen.help_text import add_command

if TYPE_CHECKING:
    import argparse
    from typing import Final

_COMMANDS: Final = (DLQ_LIST, DLQ_SHOW, DLQ_REDRIVE)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="list|show|redrive")
    for command in _COMMANDS:
        add_command(commands, command, "dlq_command")


def _run(options: argparse.Namespace) -> int:
    command: Command = options.dlq_command
    return command.run(options)


DLQ = Command(
    name="dlq",
    help="look into a dead-letter queue, and send again what is in it",
    description="Shows which events did not reach their target, for which rule and why, and sends them again: to\n"
    "the rule's own target or to a bus. Looking changes nothing: messages that were read are given back.",
    examples="  saasus-events dlq list --stack Events\n"
    "  saasus-events dlq show --stack Events d7c3…\n"
    "  saasus-events dlq redrive --stack Events --to-target",
    add_arguments=_add_arguments,
    run=_run,
    permissions=(
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "cloudformation:ListStacks",
        "events:DescribeEventBus",
        "events:ListTargetsByRule",
        "events:PutEvents",
        "lambda:InvokeFunction",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sns:Publish",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ListQueues",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "states:StartExecution",
    ),
)
