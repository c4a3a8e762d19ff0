"""The examples: each is whole, small, and an app that nothing is said against; what its README says is so."""

from __future__ import annotations

import ast
import json
import re
import runpy
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk
import pytest
from aws_cdk.cx_api import SynthesisMessageLevel

from constructs_lib import SaasusEvent
from constructs_lib.local.examples import example_demo, example_titles
from constructs_lib.testing import Router
from tests.documents import REPOSITORY, read

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk.cx_api import CloudAssembly

EXAMPLES = sorted(path.parent.name for path in REPOSITORY.glob("examples/*/app.py"))
ELSEWHERE = {"many_accounts"}
"""They need more than one account, so they cannot be tried on this machine."""
SECTIONS = ("Try it here", "Deploy it to your account", "What can go wrong", "Clean up")
LINES = 40
SMALL = ("tenant_onboarding", "user_offboarding", "slack_failed_calls")
"""What most companies want first."""


def folder(name: str) -> Path:
    return REPOSITORY / "examples" / name


def readme(name: str) -> str:
    return f"examples/{name}/README.md"


def section(name: str, title: str) -> list[tuple[str, str]]:
    [found] = [each for each in read(readme(name)) if each.title == title]
    return found.blocks


def context(name: str) -> dict[str, str]:
    """Return the context that the README has one write to cdk.context.json."""
    [code] = [code for language, code in section(name, "Deploy it to your account") if language == "bash"]
    [written] = re.findall(r"^cat > cdk.context.json <<'END'\n(.*?)^END$", code, re.MULTILINE | re.DOTALL)
    given: dict[str, str] = json.loads(written)
    return given


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CloudAssembly]:
    return {}


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def assembly(name: str, assemblies: dict[str, CloudAssembly], tmp_path: Path) -> CloudAssembly:
    """Run the example as `cdk synth` does in its folder, with the README's context."""
    if name not in assemblies:
        settings = json.loads((folder(name) / "cdk.json").read_text("utf-8"))
        assert settings["app"] == "python3 app.py"
        real_app, apps = aws_cdk.App, list[aws_cdk.App]()

        def new_app(**options: Any) -> aws_cdk.App:
            apps.append(real_app(context={**settings.get("context", {}), **context(name)}, **options))
            return apps[-1]

        with pytest.MonkeyPatch.context() as patch:
            forget_handlers()
            patch.syspath_prepend(str(folder(name)))
            patch.chdir(folder(name))
            patch.setattr(aws_cdk, "App", partial(new_app, outdir=str(tmp_path)))
            runpy.run_path(str(folder(name) / "app.py"), run_name="__main__")
        forget_handlers()
        assemblies[name] = apps[0].synth()
    return assemblies[name]


def forget_handlers() -> None:
    """Each example has a package of this name."""
    for module in [each for each in sys.modules if each.partition(".")[0] == "handlers"]:
        del sys.modules[module]


def test_there_are_examples() -> None:
    assert set(SMALL) | ELSEWHERE | {"call_saasus_back", "crm_webhook", "metering_lake"} <= set(EXAMPLES)
    assert set(example_titles()) == set(EXAMPLES)


def test_a_folder_is_whole(name: str) -> None:
    files = {str(path.relative_to(folder(name))) for path in folder(name).rglob("*") if path.is_file()}
    needed = {"app.py", "cdk.json", "README.md"} | (set() if name in ELSEWHERE else {"demo.py"})
    assert needed <= files
    assert [file for file in files if re.fullmatch(r"events/\w+\.json", file)] != []
    titles = [each.title for each in read(readme(name))]
    assert [title for title in SECTIONS if title not in titles] == []
    assert f"saasus-events demo {name}" in (REPOSITORY / readme(name)).read_text("utf-8") or name in ELSEWHERE


def test_the_list_names_each_with_what_it_does(name: str) -> None:
    listed = (REPOSITORY / "examples" / "README.md").read_text("utf-8")
    assert f"| [{name}]({name}/README.md) | " in listed
    assert len(example_titles()[name]) > 20


def test_it_synthesizes_and_nothing_is_said_against_it(assembly: CloudAssembly) -> None:
    said = [
        str(message.entry.data)
        for stack in assembly.stacks
        for message in stack.messages
        if message.level is not SynthesisMessageLevel.INFO
    ]
    assert said == []


def test_a_sample_event_is_one_that_it_handles(name: str, assembly: CloudAssembly) -> None:
    templates = [stack.template for stack in assembly.stacks]
    for file in sorted((folder(name) / "events").glob("*.json")):
        event = json.loads(file.read_text("utf-8"))
        parsed = SaasusEvent.from_dict(event)
        assert parsed.operation is not None, file
        assert file.stem == parsed.operation.name
        event["source"] = context(name)["saasus:eventSourceName"]
        assert any(Router.from_template(template).firings(event) for template in templates), file


def test_the_readme_links_to_what_is_there(name: str) -> None:
    links = [link.partition("#")[0] for each in read(readme(name)) for link in each.links]
    assert [link for link in links if "://" not in link and not (folder(name) / link).exists()] == []


def test_the_readme_names_every_parameter_and_no_other(name: str) -> None:
    code = "\n".join(path.read_text("utf-8") for path in folder(name).glob("*.py") if path.name != "demo.py")
    asked_for = set(re.findall(r"get_context\(\"([^\"]+)\"\)", code))
    [deploying] = [each for each in read(readme(name)) if each.title == "Deploy it to your account"]
    listed = {row[0].strip("`") for table in deploying.tables for row in table[2:]}
    assert listed == asked_for == set(context(name))


def code_lines(path: Path) -> int:
    """Count the lines of code: not those of imports, of docstrings and comments, and not blank ones."""
    source = path.read_text("utf-8")
    counted = {number for number, line in enumerate(source.splitlines(), 1) if line.strip() and line.strip()[0] != "#"}
    for node in ast.walk(ast.parse(source)):
        is_import = isinstance(node, (ast.Import, ast.ImportFrom)) or (
            isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        )
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if (is_import or is_text) and isinstance(node, ast.stmt):
            counted -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(counted)


@pytest.mark.parametrize("name", SMALL)
def test_what_most_want_is_under_forty_lines_with_the_handlers(name: str) -> None:
    files = [folder(name) / "app.py", *(folder(name) / "handlers").glob("*.py")]
    assert sum(map(code_lines, files)) < LINES


def test_lines_of_code_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text('"""Text\nof two lines."""\nimport os\nfrom a import (\n    b,\n)\n\n# why\nx = (\n    1\n)\n')
    assert code_lines(file) == 3


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - ELSEWHERE))
def test_a_demo_says_what_should_arrive(name: str) -> None:
    demo = example_demo(name)
    assert demo.calls
    assert demo.arrivals
    assert {id(arrival.of) for arrival in demo.arrivals} <= {id(call) for call in demo.calls}
