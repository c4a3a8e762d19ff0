"""Each warning has one id, in one file, and one row on the page for those who see it."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from constructs_lib.events import warning_ids
from tests.documents import REPOSITORY, read

PREFIX = "@saasus/events:"
PACKAGE = REPOSITORY / "constructs_lib"
IDS_FILE = Path(warning_ids.__file__)
IDS = {name: value for name, value in vars(warning_ids).items() if name.isupper() and not name.startswith("_")}
OTHER_FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != IDS_FILE]


def rows() -> list[list[str]]:
    sections = read("docs/troubleshooting.md")
    first = [section.title for section in sections].index("Warnings at synth")
    return [row for section in sections[first:] for table in section.tables for row in table[2:]]


def literals_with_the_prefix(tree: ast.AST) -> list[str]:
    """Read what the code itself says, which no docstring does."""
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in docstrings)
    return [text.value for text in texts if isinstance(text.value, str) and PREFIX in text.value]


def test_every_id_is_named_after_itself_and_says_what_it_is_about() -> None:
    statements = ast.parse(IDS_FILE.read_text("utf-8")).body
    for name, id in IDS.items():
        word = id.removeprefix(PREFIX)
        assert id == PREFIX + word, name
        assert re.sub(r"(?<!^)([A-Z])", r"_\1", word).upper() == name
    described = {
        statement.target.id
        for statement, after in itertools.pairwise(statements)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    assert described == set(IDS)
    assert len(set(IDS.values())) == len(IDS)


def test_every_id_is_used_and_no_id_is_written_elsewhere() -> None:
    used: set[str] = set()
    for path in OTHER_FILES:
        tree = ast.parse(path.read_text("utf-8"))
        assert literals_with_the_prefix(tree) == [], path
        used |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "warning_ids"
        }
    assert used == set(IDS)


def test_every_warning_has_an_id_of_that_file() -> None:
    for path in OTHER_FILES:
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            assert name not in {"add_warning", "add_error"}, (
                f"{path}: a warning without an id, or an error that is late"
            )
            if name in {"add_warning_v2", "Finding"}:
                assert not isinstance(call.args[0], ast.Constant | ast.JoinedStr), ast.unparse(call)


def test_every_id_has_one_row_that_says_when_what_to_do_and_how_to_acknowledge() -> None:
    listed = [PREFIX + re.fullmatch(r"`(\w+)`", row[0])[1] for row in rows()]  # type: ignore[index]
    assert sorted(listed) == sorted(IDS.values())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0].strip("`"))
def test_a_row_is_whole(row: list[str]) -> None:
    _, when, to_do, acknowledge = row
    assert re.search(r"[.;)]$", when)
    assert to_do.endswith(".")
    assert acknowledge.startswith(("on ", "never: ", "cannot be acknowledged: "))
