"""The README's steps to a deployed stack, run character by character."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import bootstrap
from constructs_lib.local.saasus import LocalSaasus
from tests.documents import REPOSITORY, code
from tests.eventually import eventually
from tests.local.readme_shell import Terminal
from tests.local.sent_events import created_tenant, put

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
DEPLOY = "Deploy it to your account"
INTEGRATION = "Without the consoles"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The part of the repository that the steps are about."""
    for file in ("app.py", "cdk.json"):
        shutil.copy(REPOSITORY / file, tmp_path)
    shutil.copytree(REPOSITORY / "handlers", tmp_path / "handlers")
    return tmp_path


def test_the_reference_app_is_deployed_by_the_steps_as_they_stand(aws: LocalAws, checkout: Path) -> None:
    terminal = Terminal(aws, checkout)
    (checkout / "key.txt").write_text("only-in-this-test\n")  # as an editor writes it
    aws.client("events").create_partner_event_source(Name=SOURCE, Account=aws.account)

    key, deploy = code("README.md", DEPLOY, "bash")
    terminal.run(key)
    said = terminal.run(deploy)

    vault = aws.client("secretsmanager")
    assert vault.get_secret_value(SecretId="crm-api-key")["SecretString"] == "only-in-this-test"
    assert "SaasusEvents.EventLog = /aws/events/SaasusEvents/Saasus-Everything" in said
    [trace_id] = put(aws, SOURCE, [created_tenant()])
    logs, group = aws.client("logs"), "/aws/events/SaasusEvents/Saasus-Everything"
    assert eventually(lambda: trace_id in str(logs.filter_log_events(logGroupName=group)["events"]))


def test_the_stack_without_consoles_is_deployed_and_verified_with_the_saasus_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "python3 app.py"}))
    [app], [keep_credentials] = code("README.md", INTEGRATION, "python"), code("README.md", INTEGRATION, "bash")
    (tmp_path / "app.py").write_text(app)
    with LocalAws(region="ap-northeast-1") as aws, LocalSaasus(aws) as saasus:
        bootstrap(aws)
        terminal = Terminal(aws, tmp_path)
        terminal.run(_with_credentials(keep_credentials, saasus))
        terminal.run("cdk deploy")
        assert aws.client("events").describe_event_source(Name=saasus.event_source_name)["State"] == "ACTIVE"
    assert not (tmp_path / "saasus.json").exists()


def _with_credentials(code: str, saasus: LocalSaasus) -> str:
    """Fill in what the README leaves out."""
    for name, value in json.loads(saasus.secret_string()).items():
        empty = f'"{name}": "…"'
        assert empty in code
        code = code.replace(empty, f'"{name}": "{value}"')
    return code
