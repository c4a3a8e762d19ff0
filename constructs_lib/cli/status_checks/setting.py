"""Checks where the command is, and where SaaSus sends its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.session import caller_account, in_words, region_in_use
from constructs_lib.cli.saasus_access import saasus_api
from constructs_lib.cli.screen.lines import printable
from constructs_lib.cli.status_checks.findings import AGAIN, StatusFinding
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.runtime.saasus_api import EventBridgeSettings
from constructs_lib.runtime.saasus_errors import InvalidCredentials

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.aws.session import AwsClients

_SETTING: Final = "SaaSus setting"
_ACCOUNT: Final = "AWS account"


@dataclass(frozen=True)
class Here:
    """The account and region of the command."""

    account: str | None
    region: str | None
    problem: StatusFinding | None = None
    """Why AWS cannot be checked. Default: it can."""


def place_of_command(account: str | None, clients: AwsClients) -> Here:
    """Return the account and region, and whether AWS can be checked."""
    region = None
    try:
        region = region_in_use(clients)
        caller = caller_account(clients)
    except SaasusEventsError as error:
        step = f"log in to AWS, or pass --profile and --region; {AGAIN}"
        return Here(account, region, StatusFinding(_ACCOUNT, "unknown", str(error), step))
    if account not in (None, caller):
        text = f"the AWS credentials are for account {caller}, not {account}, which therefore cannot be checked"
        step = f"choose a --profile of account {account}; {AGAIN}"
        return Here(account, region, StatusFinding(_ACCOUNT, "WRONG", text, step))
    return Here(caller, region)


def check_setting(options: argparse.Namespace, clients: AwsClients, here: Here) -> StatusFinding:
    """Check the account and region that SaaSus sends to."""
    try:
        current = saasus_api(options, clients).get_settings()
    except InvalidCredentials as error:
        step = f"set SAASUS_SAAS_ID, SAASUS_API_KEY, and SAASUS_SECRET_KEY, or pass --secret NAME; {AGAIN}"
        return StatusFinding(_SETTING, "unknown", str(error), step)
    except SaasusEventsError as error:
        return StatusFinding(_SETTING, "unknown", printable(str(error)), f"fix what this says about SaaSus; {AGAIN}")
    if current is None:
        text = "nothing is saved, so SaaSus sends no events"
        return StatusFinding(_SETTING, "WRONG", text, "saasus-events connect", {"setting": None})
    there = printable(in_words(current))
    data = {"setting": {"aws_account_id": current.aws_account_id, "aws_region": current.aws_region}}
    if here.account is None or here.region is None:
        text = f"SaaSus sends to {there}; whether that is this account is unknown"
        return StatusFinding(_SETTING, "unknown", text, f"log in to AWS, or pass --account and --region; {AGAIN}", data)
    ours = EventBridgeSettings(here.account, here.region)
    if current == ours:
        return StatusFinding(_SETTING, "ok", f"SaaSus sends to {there}", data=data)
    look = "saasus-events status, with AWS credentials of that account"
    if current.aws_account_id == ours.aws_account_id:
        look = f"saasus-events status --region {printable(current.aws_region)}"
    step = f"look there: {look}; or bring the events here: saasus-events connect --take-over"
    return StatusFinding(_SETTING, "WRONG", f"SaaSus sends to {there}, not to {in_words(ours)}", step, data)
