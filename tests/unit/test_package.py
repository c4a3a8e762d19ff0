"""The package: lazy, typed, and each public name where it is said to be."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import constructs_lib
from constructs_lib import runtime
from tests.documents import CODE_SPAN, read

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = Path(constructs_lib.__file__).parent


def test_every_public_name_loads() -> None:
    for name in constructs_lib.__all__:
        assert getattr(constructs_lib, name) is not None


def test_what_runs_in_a_function_loads_by_name_too() -> None:
    for name in runtime.__all__:
        assert getattr(runtime, name) is not None
        assert name in dir(runtime)
    assert not hasattr(runtime, "SaasusEventBus")


@pytest.mark.parametrize("package", [constructs_lib, runtime], ids=lambda package: package.__name__)
def test_type_checkers_see_the_names_that_load(package: ModuleType) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text("utf-8"))
    seen = {
        (alias.asname, node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if node.module.startswith("constructs_lib.") and alias.asname
    }
    assert seen == set(package._HOME.items())


def test_only_public_names_are_listed() -> None:
    code = "import constructs_lib; print(*dir(constructs_lib)); print(constructs_lib.targets.SqsQueue.__name__)"
    listed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert sorted(listed[:-1]) == sorted(constructs_lib.__all__)
    assert listed[-1] == "SqsQueue"
    assert not [name for name in listed if name.startswith("_") or name in {"annotations", "importlib"}]


def test_every_module_at_the_top_has_a_public_name() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    yielding = {home.removeprefix("constructs_lib.") for home in constructs_lib._HOME.values()}
    assert modules <= yielding | set(constructs_lib._MODULES)


def test_every_room_says_what_is_in_it() -> None:
    rooms = [file.parent for file in PACKAGE.rglob("__init__.py")]
    assert len(rooms) > 15
    docstrings = {room.relative_to(PACKAGE).as_posix(): _docstring(room / "__init__.py") for room in rooms}
    assert [room for room, text in docstrings.items() if not text] == []
    assert len(set(docstrings.values())) == len(rooms)
    loose = {file.parent for file in PACKAGE.rglob("*.py")} - set(rooms)
    assert loose == set()


def _docstring(file: Path) -> str:
    return ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""


def test_a_class_name_means_one_class() -> None:
    places: dict[str, list[str]] = {}
    # The generated types have SaaSus's names, and a module for each API, because two APIs can share a name.
    generated = set((PACKAGE / "body_types").glob("*.py"))
    for file in set(PACKAGE.rglob("*.py")) - generated:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                # A leading underscore tells no reader which of two classes is meant.
                places.setdefault(node.name.lstrip("_"), []).append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    assert len(places) > 200
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(constructs_lib, "SaasusBus")


def test_filters_and_events_load_without_the_cdk() -> None:
    code = (
        "import sys; from constructs_lib import EventFilter, PartnerEventSource, operations; "
        "EventFilter.of(operations.auth.create_tenant).to_patterns(); "
        "import constructs_lib.cli; "
        "sys.exit('aws_cdk' in sys.modules or 'jsii' in sys.modules or 'boto3' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_answers_without_its_extras() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "constructs_lib.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "demo" in done.stdout


def test_contributors_find_every_room_and_module_in_the_table() -> None:
    (section,) = [each for each in read("CONTRIBUTING.md") if each.title == "Where things are"]
    listed = [name for row in section.tables[0] for name in CODE_SPAN.findall(row[0])]
    there = [f"{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()]
    modules = [path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]
    assert sorted(listed) == sorted(["constructs_lib", *there, *modules])
