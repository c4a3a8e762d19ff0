"""What CONTRIBUTING.md promises of every command. The tests walk the parser, so they hold a new command, too."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ProfileNotFound

from constructs_lib.cli import _commands, _parser
from constructs_lib.cli.command import Command, CommandGroup
from constructs_lib.cli.parser import parse
from constructs_lib.cli.screen.times import duration, moment, past_moment
from constructs_lib.events.known_events import KnownEvents
from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event
from tests.unit.cli import connected_account as fakes
from tests.unit.cli.connected_account import GROUP, SOURCE, Run
from tests.unit.cli.fake_aws import FakeEvents
from tests.unit.cli.parsers import PARSERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.connected_account import Account

account, clock, run = fakes.account, fakes.clock, fakes.run

COMMANDS: dict[str, Command] = {}
for _command in _commands():
    if isinstance(_command, CommandGroup):
        COMMANDS |= {f"{_command.name} {below.name}": below for below in _command.commands}
    else:
        COMMANDS[_command.name] = _command

EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant)
TRACE_ID = EVENT["detail"]["trace_id"]
ARCHIVE = {
    "ArchiveName": "saasus",
    "ArchiveArn": "arn:aws:events:us-east-1:111122223333:archive/saasus",
    "EventSourceArn": f"arn:aws:events:us-east-1:111122223333:event-bus/{SOURCE}",
}
RUNS = {
    "connect": ("", ""),
    "status": ("", ""),
    "send-test": ("", ""),
    "disconnect": ("", ""),
    "catalog": ("tenant", ""),
    "filter": ("--of auth.create_tenant", ""),
    "explain": ("event.json --template app.json --any-source", ""),
    "learn": ("", "--stack Events"),
    "tail": ("--no-follow", "--stack Events"),
    "trace": (TRACE_ID, "--stack Events"),
    "dlq list": ("", "--stack Events"),
    "dlq show": (TRACE_ID, "--stack Events"),
    "dlq redrive": ("--to-bus mine", "--stack Events"),
    "replay": ("--from 2h", "--stack Events"),
    "permissions": ("", ""),
}
"""A command line of each command that ends with 0 in the account below, and the part of it without which it cannot."""
LOCAL = {"demo", "local"}
"""They deploy, and are tried in tests/local."""
NEGATIVE: dict[str, tuple[str, Callable[[Account], Any]]] = {
    "connect": ("--yes", lambda account: account.bridge.sources.clear()),
    "status": ("", lambda account: account.bridge.buses.clear()),
    "send-test": ("", lambda account: account.saved(None)),
    "catalog": ("there-is-nothing-like-this", lambda _: None),
    "explain": ("other.json --template app.json", lambda _: None),
    "learn": ("other.json", lambda _: None),
    "trace": ("never-sent --stack Events", lambda _: None),
    "dlq show": ("--stack Events never-sent", lambda _: None),
    "dlq redrive": ("--stack Events --to-target", lambda _: None),
    "replay": ("--from 2h --stack Events --yes --wait", lambda _: None),
}
"""A command line of each command that can answer no, and what has to be so in the account."""


@pytest.fixture(autouse=True)
def everything(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    """Make an account in which every command has something to show, and be in a folder with its files."""
    account.make_well()
    account.bridge.buses.add("mine")
    account.bridge.rules[0]["Arn"] = "arn:aws:events:us-east-1:111122223333:rule/log"
    account.logs.add(GROUP, json.dumps(EVENT), ago=5)
    account.sqs.put(json.dumps(EVENT))
    account.stacks.resources["Events"].append(("Archive", "AWS::Events::Archive", "saasus"))
    archives = FakeEvents()
    archives.archive, archives.states = ARCHIVE, [{"State": "FAILED"}]
    for name in ("describe_archive", "list_archives", "start_replay", "describe_replay", "exceptions"):
        setattr(account.bridge, name, getattr(archives, name))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    (tmp_path / "other.json").write_text(json.dumps({"source": "mine", "detail": {}}))
    (tmp_path / "app.json").write_text(json.dumps({"Resources": {}}))
    return account


def options_of(name: str) -> set[str]:
    return {option for action in PARSERS[name]._actions for option in action.option_strings}


def having(*wanted: str) -> list[str]:
    """Return the commands that have all of these options."""
    return [name for name in PARSERS if set(wanted) <= options_of(name)]


def ended(run: Run, capsys: pytest.CaptureFixture[str], arguments: str) -> fakes.Ran:
    """Run a command line, whoever ends it."""
    try:
        return run(*arguments.split())
    except SystemExit as end:
        return fakes.Ran(int(str(end.code)), *capsys.readouterr())


def whole(name: str) -> str:
    return f"{name} {' '.join(RUNS[name])}"


def test_every_command_is_tried_here() -> None:
    assert set(PARSERS) == set(COMMANDS)
    assert set(RUNS) == set(COMMANDS) - LOCAL
    assert set(NEGATIVE) == {name for name, command in COMMANDS.items() if command.negative} - LOCAL


# ---------------------------------------------------------------------- exit codes


@pytest.mark.parametrize("name", RUNS)
def test_what_is_done_ends_with_0(name: str, everything: Account, run: Run) -> None:
    if name == "status":
        everything.sqs.queue.clear()
    ran = run(*whole(name).split())
    assert ran.code == 0, ran.err
    assert ran.out


@pytest.mark.parametrize("name", NEGATIVE)
def test_a_negative_answer_ends_with_1(name: str, everything: Account, run: Run) -> None:
    arguments, prepare = NEGATIVE[name]
    prepare(everything)
    ran = run(*name.split(), *arguments.split())
    assert ran.code == 1, ran.err
    assert ran.out or ran.err


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("wrong", ["--no-such-option", "--help=yes"])
def test_what_the_parser_refuses_ends_with_2(
    name: str, wrong: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = ended(run, capsys, f"{whole(name) if name in RUNS else name} {wrong}")
    assert (ran.code, ran.out) == (2, "")
    assert "usage: saasus-events" in ran.err


READ = [
    (name, action) for name in PARSERS for action in PARSERS[name]._actions if action.option_strings and action.type
]


@pytest.mark.parametrize("text", ["x", "", "-1", "²", "\uff11\uff12", "9" * 4_301, "1e3", "0x10", " 1 2"])
def test_a_value_that_an_option_cannot_read_is_answered_with_what_to_write(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len({action.dest for _, action in READ}) > 7
    for name, action in READ:
        option = action.option_strings[0]
        with pytest.raises(SystemExit) as end:
            parse(_parser(), [*whole(name).split(), f"{option}={text}"] if name in RUNS else [name, f"{option}={text}"])
        assert end.value.code == 2
        said = capsys.readouterr().err.partition("error: argument ")[2]
        assert said.startswith(option)
        assert "; write " in said
        assert len(said) < 300


@pytest.mark.parametrize("name", [name for name, (_, source) in RUNS.items() if source])
def test_without_a_source_it_ends_with_2_and_says_how_to_name_one(name: str, run: Run) -> None:
    ran = run(*name.split(), *RUNS[name][0].split())
    assert (ran.code, ran.out) == (2, "")
    assert "Expected" in ran.err
    assert "Write for example: saasus-events" in ran.err


@pytest.mark.parametrize("name", sorted(set(having("--stack")) - {"status"}))
def test_a_stack_that_is_not_there_ends_with_2(name: str, run: Run) -> None:
    wait = "--wait" if name == "send-test" else ""
    ran = run(*name.split(), *RUNS[name][0].split(), *wait.split(), "--stack", "Event")
    assert ran.code == 2
    assert "'Event'" in ran.err
    assert "Did you mean 'Events'?" in ran.err


@pytest.mark.parametrize(
    ("name", "option"),
    [(n, o) for n in PARSERS for o in ("--known", "--write", "--app", "--template") if o in options_of(n)],
)
def test_a_file_that_cannot_be_used_ends_with_2(
    name: str, option: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {"explain": "explain event.json", "permissions": "permissions deploy"}.get(name, whole(name))
    ran = ended(run, capsys, f"{line} {option} gone/gone.json")
    assert (ran.code, ran.out) == (2, "")
    assert "gone" in ran.err


@pytest.mark.parametrize("name", ["explain", "learn"])
@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"{"])
def test_an_input_that_cannot_be_read_ends_with_2(name: str, content: bytes | None, tmp_path: Path, run: Run) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)
    ran = run(name, "bad.json")
    # Of many lines, `learn` reports those that it cannot read.
    assert ran.code == (1 if (name, content) == ("learn", b"{") else 2)
    assert "bad.json" in ran.err


@pytest.mark.parametrize("name", sorted(set(having("--profile")) - {"status"}))
def test_what_aws_refuses_ends_with_2(name: str, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    def no_session(**_: Any) -> None:
        raise ProfileNotFound(profile="nobody")

    monkeypatch.setattr("boto3.Session", no_session)
    ran = run(*whole(name).split(), "--profile", "nobody")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("saasus-events: ")
    assert "nobody" in ran.err


@pytest.mark.parametrize("name", PARSERS)
def test_help_says_how_it_ends(name: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    ran = ended(run, capsys, f"{name} --help")
    told = ran.out.partition("exit codes:\n")[2].partition("\n\n")[0].splitlines()
    negative = COMMANDS[name].negative
    assert told[0] == "  0  done"
    assert [line.removeprefix("  1  ") for line in told[1:-1]] == ([negative] if negative else [])
    assert told[-1].startswith("  2  cannot run as given")


# ---------------------------------------------------------------------- options


def test_an_option_has_one_form_in_all_commands() -> None:
    forms: dict[str, dict[tuple[Any, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, parser in PARSERS.items():
        for action in parser._actions:
            form = (type(action).__name__, action.type, action.nargs, action.metavar, action.dest)
            for option in action.option_strings:
                forms[option][form].append(name)
    assert {option: dict(found) for option, found in forms.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("permission", "options"),
    [
        ("logs:FilterLogEvents", {"--log-group", "--stack"}),
        ("sqs:ReceiveMessage", {"--stack"}),
        ("events:DescribeArchive", {"--stack"}),
        ("", {"--profile", "--region"}),
    ],
)
def test_a_command_that_reads_something_takes_it_by_the_options_for_it(permission: str, options: set[str]) -> None:
    reading = [n for n, c in COMMANDS.items() if any(action.startswith(permission) for action in c.permissions)]
    assert reading
    assert {name: options - options_of(name) for name in reading if not options <= options_of(name)} == {}


def test_a_command_that_takes_a_filter_takes_what_is_known() -> None:
    assert {name for name in PARSERS if "--of" in options_of(name)} == set(having("--of", "--known", "--failed"))
    assert len(having("--known")) > 3


@pytest.mark.parametrize("name", [name for name in having("--known") if name != "filter"])
def test_what_is_known_selects(name: str, tmp_path: Path, everything: Account, run: Run) -> None:
    """An event type that `learn` confirmed is the operation's, also where the call cannot be read."""
    event = sample_event(operations.auth.delete_tenant, event_type="RemoveTenant")
    event["detail"]["event"] = "unreadable"
    everything.logs.add(GROUP, json.dumps(event), ago=4)
    everything.sqs.put(json.dumps(event))
    (tmp_path / "known.json").write_text(json.dumps(KnownEvents.of({"auth.delete_tenant": "RemoveTenant"}).to_dict()))
    select = ["--of", "auth.delete_tenant"]
    without = run(*whole(name).split(), *select)
    knowing = run(*whole(name).split(), *select, "--known", "known.json")
    assert "RemoveTenant" not in without.out
    assert "RemoveTenant" in knowing.out


