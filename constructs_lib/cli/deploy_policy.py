"""The IAM policy of the role with which CloudFormation deploys and destroys an app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.command import CommandError
from constructs_lib.events.json_values import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_TABLE: Final = Path(__file__).with_name("deploy_permissions.json")
_CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")
_FOR_CUSTOM: Final = "lambda:InvokeFunction"
_BOOTSTRAP_VERSION: Final = "ssm:GetParameters"
"""A parameter of the template names the version of the bootstrap stack, which is in the Parameter Store."""
_WITHOUT_PERMISSIONS: Final = "AWS::CDK::Metadata"

MANAGED_POLICY_CHARACTERS: Final = 6144
"""The most characters of a managed policy, without white space: not adjustable, page "IAM and AWS STS quotas"."""


def policy_for_every_type() -> dict[str, Any]:
    """Return the policy for every type of resource that the constructs can make, ready for JSON."""
    return _policy({_FOR_CUSTOM, *(action for actions in _table().values() for action in actions)})


def policy_for(types: Iterable[str]) -> dict[str, Any]:
    """Return the policy for resources of these types, ready for JSON, without those that `unknown_types` returns."""
    table, actions = _table(), set()
    for kind in types:
        actions |= {_FOR_CUSTOM} if kind.startswith(_CUSTOM) else set(table.get(kind, ()))
    return _policy(actions)


def length_of(policy: dict[str, Any]) -> int:
    """Return the characters of a policy as IAM counts them."""
    return len(json.dumps(policy, separators=(",", ":")))


def unknown_types(types: Iterable[str]) -> list[str]:
    """Return the types of resources whose permissions are unknown, sorted."""
    known = {*_table(), _WITHOUT_PERMISSIONS}
    return sorted({kind for kind in types if kind not in known and not kind.startswith(_CUSTOM)})


def types_in(app: Path) -> set[str]:
    """Return the types of the resources in the templates of a synthesized app, with those of its stages.

    Raises:
        CommandError: There is no template, or one of them is not a CloudFormation template.
    """
    templates = sorted(app.rglob("*.template.json"))
    if not templates:
        raise CommandError(
            f"There is no template in {str(app)!r}. Expected the folder that `cdk synth` writes, such as cdk.out. Run "
            "`cdk synth` first, or correct --app."
        )
    return {kind for template in templates for kind in _types_of(template)}


def _types_of(template: Path) -> list[str]:
    try:
        resources = read_json(template.read_text("utf-8"))["Resources"]
        return [str(resource["Type"]) for resource in resources.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{str(template)!r} is not a CloudFormation template. Expected one that `cdk synth` wrote. Run `cdk synth` "
            "again."
        ) from error


def _table() -> dict[str, list[str]]:
    """Return the actions that each type of resource needs: `scripts/generate_deploy_permissions.py` writes them."""
    table: dict[str, list[str]] = json.loads(_TABLE.read_text("utf-8"))
    return table


def _policy(actions: Iterable[str]) -> dict[str, Any]:
    by_service: dict[str, list[str]] = {}
    for action in sorted({_BOOTSTRAP_VERSION, *actions}):
        by_service.setdefault(action.partition(":")[0], []).append(action)
    statements = [{"Effect": "Allow", "Action": listed, "Resource": "*"} for listed in by_service.values()]
    return {"Version": "2012-10-17", "Statement": statements}
