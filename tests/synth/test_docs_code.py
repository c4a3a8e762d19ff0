"""The code of docs/*.md: each Python block is a program that runs by itself, and what the text names exists."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.cx_api import SynthesisMessageLevel

from constructs_lib import KnownEvents, operations
from constructs_lib.testing import sample_event
from tests.documents import REPOSITORY, code, read
from tests.synth.callables import CALL, KEYWORD, called, cdk, public, takes
from tests.synth.programs import run_program

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = sorted(str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("docs/*.md"))
BLOCKS = {
    f"{document}, {section.title}": block
    for document in DOCUMENTS
    for section in read(document)
    for language, block in section.blocks
    if language == "python"
}
FILES = {place: Path(found[1]) for place, block in BLOCKS.items() if (found := re.match(r"# ([\w/]+\.py)\n", block))}
"""The blocks that are a file which the apps of their page use: the first line names it."""
_WARNING = re.compile(r"@saasus/events:\w+")
# What these speak with is not there while templates are tried.
_ELSEWHERE = ("boto3", "aws_encryption_sdk", "constructs_lib.local", "constructs_lib.runtime.SaasusClient")


def imports(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Return each imported module, with the names that are taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or "", [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)


def speaks_with_something(block: str) -> bool:
    imported = [f"{module}.{name}" for module, names in imports(ast.parse(block)) for name in names or [""]]
    return any(each.startswith(_ELSEWHERE) for each in imported)


def is_handler(block: str) -> bool:
    """Check whether a block is the module of a Lambda function, not an app."""
    return "lambda_handler" in block and not any(
        module.startswith("aws_cdk") for module, _ in imports(ast.parse(block))
    )


def write_files_of(place: str, folder: Path) -> None:
    """Write the files that the page of a block shows."""
    for other, path in FILES.items():
        if other.partition(",")[0] == place.partition(",")[0]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(BLOCKS[other], "utf-8")


HANDLERS = [place for place, block in BLOCKS.items() if is_handler(block) and not speaks_with_something(block)]
PROGRAMS = [place for place, block in BLOCKS.items() if not speaks_with_something(block) and place not in HANDLERS]


def test_the_blocks_are_found() -> None:
    in_all = sum((REPOSITORY / document).read_text("utf-8").count("```python\n") for document in DOCUMENTS)
    # Two under one heading would have one name here.
    assert len(BLOCKS) == in_all
    assert len(PROGRAMS) > 6


@pytest.mark.parametrize("place", PROGRAMS)
def test_it_is_an_app_of_its_own_that_nothing_is_said_against(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    write_files_of(place, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    # The CDK's kernel started in another folder.
    asset = lambda_.Code.from_asset
    monkeypatch.setattr(lambda_.Code, "from_asset", lambda path: asset(str(tmp_path / path)))
    modules = {*sys.modules}
    app = run_program(BLOCKS[place], place, tmp_path)["app"]
    for name in [name for name in sys.modules if name not in modules and "constructs_lib" not in name]:
        monkeypatch.delitem(sys.modules, name)
    assert list((tmp_path / "cdk.out").glob("*.template.json")), "it synthesizes nothing"
    warned = [
        str(message.entry.data)
        for stack in app.synth().stacks
        for message in stack.messages
        if message.level is not SynthesisMessageLevel.INFO
    ]
    page = (REPOSITORY / place.partition(",")[0]).read_text("utf-8")
    # What is meant is said on the page, by the warning's id.
    assert [text for text in warned if not any(id in page for id in _WARNING.findall(text))] == []


@pytest.mark.parametrize("place", HANDLERS)
def test_a_handler_takes_the_event_that_it_is_for_without_the_cdk(place: str) -> None:
    event = sample_event(operations.auth.create_tenant)
    code = f"{BLOCKS[place]}\nimport json, sys\nlambda_handler(json.loads(sys.stdin.read()), None)\n"
    hidden = "import sys\nsys.modules['aws_cdk'] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", hidden + code], input=json.dumps(event), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def unknown(block: str) -> list[str]:
    """Return what a block takes from this library or asks of it, and the library does not have."""
    tree = ast.parse(block)
    known: dict[str, Any] = {}
    missing = []
    for module, names in imports(tree):
        if module.partition(".")[0] == "constructs_lib":
            home = importlib.import_module(module)
            missing += [f"{module}.{name}" for name in names if not hasattr(home, name)]
            known |= {name: getattr(home, name, None) for name in names}
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            known[node.optional_vars.id] = _value(node.context_expr, known)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = known.get(node.value.id)
            if owner is not None and not hasattr(owner, node.attr) and node.attr not in _attributes(owner):
                missing.append(ast.unparse(node))
        if isinstance(node, ast.Call):
            function = _value(node.func, known)
            taken = [] if function is None else [keyword.arg or "" for keyword in node.keywords]
            missing += [f"{ast.unparse(node.func)}({name}=)" for name in taken if not takes(function, name)]
    return missing


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    """Return what an expression calls or is made by; of what a class makes, the class."""
    if isinstance(node, ast.Call):
        return _value(node.func, known)
    if isinstance(node, ast.Name):
        return known.get(node.id)
    return getattr(_value(node.value, known), node.attr, None) if isinstance(node, ast.Attribute) else None


def _attributes(owner: Any) -> str:
    """Return the text of a class's own making, where it sets what it has."""
    return inspect.getsource(owner.__init__) if inspect.isclass(owner) else ""


@pytest.mark.parametrize("place", sorted(set(BLOCKS) - set(PROGRAMS) - set(HANDLERS)))
def test_what_is_not_run_here_asks_for_what_there_is(place: str) -> None:
    assert unknown(BLOCKS[place]) == []


def test_what_there_is_not_is_found() -> None:
    block = "from constructs_lib.local import LocalAws, Nothing\nwith LocalAws(prot=1) as aws:\n    aws.clinet('sqs')"
    assert unknown(block) == ["constructs_lib.local.Nothing", "LocalAws(prot=)", "aws.clinet"]


def keywords(document: str) -> Iterator[tuple[str, str, str | None]]:
    """Return each keyword in the text: where it stands, its name, and of which call it is said to be."""
    for section in read(document):
        for span in section.code_spans:
            for keyword in KEYWORD.finditer(span):
                call = CALL.search(span[: keyword.start()])
                yield span, keyword[1], None if call is None else call[1]


@pytest.mark.parametrize("document", ["README.md", *DOCUMENTS])
def test_the_keywords_in_the_text_are_there(document: str) -> None:
    everything = [*public().values(), *cdk().values()]
    wrong = [
        span
        for span, keyword, call in keywords(document)
        if not any(
            takes(function, keyword, named=call is not None) for function in (called(call) if call else everything)
        )
    ]
    assert wrong == []


def test_the_file_that_learn_writes_is_read(tmp_path: Path) -> None:
    [written] = code("docs/known-events.md", "The first step after a first real deploy", "json")
    (tmp_path / "known.json").write_text(written)
    known = KnownEvents.from_file(tmp_path / "known.json")
    assert dict(known.event_types) == {"auth.delete_saas_user": ("delete_saas_user",)}
