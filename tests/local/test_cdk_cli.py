"""The CDK CLI: installed whole or not at all, and run against the local AWS."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.local import CdkCliError, cdk_cli
from constructs_lib.local.cdk_cli import CDK_CLI_VERSION, bootstrap, ensure_cdk_cli, run_cdk

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.local import LocalAws


def write_installation(directory: Path, version: str = CDK_CLI_VERSION) -> None:
    package = directory / "node_modules" / "aws-cdk"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "cdk").write_text("")
    (package / "lib" / "api" / "bootstrap").mkdir(parents=True)
    (package / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml").write_text("")
    (package / "package.json").write_text(json.dumps({"version": version}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the CLI would be installed, with an npm that installs at once."""
    directory = tmp_path / "share" / "cdk"
    monkeypatch.setattr(cdk_cli, "cdk_directory", lambda: directory)
    monkeypatch.setattr(cdk_cli, "_npm_install", write_installation)
    return directory


def test_the_cli_is_installed_once(home: Path) -> None:
    said: list[str] = []
    program = ensure_cdk_cli(said.append)
    assert program == home / "node_modules" / "aws-cdk" / "bin" / "cdk"
    assert program.is_file()
    assert ensure_cdk_cli(said.append) == program
    assert len(said) == 1
    assert CDK_CLI_VERSION in said[0]
    assert list(home.parent.iterdir()) == [home]


@pytest.mark.parametrize("half", ["node_modules/aws-cdk/package.json", "node_modules/aws-cdk/bin/cdk"])
def test_half_an_installation_is_repaired(home: Path, half: str) -> None:
    ensure_cdk_cli(lambda _: None)
    (home / half).unlink()
    ensure_cdk_cli(lambda _: None)
    assert (home / half).is_file()


def test_an_installation_that_fails_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").write_text("")
        raise CdkCliError("no registry")

    monkeypatch.setattr(cdk_cli, "_npm_install", fail)
    with pytest.raises(CdkCliError, match="no registry"):
        ensure_cdk_cli(lambda _: None)
    assert list(home.parent.iterdir()) == []


def write_assembly(directory: Path, stack: str, resources: dict[str, Any]) -> str:
    """Write a cloud assembly by hand, which is what the CLI takes in place of an app."""
    directory.mkdir()
    (directory / f"{stack}.template.json").write_text(json.dumps({"Resources": resources}))
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": f"{stack}.template.json"},
    }
    (directory / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {stack: artifact}}))
    return str(directory)


def test_the_real_cli_deploys_to_the_local_aws(aws: LocalAws, source_name: str, tmp_path: Path) -> None:
    resources = {
        "Bus": {
            "Type": "AWS::Events::EventBus",
            "Properties": {"Name": source_name, "EventSourceName": source_name},
        }
    }
    app = write_assembly(tmp_path / "out", "Associated", resources)
    lines: list[str] = []
    run = run_cdk(
        ["deploy", "--require-approval", "never"],
        cwd=tmp_path,
        environment=aws.environment(),
        app=app,
        on_line=lines.append,
    )
    assert aws.client("events").describe_event_source(Name=source_name)["State"] == "ACTIVE"
    assert any("Associated" in line for line in lines)
    assert lines
    assert run.seconds < 60


def test_a_command_that_fails_shows_the_end_of_its_output(aws: LocalAws, tmp_path: Path) -> None:
    missing = "aws.partner/saasus.io/nobody/event"
    resources = {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": missing, "EventSourceName": missing}}}
    app = write_assembly(tmp_path / "out", "Refused", resources)
    with pytest.raises(CdkCliError, match=r"(?s)`cdk deploy.*does not exist"):
        run_cdk(["deploy", "--require-approval", "never"], cwd=tmp_path, environment=aws.environment(), app=app)


def test_a_command_that_takes_too_long_is_stopped(aws: LocalAws, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(CdkCliError, match="took more than"):
        run_cdk(["synth"], cwd=tmp_path, environment=aws.environment(), app="sleep 60", timeout=2)
    assert time.monotonic() - started < 20


def test_bootstrapping_makes_what_the_cli_looks_for_and_can_be_done_again(aws: LocalAws) -> None:
    bootstrap(aws)
    version = aws.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]
    assert int(version) >= 21
    bucket = f"cdk-hnb659fds-assets-{aws.account}-{aws.region}"
    assert aws.client("s3").head_bucket(Bucket=bucket)
    bootstrap(aws)
