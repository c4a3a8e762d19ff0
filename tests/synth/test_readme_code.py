"""The README's Python code: run in its order, in one app, and what it says of the result."""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk
import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions

from constructs_lib import EventFilter, SaasusEventBus
from constructs_lib import operations as op
from tests.synth.apps import OTHER_SOURCE, REPOSITORY, SOURCE, new_app, resources, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCK_OR_HEADING = re.compile(
    r"^ *```(?P<language>\w*)\n(?P<code>.*?)^ *```$|^#+ (?P<title>[^\n]+)$", re.MULTILINE | re.DOTALL
)

TEN_LINES = "A stack in ten lines"
FILTERS = "Say which events"
INTEGRATION = "Without the consoles"
ROUTE = "Add it to a stack that you have"
ADOPT = "Adopt a bus that you associated by hand"
OPERATE = "Run it"
TEST = "Test your own stack"

GIVEN: dict[str, Callable[[Stack], dict[str, Any]]] = {
    INTEGRATION: lambda stack: {"stack": stack},
    ROUTE: lambda stack: {
        "bus": SaasusEventBus(stack, "Bus", event_source_name=OTHER_SOURCE),
        "machine": stepfunctions.StateMachine(
            stack,
            "Machine",
            definition_body=stepfunctions.DefinitionBody.from_chainable(stepfunctions.Pass(stack, "Pass")),
        ),
        "queue": sqs.Queue(stack, "Queue"),
    },
    ADOPT: lambda stack: {"stack": stack},
    OPERATE: lambda stack: {"stack": stack},
}
"""What a block takes for granted, made in a stack of its own; every other name has to come from the README itself."""


def python_blocks() -> dict[str, str]:
    """Give the code by the heading above it, padded so that an error has the README's line."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    title = ""
    for match in BLOCK_OR_HEADING.finditer(readme):
        title = match["title"] or title
        if match["language"] == "python":
            assert title not in found, f"two Python blocks under {title!r}: this test knows one"
            found[title] = "\n" * readme.count("\n", 0, match.start("code")) + match["code"]
    return found


BLOCKS = python_blocks()


def run(title: str, namespace: dict[str, Any]) -> None:
    exec(compile(BLOCKS[title], "README.md", "exec"), namespace)  # noqa: S102 - the code is the README's


class Readme:
    """The app that one gets who follows the README from its top to its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {}
        self.stacks: dict[str, Stack] = {}
        with pytest.MonkeyPatch.context() as patch:
            # As `cdk` does: it names the folder and gives the flags of cdk.json.
            patch.setattr(aws_cdk, "App", partial(new_app, outdir=folder / "cdk.out"))
            run(TEN_LINES, self.names)
        self.stacks[TEN_LINES] = self.names["stack"]
        self.app: App = self.names["app"]
        for number, (title, give) in enumerate(GIVEN.items()):
            self.stacks[title] = Stack(self.app, f"Block{number}")
            self.names |= give(self.stacks[title])
            run(title, self.names)
        self.app.synth(force=True)


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> Readme:
    return Readme(tmp_path_factory.mktemp("readme"))


def test_every_python_block_is_run_here() -> None:
    assert list(BLOCKS) == [TEN_LINES, FILTERS, *GIVEN, TEST]


def test_the_ten_lines_are_a_stack_with_three_routes(readme: Readme) -> None:
    stack = readme.stacks[TEN_LINES]
    assert [bus["Properties"]["Name"] for bus in resources(stack, "AWS::Events::EventBus").values()] == [SOURCE]
    targets = text(resources(stack, "AWS::Events::Rule"))
    assert all(kind in targets for kind in ("SaasusEverything", "Onboard", "UserDeleted"))
    [queue] = resources(stack, "AWS::SQS::Queue").values()
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_ten_lines_synthesize_by_themselves_and_without_feature_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_cdk, "App", partial(App, outdir=str(tmp_path)))
    run(TEN_LINES, {})
    assert (tmp_path / "SaasEvents.template.json").is_file()


def test_the_ten_lines_are_ten() -> None:
    lines = [line for line in BLOCKS[TEN_LINES].splitlines() if line.strip()]
    assert len([line for line in lines if not line.startswith("from ")]) == 10


def test_each_filter_becomes_patterns(readme: Readme) -> None:
    statements = ast.parse(BLOCKS[FILTERS]).body
    assert statements
    for statement in statements:
        assert isinstance(statement, ast.Expr), ast.unparse(statement)
        made = eval(ast.unparse(statement), readme.names)  # noqa: S307 - the code is the README's
        assert isinstance(made, EventFilter)
        assert made.to_patterns(), ast.unparse(statement)


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        (INTEGRATION, ["Custom::SaasusEventBridgeSetting", "Custom::SaasusVerification", "AWS::Events::EventBus"]),
        (ROUTE, ["AWS::Events::Rule", "AWS::SQS::QueuePolicy"]),
        (ADOPT, ["AWS::Events::Rule", "AWS::Logs::LogGroup"]),
        (OPERATE, ["AWS::KMS::Key", "AWS::Events::Archive", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::Alarm"]),
    ],
)
def test_each_block_makes_what_the_readme_says(readme: Readme, title: str, kinds: list[str]) -> None:
    missing = [kind for kind in kinds if not resources(readme.stacks[title], kind)]
    assert not missing, f"the code under {title!r} makes no {', '.join(missing)}"


def test_adopting_leaves_the_bus_where_it_is(readme: Readme) -> None:
    stack = readme.stacks[ADOPT]
    assert not resources(stack, "AWS::Events::EventBus")
    assert {rule["Properties"]["EventBusName"] for rule in resources(stack, "AWS::Events::Rule").values()} == {SOURCE}


def test_the_archive_and_the_silence_are_as_long_as_written(readme: Readme) -> None:
    stack = readme.stacks[OPERATE]
    [archive] = resources(stack, "AWS::Events::Archive").values()
    assert archive["Properties"]["RetentionDays"] == 90
    spans = [
        alarm["Properties"]["Period"] * alarm["Properties"]["EvaluationPeriods"]
        for alarm in resources(stack, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["TreatMissingData"] == "breaching" and "Period" in alarm["Properties"]
    ]
    assert spans == [12 * 3600]


def test_the_testing_code_finds_the_route_in_the_synthesized_app(
    readme: Readme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(readme.folder)
    names: dict[str, Any] = {}
    run(TEST, names)
    fired = {firing.rule.construct_path for firing in names["router"].firings(names["event"], any_source=True)}
    assert any("SaasEvents/Saasus/TenantCreated" in path for path in fired)
    assert not any("UserDeleted" in path for path in fired)


def test_the_testing_code_fails_where_no_route_takes_the_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = new_app(outdir=tmp_path / "cdk.out")
    SaasusEventBus(Stack(app, "Billing"), "Saasus", event_source_name=SOURCE).log("Billing", EventFilter.of(op.billing))
    app.synth()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError):
        run(TEST, {})
