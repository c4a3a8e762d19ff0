"""`saasus-events permissions`: a policy that is complete, and no wider than IAM lets it be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.cli import _commands, main
from constructs_lib.cli.command_policy import _RESOURCES
from tests.project_script import load_script
from tests.unit.cli.conftest import action_of, operations_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

COMMANDS = {command.name: command for command in _commands()}
SERVICES = {"states": "stepfunctions"}
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234-abcd"
# IAM knows no resource for these: Service Authorization Reference.
ON_EVERYTHING = {
    "cloudformation:ListStacks",
    "events:ListArchives",
    "events:ListEventSources",
    "events:ListRules",
    "logs:DescribeLogGroups",
    "sqs:ListQueues",
    "sts:GetCallerIdentity",
}
MANAGED_POLICY_CHARACTERS = 6144


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, Any], str]:
    assert main(["permissions", *arguments]) == 0
    printed = capsys.readouterr()
    policy: dict[str, Any] = json.loads(printed.out)
    assert policy["Version"] == "2012-10-17"
    return policy, printed.err


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed(policy: dict[str, Any]) -> dict[str, list[str]]:
    """Return the resources of each action."""
    return {
        action: listed(statement["Resource"])
        for statement in policy["Statement"]
        for action in listed(statement["Action"])
    }


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.permissions])
def test_a_policy_has_what_the_command_says_on_the_least_that_iam_knows(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, _ = asked(capsys, name, "--account", "111122223333", "--region", "eu-west-1")
    actions = allowed(policy)
    assert set(actions) == set(COMMANDS[name].permissions)
    for action, resources in actions.items():
        assert (resources == ["*"]) == (action in ON_EVERYTHING), action
        for resource in resources:
            assert resource == "*" or re.match(rf"arn:aws:{action.split(':')[0]}:eu-west-1:(111122223333)?:", resource)


def test_every_action_is_one_of_aws() -> None:
    for action in {*_RESOURCES, *(action for command in COMMANDS.values() for action in command.permissions)}:
        service = SERVICES.get(action.split(":")[0], action.split(":")[0])
        assert action in {action_of(service, method) for method in operations_of(service)}


def test_without_a_name_it_is_for_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    policy, _ = asked(capsys)
    assert set(allowed(policy)) == {action for command in COMMANDS.values() for action in command.permissions}
    assert len(json.dumps(policy, separators=(",", ":"))) <= MANAGED_POLICY_CHARACTERS


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("status", {"kms:Decrypt"}),
        ("replay", {"kms:Decrypt"}),
        ("dlq", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("tail", set()),
    ],
)
def test_a_key_of_ones_own_is_added_where_it_is_used(
    name: str, actions: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with_key = allowed(asked(capsys, name, "--key", KEY)[0])
    assert {action for action in with_key if action.startswith("kms:")} == actions
    assert all(with_key[action] == [KEY] for action in actions)
    assert ("add --key" in asked(capsys, name)[1]) == bool(actions)


def test_a_command_that_needs_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions", "catalog", "filter"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "catalog, filter: no AWS permissions needed" in printed.err


def test_what_is_no_command_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions", "statsu"]) == 2
    assert "Did you mean 'status'?" in capsys.readouterr().err
    assert main(["permissions", "deploy", "status"]) == 2
    assert main(["permissions", "status", "--app", "cdk.out"]) == 2


# ---------------------------------------------------------------------- deploy


def generator() -> ModuleType:
    return load_script("generate_deploy_permissions")


def test_the_table_is_what_aws_resource_schemas_say() -> None:
    made = generator()
    assert json.loads(made.TABLE.read_text("utf-8")) == made.table(), (
        "run python scripts/generate_deploy_permissions.py"
    )
    assert set(made.table()) == set(made.TYPES)


def test_a_deployment_of_everything_takes_several_policies_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    policy, note = asked(capsys, "deploy")
    actions = allowed(policy)
    assert {"events:PutRule", "iam:PassRole", "logs:PutResourcePolicy", "lambda:InvokeFunction"} <= set(actions)
    assert "events:AllowVendedLogDeliveryForResource" in actions
    assert "--cloudformation-execution-policies" in note
    assert len(json.dumps(policy, separators=(",", ":"))) > MANAGED_POLICY_CHARACTERS
    assert "IAM takes 6,144 in a managed policy. Pass --app" in " ".join(note.split())
    for statement in policy["Statement"]:
        assert len(json.dumps(statement, separators=(",", ":"))) < MANAGED_POLICY_CHARACTERS / 2


def test_a_place_does_not_narrow_what_a_deployment_needs_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    anywhere, silent = asked(capsys, "deploy")
    there, said = asked(capsys, "deploy", "--account", "111122223333")
    assert there == anywhere
    assert "so they are ignored" in said
    assert "so they are ignored" not in silent


def test_an_app_gets_what_it_needs_and_its_unknown_types_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = {
        "Rule": {"Type": "AWS::Events::Rule"},
        "Stream": {"Type": "AWS::Kinesis::Stream"},
        "Metadata": {"Type": "AWS::CDK::Metadata"},
    }
    template = tmp_path / "assembly-Stage" / "Stack.template.json"
    template.parent.mkdir()
    template.write_text(json.dumps({"Resources": resources}), "utf-8")
    policy, note = asked(capsys, "deploy", "--app", str(tmp_path))
    assert "events:PutRule" in allowed(policy)
    assert "sqs:CreateQueue" not in allowed(policy)
    assert "lambda:InvokeFunction" not in allowed(policy)
    assert "The permissions for AWS::Kinesis::Stream are unknown" in note
    assert "managed policy" not in note
    resources["Setting"] = {"Type": "Custom::SaasusSetting"}
    template.write_text(json.dumps({"Resources": resources}), "utf-8")
    assert "lambda:InvokeFunction" in allowed(asked(capsys, "deploy", "--app", str(tmp_path))[0])
    template.write_text("[]", "utf-8")
    assert main(["permissions", "deploy", "--app", str(tmp_path)]) == 2
    assert "is not a CloudFormation template" in capsys.readouterr().err
    template.unlink()
    assert main(["permissions", "deploy", "--app", str(tmp_path)]) == 2
    assert "cdk synth" in capsys.readouterr().err
