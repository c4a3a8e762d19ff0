"""The AWS account and region that a command talks to, and AWS's refusals in our words."""

from __future__ import annotations

import argparse
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.command import CommandError
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.events.json_values import in_short
from constructs_lib.runtime.saasus_api import EventBridgeSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NO_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
_BUSY = re.compile("throttl|toomanyrequests|requestlimit|unavailable|internal", re.IGNORECASE)

_HAVE_IT_ADDED = "Have it added (`saasus-events permissions` prints the whole policy), or choose another --profile"
_NOT_THERE = frozenset({"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})


class AwsRefused(SaasusEventsError):
    """AWS did not do what a command asked of it."""


class NotThere(CommandError):
    """AWS does not have what a name refers to."""


def add_aws_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--region` and `--profile`; without them, AWS's own environment variables and configuration apply."""
    parser.add_argument("--region", metavar="NAME", help="the AWS region")
    parser.add_argument("--profile", metavar="NAME", help="a profile of the AWS configuration")


class AwsClients:
    """The clients of AWS, one for each service and region."""

    def __init__(self, options: argparse.Namespace) -> None:
        import boto3

        with aws_errors("AWS cannot be used", "access to AWS"):
            session = boto3.Session(profile_name=options.profile, region_name=options.region)
        self._make: Callable[..., Any] = session.client
        self._clients: dict[tuple[str, str], Any] = {}

    def of(self, service: str, *, arn: str = "", region: str = "") -> Any:
        """Return the client of a service.

        Args:
            service: The name of the service, as boto3 writes it.
            arn: An ARN that the client is for, whose region it uses. Default: none.
            region: The region. Default: that of the ARN, or else that of the command.

        Raises:
            AwsRefused: AWS cannot be used as it is configured.
        """
        where = region or region_of(arn)
        if (service, where) not in self._clients:
            try:
                with aws_errors("AWS cannot be used", "access to AWS"):
                    self._clients[service, where] = self._make(service, region_name=where or None)
            except ValueError as error:
                # boto3's error for an invalid address.
                raise AwsRefused(
                    f"AWS cannot be used: {str(error).rstrip('.')}. Expected the address of an endpoint, with "
                    "https://, in AWS_ENDPOINT_URL or the profile. Correct it, or remove it to use AWS itself."
                ) from error
        return self._clients[service, where]


def region_of(arn: str) -> str:
    """Return the region of an ARN; empty if it has none, or is not an ARN."""
    parts = arn.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 5 else ""


def add_place_arguments(parser: argparse.ArgumentParser, account_help: str) -> None:
    """Add `--account`, `--region`, and `--profile`."""
    parser.add_argument(
        "--account", type=account_id, metavar="ID", help=f"{account_help} (default: that of the AWS credentials)"
    )
    add_aws_arguments(parser)


def place_of(options: argparse.Namespace, clients: AwsClients) -> EventBridgeSettings:
    """Return the account and region that the options name, or else the caller's.

    Raises:
        AwsRefused: The options do not name them, and AWS's credentials and configuration do not either.
    """
    return EventBridgeSettings(options.account or caller_account(clients), region_in_use(clients))


def caller_account(clients: AwsClients) -> str:
    """Return the account of the AWS credentials.

    Raises:
        AwsRefused: There are none, or they are not valid.
    """
    with aws_errors("The account of the AWS credentials cannot be determined", "sts:GetCallerIdentity"):
        return str(clients.of("sts").get_caller_identity()["Account"])


def region_in_use(clients: AwsClients) -> str:
    """Return the region of the command.

    Raises:
        AwsRefused: There is none.
    """
    return str(clients.of("events").meta.region_name)


def in_words(place: EventBridgeSettings) -> str:
    """Write an account and region for people."""
    return f"account {place.aws_account_id}, region {place.aws_region}"


def account_id(text: str) -> str:
    """Read an AWS account, as an argument's type."""
    if re.fullmatch(r"[0-9]{12}", text) is None:
        raise argparse.ArgumentTypeError(f"{in_short(text)} is not an AWS account id; write its 12 digits")
    return text


@contextmanager
def aws_errors(what: str, needed: str) -> Iterator[None]:
    """Turn what boto3 raises in the block into an error that says what to do.

    Args:
        what: What was not possible, as the start of a sentence.
        needed: What it takes, as the end of the sentence "This needs …".

    Raises:
        AwsRefused: AWS refused, or could not be asked.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = str(error).rstrip(".")
        if is_not_there(error):
            todo = "Correct the name, or pass the --region and --profile that it is in"
            raise AwsRefused(f"{what}: {said}. {todo}.") from error
        if _BUSY.search(error_code(error)) is not None:
            todo = "AWS is busy or limits requests, so try again in a minute"
        else:
            todo = "Log in again" if error_code(error) in _NO_CREDENTIALS else _HAVE_IT_ADDED
        raise AwsRefused(f"{what}: {said}. This needs {needed}. {todo}.") from error
    except BotoCoreError as error:
        raise AwsRefused(f"{what}: {str(error).rstrip('.')}. {_advice(error, needed)}") from error


def _advice(error: Exception, needed: str) -> str:
    """Return what is expected and what to do if AWS was not even asked, or did not answer."""
    from botocore import exceptions

    if isinstance(error, (exceptions.NoRegionError, exceptions.InvalidRegionError)):
        return "Expected a region, such as ap-northeast-1. Pass --region, or set AWS_DEFAULT_REGION."
    if isinstance(error, exceptions.ProfileNotFound):
        return "Expected a profile of the AWS configuration. Correct --profile or AWS_PROFILE, or leave it out."
    if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
        return "Expected an answer from AWS. Check the network, --region, and AWS_ENDPOINT_URL, and try again."
    if isinstance(error, exceptions.ParamValidationError):
        return "Expected names as AWS allows them. Correct what it refuses."
    return f"Expected credentials, as the AWS command line takes them, with {needed}. Log in to AWS, or pass --profile."


def is_not_there(error: Exception) -> bool:
    """Check whether AWS answered that what was named does not exist."""
    code = error_code(error)
    return code in _NOT_THERE or (code == "ValidationError" and "does not exist" in str(error))


def error_code(error: Exception) -> str:
    """Return the code of a botocore `ClientError`; empty for any other error."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
