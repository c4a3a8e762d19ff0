"""Finds the queues, log groups and buses of deployed stacks, for `--stack`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from constructs_lib.cli.aws.session import NotThere, aws_errors, is_not_there
from constructs_lib.cli.command import CommandError
from constructs_lib.events.errors import nearest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from typing import Any

    from constructs_lib.cli.aws.session import AwsClients

_EVENT_LOGS = "/aws/events/"
_FUNCTION_LOGS = "/aws/lambda/"


class _Resource(NamedTuple):
    logical_id: str
    type: str
    physical_id: str


@dataclass(frozen=True)
class StackResources:
    """The resources of a deployed stack."""

    name: str
    resources: tuple[_Resource, ...]

    def of_type(self, kind: str) -> dict[str, str]:
        """Return the physical ids of the resources of a type, by logical id."""
        return {r.logical_id: r.physical_id for r in self.resources if r.type == kind}

    @property
    def event_log_groups(self) -> list[str]:
        """The log groups of its log routes, as far as their names show."""
        groups = list(self.of_type("AWS::Logs::LogGroup").values())
        of_events = [name for name in groups if name.startswith(_EVENT_LOGS)]
        return of_events or [name for name in groups if not name.startswith(_FUNCTION_LOGS)]


def add_stack_argument(parser: Any, what: str) -> None:
    """Add `--stack`, which can be given several times.

    Args:
        parser: The parser, or a group of it.
        what: What the command takes from the stack, for the help.
    """
    parser.add_argument(
        "--stack", dest="stacks", action="append", default=[], metavar="NAME", help=f"{what}; repeatable"
    )


def each_stack(clients: AwsClients, options: argparse.Namespace) -> list[StackResources]:
    """Read the stacks that the options name.

    Raises:
        NotThere: There is no stack with one of the names.
        AwsRefused: One cannot be read.
    """
    return [read_stack(clients, name) for name in dict.fromkeys(options.stacks)]


def read_stack(clients: AwsClients, stack: str) -> StackResources:
    """Read the resources of a stack.

    Raises:
        NotThere: There is no stack with this name.
        AwsRefused: It cannot be read.
    """
    from botocore.exceptions import ClientError

    client = clients.of("cloudformation")
    with aws_errors(f"The stack {stack!r} cannot be read", "cloudformation:ListStackResources"):
        try:
            pages = list(client.get_paginator("list_stack_resources").paginate(StackName=stack))
        except ClientError as error:
            if not is_not_there(error):
                raise
            raise _no_such_stack(client, stack) from error
    return StackResources(
        stack,
        tuple(
            _Resource(listed["LogicalResourceId"], listed["ResourceType"], listed["PhysicalResourceId"])
            for page in pages
            for listed in page["StackResourceSummaries"]
            if listed.get("PhysicalResourceId")
        ),
    )


def _no_such_stack(client: Any, stack: str) -> NotThere:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = client.get_paginator("list_stacks").paginate()
        names = sorted({s["StackName"] for page in pages for s in page["StackSummaries"] if _is_there(s)})
    except (BotoCoreError, ClientError):
        names = []
    there = f" The stacks there are: {', '.join(names[:10])}." if names else ""
    return NotThere(
        f"There is no stack {stack!r} in {client.meta.region_name}.{nearest(stack, names)}{there} Expected the name "
        "of a deployed stack. Correct it, or pass the --region and --profile that it is in."
    )


def _is_there(stack: dict[str, Any]) -> bool:
    return stack.get("StackStatus") != "DELETE_COMPLETE"


def dead_letter_queue_of(clients: AwsClients, stack: str) -> str:
    """Return the URL or ARN of the stack's dead-letter queue: its own, or one that an output names.

    Raises:
        CommandError: There is none, or several.
    """
    candidates = dead_letter_queues_of(clients, read_stack(clients, stack))
    if len(candidates) == 1:
        return candidates[0]
    raise _not_one(stack, "dead-letter queue", candidates, "QUEUE")


def archive_of(clients: AwsClients, stack: str) -> str:
    """Return the name of the stack's archive.

    Raises:
        CommandError: There is none, or several.
    """
    archives = list(read_stack(clients, stack).of_type("AWS::Events::Archive").values())
    if len(archives) == 1:
        return archives[0]
    raise _not_one(stack, "archive", archives, "ARCHIVE")


def dead_letter_queues_of(clients: AwsClients, stack: StackResources) -> list[str]:
    """Return the URLs or ARNs of the stack's dead-letter queues: its own, or those that outputs name."""
    queues = stack.of_type("AWS::SQS::Queue")
    queues = queues or {name: value for name, value in _outputs(clients, stack.name).items() if _is_queue(value)}
    queues = {name: queue for name, queue in queues.items() if not queue.endswith(".fifo")}
    named = {name: queue for name, queue in queues.items() if _is_dead_letters(name)}
    return list(dict.fromkeys((named or queues).values()))


