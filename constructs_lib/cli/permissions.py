"""`saasus-events permissions`: the IAM policy that a command or a deployment needs."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import account_id
from constructs_lib.cli.command import Command, CommandError, CommandGroup, ExitCode
from constructs_lib.cli.iam_policy import Place, policy, uses_keys
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import wrapped
from constructs_lib.events.errors import nearest
from constructs_lib.events.json_values import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEPLOY: Final = "deploy"
_CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")
_BOOTSTRAP_VERSION: Final = "ssm:GetParameters"
"""A parameter of the template names the version of the bootstrap stack, which is in the Parameter Store."""
_WITHOUT_PERMISSIONS: Final = "AWS::CDK::Metadata"
_TABLE: Final = Path(__file__).with_name("deploy_permissions.json")
_KEY: Final = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        metavar="COMMAND",
        help='a command, such as status or "dlq list", or deploy for `cdk deploy` and `cdk destroy` (default: all '
        "commands)",
    )
    parser.add_argument("--account", type=account_id, metavar="ID", help="only in this account")
    parser.add_argument("--region", metavar="NAME", help="only in this region")
    parser.add_argument(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="ARN",
        help="your own KMS key of the bus, the queue, or the secret; repeatable",
    )
    parser.add_argument("--app", metavar="FOLDER", help="for deploy: only what this synthesized app needs")


def _run(options: argparse.Namespace) -> int:
    names: list[str] = list(dict.fromkeys(options.names))
    if _DEPLOY in names:
        if len(names) > 1:
            raise CommandError(
                f"Got deploy together with {', '.join(n for n in names if n != _DEPLOY)}. Expected deploy alone, "
                "because another role deploys. Print each policy separately."
            )
        return _print_deploy(options)
    if options.app is not None:
        raise CommandError("Got --app without deploy. Expected --app only with deploy. Add deploy, or leave --app out.")
    commands = _commands()
    actions = sorted({action for name in names or commands for action in _of_command(name, commands)})
    if not actions:
        print(f"{', '.join(names)}: no AWS permissions needed.", file=sys.stderr)
        return ExitCode.DONE
    print(as_json(policy(actions, Place(options.account or "*", options.region or "*"), options.key), indent=2))
    _note("If you know the names of log groups, queues, and secrets, replace the * in Resource with them.")
    if uses_keys(actions) and not options.key:
        _note("If the bus or the queue has your own encryption_key, add --key with its ARN.")
    return ExitCode.DONE


def _commands() -> dict[str, tuple[str, ...]]:
    from constructs_lib.cli import _commands as every_command

    found: dict[str, tuple[str, ...]] = {}
    for command in every_command():
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


def _print_deploy(options: argparse.Namespace) -> int:
    table: dict[str, list[str]] = json.loads(_TABLE.read_text("utf-8"))
    types = set(table) if options.app is None else set(_types_in(Path(options.app)))
    custom = {kind for kind in types if kind.startswith(_CUSTOM)}
    unknown = sorted(types - custom - {_WITHOUT_PERMISSIONS} - set(table))
    actions = {_BOOTSTRAP_VERSION, *(action for kind in types for action in table.get(kind, ()))}
    if custom or options.app is None:
        actions.add("lambda:InvokeFunction")
    print(as_json({"Version": "2012-10-17", "Statement": _statements(actions)}, indent=2))
    _note(
        "This is for the role that CloudFormation deploys with: pass it to `cdk bootstrap` as "
        "--cloudformation-execution-policies, or attach it to a role of your own. Whoever runs cdk only needs to "
        "assume the roles of the bootstrap stack."
    )
    if unknown:
        _note(f"The permissions for {', '.join(unknown)} are unknown. CloudFormation's guide has a page for each type.")
    return ExitCode.DONE


def _statements(actions: Iterable[str]) -> list[dict[str, Any]]:
    by_service: dict[str, list[str]] = {}
    for action in sorted(actions):
        by_service.setdefault(action.partition(":")[0], []).append(action)
    return [{"Effect": "Allow", "Action": listed, "Resource": "*"} for listed in by_service.values()]


def _types_in(app: Path) -> list[str]:
    templates = sorted(app.rglob("*.template.json"))
    if not templates:
        raise CommandError(
            f"There is no template in {str(app)!r}. Expected the folder that `cdk synth` writes, such as cdk.out. Run "
            "`cdk synth` first, or correct --app."
        )
    return [kind for template in templates for kind in _types_of(template)]


def _types_of(template: Path) -> list[str]:
    try:
        resources = read_json(template.read_text("utf-8"))["Resources"]
        return [str(resource["Type"]) for resource in resources.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{str(template)!r} is not a CloudFormation template. Expected what `cdk synth` writes. Run it again."
        ) from error


def _note(text: str) -> None:
    print(wrapped(f"Note: {text}"), file=sys.stderr)


def _key(text: str) -> str:
    if _KEY.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the ARN of a key; write arn:aws:kms:REGION:ACCOUNT:key/ID")
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
