"""Each command in a document's shell code and text is one that its tool has, with these options."""

from __future__ import annotations

import argparse
import json
import re
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from constructs_lib.cli import _commands, _parser
from constructs_lib.cli.parser import parse
from constructs_lib.local.cdk_cli import ensure_cdk_cli
from tests.documents import REPOSITORY, read
from tests.shell_lines import commands_in
from tests.unit.cli.parsers import EVERY_PARSER

PAGES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pages in ("docs/*.md", "examples/*.md", "examples/*/*.md")
    for path in REPOSITORY.glob(pages)
)
DOCUMENTS = ["CONTRIBUTING.md", "README.md", *PAGES]
_AWS_GLOBAL = {"--region", "--profile", "--query", "--output", "--endpoint-url", "--cli-input-json", "--no-cli-pager"}
_AWS_CLI_ONLY = {("logs", "tail"): {"--follow", "--since"}}
_CDK_SHORT = {"-c", "-a", "-o"}
_TOOLS = ("saasus-events", "aws", "cdk", "make")


def in_blocks(document: str) -> list[list[str]]:
    blocks = [block for section in read(document) for language, block in section.blocks if language in ("bash", "sh")]
    return [words for block in blocks for words in commands_in(block)]


def in_text(document: str) -> list[list[str]]:
    """Return the commands between backticks; where one has options, also without its tool's name."""
    ours = {command.name for command in _commands()}
    found = []
    for section in read(document):
        for span in section.code_spans:
            # `<stack>` is to be filled in.
            span_words = re.sub(r"<(\w+)>", r"\1", span).replace("…", " ").split()
            named = not (span_words and span_words[0] in ours and "--" in span)
            words = span_words if named else ["saasus-events", *span_words]
            if words and words[0] in _TOOLS and len(words) > 1 and not words[1].isupper():
                found.append(words)
    return found


def problem(words: list[str], *, is_whole: bool = True) -> str | None:
    """Return what a command's tool does not have."""
    tool, *arguments = words
    if tool == "saasus-events":
        return _problem_of_ours(arguments, is_whole=is_whole)
    if tool == "aws":
        return _problem_of_aws(arguments)
    if tool == "cdk":
        return _problem_of_cdk(arguments)
    if tool == "make":
        targets = re.findall(r"^([a-z][\w-]*):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
        return None if arguments[0] in targets else f"there is no target {arguments[0]}"
    return None


def _problem_of_ours(arguments: list[str], *, is_whole: bool) -> str | None:
    parser = _parser()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(argparse.ArgumentParser, "error", _raise)
            parse(parser, arguments)
    except ValueError as error:
        # In the text a command stands without what it is about.
        return None if not is_whole and re.search("(is|are) required", str(error)) else str(error)
    except SystemExit:
        pass  # --help
    return None


def _raise(_: argparse.ArgumentParser, message: str) -> None:
    raise ValueError(message)


def _problem_of_aws(arguments: list[str]) -> str | None:
    service, operation, *rest = arguments
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return f"there is no service {service}"
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    if (service, operation) in _AWS_CLI_ONLY:
        known = _AWS_CLI_ONLY[service, operation]
    else:
        model = session.get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        if operation not in operations:
            return f"{service} has no operation {operation}"
        known = set()
        shape = model.operation_model(operations[operation]).input_shape
        for name, member in ({} if shape is None else shape.members).items():
            option = xform_name(name, "-")
            known |= {f"--{option}"} | ({f"--no-{option}"} if member.type_name == "boolean" else set())
    unknown = sorted(given - known - _AWS_GLOBAL)
    return f"aws {service} {operation} has no {', '.join(unknown)}" if unknown else None


@cache
def _cdk_registry() -> dict[str, Any]:
    home = ensure_cdk_cli(lambda _: None).parents[1]
    found: dict[str, Any] = json.loads((home / "lib" / "cli" / "cli-type-registry.json").read_text("utf-8"))
    return found


def _problem_of_cdk(arguments: list[str]) -> str | None:
    command, *rest = arguments
    registry = _cdk_registry()
    if command not in registry["commands"]:
        return f"there is no command {command}"
    known = {*registry["commands"][command].get("options", ()), *registry["globalOptions"]}
    given = [word.partition("=")[0] for word in rest if word.startswith("-") and word not in _CDK_SHORT]
    unknown = [word for word in given if word.removeprefix("--").removeprefix("no-") not in known]
    return f"cdk {command} has no {', '.join(unknown)}" if unknown else None


def test_the_commands_are_found() -> None:
    blocks = [words for document in DOCUMENTS for words in in_blocks(document)]
    text = [words for document in DOCUMENTS for words in in_text(document)]
    assert {words[0] for words in blocks} >= set(_TOOLS)
    assert {words[0] for words in text} == set(_TOOLS)
    assert ["saasus-events", "tail", "--stack", "Events", "--failed"] in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_shell_code_are_taken_as_they_stand(document: str) -> None:
    assert [said for words in in_blocks(document) if (said := problem(words))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_in_the_text_are_there(document: str) -> None:
    found = [(" ".join(words), problem(words, is_whole=False)) for words in in_text(document)]
    assert [each for each in found if each[1]] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_an_option_that_is_named_alone_is_one_of_ours(document: str) -> None:
    alone = {span.split()[0] for section in read(document) for span in section.code_spans if span.startswith("--")}
    assert alone <= {option for parser in EVERY_PARSER.values() for option in parser._option_string_actions}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_extras_that_are_installed_are_there(document: str) -> None:
    text = (REPOSITORY / document).read_text("utf-8")
    declared = (REPOSITORY / "pyproject.toml").read_text("utf-8").partition("[project.optional-dependencies]")[2]
    extras = set(re.findall(r"saasus-eventbridge-constructs\[(\w+)\]|'\.\[(\w+)\]'", text))
    assert all(re.search(rf"^{''.join(extra)} = \[", declared, re.MULTILINE) for extra in extras)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("saasus-events status --stak Events", "unrecognized arguments: --stak Events"),
        ("saasus-events stats", "invalid choice: 'stats'"),
        ("tr -d x < key.txt | aws secretsmanager create-secert --name x", "has no operation create-secert"),
        ("aws logs create-log-group \\\n  --group-name x", "has no --group-name"),
        ("aws log create-log-group", "no service log"),
        ("cdk import --resource-maping mapping.json", "has no --resource-maping"),
        ("cdk synt", "no command synt"),
        ("make dmo", "no target dmo"),
    ],
)
def test_what_there_is_not_is_found(line: str, said: str) -> None:
    *_, words = commands_in(line)
    assert said in str(problem(words))


def test_files_and_texts_in_shell_code_are_no_commands() -> None:
    code = "cat > a.json <<'END'\nmake nothing\nEND\nmake demo KEEP=1  # make more\nsaasus-events status > make"
    assert commands_in(code) == [["cat"], ["make", "demo", "KEEP=1"], ["saasus-events", "status"]]