def fifo_dead_letter_queues_of(stack: StackResources) -> list[str]:
    """Return the URLs of the dead-letter queues of the stack's FIFO queues, which are FIFO queues, too.

    SQS itself moves their messages back (StartMessageMoveTask), because a reader sees the first ones of a group only.
    """
    queues = stack.of_type("AWS::SQS::Queue").items()
    return [queue for name, queue in queues if queue.endswith(".fifo") and _is_dead_letters(name)]


def _is_dead_letters(name: str) -> bool:
    return "deadletter" in name.lower() or "dlq" in name.lower()


def event_log_groups_of(stacks: Iterable[StackResources]) -> list[str]:
    """Return the names of the log groups of the stacks' log routes.

    Raises:
        CommandError: One of the stacks has none.
    """
    found: list[str] = []
    for stack in stacks:
        groups = stack.event_log_groups
        if not groups:
            raise _not_one(stack.name, "log group", [], "--log-group NAME")
        found += groups
    return list(dict.fromkeys(found))


def named_log_groups(clients: AwsClients, options: argparse.Namespace) -> list[str]:
    """Return the log groups that the options name, directly or by the stacks with their log routes, each once.

    Raises:
        NotThere: There is no stack with one of the names.
        CommandError: One of the stacks has none.
        AwsRefused: One cannot be read.
    """
    return list(dict.fromkeys([*options.log_groups, *event_log_groups_of(each_stack(clients, options))]))


def log_groups_of(clients: AwsClients, stack: StackResources) -> list[str]:
    """Return all log groups of the stack, and those that Lambda created for its functions.

    Raises:
        CommandError: There is none.
    """
    groups = list(stack.of_type("AWS::Logs::LogGroup").values())
    logs = clients.of("logs")
    for function in stack.of_type("AWS::Lambda::Function").values():
        name = f"{_FUNCTION_LOGS}{function}"
        with aws_errors(f"The log groups of the stack {stack.name!r} cannot be listed", "logs:DescribeLogGroups"):
            found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        groups += [name for group in found if group["logGroupName"] == name and name not in groups]
    if not groups:
        raise _not_one(stack.name, "log group", [], "--log-group NAME")
    return groups


def _outputs(clients: AwsClients, stack: str) -> dict[str, str]:
    with aws_errors(f"The stack {stack!r} cannot be read", "cloudformation:DescribeStacks"):
        described = clients.of("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for found in described for output in found.get("Outputs", ())}


def _is_queue(value: str) -> bool:
    return (value.startswith("arn:") and ":sqs:" in value) or (value.startswith("http") and "sqs" in value)


def _not_one(stack: str, kind: str, found: Sequence[str], argument: str) -> CommandError:
    has = f"{len(found)} {kind}s: {', '.join(found)}" if found else f"no {kind}"
    return CommandError(
        f"The stack {stack!r} has {has}. Expected a stack with {'exactly one' if found else 'one'} for --stack. "
        f"Pass {argument} instead."
    )
