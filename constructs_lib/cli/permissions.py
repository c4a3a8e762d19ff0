"""`saasus-events permissions`: the IAM policy that a command or a deployment needs."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.session import account_id
from constructs_lib.cli.command import Command, CommandError, CommandGroup, ExitCode
from constructs_lib.cli.command_policy import PolicyScope, policy, uses_keys
from constructs_lib.cli.deploy_policy import (
    MANAGED_POLICY_CHARACTERS,
    length_of,
    policy_for,
    policy_for_every_type,
    types_in,
    unknown_types,
)
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import wrapped
from constructs_lib.events.errors import nearest
from constructs_lib.events.json_values import in_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEPLOY: Final = "deploy"
_KEY: Final = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        metavar="COMMAND",
        help='a command, such as status or "dlq list", or deploy for `cdk deploy` and `cdk destroy` (default: all '
        "commands)",
    )
    parser.add_argument("--account", type=account_id, metavar="ID", help="allow only this account")
    parser.add_argument("--region", metavar="NAME", help="allow only this region")
    parser.add_argument(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="ARN",
        help="your own KMS key of the bus, the queue, or the secret; repeatable",
    )
    parser.add_argument("--app", metavar="FOLDER", help="with deploy: only what this synthesized app needs")


def _run(options: argparse.Namespace) -> int:
    names: list[str] = list(dict.fromkeys(options.names))
    if _DEPLOY in names:
        if len(names) > 1:
            raise CommandError(
                f"Got deploy together with {', '.join(n for n in names if n != _DEPLOY)}. Expected deploy alone, "
                "because a different role deploys. Print each policy separately."
            )
        if options.account or options.region or options.key:
            _note("--account, --region, and --key do not narrow what CloudFormation's role needs, so they are ignored.")
        return _print_deploy(options.app)
    if options.app is not None:
        raise CommandError("Got --app without deploy. Expected --app only with deploy. Add deploy, or leave --app out.")
    commands = _permissions_of(options.every_command)
    actions = sorted({action for name in names or commands for action in _of_command(name, commands)})
    if not actions:
        print(f"{', '.join(names)}: no AWS permissions needed.", file=sys.stderr)
        return ExitCode.DONE
    print(as_json(policy(actions, PolicyScope(options.account or "*", options.region or "*"), options.key), indent=2))
    _note("If you know the names of log groups, queues, and secrets, replace the * in Resource with them.")
    if uses_keys(actions) and not options.key:
        _note("If the bus or the queue has your own encryption_key, add --key with its ARN.")
    return ExitCode.DONE


def _permissions_of(every_command: Iterable[Command | CommandGroup]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for command in every_command:
        found[command.name] = command.permissions
        if isinstance(command, CommandGroup):
            found |= {f"{command.name} {below.name}": below.permissions for below in command.commands}
    return found


def _of_command(name: str, commands: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name not in commands:
        raise CommandError(
            f"{name!r} is not a command.{nearest(name, [*commands, _DEPLOY])} Expected one of "
            f"{', '.join(commands)}, or deploy. Correct it, or leave it out for all commands."
        )
    return commands[name]


def _print_deploy(app: str | None) -> int:
    types = None if app is None else types_in(Path(app))
    policy = policy_for_every_type() if types is None else policy_for(types)
    print(as_json(policy, indent=2))
    _note(
        "This is for the role that CloudFormation deploys with: pass it to `cdk bootstrap` as "
        "--cloudformation-execution-policies, or attach it to a role of your own. Whoever runs cdk only needs to "
        "assume the roles of the bootstrap stack."
    )
    if (length := length_of(policy)) > MANAGED_POLICY_CHARACTERS:
        narrower = (
            "Pass --app with your synthesized app for what it alone needs, or divide" if app is None else "Divide"
        )
        _note(
            f"The policy has {length:,} characters without spaces, and IAM takes {MANAGED_POLICY_CHARACTERS:,} in a "
            f"managed policy. {narrower} the statements among several policies: `cdk bootstrap` takes a list of them, "
            "separated by commas."
        )
    unknown = unknown_types(types or ())
    if unknown:
        _note(f"The permissions for {', '.join(unknown)} are unknown. CloudFormation's guide has a page for each type.")
    return ExitCode.DONE


def _note(text: str) -> None:
    print(wrapped(f"Note: {text}"), file=sys.stderr)


def _key(text: str) -> str:
    if _KEY.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(
            f"{in_short(text)} is not the ARN of a KMS key; write arn:aws:kms:REGION:ACCOUNT:key/ID"
        )
    return text


PERMISSIONS = Command(
    name="permissions",
    help="print the IAM policy that a command or a deployment needs",
    description="Prints the IAM policy that commands need, with each action on as few resources as IAM allows. With\n"
    "deploy, prints what CloudFormation's role needs to deploy and destroy the constructs. Does not call AWS.",
    examples="  saasus-events permissions status tail\n"
    "  saasus-events permissions --account 111122223333 --region eu-west-1\n"
    "  saasus-events permissions deploy --app cdk.out",
    add_arguments=_add_arguments,
    run=_run,
)
