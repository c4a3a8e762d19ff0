"""The installed ministack has every name that the adapter replaces or uses, in the form that the adapter expects.

A ministack that changed fails here, by the name of what changed.
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from constructs_lib.local import LocalAwsError, adapter
from constructs_lib.local.adapter import emulator
from constructs_lib.local.adapter.emulator import CLOUDFORMATION, Insides
from constructs_lib.local.adapter.replacements import (
    ADDITIONS,
    REPLACEMENTS,
    REPLACING_PROPERTIES,
    Addition,
    Replacement,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the local AWS does not run there")

adapter.import_behaviours()

INSIDES = {name: value for name, value in vars(emulator).items() if isinstance(value, Insides)}
# How CloudFormation calls an operation, by an operation of the same kind that ministack has.
OPERATIONS = {
    "create": "sqs_queue_policy_create",
    "update": "sqs_queue_policy_update",
    "delete": "sqs_queue_policy_delete",
    "import": "cwlogs_import",
}


def parameters(function: Any) -> list[tuple[str, inspect._ParameterKind, bool]]:
    """Return the names, the kinds and whether they can be left out; ours begin with `_` where they are not used."""
    return [
        (parameter.name.lstrip("_"), parameter.kind, parameter.default is not parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
    ]


@pytest.mark.parametrize("replacement", REPLACEMENTS, ids=lambda replacement: replacement.name)
def test_what_is_replaced_is_there_and_is_called_as_its_replacement(replacement: Replacement) -> None:
    theirs = replacement.original()
    if not callable(theirs):
        assert type(theirs) is type(replacement.new)
        return
    ours = parameters(replacement.new)
    if replacement.extends:
        assert ours[0][0] == "original"
        ours = ours[1:]
    assert ours == parameters(theirs)
    assert inspect.iscoroutinefunction(replacement.new) == inspect.iscoroutinefunction(theirs)


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda addition: f"{addition.resource_type} {addition.operation}")
def test_what_is_added_is_not_there_and_is_called_as_its_like(addition: Addition) -> None:
    assert addition.operation not in CLOUDFORMATION.RESOURCE_HANDLERS.get(addition.resource_type, {})
    theirs = getattr(CLOUDFORMATION, OPERATIONS[addition.operation])
    assert parameters(addition.new) == parameters(theirs)


@pytest.mark.parametrize("resource_type", REPLACING_PROPERTIES)
def test_what_replaces_an_added_resource_is_said_by_nobody_else(resource_type: str) -> None:
    assert resource_type not in CLOUDFORMATION.REPLACING_PROPERTIES
    assert resource_type in {addition.resource_type for addition in ADDITIONS}


class Use(NamedTuple):
    """A use of a name of ministack's in the adapter's source; `call` when it is called."""

    module: str
    name: str
    call: ast.Call | None
    where: str


def uses() -> list[Use]:
    found = []
    for file in sorted(Path(adapter.__file__).parent.glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in INSIDES:
                use = Use(node.value.id, node.attr, calls.get(id(node)), f"{file.name}:{node.lineno}")
                found.append(use)
    return found


def test_every_name_that_is_used_is_there_and_takes_what_it_is_given() -> None:
    wrong = []
    for use in uses():
        try:
            theirs = getattr(INSIDES[use.module], use.name)
            if use.call is not None and not any(isinstance(part, ast.Starred) for part in use.call.args):
                named = {keyword.arg: None for keyword in use.call.keywords if keyword.arg is not None}
                inspect.signature(theirs).bind(*[None] * len(use.call.args), **named)
        except (LocalAwsError, TypeError) as error:
            wrong.append(f"{use.where} {use.module}.{use.name}: {error}")
    assert wrong == []
    assert len(uses()) > 100


def test_every_file_that_changes_something_is_a_behaviour() -> None:
    decorators = {"replaces", "extends", "adds"}
    changing = set()
    for file in Path(adapter.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and decorators & {name.name for name in node.names}:
                changing.add(file.stem)
    assert changing - {"__init__"} == set(adapter.BEHAVIOURS)


def test_a_name_that_is_not_there_is_named_with_what_to_do() -> None:
    tables = "services.cloudformation.provisioners._RESOURCE_HANDLERS"
    for name in (
        "services.eventbridge._no_such_function",
        "services.no_such_module._put_rule",
        "no_such.thing",
        f"{tables}/no_such::Type/create",
        f"{tables}/AWS::SNS::Topic/no_such_operation",
    ):
        with pytest.raises(LocalAwsError, match=r"no 'ministack\.\S*no_such\S*'.*pip install"):
            Replacement(name, None, extends=False).original()
    with pytest.raises(LocalAwsError, match=r"ministack\.services\.eventbridge\.no_such_function"):
        _ = emulator.EVENTS.no_such_function


def test_nothing_of_ministack_is_changed_but_by_these_decorators() -> None:
    """No other file of the adapter sets an attribute of a module of ministack's, or imports one."""
    others = [file for file in Path(adapter.__file__).parent.glob("*.py") if file.name != "replacements.py"]
    for file in others:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            assert not (isinstance(node, ast.Name) and node.id == "setattr"), file
            if isinstance(node, (ast.Assign, ast.AugAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                assert not [t for t in targets if isinstance(t, ast.Attribute) and root(t) in INSIDES], file
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert "ministack" not in ast.unparse(node), file


def root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
