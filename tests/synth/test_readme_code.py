"""The README's Python code: each block run by itself, as it stands, and what it says of the result."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk
import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from constructs_lib import EventFilter, SaasusEventBus
from constructs_lib import operations as op
from tests.documents import REPOSITORY, read
from tests.synth.apps import SOURCE, resources, text
from tests.synth.programs import run_program

if TYPE_CHECKING:
    from pathlib import Path

TEN_LINES = "A stack in ten lines"
FILTERS = "Say which events"
HANDLE = "Work on the events in a function"
DECODE = "Reach every field: the decoded bus"
INTEGRATION = "Without the consoles"
ROUTE = "Add it to a stack that you have"
ADOPT = "Adopt a bus that you associated by hand"
OPERATE = "Run it"
TEST = "Test your own stack"

BLOCKS = {
    section.title: [code for language, code in section.blocks if language == "python"] for section in read("README.md")
}
APPS = [TEN_LINES, DECODE, INTEGRATION, ROUTE, ADOPT, OPERATE]


def run(title: str, folder: Path) -> dict[str, Any]:
    """Run the first block under a heading."""
    return run_program(BLOCKS[title][0], f"README.md, {title}", folder)


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    return {title: run(title, tmp_path_factory.mktemp("block"))["stack"] for title in APPS}


def test_every_python_block_is_run_here() -> None:
    numbers = {title: len(blocks) for title, blocks in BLOCKS.items() if blocks}
    assert numbers == dict.fromkeys([TEN_LINES, FILTERS, *APPS[1:]], 1) | {HANDLE: 2, TEST: 3}


@pytest.mark.parametrize("title", APPS)
def test_each_block_writes_the_app_that_the_cdk_command_deploys(tmp_path: Path, title: str) -> None:
    stack = run(title, tmp_path)["stack"]
    assert (tmp_path / "cdk.out" / f"{stack.stack_name}.template.json").is_file()


def test_the_ten_lines_are_a_stack_with_three_routes(stacks: dict[str, Stack]) -> None:
    stack = stacks[TEN_LINES]
    assert [bus["Properties"]["Name"] for bus in resources(stack, "AWS::Events::EventBus").values()] == [SOURCE]
    targets = text(resources(stack, "AWS::Events::Rule"))
    assert all(kind in targets for kind in ("SaasusEverything", "Onboard", "UserDeleted"))
    [queue] = resources(stack, "AWS::SQS::Queue").values()
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_ten_lines_synthesize_without_feature_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_cdk, "App", partial(App, outdir=str(tmp_path)))
    exec(compile(BLOCKS[TEN_LINES][0], "README.md", "exec"), {})  # noqa: S102 - the code is the README's
    assert (tmp_path / "SaasEvents.template.json").is_file()


def test_the_ten_lines_are_ten() -> None:
    lines = [line for line in BLOCKS[TEN_LINES][0].splitlines() if line.strip()]
    assert len([line for line in lines if not line.startswith("from ")]) == 10


def test_each_filter_becomes_patterns(tmp_path: Path) -> None:
    names = run(FILTERS, tmp_path)
    filters = [line for line in ast.parse(BLOCKS[FILTERS][0]).body if not isinstance(line, ast.ImportFrom)]
    assert filters
    for statement in filters:
        assert isinstance(statement, ast.Expr), ast.unparse(statement)
        made = eval(ast.unparse(statement), names)  # noqa: S307 - the code is the README's
        assert isinstance(made, EventFilter)
        assert made.to_patterns(), ast.unparse(statement)


def test_the_handlers_have_a_route_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, app = BLOCKS[HANDLE]
    functions = tmp_path / "functions"
    functions.mkdir()
    (functions / "tenants.py").write_text(module, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    # The CDK's kernel started in another folder.
    asset = lambda_.Code.from_asset
    monkeypatch.setattr(lambda_.Code, "from_asset", lambda path: asset(str(tmp_path / path)))
    stack = run_program(app, f"README.md, {HANDLE}", tmp_path)["stack"]
    rules = " ".join(resources(stack, "AWS::Events::Rule"))
    assert "Handlersonboard" in rules
    assert "Handlersoffboard" in rules
    assert resources(stack, "AWS::DynamoDB::Table")
    [function] = resources(stack, "AWS::Lambda::Function").values()
    file, _, name = function["Properties"]["Handler"].partition(".")
    assert callable(vars(importlib.import_module(f"functions.{file}"))[name])


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        (DECODE, ["AWS::Events::ApiDestination", "AWS::Lambda::EventSourceMapping"]),
        (INTEGRATION, ["Custom::SaasusEventBridgeSetting", "Custom::SaasusVerification", "AWS::Events::EventBus"]),
        (ROUTE, ["AWS::Events::Rule", "AWS::SQS::QueuePolicy"]),
        (ADOPT, ["AWS::Events::Rule", "AWS::Logs::LogGroup"]),
        (OPERATE, ["AWS::KMS::Key", "AWS::Events::Archive", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::Alarm"]),
    ],
)
def test_each_block_makes_what_the_readme_says(stacks: dict[str, Stack], title: str, kinds: list[str]) -> None:
    missing = [kind for kind in kinds if not resources(stacks[title], kind)]
    assert not missing, f"the code under {title!r} makes no {', '.join(missing)}"


def test_adopting_leaves_the_bus_where_it_is(stacks: dict[str, Stack]) -> None:
    stack = stacks[ADOPT]
    assert not resources(stack, "AWS::Events::EventBus")
    assert {rule["Properties"]["EventBusName"] for rule in resources(stack, "AWS::Events::Rule").values()} == {SOURCE}


def test_the_archive_and_the_silence_are_as_long_as_written(stacks: dict[str, Stack]) -> None:
    stack = stacks[OPERATE]
    [archive] = resources(stack, "AWS::Events::Archive").values()
    assert archive["Properties"]["RetentionDays"] == 90
    spans = [
        alarm["Properties"]["Period"] * alarm["Properties"]["EvaluationPeriods"]
        for alarm in resources(stack, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == "MatchedEvents"
    ]
    assert spans == [12 * 3600]


def test_the_testing_code_passes_for_its_stack_and_fails_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(TEST, tmp_path / "as written")
    log = SaasusEventBus.log
    monkeypatch.setattr(SaasusEventBus, "log", lambda bus, id, _: log(bus, id, EventFilter.of(op.billing)))
    with pytest.raises(ValueError, match="not enough values to unpack"):
        run(TEST, tmp_path / "without its route")


def test_the_files_for_pytest_pass_as_they_stand(tmp_path: Path) -> None:
    for block in BLOCKS[TEST][1:]:
        name = block.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
