"""What Lambda calls: reads the credentials, and hands the request to what handles its kind of resource."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.custom_resource import Done, Request, answer
from constructs_lib.functions.event_source import Waiting
from constructs_lib.functions.ownership import Ownership
from constructs_lib.functions.setting import Setting
from constructs_lib.functions.verification import verify
from constructs_lib.runtime.saasus_api import IntegrationApi
from constructs_lib.runtime.saasus_credentials import SaasusCredentials

if TYPE_CHECKING:
    from collections.abc import Callable

SETTING = "Custom::SaasusEventBridgeSetting"
VERIFICATION = "Custom::SaasusVerification"
LOG_GROUP_VARIABLE = "SAASUS_LOG_GROUP"
_TIME_TO_ANSWER = 20.0
"""Seconds before the function's own timeout that are left for the answer."""


class UnreadableSecret(SaasusEventsError):
    """The secret with SaaSus's credentials cannot be read."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Handle one request of CloudFormation."""
    answer(event, lambda request: _handle(request, context.get_remaining_time_in_millis() / 1000))


def _handle(request: Request, seconds_left: float) -> Done:
    import boto3

    waiting = Waiting(min(float(request.properties.get("TimeoutSeconds", 600)), seconds_left - _TIME_TO_ANSWER))
    if request.kind == "Delete" and not _is_to_undo(request):
        return Done(request.physical_id)
    credentials = _credentials(boto3.client("secretsmanager"), request.properties["SecretArn"])
    api = IntegrationApi(credentials, base_url=request.properties.get("BaseUrl") or None)
    if request.resource_type == VERIFICATION:
        rolling_back = _is_rolling_back(boto3.client("cloudformation"))
        return verify(request, api, boto3.client("logs"), waiting, is_rolling_back=rolling_back)
    setting = Setting(
        api,
        credentials.saas_id,
        boto3.client("events"),
        journal=_LogJournal(boto3.client("logs"), os.environ[LOG_GROUP_VARIABLE]),
        is_rolling_back=_is_rolling_back(boto3.client("cloudformation")),
        waiting=waiting,
    )
    return setting.handle(request)


def _credentials(secretsmanager: Any, arn: str) -> SaasusCredentials:
    from botocore.exceptions import ClientError

    try:
        secret = secretsmanager.get_secret_value(SecretId=arn)
    except ClientError as error:
        raise UnreadableSecret(
            f"The secret {arn} with SaaSus's credentials cannot be read ({error.response['Error']['Code']}). It must "
            "exist in this account and region, and where it has a KMS key of its own, the key's policy must let this "
            "account's roles decrypt. Correct the name that SaasusIntegration was given, or make the secret."
        ) from error
    return SaasusCredentials.from_secret_string(secret.get("SecretString", ""))


def _is_to_undo(request: Request) -> bool:
    """Tell whether deleting changes anything: then only are the credentials needed, which may be gone by then."""
    known = Ownership.parse(request.physical_id)
    return request.resource_type == SETTING and known is not None and known.owned


def _is_rolling_back(cloudformation: Any) -> Callable[[str], bool]:
    def tell(stack_id: str) -> bool:
        [stack] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
        return "ROLLBACK" in stack["StackStatus"]

    return tell


class _LogJournal:
    """A journal in the function's own log: it is there anyway, and a delivery after a crash comes a minute later."""

    def __init__(self, logs: Any, group: str) -> None:
        self._logs = logs
        self._group = group

    def read(self, request_id: str) -> str | None:
        found: str | None = None
        for page in self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, filterPattern=f'"{request_id}" "saving"'
        ):
            for event in page["events"]:
                try:
                    line = json.loads(event["message"])
                except ValueError:
                    continue
                if isinstance(line, dict) and line.get("request") == request_id and "saving" in line:
                    found = line["saving"]
        return found

    def write(self, request_id: str, text: str) -> None:
        print(json.dumps({"saving": text, "request": request_id}), flush=True)
