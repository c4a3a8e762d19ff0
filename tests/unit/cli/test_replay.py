"""`saasus-events replay`: says first, starts only when asked, and follows to the end."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from constructs_lib.cli import main, replay
from constructs_lib.cli.screen.times import duration, moment
from tests.unit.cli.connected_account import Stacks
from tests.unit.cli.fake_aws import FakeAws, FakeEvents

BUS = "arn:aws:events:us-east-1:111122223333:event-bus/aws.partner/saasus.io/x-1/event"
RULE = "arn:aws:events:us-east-1:111122223333:rule/aws.partner/saasus.io/x-1/event/{}"
RANGE = ("--from", "2026-05-19T02:00:00Z", "--to", "2026-05-19T03:00:00+00:00")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> FakeEvents:
    made = FakeEvents()
    made.archive = {
        "ArchiveName": "saasus",
        "ArchiveArn": "arn:aws:events:us-east-1:111122223333:archive/saasus",
        "EventSourceArn": BUS,
        "EventCount": 7,
        "RetentionDays": 30,
    }
    made.rules = [
        {"Name": "Onboard", "Arn": RULE.format("Onboard"), "State": "ENABLED"},
        {"Name": "Log", "Arn": RULE.format("Log"), "State": "ENABLED"},
        {"Name": "Off", "Arn": RULE.format("Off"), "State": "DISABLED"},
        {"Name": "Events-Archive", "Arn": RULE.format("Events-Archive"), "ManagedBy": "events.amazonaws.com"},
    ]
    FakeAws(monkeypatch, events=made)
    monkeypatch.setattr(replay, "_POLL_SECONDS", 0)
    return made


def test_without_yes_it_says_what_would_be_done(events: FakeEvents, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "saasus", *RANGE]) == 0
    printed = capsys.readouterr()
    assert "Rules    2 of 2: Log, Onboard" in printed.out
    assert "From     2026-05-19T02:00:00Z" in printed.out
    assert "7 events in all" in printed.out
    assert "Add --yes to do it" in printed.err
    assert "keeps events for 30 days, so older ones are gone" in printed.err
    assert events.started == []


@pytest.mark.parametrize("rule", ["Onboard", RULE.format("Onboard")])
def test_with_yes_it_is_started_for_the_rules_that_were_named(
    events: FakeEvents, capsys: pytest.CaptureFixture[str], rule: str
) -> None:
    assert main(["replay", events.archive["ArchiveArn"], *RANGE, "--rule", rule, "--yes"]) == 0
    [started] = events.started
    assert started["EventSourceArn"] == events.archive["ArchiveArn"]
    assert started["Destination"] == {"Arn": BUS, "FilterArns": [RULE.format("Onboard")]}
    assert started["EventStartTime"] == datetime(2026, 5, 19, 2, tzinfo=timezone.utc)
    assert started["EventEndTime"] == datetime(2026, 5, 19, 3, tzinfo=timezone.utc)
    assert len(started["ReplayName"]) <= 64
    assert f"cancel-replay --replay-name {started['ReplayName']}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("last", "code"),
    [({"State": "COMPLETED"}, 0), ({"State": "FAILED", "StateReason": "why"}, 1), ({"State": "CANCELLED"}, 1)],
)
def test_it_waits_until_the_end(
    events: FakeEvents, capsys: pytest.CaptureFixture[str], last: dict[str, Any], code: int
) -> None:
    half = datetime(2026, 5, 19, 2, 30, tzinfo=timezone.utc)
    events.states = [{"State": "STARTING"}, {"State": "RUNNING", "EventLastReplayedTime": half}, last]
    assert main(["replay", "saasus", *RANGE, "--yes", "--wait"]) == code
    printed = capsys.readouterr()
    assert "RUNNING 50 %" in printed.err
    assert f"is {last['State']}" in printed.out
    assert last.get("StateReason", "") in printed.out
    assert "FilterArns" not in events.started[0]["Destination"]


def test_ctrl_c_says_that_the_replay_goes_on(events: FakeEvents, capsys: pytest.CaptureFixture[str]) -> None:
    events.states = [{"State": "RUNNING"}, KeyboardInterrupt()]
    assert main(["replay", "saasus", *RANGE, "--yes", "--wait"]) == 130
    error = capsys.readouterr().err
    assert "continues without this command" in error
    assert "aws events cancel-replay" in error


def test_what_is_new_may_not_be_in_the_archive_yet(events: FakeEvents, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "saasus", "--from", "2h", "--to", "now"]) == 0
    assert "10 minutes" in capsys.readouterr().err


TO_LAMBDA = {"Id": "1", "Arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}
TO_LOG = {"Id": "2", "Arn": "arn:aws:logs:us-east-1:111122223333:log-group:/aws/events/x:*"}


@pytest.mark.parametrize(
    ("start", "rules", "says"),
    [
        ("15d", [], "the log groups of Log."),
        ("15d", ["--rule", "Log"], "the log groups of Log."),
        ("15d", ["--rule", "Onboard"], ""),
        ("13d", [], ""),
    ],
)
def test_what_log_groups_may_not_take_any_more_is_said(
    events: FakeEvents, capsys: pytest.CaptureFixture[str], start: str, rules: list[str], says: str
) -> None:
    events.targets = {"Onboard": [TO_LAMBDA], "Log": [TO_LAMBDA, TO_LOG]}
    assert main(["replay", "saasus", "--from", start, "--to", "1h", *rules]) == 0
    error = capsys.readouterr().err
    assert ("older than 14 days" in error) == bool(says)
    assert says in error


def test_where_targets_may_not_be_seen_log_groups_are_named_all_the_same(
    events: FakeEvents, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "saasus", "--from", "15d", "--to", "1h"]) == 0
    assert "may not reach log groups." in capsys.readouterr().err


def test_an_archive_of_the_same_name_elsewhere_is_not_replayed(
    events: FakeEvents, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = "arn:aws:events:us-east-1:444455556666:archive/saasus"
    assert main(["replay", theirs, *RANGE, "--yes"]) == 2
    assert f"{theirs} is in another account" in capsys.readouterr().err
    assert events.started == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["saasus", "--from", "2026-05-19", "--to", "2026-05-19T00:00:00Z"], "there is no time between them"),
        (["saasus", *RANGE, "--rule", RULE.format("Log").replace("us-east-1", "eu-west-1")], "no enabled rule"),
        (["sasus", *RANGE], "There is no archive 'sasus' in us-east-1. Did you mean 'saasus'?"),
        (["saasus", "--from", "1h", "--to", "2h"], "is not before"),
        (["arn:aws:events:us-east-1:111122223333:event-bus/saasus", *RANGE], "event-bus/saasus' is not an archive"),
        (["", *RANGE], "'' is not an archive"),
        (["saasus", *RANGE, "--rule", "Onbord"], "no enabled rule 'Onbord'. Did you mean 'Onboard'?"),
        (["saasus", *RANGE, "--rule", "Off"], "no enabled rule 'Off'"),
    ],
)
def test_what_cannot_be_replayed_is_an_error(
    events: FakeEvents, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["replay", *arguments, "--yes"]) == 2
    assert says in capsys.readouterr().err
    assert events.started == []


def test_times_are_read() -> None:
    now = datetime.now(timezone.utc)
    assert abs(moment("2h") - (now - timedelta(hours=2))) < timedelta(seconds=5)
    assert abs(moment("now") - now) < timedelta(seconds=5)
    assert moment("2026-05-19") == datetime(2026, 5, 19, tzinfo=timezone.utc)
    assert moment("2026-05-19T11:00:00+09:00") == datetime(2026, 5, 19, 2, tzinfo=timezone.utc)
    assert duration("90s") == timedelta(seconds=90)
    for wrong in ("", "yesterday", "2 h"):
        with pytest.raises(argparse.ArgumentTypeError):
            moment(wrong)


def test_the_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", "--help"])
    assert "saasus-events replay" in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--stack", "Events"], 0, "Archive  saasus"),
        ([], 2, "Got neither ARCHIVE nor --stack"),
        (["other", "--stack", "Events"], 2, "Got both ARCHIVE and --stack"),
        (["--stack", "None"], 2, "has no archive"),
    ],
)
def test_the_archive_of_a_stack_is_replayed(
    events: FakeEvents,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    stacks = Stacks("https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters")
    stacks.resources = {"Events": [("Archive", "AWS::Events::Archive", "saasus")], "None": []}
    FakeAws(monkeypatch, events=events, cloudformation=stacks)
    assert main(["replay", *arguments, *RANGE]) == code
    printed = capsys.readouterr()
    assert said in printed.out + printed.err


def test_without_an_end_it_is_until_now(events: FakeEvents) -> None:
    assert main(["replay", "saasus", "--since", "2h", "--yes"]) == 0
    [started] = events.started
    assert abs(started["EventEndTime"] - datetime.now(timezone.utc)) < timedelta(seconds=10)
    assert started["EventEndTime"] - started["EventStartTime"] < timedelta(hours=2, seconds=10)
