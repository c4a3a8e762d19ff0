"""cdk-nag, cfn-lint and checkov find nothing in an app with every feature on but what is accepted with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from tests.synth import checkov_tool
from tests.synth.accepted_findings import ACCEPTED
from tests.synth.apps import new_app
from tests.synth.full_app import FullApp

VALIDATIONS = aws_cdk.Validations
ACKNOWLEDGED_BY_THE_LIBRARY = {
    ("AwsSolutions-SQS3", "Full/Saasus/DeadLetterQueue/Resource"),
    ("AwsSolutions-IAM5[Resource::*]", "Full/Integration/Role/Resource"),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cdk.out")
    app = new_app(outdir=folder)
    FullApp(app, "Full")
    app.synth()
    return folder / "Full.template.json"


def accepted(tool: str) -> set[tuple[str, str]]:
    return {(each.rule, each.resource) for each in ACCEPTED if each.tool == tool}


def nag(folder: Path) -> set[tuple[str, str]]:
    """Run cdk-nag as a user's app does, and give what it reports: rule and construct."""
    app = new_app(outdir=folder)
    VALIDATIONS.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    FullApp(app, "Full")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report: dict[str, Any] = json.loads((folder / "validation-report.json").read_text())
    [of_nag] = [each for each in report["pluginReports"] if each["pluginName"] == "AwsSolutions"]
    return {
        (violation["ruleName"], construct["constructPath"])
        for violation in of_nag["violations"]
        for construct in violation["violatingConstructs"]
    }


def test_each_reason_is_a_sentence() -> None:
    for each in ACCEPTED:
        assert len(each.reason) > 20
        assert each.reason.endswith(".")


def test_cdk_nag_finds_what_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library's own acknowledgements, as with an aws-cdk-lib that has no way to make them."""
    monkeypatch.delattr(aws_cdk, "Validations")
    assert nag(tmp_path) == accepted("cdk-nag")


def test_a_users_own_run_is_told_what_the_library_accepts(tmp_path: Path) -> None:
    assert nag(tmp_path) == accepted("cdk-nag") - ACKNOWLEDGED_BY_THE_LIBRARY


def test_cfn_lint_finds_what_is_accepted(template: Path) -> None:
    command = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([command, "--format", "json", template], capture_output=True, text=True, check=False)
    found = {
        (finding["Rule"]["Id"], str((finding["Location"]["Path"] or ["", "template"])[1]))
        for finding in json.loads(done.stdout)
    }
    assert found == accepted("cfn-lint")


def test_checkov_finds_what_is_accepted(template: Path) -> None:
    found = {(check["check_id"], check["resource"].partition(".")[2]) for check in checkov_tool.check(template)}
    assert found == accepted("checkov")


def test_no_policy_of_a_role_is_for_all_resources(template: Path) -> None:
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"].values()
    documents = [
        policy["PolicyDocument"]
        for resource in resources
        for policy in (
            [resource["Properties"]]
            if resource["Type"] == "AWS::IAM::Policy"
            else resource["Properties"].get("Policies", [])
            if resource["Type"] == "AWS::IAM::Role"
            else []
        )
    ]
    wide = [
        statement["Action"]
        for document in documents
        for statement in document["Statement"]
        if "*" in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
    ]
    # It takes no resource: see the accepted findings.
    assert wide == ["events:ListEventSources"]
