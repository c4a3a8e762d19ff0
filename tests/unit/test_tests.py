"""What every test has to do: assert something that a user would notice."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.documents import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TESTS = REPOSITORY / "tests"

# What asserts and is not defined in the tests: pytest's functions, and aws-cdk-lib's assertions on templates.
ASSERTING = {"raises", "warns", "fail", "assert_outcomes", "has_resource_properties", "resource_count_is"}


class Names(NamedTuple):
    """Names by which something that asserts can be called: as a function in a file, or as a method anywhere."""

    functions: set[tuple[str, str]]
    methods: set[str]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def asserts(node: ast.AST, module: str, imported: Mapping[str, tuple[str, str]], asserting: Names) -> bool:
    """Return whether there is an assertion in it, or a call of something that asserts."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Raise) and "AssertionError" in ast.unparse(inner):
            return True
        if isinstance(inner, ast.Call):
            called = inner.func
            if isinstance(called, ast.Attribute) and called.attr in asserting.methods:
                return True
            if isinstance(called, ast.Name):
                known = imported.get(called.id, (module, called.id))
                if known in asserting.functions or known[1] in ASSERTING:
                    return True
    return False


def imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return what a file imports from the tests, by the name that it has in the file."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tests.")
        for alias in node.names
    }


def without_assertion(modules: Mapping[str, ast.Module]) -> list[str]:
    """Return the tests that assert nothing, neither themselves nor by a function of the tests that they call."""
    asserting = Names(set(), set(ASSERTING))
    imported = {module: imports(tree) for module, tree in modules.items()}
    methods = {
        id(function)
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for function in functions(node)
    }
    before = -1
    while before != (before := len(asserting.functions) + len(asserting.methods)):
        for module, tree in modules.items():
            for function in functions(tree):
                if asserts(function, module, imported[module], asserting):
                    if id(function) in methods:
                        asserting.methods.add(function.name)
                    asserting.functions.add((module, function.name))
    return [
        f"{module}.{function.name}"
        for module, tree in modules.items()
        for function in functions(tree)
        if function.name.startswith("test_") and not asserts(function, module, imported[module], asserting)
    ]


def not_expected(nodes: Iterable[ast.AST]) -> Iterator[ast.Constant]:
    """Yield the sentences that a file expects not to see: each text of several words on the left of `not in`."""
    for node in nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
            left = node.left
            if isinstance(left, ast.Constant) and isinstance(left.value, str) and " " in left.value.strip():
                yield left


def sentences(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the texts that a file says or uses, without its docstrings and what it expects not to see."""
    nodes = tuple(nodes)
    skipped = {id(text) for text in not_expected(nodes)} | {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def never_said(tests: Mapping[str, ast.AST], package: Iterable[ast.AST]) -> list[str]:
    """Return the tests' absent sentences that nothing says any more, so that their absence proves nothing."""
    nodes = {name: tuple(ast.walk(tree)) for name, tree in tests.items()}
    said = {text for each in (*nodes.values(), *map(ast.walk, package)) for text in sentences(each)}
    return [
        f"{name}:{text.lineno} {text.value!r}"
        for name, each in nodes.items()
        for text in not_expected(each)
        if not any(str(text.value) in sentence for sentence in said)
    ]


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)


def parsed(folder: Path) -> dict[str, ast.Module]:
    return {module_of(file): ast.parse(file.read_text("utf-8")) for file in sorted(folder.rglob("*.py"))}


@pytest.fixture(scope="module")
def modules() -> dict[str, ast.Module]:
    return parsed(TESTS)


def test_every_test_asserts_something(modules: dict[str, ast.Module]) -> None:
    assert len(modules) > 100
    assert without_assertion(modules) == []


def test_a_test_without_an_assertion_is_found() -> None:
    shared = """
class Template:
    def holds(self): assert True
def check(): assert True
def show(): print()
"""
    code = """
from tests.shared import check as checks, show
def test_by_a_function(): checks()
def test_by_a_method(): template.holds()
def test_by_pytest():
    with pytest.raises(ValueError): f()
def test_busy(): print(show())
def test_by_the_name_of_another_file(): check()
"""
    modules = {"tests.shared": ast.parse(shared), "tests.test_it": ast.parse(code)}
    assert without_assertion(modules) == ["tests.test_it.test_busy", "tests.test_it.test_by_the_name_of_another_file"]


def test_a_sentence_that_must_not_appear_can_appear(modules: dict[str, ast.Module]) -> None:
    """Otherwise the test goes on passing after the sentence was reworded."""
    package = parsed(REPOSITORY / "constructs_lib")
    assert len(list(not_expected(node for tree in modules.values() for node in ast.walk(tree)))) > 10
    assert never_said(modules, package.values()) == []


def test_a_sentence_that_was_reworded_is_found() -> None:
    package = 'def f(name): """It is not known."""; print(f"The type {name} is unknown", "none is left", a_b)'
    tests = """
def test_it():
    assert "type {} is" not in out
    assert "none is" not in out
    assert "is not known" not in out
    assert "word" not in out
"""
    found = never_said({"tests.test_it": ast.parse(tests)}, [ast.parse(package)])
    assert found == ["tests.test_it:5 'is not known'"]
