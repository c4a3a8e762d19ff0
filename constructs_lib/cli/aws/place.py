"""The AWS account and region that a command is about."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from constructs_lib.cli.aws.session import add_aws_arguments, aws_errors
from constructs_lib.runtime.saasus_api import EventBridgeSettings

if TYPE_CHECKING:
    from constructs_lib.cli.aws.session import AwsClients


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
