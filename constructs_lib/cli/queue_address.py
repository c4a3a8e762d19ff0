"""Which queue a command works on: by name, URL or ARN, or as a stack's dead-letter queue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws_session import add_aws_arguments, aws_errors, error_code, region_of
from constructs_lib.cli.stack_resources import dead_letter_queue_of
from constructs_lib.events.errors import SaasusEventsError, nearest

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.aws_session import AwsClients

_REGION_IN_URL: Final = re.compile(r"https?://sqs\.([a-z0-9-]+)\.")
_MISSING: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue"})


class UnknownQueue(SaasusEventsError, LookupError):
    """There is no queue of this name, or none was given."""


@dataclass(frozen=True)
class QueueAddress:
    """A queue that exists, and the client to use it with."""

    client: Any
    url: str

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.url.rpartition("/")[2]


def add_queue_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the queue, `--stack`, and where to look for it."""
    parser.add_argument("queue", nargs="?", metavar="QUEUE", help="the dead-letter queue's name, URL or ARN")
    parser.add_argument("--stack", metavar="NAME", help="the dead-letter queue of this stack, in place of QUEUE")
    add_aws_arguments(parser)


def find_queue(clients: AwsClients, options: argparse.Namespace) -> QueueAddress:
    """Find the queue that the options name.

    Raises:
        UnknownQueue: there is no such queue, or neither or both of QUEUE and --stack were given.
        SaasusEventsError: the stack does not tell, or AWS refused.
    """
    if (options.queue is None) == (options.stack is None):
        given = "neither QUEUE nor --stack" if options.queue is None else "both QUEUE and --stack"
        raise UnknownQueue(
            f"No single queue was named: {given} was given. Allowed is one of them. Write for example: "
            "saasus-events dlq list --stack Events"
        )
    named: str = dead_letter_queue_of(clients, options.stack) if options.queue is None else options.queue
    return queue_at(clients, named)


def queue_at(clients: AwsClients, named: str) -> QueueAddress:
    """Find a queue by its name, URL or ARN.

    Raises:
        UnknownQueue: there is no such queue.
    """
    from botocore.exceptions import ClientError

    if named.startswith(("http://", "https://")):
        found = _REGION_IN_URL.match(named)
        return QueueAddress(clients.of("sqs", region=found[1] if found else ""), named)
    client = clients.of("sqs", region=region_of(named))
    parts = named.split(":") if named.startswith("arn:") else []
    asked = {"QueueName": parts[5], "QueueOwnerAWSAccountId": parts[4]} if len(parts) == 6 else {"QueueName": named}
    with aws_errors(f"The queue {named!r} cannot be found", "a queue's name, URL or ARN, and sqs:GetQueueUrl"):
        try:
            return QueueAddress(client, client.get_queue_url(**asked)["QueueUrl"])
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            raise _unknown(client, asked["QueueName"]) from error


def _unknown(client: Any, name: str) -> UnknownQueue:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        urls = client.list_queues(MaxResults=1000).get("QueueUrls", [])
    except (BotoCoreError, ClientError):
        urls = []
    names = [url.rpartition("/")[2] for url in urls]
    return UnknownQueue(
        f"There is no queue {name!r} in {client.meta.region_name}.{nearest(name, names)} Allowed is the name, URL or "
        "ARN of a queue. Correct it, or give --stack NAME, or the --region and --profile where the queue is."
    )
