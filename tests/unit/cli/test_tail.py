"""`saasus-events tail`: every event once, whatever the pages, late lines and pauses."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.screen.events import call_of, event_in
from constructs_lib.events.json_values import read_json
from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event
from tests.hostile_json import HOSTILE_EVENTS
from tests.unit.cli.connected_account import Stacks
from tests.unit.cli.fake_aws import FakeAws, FakeLogs, refusal

GROUP = "/aws/events/x"
EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant)
SECRET = json.loads(EVENT["detail"]["event"])["api_key"]


def event(number: int, **call: str) -> str:
    made = copy.deepcopy(EVENT)
    made["detail"]["trace_id"] = f"t{number}"
    made["detail"]["event"] = json.dumps(json.loads(made["detail"]["event"]) | call, separators=(",", ":"))
    return json.dumps(made)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> FakeLogs:
    made = FakeLogs()
    made.groups[GROUP] = []
    FakeAws(monkeypatch, logs=made)
    return made


def traces(out: str) -> list[str]:
    return [line.rpartition("trace=")[2] for line in out.splitlines()]


def test_all_pages_are_shown_once_in_order(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(7):
        logs.add(GROUP, event(number), ago=60 - number)
    logs.add(GROUP, "START RequestId", ago=1)
    logs.add(GROUP, "{broken", ago=1)
    assert main(["tail", GROUP, "--no-follow"]) == 0
    printed = capsys.readouterr()
    assert traces(printed.out) == [f"t{number}" for number in range(7)]
    assert "7 events shown, 0 not selected, 2 other lines, in /aws/events/x." in printed.err


def test_since_is_kept_to(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    logs.add(GROUP, event(1), ago=7200)
    logs.add(GROUP, event(2), ago=60)
    assert main(["tail", GROUP, "--no-follow"]) == 0
    assert traces(capsys.readouterr().out) == ["t2"]
    assert main(["tail", GROUP, "--no-follow", "--since", "1d"]) == 0
    assert traces(capsys.readouterr().out) == ["t1", "t2"]


def follow(monkeypatch: pytest.MonkeyPatch, *steps: Any) -> int:
    """Do a step in each pause between two looks, and then press Ctrl-C."""
    left = list(steps)

    def pause(_: float) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    monkeypatch.setattr("constructs_lib.cli.tail.time.sleep", pause)
    return main(["tail", GROUP])


def test_what_comes_later_and_late_is_shown_once(
    logs: FakeLogs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.add(GROUP, event(1), ago=30)
    code = follow(
        monkeypatch,
        lambda: logs.add(GROUP, event(2)),
        # Logged now, with the timestamp of a minute ago: before what was shown already.
        lambda: logs.add(GROUP, event(3), ago=60),
        lambda: None,
    )
    assert code == 130
    printed = capsys.readouterr()
    assert traces(printed.out) == ["t1", "t2", "t3"]
    assert "3 events shown" in printed.err


def test_a_pause_of_aws_loses_and_repeats_nothing(
    logs: FakeLogs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add_and_fail() -> None:
        for number in range(2, 7):
            logs.add(GROUP, event(number))
        # The second page of this look does not come.
        logs.errors = [refusal("ThrottlingException", "Rate exceeded")]

    logs.add(GROUP, event(1), ago=5)
    assert follow(monkeypatch, add_and_fail, lambda: None) == 130
    printed = capsys.readouterr()
    assert sorted(traces(printed.out)) == [f"t{number}" for number in range(1, 7)]
    assert printed.err.count("Trying again until it works.") == 1


def test_the_filter_language_selects(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    logs.add(GROUP, event(1))
    logs.add(GROUP, event(2, http_status="500"))
    logs.add(GROUP, json.dumps(sample_event(operations.auth.create_saas_user)))
    assert main(["tail", GROUP, "--no-follow", "--of", "auth.create_tenant", "--failed", "--json"]) == 0
    printed = capsys.readouterr()
    [shown] = map(json.loads, printed.out.splitlines())
    assert shown["detail"]["trace_id"] == "t2"
    assert SECRET not in printed.out
    assert "1 event shown, 2 not selected" in printed.err


def test_a_line_cannot_steer_the_terminal(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    made = copy.deepcopy(EVENT)
    made["detail"]["trace_id"] = "a\x1b[2Jb\nc"
    logs.add(GROUP, json.dumps(made))
    assert main(["tail", GROUP, "--no-follow"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize(
    ("method", "uri", "shown"),
    [
        ("POST", "/v1/auth/tenants?x=secret", "POST /v1/auth/tenants"),
        ("GET", "/v1/auth/basic/abc-1/x", "GET /v1/auth/basic/{id}/x"),
        ("GET", "/v1/auth/invitations/abc", "GET /v1/auth/invitations/[redacted]"),
        ("DELETE", "/v1/auth/users/u-1", "DELETE /v1/auth/users/u-1"),
        ("DELETE", "/v1/auth/tenants/t-1/invitations/i-1", "DELETE /v1/auth/tenants/t-1/invitations/[redacted]"),
    ],
)
def test_the_call_is_shown_without_what_may_be_secret(method: str, uri: str, shown: str) -> None:
    parsed = event_in(event(1, uri=uri, request_method=method))
    assert parsed is not None
    assert call_of(parsed) == shown


def test_a_group_that_is_not_there_and_none_at_all(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "/aws/events/y", "--no-follow"]) == 2
    assert "Did you mean '/aws/events/x'?" in capsys.readouterr().err
    assert main(["tail"]) == 2
    assert "neither --log-group nor --stack" in capsys.readouterr().err


def test_the_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tail", "--help"])
    assert "saasus-events tail" in capsys.readouterr().out.partition("examples:")[2]


# ---------------------------------------------------------------------- several log groups

OTHER = "/aws/events/other"


def with_id(text: str, id: str) -> str:
    return json.dumps(json.loads(text) | {"id": id})


def test_of_several_groups_each_event_is_shown_once(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    """Two routes log the failed ones; what one of them has twice was delivered twice."""
    for number in range(4):
        logs.add(GROUP, with_id(event(number), f"id-{number}"), ago=60 - number)
    for number in (1, 3, 3):
        logs.add(OTHER, with_id(event(number), f"id-{number}"), ago=50 - number)
    assert main(["tail", GROUP, OTHER, "--no-follow"]) == 0
    printed = capsys.readouterr()
    assert traces(printed.out) == ["t0", "t1", "t2", "t3", "t3"]
    assert f"5 events shown, 0 not selected, 0 other lines, in {GROUP}, {OTHER}." in printed.err


def test_lines_of_several_groups_come_in_the_order_of_their_times(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(6):
        logs.add((GROUP, OTHER)[number % 2], with_id(event(number), f"id-{number}"), ago=60 - number)
    assert main(["tail", OTHER, GROUP, "--no-follow"]) == 0
    assert traces(capsys.readouterr().out) == [f"t{number}" for number in range(6)]


@pytest.mark.parametrize("order", [(GROUP, OTHER), (OTHER, GROUP)])
def test_of_several_groups_one_that_cannot_be_read_is_said_and_the_other_is_shown(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str], order: tuple[str, str]
) -> None:
    for group in order:
        logs.add(group, with_id(event(order.index(group)), group), ago=60)
    logs.errors = [refusal("AccessDeniedException"), None]
    assert main(["tail", *order, "--no-follow"]) == 2
    printed = capsys.readouterr()
    assert sorted(traces(printed.out)) == ["t0", "t1"], "what came before the error is shown, too"
    assert "AccessDeniedException" in printed.err
    assert order[0] in printed.err


def test_where_nothing_could_be_read_nothing_is_counted(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "/aws/events/nowhere", "--no-follow"]) == 2
    printed = capsys.readouterr().err
    assert "There is no log group '/aws/events/nowhere'" in printed
    assert "shown" not in printed
    assert main(["tail", GROUP, "--no-follow"]) == 0
    assert "0 events shown" in capsys.readouterr().err


def test_log_groups_of_all_stacks_that_are_named_are_read(
    logs: FakeLogs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks("https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters")
    stacks.resources = {
        "One": [("A", "AWS::Logs::LogGroup", GROUP), ("F", "AWS::Logs::LogGroup", "/aws/lambda/f")],
        "Two": [("B", "AWS::Logs::LogGroup", OTHER), ("C", "AWS::Logs::LogGroup", "/aws/events/third")],
        "None": [],
    }
    FakeAws(monkeypatch, logs=logs, cloudformation=stacks)
    for number, group in enumerate((GROUP, OTHER, "/aws/events/third")):
        logs.add(group, with_id(event(number), f"id-{number}"), ago=60 - number)
    assert main(["tail", "--stack", "One", "--stack", "Two", "--no-follow"]) == 0
    assert traces(capsys.readouterr().out) == ["t0", "t1", "t2"]
    assert main(["tail", "--stack", "One", "--stack", "Tow", "--no-follow"]) == 2
    assert "There is no stack 'Tow' in us-east-1. Did you mean 'Two'?" in capsys.readouterr().err
    assert main(["tail", "--stack", "None", "--no-follow"]) == 2
    assert "The stack 'None' has no log group" in capsys.readouterr().err


# ---------------------------------------------------------------------- lines that are hard to read


def test_an_event_that_a_mask_broke_is_shown(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    broken = event(7).replace('\\"api_key', '****"api_key', 1)
    logs.add(GROUP, broken)
    assert main(["tail", GROUP, "--no-follow"]) == 0
    printed = capsys.readouterr()
    assert "create_tenant" in printed.out
    assert "trace=t7" in printed.out
    assert SECRET not in printed.out
    assert "1 with broken text, 0 other lines" in printed.err


def test_a_broken_events_own_words_are_shown_and_not_those_in_a_body(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = json.dumps({"request_body": json.dumps({"event_type": "spoofed", "trace_id": "spoofed"})})
    detail = {"event": inner, "event_type": "create_tenant", "trace_id": "t7"}
    logs.add(GROUP, json.dumps(EVENT | {"detail": detail}).replace("request_body", 'request"body'))
    assert main(["tail", GROUP, "--no-follow"]) == 0
    out = capsys.readouterr().out
    assert "create_tenant  trace=t7" in out
    assert "spoofed" not in out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp932"])
def test_any_letter_goes_through_any_terminal(encoding: str) -> None:
    """Half a pair of surrogates, as one user's name can have it, and letters that the encoding lacks."""
    hostile = "a\ud83d \u65e5\u672c \U0001f600 \u00e9"
    code = (
        "import sys, json, constructs_lib.cli as cli\n"
        "from tests.unit.cli.test_tail import run_with\n"
        f"run_with({hostile!a})"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(encoding, "replace")
    lines = done.stdout.decode(encoding).splitlines()
    assert json.loads(lines[0])["detail"]["trace_id"] == hostile
    assert "create_tenant" in lines[1]


def run_with(trace_id: str) -> None:
    """Run `tail` on an event with this trace id, once with --json and once without; in a process of its own."""
    made = copy.deepcopy(EVENT)
    made["detail"]["trace_id"] = trace_id
    logs = FakeLogs()
    logs.add(GROUP, json.dumps(made))
    with pytest.MonkeyPatch.context() as patched:
        FakeAws(patched, logs=logs)
        codes = [main(["tail", GROUP, "--no-follow", *json_or_not]) for json_or_not in (["--json"], [])]
    sys.exit(max(codes))


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--failed"]])
def test_hostile_events_do_not_end_it(logs: FakeLogs, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    places = ("the text of the request_body", "detail.trace_id", "the whole event")
    texts = [t for name, t in HOSTILE_EVENTS.items() if "hundred thousand" not in name and name.endswith(places)]
    for text in texts:
        logs.add(GROUP, text, ago=30)
    logs.add(GROUP, event(1, http_status="500"), ago=1)
    assert main(["tail", GROUP, "--no-follow", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "t1" in lines[-1]
    if arguments == ["--json"]:
        assert all(isinstance(read_json(line), dict) for line in lines)
