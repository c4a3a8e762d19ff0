"""Documents and code say things as a native engineer would: none of the turns that betray a translation."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from tests.documents import REPOSITORY, read

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("*.md", "docs/*.md", ".github/**/*.md")
    for path in REPOSITORY.glob(pattern)
    if not path.name.endswith(".ja.md")
)
CODE = sorted(
    str(path.relative_to(REPOSITORY))
    for pattern in ("app.py", "handlers/*.py", "constructs_lib/**/*.py")
    for path in REPOSITORY.glob(pattern)
)
OPENINGS = frozenset({"Give", "Gives", "Tell", "Tells", "Say", "Says"})
"""How no docstring begins: it returns, makes or checks."""
TURNS = {
    "'is not a …' in place of 'is no …'": r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b|matter\b)",
    "what was given, then 'Expected …', in place of 'was given'": r"(?<!what )\bwas given (?:$|['\"\d])",
    "'Expected …' in place of 'Allowed is …'": r"\bAllowed (?:is|are)\b",
    "'cannot be distinguished', 'is unknown'": r"\bcan(?:not| not|'t) be told\b",
    "'Returns …', 'Shows …' in place of 'Gives …'": r"(?:^|[.:|] )Gives ",
    "'because' in place of ', for'": r", for (?:it|they|there|this|AWS|EventBridge|SaaSus) (?!\d)",
    "'again' in place of 'anew'": r"\banew\b",
    "'for lack of' in place of 'for want of'": r"\bfor want of\b",
    "'is in' in place of 'stands in'": r"\bstands? (?:in|on|there|once)\b",
    "'fix' in place of 'mend'": r"\bmend(?:s|ed|ing)?\b",
}


def turns_in(document: str) -> list[str]:
    parts = [part for section in read(document) for part in (section.title, *section.text.splitlines())]
    return [each for part in parts for each in stilted(part)]


def texts_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the comments and the strings of code, docstrings among them, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def openings_in(source: str) -> Iterator[str]:
    """Yield the docstrings that begin as none should."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and (text := ast.get_docstring(node)) and text.split()[0] in OPENINGS:
            yield f"line {node.body[0].lineno}: {text.splitlines()[0]}"


def stilted(text: str) -> list[str]:
    """Return what to write in place of each turn, and where the turn is."""
    return [
        f"{advice}: …{text[max(match.start() - 30, 0) : match.end() + 30]}…"
        for advice, pattern in TURNS.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_written_in_plain_english(document: str) -> None:
    assert turns_in(document) == []


@pytest.mark.parametrize("path", CODE)
def test_code_is_written_in_plain_english(path: str) -> None:
    source = (REPOSITORY / path).read_text(encoding="utf-8")
    assert [f"line {line}: {each}" for line, text in texts_in(source) for each in stilted(text)] == []
    assert list(openings_in(source)) == []


@pytest.mark.parametrize("folder", ["benchmarks", "scripts", "tests"])
def test_docstrings_of_our_own_code_begin_as_those_of_the_package(folder: str) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (REPOSITORY / folder).rglob("*.py")}
    assert [f"{path.name} {each}" for path, source in sources.items() for each in openings_in(source)] == []


def test_a_docstring_that_gives_is_found() -> None:
    assert list(openings_in('def pattern():\n    """Give the pattern."""')) == ["line 2: Give the pattern."]


def test_the_documents_are_found() -> None:
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/masking.md"} <= set(DOCUMENTS)
    assert {"app.py", "constructs_lib/bus.py", "constructs_lib/filters/ruler/matcher.py"} <= set(CODE)


@pytest.mark.parametrize(
    "text",
    [
        "'x' is no region.",
        "Allowed is a text.",
        "retry_attempts was given 'x'.",
        "It cannot be told which one.",
        "Gives the rules.",
        "Leave it as it is, for it is used.",
        "Save the setting anew.",
        "It fails for want of a key.",
        "The key stands in the header.",
        "Have the policy mended.",
    ],
)
def test_a_turn_is_found(text: str) -> None:
    assert len(stilted(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "There is no single event.",
        "The key is no longer valid.",
        "Give the role a name, for example Deploy.",
        "Stand by for recommended changes.",
    ],
)
def test_plain_english_is_not_a_turn(text: str) -> None:
    assert stilted(text) == []
