"""The AWS account and region that a command talks to, and AWS's refusals in words of ours."""

from __future__ import annotations

import argparse
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.runtime.saasus_api import EventBridgeSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NO_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)

_HAVE_IT_ADDED = "Have it added (`saasus-events permissions` prints the whole policy), or choose another --profile"
_NOT_THERE = frozenset({"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})


class AwsRefused(SaasusEventsError):
    """AWS did not do what a command asked of it."""


def add_aws_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--region` and `--profile`; what they leave open is taken from AWS's own environment variables."""
    parser.add_argument("--region", metavar="NAME", help="the AWS region")
    parser.add_argument("--profile", metavar="NAME", help="a profile of the AWS configuration")


class AwsClients:
    """Clients of AWS, one for each service and region."""

    def __init__(self, options: argparse.Namespace) -> None:
        import boto3

        with aws_errors("AWS cannot be used", "a profile that exists"):
            session = boto3.Session(profile_name=options.profile, region_name=options.region)
        self._make: Callable[..., Any] = session.client
        self._clients: dict[tuple[str, str], Any] = {}

    def of(self, service: str, *, arn: str = "", region: str = "") -> Any:
        """Give a client, in the region of an ARN where one is given, and otherwise in the command's own."""
        where = region or region_of(arn)
        if (service, where) not in self._clients:
            try:
                with aws_errors("AWS cannot be used", "a profile that exists"):
                    self._clients[service, where] = self._make(service, region_name=where or None)
            except ValueError as error:
                # So boto3 refuses an address that is none.
                raise AwsRefused(
                    f"AWS cannot be used: {str(error).rstrip('.')}. Needed is the address of an endpoint, with "
                    "https://, in AWS_ENDPOINT_URL or the profile. Correct it, or take it away for AWS itself."
                ) from error
        return self._clients[service, where]


def region_of(arn: str) -> str:
    """Give an ARN's region; empty for one without, and for what is no ARN."""
    parts = arn.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 5 else ""


def add_place_arguments(parser: argparse.ArgumentParser, account_help: str) -> None:
    """Add `--account`, `--region` and `--profile`."""
    parser.add_argument(
        "--account", type=account_id, metavar="ID", help=f"{account_help} (default: that of the AWS credentials)"
    )
    add_aws_arguments(parser)


def place_of(options: argparse.Namespace, clients: AwsClients) -> EventBridgeSettings:
    """Give the account and region: what the options name, and otherwise the caller's.

    Raises:
        AwsRefused: They were not given, and AWS's credentials and configuration do not say either.
    """
    return EventBridgeSettings(options.account or caller_account(clients), region_in_use(clients))


def caller_account(clients: AwsClients) -> str:
    """Give the account of the AWS credentials.

    Raises:
        AwsRefused: There are none, or they are not valid.
    """
    with aws_errors("Whose AWS credentials these are cannot be told", "sts:GetCallerIdentity"):
        return str(clients.of("sts").get_caller_identity()["Account"])


def region_in_use(clients: AwsClients) -> str:
    """Give the command's region.

    Raises:
        AwsRefused: There is none.
    """
    return str(clients.of("events").meta.region_name)


def words(place: EventBridgeSettings) -> str:
    """Write an account and region for people."""
    return f"account {place.aws_account_id}, region {place.aws_region}"


def account_id(text: str) -> str:
    """Read an AWS account, as an argument's type."""
    if re.fullmatch(r"[0-9]{12}", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no AWS account; write its 12 digits")
    return text


@contextmanager
def aws_errors(what: str, allowed: str) -> Iterator[None]:
    """Turn what boto3 raises in the block into an error that says what to do.

    Args:
        what: what was not possible, as the start of a sentence.
        allowed: what it needs, to stand after "Needed is".

    Raises:
        AwsRefused: AWS refused, or could not be asked.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = str(error).rstrip(".")
        if is_not_there(error):
            todo = "Correct the name, or give the --region and --profile where it is"
            raise AwsRefused(f"{what}: {said}. {todo}.") from error
        todo = "Log in again" if error_code(error) in _NO_CREDENTIALS else _HAVE_IT_ADDED
        raise AwsRefused(f"{what}: {said}. Needed is {allowed}. {todo}.") from error
    except BotoCoreError as error:
        raise AwsRefused(
            f"{what}: {str(error).rstrip('.')}. Needed is {allowed}, and the credentials and region that the AWS "
            "command line takes too. Log in, or give --profile and --region."
        ) from error


def is_not_there(error: Exception) -> bool:
    """Tell whether AWS said that what was named does not exist."""
    code = error_code(error)
    return code in _NOT_THERE or (code == "ValidationError" and "does not exist" in str(error))


def error_code(error: Exception) -> str:
    """Give the code of a botocore `ClientError`."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
