"""Finds the queue and the log groups of a deployed stack, for `--stack`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from constructs_lib.cli.aws_session import aws_errors
from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.cli.aws_session import AwsClients

_EVENT_LOGS = "/aws/events/"


class NotInStack(SaasusEventsError, LookupError):
    """A stack does not have what a command looks for, or has several of it."""


class _Resource(NamedTuple):
    logical_id: str
    type: str
    physical_id: str


def dead_letter_queue_of(clients: AwsClients, stack: str) -> str:
    """Give the URL or ARN of the stack's dead-letter queue: its own, or one that an output names.

    Raises:
        NotInStack: there is none, or several.
    """
    queues = {r.logical_id: r.physical_id for r in _resources(clients, stack) if r.type == "AWS::SQS::Queue"}
    queues = queues or {name: value for name, value in _outputs(clients, stack).items() if _is_queue(value)}
    named = {name: queue for name, queue in queues.items() if "deadletter" in name.lower() or "dlq" in name.lower()}
    candidates = named or queues
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    raise _not_one(stack, "dead-letter queue", list(candidates.values()), "QUEUE")


def event_log_group_of(clients: AwsClients, stack: str) -> str:
    """Give the name of the log group of the stack's only log route.

    Raises:
        NotInStack: there is none, or several.
    """
    groups = [r.physical_id for r in _resources(clients, stack) if r.type == "AWS::Logs::LogGroup"]
    of_events = [name for name in groups if name.startswith(_EVENT_LOGS)] or groups
    if len(of_events) == 1:
        return of_events[0]
    raise _not_one(stack, "log group", of_events, "LOG_GROUP")


def log_groups_of(clients: AwsClients, stack: str) -> list[str]:
    """Give all log groups of the stack, and those that Lambda made for its functions.

    Raises:
        NotInStack: there is none.
    """
    resources = _resources(clients, stack)
    groups = [r.physical_id for r in resources if r.type == "AWS::Logs::LogGroup"]
    logs = clients.of("logs")
    for function in (r.physical_id for r in resources if r.type == "AWS::Lambda::Function"):
        name = f"/aws/lambda/{function}"
        with aws_errors(f"The log groups of the stack {stack!r} cannot be listed", "logs:DescribeLogGroups"):
            found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        groups += [name for group in found if group["logGroupName"] == name and name not in groups]
    if not groups:
        raise _not_one(stack, "log group", [], "LOG_GROUP")
    return groups


def _resources(clients: AwsClients, stack: str) -> list[_Resource]:
    with aws_errors(f"The stack {stack!r} cannot be read", "a stack's name, and cloudformation:ListStackResources"):
        pages = clients.of("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        return [
            _Resource(listed["LogicalResourceId"], listed["ResourceType"], listed["PhysicalResourceId"])
            for page in pages
            for listed in page["StackResourceSummaries"]
            if listed.get("PhysicalResourceId")
        ]


def _outputs(clients: AwsClients, stack: str) -> dict[str, str]:
    with aws_errors(f"The stack {stack!r} cannot be read", "cloudformation:DescribeStacks"):
        described = clients.of("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for found in described for output in found.get("Outputs", ())}


def _is_queue(value: str) -> bool:
    return (value.startswith("arn:") and ":sqs:" in value) or (value.startswith("http") and "sqs" in value)


def _not_one(stack: str, kind: str, found: Sequence[str], argument: str) -> NotInStack:
    has = f"has {len(found)}: {', '.join(found)}" if found else "has none"
    return NotInStack(
        f"The {kind} of the stack {stack!r} cannot be told: it {has}. Allowed with --stack is a stack with exactly "
        f"one. Give {argument} instead."
    )
