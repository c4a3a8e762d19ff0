"""`saasus-events permissions deploy` knows every type of resource that the constructs make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constructs_lib.cli import main
from constructs_lib.cli.deploy_policy import types_in, unknown_types
from tests.synth.apps import new_app
from tests.synth.full_app import FullApp

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_policy_for_an_app_with_everything_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = new_app(outdir=tmp_path)
    FullApp(app, "Full")
    app.synth()
    assert main(["permissions", "deploy", "--app", str(tmp_path)]) == 0
    types = types_in(tmp_path)
    assert {"AWS::Events::EventBus", "AWS::KMS::Key", "AWS::Logs::Delivery"} <= types
    assert unknown_types(types) == []
    statements: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["Statement"]
    actions = {action for statement in statements for action in statement["Action"]}
    for needed in (
        *("events:CreateEventBus", "events:CreateArchive", "events:CreateConnection", "events:CreateApiDestination"),
        *("kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
        *("logs:PutDataProtectionPolicy", "logs:CreateDelivery", "lambda:PutFunctionEventInvokeConfig"),
        *("sqs:SetQueueAttributes", "cloudwatch:PutMetricAlarm", "cloudwatch:PutDashboard", "ssm:GetParameters"),
    ):
        assert needed in actions
