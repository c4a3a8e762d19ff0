"""`saasus-events trace`: all of a call, in order, with gaps and ties, and without secrets."""

from __future__ import annotations

import copy
import json
import time
from collections import Counter
from datetime import datetime, timezone
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.screen.lines import printable
from constructs_lib.cli.screen.redaction import redact_text, secrets_of
from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event, variants
from tests.unit.cli.connected_account import Stacks
from tests.unit.cli.fake_aws import FakeAws, FakeLogs

EVENTS, AGAIN, FUNCTION = "/aws/events/a", "/aws/events/b", "/aws/lambda/f"
EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant)
CALL = json.loads(EVENT["detail"]["event"])
NOW = int(time.time())


def event(id: str, ago: int, event_type: str = "create_tenant", trace: str = "t1") -> str:
    made = copy.deepcopy(EVENT)
    made["id"] = id
    made["time"] = f"{datetime.fromtimestamp(NOW - ago, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    made["detail"] |= {"trace_id": trace, "event_type": event_type}
    return json.dumps(made)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> FakeLogs:
    made = FakeLogs()
    made.groups = {EVENTS: [], AGAIN: [], FUNCTION: []}
    FakeAws(monkeypatch, logs=made)
    return made


def test_events_stand_in_time_order_once_each_with_gaps_and_ties(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.add(EVENTS, event("3", 10, "third"), ago=2)
    logs.add(EVENTS, event("1", 40, "first"), ago=39)
    logs.add(EVENTS, event("2", 40, "second"), ago=38)
    logs.add(EVENTS, event("3", 10, "third"), ago=1)
    logs.add(AGAIN, event("1", 40, "first"), ago=39.5)
    logs.add(AGAIN, event("9", 40, "elsewhere", trace="t2"), ago=39)
    assert main(["trace", "t1", EVENTS, AGAIN]) == 0
    out = capsys.readouterr().out
    rows = [line for line in out.splitlines() if "trace=t1" in line]
    assert [kind for row in rows for kind in ("first", "second", "third") if kind in row] == [
        "first",
        "second",
        "third",
    ]
    assert f"{EVENTS}, {AGAIN}" in rows[0]
    assert "same second" in rows[1]
    assert "~30 s" in rows[2]
    assert "delivered 2 times" in rows[2]
    assert "elsewhere" not in out
    assert "3 events and 0 other log lines, over 30 s." in out
    assert "1 event with the same second as the one before." in out
    assert all(asked["filterPattern"] == '"t1"' for asked in logs.asked)


@pytest.mark.parametrize(
    ("in_events", "in_again", "deliveries"), [(1, 0, 1), (1, 1, 1), (2, 1, 2), (2, 2, 2), (1, 3, 3), (0, 2, 2)]
)
def test_deliveries_are_counted_in_a_group_and_not_over_groups(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str], in_events: int, in_again: int, deliveries: int
) -> None:
    for group, times in ((EVENTS, in_events), (AGAIN, in_again)):
        for _ in range(times):
            logs.add(group, event("1", 40), ago=39)
    assert main(["trace", "t1", EVENTS, AGAIN]) == 0
    out = capsys.readouterr().out
    assert ("delivered" in out) == (deliveries > 1)
    assert deliveries == 1 or f"(delivered {deliveries} times)" in out
    assert main(["trace", "t1", EVENTS, AGAIN, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["deliveries"], found["copies"]) == (deliveries, in_events + in_again)


def test_log_groups_of_all_stacks_that_are_named_are_read(
    logs: FakeLogs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks("https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters")
    stacks.resources = {
        "One": [("A", "AWS::Logs::LogGroup", EVENTS)],
        "Two": [("B", "AWS::Logs::LogGroup", AGAIN), ("F", "AWS::Lambda::Function", "f")],
    }
    FakeAws(monkeypatch, logs=logs, cloudformation=stacks)
    logs.add(EVENTS, event("1", 40), ago=39)
    logs.add(AGAIN, event("2", 30), ago=29)
    logs.add(FUNCTION, "t1 done", ago=20)
    assert main(["trace", "t1", "--stack", "One", "--stack", "Two"]) == 0
    assert "2 events and 1 other log line, " in capsys.readouterr().out


def test_an_event_that_a_mask_broke_is_found_by_its_trace_id(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.add(EVENTS, event("1", 40).replace('\\"api_key', '****"api_key', 1), ago=39)
    assert main(["trace", "t1", EVENTS]) == 0
    out = capsys.readouterr().out
    assert "create_tenant" in out
    assert "a mask of the log group may have broken it" in out
    assert CALL["api_key"] not in out


def test_a_functions_lines_stand_between_without_the_secrets_that_it_printed(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.add(EVENTS, event("1", 40), ago=39)
    logs.add(FUNCTION, f"t1 key is {CALL['api_key']} so", ago=38)
    logs.add(FUNCTION, "t1 " + repr(json.loads(event("1", 40))), ago=37)
    logs.add(FUNCTION, "another call", ago=37)
    assert main(["trace", "t1", EVENTS, FUNCTION]) == 0
    out = capsys.readouterr().out
    assert "t1 key is [redacted] so" in out
    assert "1 event and 2 other log lines" in out
    assert "another call" not in out
    assert CALL["api_key"] not in out
    assert CALL["ip_address"] not in out
    assert main(["trace", "t1", EVENTS, FUNCTION, "--raw"]) == 0
    assert CALL["api_key"] in capsys.readouterr().out


def test_json_has_an_object_a_line(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    logs.add(EVENTS, event("1", 40), ago=39)
    logs.add(EVENTS, event("2", 40), ago=38)
    logs.add(FUNCTION, "t1 done", ago=30)
    assert main(["trace", "t1", EVENTS, FUNCTION, "--json"]) == 0
    first, second, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["seconds_after"] is None
    assert second["same_second"] is True
    assert first["event"]["id"] == "1"
    assert CALL["api_key"] not in json.dumps(first)
    assert line["line"] == "t1 done"


def test_a_trace_id_that_no_pattern_can_hold_is_looked_for_in_all_lines(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.add(EVENTS, event("1", 40, trace='a"b'), ago=39)
    assert main(["trace", 'a"b', EVENTS]) == 0
    assert "filterPattern" not in logs.asked[0]
    assert "create_tenant" in capsys.readouterr().out


def test_nothing_found_and_nowhere_to_look(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "t1", EVENTS]) == 1
    assert "Nothing has the trace id 't1'" in capsys.readouterr().err
    assert main(["trace", "t1"]) == 2
    assert "neither --log-group nor --stack" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the code is 400", "the code is 400"),
        ("status code: 400", "status code: 400"),
        ('x {"code": "1234"}', "x {"),
        ("password=hunter2 and more", ""),
        ('{\\"id_token\\":\\"ey\\"}', '{\\"'),
        ("Bad value for 'refresh_token' : abc", "Bad value for '"),
        ("for someone@example.com!", "for [redacted]!"),
    ],
)
def test_text_is_cut_at_the_name_of_a_secret(text: str, shown: str) -> None:
    redacted = redact_text(text)
    assert redacted.partition("… (cut")[0] == shown
    assert (redacted != shown) == ("cut" in redacted)


@pytest.mark.parametrize("secret", ['pass"word\\', "パスワード", "a b", "x"])
def test_values_are_found_in_any_form(secret: str) -> None:
    for form in (secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        shown = redact_text(f"it said {form} twice", {secret})
        assert secret not in shown
        assert "[redacted]" in shown


def test_the_secrets_of_an_event_are_its_values_that_are_redacted() -> None:
    secrets = secrets_of(EVENT)
    assert CALL["api_key"] in secrets
    assert CALL["ip_address"].partition(":")[0] in secrets
    assert EVENT["detail"]["trace_id"] not in secrets
    assert "create_tenant" not in secrets
    assert secrets_of({"any": ["thing"]}) == {"thing"}


def test_an_event_that_a_function_printed_shows_no_secret_in_any_form() -> None:
    """All operations and variants; also where the log group is masked, so that the values are not known.

    Each variant is printed in one way, and in every way over the operations.
    """
    texts: Counter[tuple[str, int]] = Counter()
    for number, operation in enumerate(operations):
        for index, variant in enumerate(variants(operation)):
            raw, way = variant.event, (number + index) % 4
            secrets = {secret for secret in secrets_of(raw) if len(secret) > 3}
            shown = redact_text(repr(raw) if way % 2 else json.dumps(raw), secrets if way < 2 else frozenset())
            assert not [secret for secret in secrets if secret in shown], (operation, variant.name)
            texts[variant.name.partition(", ")[2], way] += 1
    assert texts.total() > 8_000
    assert {way for form in {name for name, _ in texts} for way in range(4) if not texts[form, way]} == set()


def test_what_steers_a_terminal_is_replaced() -> None:
    assert printable("a\x1b[0m\nテナント") == "a\N{REPLACEMENT CHARACTER}[0m\N{REPLACEMENT CHARACTER}テナント"


def test_the_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trace", "--help"])
    assert "saasus-events trace" in capsys.readouterr().out.partition("examples:")[2]


def test_an_empty_trace_id_is_refused_before_aws_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "", "--log-group", "/aws/events/x"]) == 2
    assert "'' is not a trace id" in capsys.readouterr().err