@pytest.mark.parametrize("name", [n for n in PARSERS if "log_groups" in {a.dest for a in PARSERS[n]._actions}])
def test_log_groups_go_behind_the_same_option(name: str) -> None:
    line = [*whole(name).split(), "--log-group", "a", "--since", "1h", "--log-group", "b"]
    if "--since" not in options_of(name):
        line = [word for word in line if word not in ("--since", "1h")]
    assert parse(_parser(), line).log_groups == ["a", "b"]


@pytest.mark.parametrize("name", ["tail", "trace"])
def test_a_log_group_without_the_option_is_taken_as_well(name: str) -> None:
    line = [*whole(name).split(), "a", "--log-group", "b", "c"]
    assert sorted(parse(_parser(), line).log_groups) == ["a", "b", "c"]


TIMES = [(name, action) for name, parser in PARSERS.items() for action in parser._actions if action.metavar == "TIME"]


@pytest.mark.parametrize(
    ("text", "ago"), [("90s", 90), ("30m", 1800), ("12h", 43200), ("7d", 604800), ("4w", 2419200), ("now", 0)]
)
def test_every_time_is_written_in_the_same_ways(text: str, ago: int) -> None:
    assert {option for _, action in TIMES for option in action.option_strings} == {"--since", "--from", "--to"}
    moments = {"2026-05-19": (19, 0, 0), "2026-05-19T02:20:00Z": (19, 2, 20), "2026-05-19T02:20+09:00": (18, 17, 20)}
    for name, action in TIMES:
        for option in action.option_strings:
            others = ["--from", "4w"] if option == "--to" else []
            line = [*(word for word in whole(name).split() if word not in ("--from", "2h")), *others, option]
            read = getattr(parse(_parser(), [*line, text]), action.dest)
            assert abs(datetime.now(timezone.utc) - read - timedelta(seconds=ago)) < timedelta(seconds=10)
            for iso, (day, hour, minute) in moments.items():
                read = getattr(parse(_parser(), [*line, iso]), action.dest)
                assert read == datetime(2026, 5, day, hour, minute, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["yesterday", "2 h", "-1d", "", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999"])
def test_what_is_not_a_time_is_refused_everywhere(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert {action.type for _, action in TIMES} == {moment, past_moment}
    lengths = {a.type for p in PARSERS.values() for a in p._actions if a.metavar == "LENGTH"}
    assert lengths == {duration}
    for name, action in TIMES:
        with pytest.raises(SystemExit) as end:
            parse(_parser(), [*name.split(), f"{action.option_strings[0]}={text}"])
        assert end.value.code == 2
        assert "is not a point in time" in capsys.readouterr().err


def test_events_do_not_come_from_the_future(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(_parser(), ["tail", "--since", "2999-01-01"])
    assert end.value.code == 2
    assert "'2999-01-01' is in the future" in capsys.readouterr().err


# ---------------------------------------------------------------------- output


@pytest.mark.parametrize("name", having("--json"))
def test_json_is_one_object_or_an_object_a_line(name: str, everything: Account, run: Run) -> None:
    everything.logs.add(GROUP, json.dumps(EVENT | {"id": "again"}), ago=4)
    everything.sqs.put(json.dumps(EVENT | {"id": "again"}))
    ran = run(*whole(name).split(), "--json")
    assert ran.code == (1 if name == "status" else 0), "a dead letter is not a good state"
    [action] = [action for action in PARSERS[name]._actions if "--json" in action.option_strings]
    is_stream = str(action.help).startswith("print JSON Lines, one object for each ")
    assert is_stream or action.help == "print one JSON object"
    read = [json.loads(line) for line in ran.out.splitlines()] if is_stream else [json.loads(ran.out)]
    assert len(read) == (2 if is_stream else 1)
    assert all(isinstance(value, dict) for value in read)


@pytest.mark.parametrize("name", having("--raw"))
def test_nothing_secret_is_shown_without_raw(name: str, run: Run) -> None:
    secret = json.loads(EVENT["detail"]["event"])["api_key"]
    assert secret not in run(*whole(name).split()).out
    assert secret in run(*whole(name).split(), "--raw").out


@pytest.mark.parametrize("name", having("--yes"))
def test_nothing_is_changed_without_yes(name: str, everything: Account, run: Run) -> None:
    everything.bridge.sources.clear()
    ran = run(*whole(name).split())
    assert ran.code == 0
    assert "--yes" in ran.err
    assert {method for method, _ in everything.calls} <= {"GET"}
    assert len(everything.sqs.visible) == 1
