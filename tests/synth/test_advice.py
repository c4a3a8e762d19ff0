"""What errors and warnings advise exists: keywords, where they are named, commands of saasus-events, aws and cdk."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.session
import pytest
from aws_cdk import App, Stack
from botocore import xform_name

import constructs_lib
from constructs_lib import EventLogging, InvalidRoute, SaasusEventBus
from constructs_lib.cli import _commands
from tests.documents import CODE_SPAN, read
from tests.synth.apps import SOURCE, new_app
from tests.synth.callables import CALL, KEYWORD, called, cdk, public, takes

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(constructs_lib.__file__).parent
# The tools' texts are tried by their own tests: they speak of options, and of output.
_OTHER_ROOMS = {"cli", "local", "testing", "runtime"}
_OF_THE_CLI_ONLY = {("logs", "tail")}
_CDK_COMMANDS = {"bootstrap", "deploy", "destroy", "import", "synth"}


def messages(*, everywhere: bool = False) -> list[tuple[str, str]]:
    """Return each text of the library that is no docstring, with its place; what is filled in is an ellipsis."""
    found = []
    for path in sorted(HOME.rglob("*.py")):
        if everywhere or path.relative_to(HOME).parts[0] not in _OTHER_ROOMS:
            tree = ast.parse(path.read_text())
            found += [(f"{path.name}:{node.lineno}", _text(node)) for node in _texts(tree)]
    return found


def _texts(node: ast.AST) -> Iterator[ast.JoinedStr | ast.Constant]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.JoinedStr) or (isinstance(child, ast.Constant) and isinstance(child.value, str)):
            yield child
        else:
            yield from _texts(child)


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


def keywords() -> list[tuple[str, str, str | None]]:
    """Return each keyword that a text names: the place, the keyword, and of which call it is said to be."""
    found = []
    for place, text in messages():
        if " " not in text.strip() and "(" not in text:
            continue  # no sentence: a regular expression, a part of a text
        for keyword in KEYWORD.finditer(text):
            call = CALL.search(text[: keyword.start()])
            found.append((place, keyword[1], None if call is None else call[1]))
    return found


def test_a_keyword_that_is_said_to_be_of_a_call_is_one_of_it() -> None:
    named = [each for each in keywords() if each[2] is not None]
    assert len(named) > 8
    wrong = [
        each for each in named if not any(takes(function, each[1], named=True) for function in called(str(each[2])))
    ]
    assert wrong == []


def test_a_keyword_that_is_named_alone_is_one_of_the_library_or_of_a_resource() -> None:
    alone = [each for each in keywords() if each[2] is None]
    assert len(alone) > 20
    known = [*public().values(), *cdk().values()]
    assert [each for each in alone if not any(takes(function, each[1]) for function in known)] == []


def test_the_search_sees_what_is_wrong() -> None:
    assert KEYWORD.findall("pass `log_gruop=` or EventLogging(log_group=…), but not ?token= or a==b") == [
        "log_gruop",
        "log_group",
    ]
    assert not any(takes(function, "log_group") for function in called("EventLogging"))
    assert not any(takes(function, "log_gruop") for function in [*public().values(), *cdk().values()])


class TestCommands:
    def named(self, tool: str) -> set[str]:
        pattern = re.compile(rf"(?<![\w/\-]){tool} ((?:[a-z0-9]+(?:-[a-z0-9]+)* ?)+)")
        return {found.strip() for _, text in messages(everywhere=True) for found in pattern.findall(text)}

    def test_those_of_saasus_events_are_there(self) -> None:
        found = {words.split()[0] for words in self.named("saasus-events")} - {"itself"}
        assert len(found) > 4
        assert found <= {command.name for command in _commands()}

    def test_those_of_aws_are_there(self) -> None:
        session = botocore.session.get_session()
        found = {tuple(words.split()[:2]) for words in self.named("aws") if " " in words} - _OF_THE_CLI_ONLY
        assert len(found) > 4
        for service, operation in found:
            known = {xform_name(name, "-") for name in session.get_service_model(service).operation_names}
            assert operation in known, f"aws {service} {operation}"

    def test_those_of_cdk_are_there(self) -> None:
        found = {words.split()[0] for words in self.named("`cdk")}
        assert found
        assert found <= _CDK_COMMANDS


class TestOfTheBussOwnLog:
    """`EventLogging` has no `log_group`."""

    @pytest.mark.parametrize("id", ["すべて", "x" * 512])
    def test_an_id_that_no_group_can_be_named_after(self, id: str) -> None:
        stack = Stack(new_app(), "Events")
        with pytest.raises(InvalidRoute) as raised:
            SaasusEventBus(stack, id, event_source_name=SOURCE, event_logging=EventLogging())
        advised = set(KEYWORD.findall(str(raised.value)))
        assert advised <= set(inspect.signature(EventLogging).parameters)

    def test_of_a_log_route_the_way_out_is_said(self, app: App) -> None:
        bus = SaasusEventBus(Stack(app, "Events"), "Saasus", event_source_name=SOURCE)
        with pytest.raises(InvalidRoute, match=r"or pass `log_group=`\.$"):
            bus.log("すべて")


OF_AWS = "At deploy"
"""The part of the page whose texts are AWS's, most of them."""


def quoted() -> list[str]:
    """Return what the page for those who see a text quotes of this library: its headings, but for what AWS says."""
    found, part = [], ""
    for section in read("docs/troubleshooting.md"):
        part = section.title if section.level == 2 else part
        if section.level > 2 and part not in (OF_AWS, "Warnings at synth"):
            found += CODE_SPAN.findall(section.title)
    return found


@pytest.mark.parametrize("quote", quoted())
def test_what_the_page_quotes_is_said(quote: str) -> None:
    # The quotes around what is filled in come with it.
    parts = quote.replace("'…'", "…").split("…")
    words = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    assert any(words.search(text) for _, text in messages(everywhere=True))
