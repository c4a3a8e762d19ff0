"""Which queue a command works on: by name, URL or ARN, or as a stack's dead-letter queue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import NotThere, add_aws_arguments, aws_errors, error_code
from constructs_lib.cli.aws.stack import add_stack_argument, dead_letter_queue_of
from constructs_lib.cli.command import CommandError
from constructs_lib.events.errors import nearest

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.aws.session import AwsClients

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
_QUEUE_ARN: Final = re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[\w.-]+", re.ASCII)
_QUEUE_URL: Final = re.compile(
    r"https?://(?P<host>[^/:@]+)(?::\d+)?/(?:[\w-]+/)*(?P<account>\d{12})/(?P<name>[\w.-]+)", re.ASCII
)
_QUEUE_NAME: Final = re.compile(r"[\w-]{1,80}(?:\.fifo)?", re.ASCII)
_OLD_HOST: Final = "queue.amazonaws.com"
_OLD_REGION: Final = "us-east-1"
"""The region of SQS's oldest URLs, which do not name it."""
_MISSING: Final = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue"})


@dataclass(frozen=True)
class QueueAddress:
    """A queue that exists, and the client for it."""

    client: Any
    url: str

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.url.rpartition("/")[2]

    def has_arn(self, arn: str) -> bool:
        """Check whether an ARN is that of this queue."""
        found = _QUEUE_URL.fullmatch(self.url)
        return found is not None and arn.split(":")[2:] == [
            "sqs",
            self.client.meta.region_name,
            found["account"],
            found["name"],
        ]


def add_queue_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the queue, `--stack`, and the options that say where it is."""
    parser.add_argument("queue", nargs="?", metavar="QUEUE", help="the dead-letter queue's name, URL, or ARN")
    add_stack_argument(parser, "the dead-letter queue of this stack, in place of QUEUE")
    add_aws_arguments(parser)


def find_queues(clients: AwsClients, options: argparse.Namespace) -> list[QueueAddress]:
    """Find the queues that the options name, each once.

    Raises:
        NotThere: There is no such queue.
        CommandError: Neither or both of QUEUE and --stack are given, or a stack has no single dead-letter queue.
        AwsRefused: AWS does not show it.
    """
    if (options.queue is None) == (not options.stacks):
        given = "neither QUEUE nor --stack" if options.queue is None else "both QUEUE and --stack"
        raise CommandError(
            f"Got {given}. Expected one of them, which names the dead-letter queue. Write for example: "
            "saasus-events dlq list --stack Events"
        )
    if options.queue is not None:
        return [queue_at(clients, options.queue)]
    found = [queue_at(clients, dead_letter_queue_of(clients, stack)) for stack in options.stacks]
    return list({queue.url: queue for queue in found}.values())


def queue_at(clients: AwsClients, named: str) -> QueueAddress:
    """Find a standard queue by its name, URL or ARN.

    Raises:
        NotThere: There is no such queue.
        CommandError: It is not the name, URL or ARN of a queue, or it is a FIFO queue.
        AwsRefused: AWS does not show it.
    """
    if named.startswith(("http://", "https://")):
        found = _QUEUE_URL.fullmatch(named)
        if found is None:
            raise _not_a_queue(named)
        _require_standard(found["name"])
        return QueueAddress(clients.of("sqs", region=_region_in(found["host"])), named)
    if named.startswith("arn:"):
        if _QUEUE_ARN.fullmatch(named) is None:
            raise _not_a_queue(named)
        _, _, _, region, owner, name = named.split(":")
        return _named(clients.of("sqs", region=region), named, {"QueueName": name, "QueueOwnerAWSAccountId": owner})
    if _QUEUE_NAME.fullmatch(named) is None:
        raise _not_a_queue(named)
    return _named(clients.of("sqs"), named, {"QueueName": named})


def _named(client: Any, named: str, asked: dict[str, str]) -> QueueAddress:
    from botocore.exceptions import ClientError

    _require_standard(asked["QueueName"])
    with aws_errors(f"The queue {named!r} cannot be found", "sqs:GetQueueUrl on it"):
        try:
            return QueueAddress(client, client.get_queue_url(**asked)["QueueUrl"])
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            raise _unknown(client, asked["QueueName"], asked.get("QueueOwnerAWSAccountId", "")) from error


def _region_in(host: str) -> str:
    """Return the region in a URL's host, also of an endpoint in a VPC; empty if the host names none."""
    if host == _OLD_HOST:
        return _OLD_REGION
    return next((label for label in host.split(".") if _REGION.fullmatch(label)), "")


def _require_standard(name: str) -> None:
    if name.endswith(".fifo"):
        raise CommandError(
            f"{name!r} is a FIFO queue, which shows only the first messages of a group while somebody reads it. "
            "Expected a standard queue, because EventBridge and Lambda write dead letters to no other. Name the "
            "dead-letter queue. What a FIFO queue could not get rid of, SQS itself moves back: aws sqs "
            "start-message-move-task --source-arn ARN"
        )


def _not_a_queue(named: str) -> CommandError:
    return CommandError(
        f"{named!r} is not an SQS queue. Expected a name, such as dead-letters; a URL, such as "
        "https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters; or an ARN, such as "
        "arn:aws:sqs:eu-west-1:111122223333:dead-letters. Correct it, or pass --stack NAME."
    )


def _unknown(client: Any, name: str, owner: str) -> NotThere:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        urls = client.list_queues(MaxResults=1000).get("QueueUrls", [])
    except (BotoCoreError, ClientError):
        urls = []
    names = [url.rpartition("/")[2] for url in urls]
    of_account = f" of the account {owner}" if owner else ""
    return NotThere(
        f"There is no queue {name!r}{of_account} in {client.meta.region_name}.{nearest(name, names)} Expected the "
        "name, URL, or ARN of a queue. Correct it, or pass --stack NAME, or the --region and --profile that it is in."
    )
