"""Reads the events that a log route wrote to CloudWatch Logs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from constructs_lib.events.errors import SaasusEventsError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from mypy_boto3_logs import CloudWatchLogsClient

_PREFIX = "/aws/events/"


class UnreadableLogGroup(SaasusEventsError):
    """AWS does not give the events of a log group."""


def messages(group: str, *, since: timedelta, region: str | None, profile: str | None) -> Iterator[str]:
    """Give the log group's messages, oldest first.

    Args:
        group: the log group's name.
        since: how far back to go.
        region: the AWS region; by default that of the environment or profile.
        profile: a profile of the AWS configuration.

    Raises:
        UnreadableLogGroup: there is no such log group, no credentials or region, or no permission.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.Session(profile_name=profile, region_name=region).client("logs")
        start = int((time.time() - since.total_seconds()) * 1000)
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start):
            for event in page["events"]:
                yield event["message"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            raise _not_found(client, group) from error
        raise UnreadableLogGroup(
            f"The log group {group!r} cannot be read: {error}. Allowed is a log group on which your credentials have "
            "logs:FilterLogEvents. Choose others with --profile, or have the permission added."
        ) from error
    except BotoCoreError as error:
        raise UnreadableLogGroup(
            f"The log group {group!r} cannot be read: {str(error).rstrip('.')}. Allowed are the credentials and the "
            "region that the AWS command line takes too. Log in, or give --profile and --region."
        ) from error


def _not_found(client: CloudWatchLogsClient, group: str) -> UnreadableLogGroup:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        listed = client.describe_log_groups(logGroupNamePrefix=_PREFIX)["logGroups"]
    except (BotoCoreError, ClientError):
        listed = []
    names = [found["logGroupName"] for found in listed]
    shown = f"are {', '.join(names[:10])}" if names else "is the name that the stack's outputs or the console show"
    return UnreadableLogGroup(
        f"There is no log group {group!r} in {client.meta.region_name}.{nearest(group, names)} Allowed {shown}. "
        "Correct the name, or give the --region and --profile where the log route is deployed."
    )
