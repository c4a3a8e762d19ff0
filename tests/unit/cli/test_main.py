"""The command line as a whole: it starts at once, and says what is missing."""

from __future__ import annotations

import builtins
import subprocess
import sys
from typing import Any

import pytest

from constructs_lib.cli import _commands, _parser, main
from constructs_lib.cli.parser import parse
from tests.unit.cli.parsers import EVERY_PARSER

IN_A_SHELL = pytest.mark.skipif(sys.platform == "win32", reason="needs /bin/sh and its redirections")

COMMANDS = tuple(command.name for command in _commands())


def test_help_lists_the_commands_without_loading_what_they_need() -> None:
    code = (
        "import sys, constructs_lib.cli\n"
        "try:\n    constructs_lib.cli.main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'aws_cdk', 'jsii', 'boto3', 'botocore', 'rich', 'ministack', 'pytest'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"    {command}" in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"saasus-events {command}" in capsys.readouterr().out.partition("examples:")[2]


def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without_boto3(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] in ("boto3", "botocore"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_boto3)
    assert main(["learn", "--log-group", "/aws/events/x"]) == 2
    assert "saasus-eventbridge-constructs[cli]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["filter", "--tenant", "a", "--tenant", "b"],
        ["filter", "--route", "GET /a", "--route", "GET /b"],
        ["status", "--source", "a", "--source", "b"],
        ["status", "--region", "a", "--secret", "s", "--region", "b"],
        ["dlq", "list", "q", "--profile", "a", "--profile", "b"],
        ["replay", "a", "--from", "2h", "--to", "now", "--from", "1h"],
        ["explain", "e", "--app", "a", "--app", "b"],
    ],
)
def test_an_option_with_one_value_is_refused_the_second_time(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "expected one value, but the option appears twice" in capsys.readouterr().err


def test_no_option_drops_a_value_in_silence() -> None:
    """Whatever takes values takes them all, or is refused the second time; `--no-follow` and the like have none."""
    actions = [action for parser in EVERY_PARSER.values() for action in parser._actions]
    kinds = {type(action).__name__ for action in actions if action.option_strings and action.nargs != 0}
    assert kinds == {"_AppendAction", "_ExtendAction", "_Once"}


@pytest.mark.parametrize(
    ("arguments", "name", "taken"),
    [
        ("tail a --failed b", "log_groups", ["a", "b"]),
        ("tail --failed a b", "log_groups", ["a", "b"]),
        ("trace id --since 7d a b", "log_groups", ["a", "b"]),
        ("learn a --since 7d b", "files", ["a", "b"]),
        ("catalog tenant --json delete", "words", ["tenant", "delete"]),
    ],
)
def test_what_a_command_takes_any_number_of_may_stand_behind_options(
    arguments: str, name: str, taken: list[str]
) -> None:
    assert getattr(parse(_parser(), arguments.split()), name) == taken


@pytest.mark.parametrize(
    "arguments", ["status extra", "trace id --since 7d a --unknown", "dlq list q extra", "tail --no"]
)
def test_what_no_command_takes_is_refused(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert "usage: saasus-events" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "prog", "near"),
    [
        ("status --stak Events", "saasus-events status", "Did you mean '--stack'"),
        ("dlq list --limt=1 q", "saasus-events dlq list", "Did you mean '--limit'"),
        ("dlq lst", "saasus-events dlq", "invalid choice: 'lst'. Did you mean 'list'"),
        ("stats", "saasus-events", "invalid choice: 'stats'. Did you mean 'status'"),
        ("filter --http-status abc", "saasus-events filter", "'abc' is not an HTTP status"),
        ("explain a.json b.json", "saasus-events explain", "unrecognized arguments: b.json."),
    ],
)
def test_a_wrong_word_is_answered_by_the_command_itself_with_the_nearest_one(
    arguments: str, prog: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments.split())
    said = capsys.readouterr().err
    assert said.startswith(f"usage: {prog} [-h]")
    assert near in said
    assert said.endswith(f" See `{prog} --help`.\n")


@pytest.mark.parametrize("columns", ["60", "80"])
def test_in_the_list_of_commands_each_help_starts_beside_its_command(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    for command in _commands():
        assert any(line.startswith(f"    {command.name} ") for line in lines), command.name


@IN_A_SHELL
def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m constructs_lib.cli catalog --json | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "{"
    assert "Traceback" not in done.stderr


@IN_A_SHELL
@pytest.mark.parametrize(
    ("streams", "code"), [(">/dev/full", 1), (">&-", 0), (">&- 2>&-", 0), ("--help >&-", 0)], ids=str
)
def test_an_output_that_takes_nothing_is_no_traceback(streams: str, code: int) -> None:
    command = f"{sys.executable} -m constructs_lib.cli catalog {streams}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert ("cannot be written" in done.stderr) == (code == 1)
