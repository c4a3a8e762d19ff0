"""`saasus-events disconnect`: stops the events by deleting SaaSus's EventBridge setting."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from constructs_lib.cli.aws.session import AwsClients, add_place_arguments, in_words, place_of
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.options import add_yes_argument
from constructs_lib.cli.saasus_access import add_saasus_arguments, saasus_api
from constructs_lib.cli.screen.lines import say

if TYPE_CHECKING:
    import argparse


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_place_arguments(parser, "the AWS account that the setting names")
    add_saasus_arguments(parser)
    add_yes_argument(parser)


def _run(options: argparse.Namespace) -> int:
    clients = AwsClients(options)
    api = saasus_api(options, clients)
    current = api.get_settings()
    if current is None:
        say("SaaSus has no setting for this SaaS, so there is nothing to delete.")
        return ExitCode.DONE
    place = place_of(options, clients)
    if current != place:
        there = f"--account {current.aws_account_id} --region {current.aws_region}"
        raise CommandError(
            f"SaaSus sends this SaaS's events to {in_words(current)}, not to {in_words(place)}. Expected the account "
            f"and region of the setting, so that another's is not deleted by mistake. To delete it: saasus-events "
            f"disconnect {there}"
        )
    say(f"SaaSus sends this SaaS's events to {in_words(current)}. That {'ends' if options.yes else 'would end'}.")
    say("The bus and its rules stay, without events, until their stack is destroyed.")
    if not options.yes:
        say("Nothing was changed. Add --yes to do it.", file=sys.stderr)
        return ExitCode.DONE
    api.delete_settings()
    say("Deleted. Next: cdk destroy, or saasus-events connect to receive events again")
    return ExitCode.DONE


DISCONNECT = Command(
    name="disconnect",
    help="stop the events by deleting SaaSus's setting",
    description="Deletes SaaSus's EventBridge setting. SaaSus then stops sending events and deletes its event source.\n"
    "Without --yes, it only says what it would do. The setting of another account or region is deleted only if\n"
    "--account and --region name it.",
    examples="  saasus-events disconnect\n"
    "  saasus-events disconnect --yes\n"
    "  saasus-events disconnect --secret saasus --yes \\\n"
    "    --account 111122223333 --region ap-northeast-1",
    add_arguments=_add_arguments,
    run=_run,
    permissions=(
        "secretsmanager:GetSecretValue",
        "sts:GetCallerIdentity",
    ),
)
