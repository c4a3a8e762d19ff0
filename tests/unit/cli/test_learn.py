"""`saasus-events learn` from files; tests/local/test_learn.py reads a log group."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import operations as op
from constructs_lib.cli import main
from constructs_lib.cli.observed_events import forms_of, forms_seen
from constructs_lib.events.known_events import BODY_FORMS, KnownEvents
from constructs_lib.filters.body_text import as_text
from constructs_lib.testing import sample_event, variants
from tests.hostile_json import HOSTILE_EVENTS
from tests.unit.cli.connected_account import Stacks
from tests.unit.cli.fake_aws import FakeAws, FakeLogs

DOCUMENTED = Path(__file__).parents[2] / "fixtures" / "events"
NEW_NAME = sample_event(op.auth.delete_tenant, event_type="RemoveTenant")


def write_lines(path: Path, *events: Any) -> str:
    path.write_text("".join(f"{event if isinstance(event, str) else json.dumps(event)}\n" for event in events), "utf-8")
    return str(path)


def table(said: str) -> dict[str, str]:
    """Return what is said of each event type."""
    lines = said.partition("\n\n")[0].splitlines()[1:]
    return {line.split()[1]: line.split(maxsplit=3)[3].strip() for line in lines}


def test_it_says_what_agrees_and_what_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = sample_event(op.auth.create_tenant, event_type="make_thing")
    record = json.loads(unknown["detail"]["event"]) | {"uri": "/v1/auth/things/abc-123/secret?key=topsecret"}
    unknown["detail"]["event"] = json.dumps(record)
    own = sample_event(op.auth.create_tenant, event_type="mine")
    own["detail"]["event"] = "hello"
    events = write_lines(
        tmp_path / "events.jsonl", sample_event(op.auth.delete_saas_user), NEW_NAME, NEW_NAME, unknown, own
    )
    assert main(["learn", events, str(DOCUMENTED / "create_tenant.json")]) == 0
    said = capsys.readouterr().out
    assert table(said) == {
        "create_tenant": "as documented",
        "delete_saas_user": "as the catalog derived it",
        "RemoveTenant": "DIFFERENT: the catalog derived delete_tenant",
        "make_thing": "/v1/auth/things/{id}/secret  NEW: no operation of the catalog has this method and path",
        "mine": "sent by your SaaS itself",
    }
    assert "topsecret" not in said
    assert "6 events of 5 kinds: 2 as in the catalog, 3 new or different" in said


@pytest.mark.parametrize("name", sorted(path.name for path in DOCUMENTED.glob("*.json")))
def test_both_documented_forms_are_read(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", str(DOCUMENTED / name)]) == 0
    assert "as documented" in capsys.readouterr().out


def test_every_form_that_saasus_might_send_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sent = [variant.event for variant in variants(op.pricing.create_pricing_plan)]
    assert main(["learn", write_lines(tmp_path / "events.jsonl", *sent)]) == 0
    printed = capsys.readouterr()
    assert f"{len(sent)} events" in printed.out
    assert not printed.err
    assert "no operation" not in printed.out


def test_malformed_lines_are_counted_and_not_fatal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = write_lines(tmp_path / "events.jsonl", "not json", '{"a": 1}', "", "[3]", NEW_NAME, '{"cut": ')
    assert main(["learn", events]) == 0
    printed = capsys.readouterr()
    assert "1 event of 1 kind:" in printed.out
    assert "4 entries could not be read as SaaSus events" in printed.err
    assert f"{events}:1: not JSON" in printed.err


def test_what_aws_tools_print_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tailed = f"2026-05-19T01:55:23+00:00 stream/1 {json.dumps(NEW_NAME)}"
    listed = {"events": [{"timestamp": 1, "message": json.dumps(NEW_NAME)}]}
    (tmp_path / "listed.json").write_text(json.dumps(listed, indent=2), "utf-8")
    assert main(["learn", write_lines(tmp_path / "tail.txt", tailed), str(tmp_path / "listed.json")]) == 0
    assert "2 events of 1 kind:" in capsys.readouterr().out


def test_the_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(NEW_NAME).encode()), encoding="utf-8"))
    assert main(["learn", "-"]) == 0
    assert "RemoveTenant" in capsys.readouterr().out


def test_text_that_a_mask_broke_still_shows_the_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    masked = json.loads(json.dumps(NEW_NAME))
    masked["detail"]["event"] = masked["detail"]["event"].replace('"api_key":"sample', '"api_key":****')
    assert main(["learn", write_lines(tmp_path / "events.jsonl", masked)]) == 0
    assert table(capsys.readouterr().out) == {"RemoveTenant": "DIFFERENT: the catalog derived delete_tenant"}


@pytest.mark.parametrize(
    ("event_type", "verdict"),
    [("create_tenant", "UNREADABLE: its text does not show the call"), ("mine", "sent by your SaaS itself")],
)
def test_an_event_without_a_call_is_saasuss_only_by_its_name(
    event_type: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {**NEW_NAME, "detail": {**NEW_NAME["detail"], "event_type": event_type, "event": "no call"}}
    assert main(["learn", write_lines(tmp_path / "events.jsonl", event)]) == 0
    assert verdict in capsys.readouterr().out


def test_it_writes_what_it_saw_and_keeps_what_was_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = tmp_path / "saasus-events.json"
    before = KnownEvents.of(
        {"auth.delete_tenant": "an_older_name", "pricing.create_pricing_plan": "x"}, ["spaced-ascii"]
    )
    known.write_text(json.dumps(before.to_dict()), "utf-8")
    assert main(["learn", write_lines(tmp_path / "events.jsonl", NEW_NAME), "--write", str(known)]) == 0
    after = KnownEvents.from_file(known)
    assert dict(after.event_types) == {
        "auth.delete_tenant": ("RemoveTenant", "an_older_name"),
        "pricing.create_pricing_plan": ("x",),
    }
    assert after.body_forms is not None
    assert "spaced-ascii" in after.body_forms
    said = capsys.readouterr().out
    assert "saasus:eventTypes" in said
    assert str(known) in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "saasus-events.json"]


def test_what_was_written_is_known_the_next_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = write_lines(tmp_path / "events.jsonl", NEW_NAME)
    known = str(tmp_path / "saasus-events.json")
    assert main(["learn", events, "--write", known]) == 0
    first = Path(known).read_text("utf-8")
    capsys.readouterr()
    assert main(["learn", events, "--write", known]) == 0
    assert table(capsys.readouterr().out) == {"RemoveTenant": "known already"}
    assert Path(known).read_text("utf-8") == first


def test_a_name_with_any_letters_is_written_and_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "作成\ud800\x1b[31m\r\nX"
    event = {**NEW_NAME, "detail": {**NEW_NAME["detail"], "event_type": name}}
    known = str(tmp_path / "saasus-events.json")
    assert main(["learn", write_lines(tmp_path / "events.jsonl", event), "--write", known]) == 0
    assert name in dict(KnownEvents.from_file(known).event_types)["auth.delete_tenant"]
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\nX" not in said, "an event makes no line of its own"


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "package.json"
    other.write_text('{"name": "mine"}', "utf-8")
    assert main(["learn", write_lines(tmp_path / "events.jsonl", NEW_NAME), "--write", str(other)]) == 2
    assert "'name'" in capsys.readouterr().err
    assert other.read_text("utf-8") == '{"name": "mine"}'


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tmp_path / "saasus-events.json"
    known.write_text("{}", "utf-8")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    assert main(["learn", write_lines(tmp_path / "events.jsonl", NEW_NAME), "--write", str(known)]) == 2
    assert known.read_text("utf-8") == "{}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "saasus-events.json"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "neither FILE, --log-group, nor --stack"),
        (["gone.jsonl"], "cannot be read"),
        (["gone.jsonl", "--since", "2d"], "Got --since without a log group"),
        ([str(DOCUMENTED / "create_tenant.json"), "--write", "gone/known.json"], "no such folder"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nothing_seen_is_a_failure(tmp_path: Path) -> None:
    assert main(["learn", write_lines(tmp_path / "events.jsonl", "x")]) == 1


TEXT = "日本 <&> \u2028 'x\" \\"
WRITERS = {
    "compact-ascii": json.dumps({"a": TEXT, "b": [1, {"c": None}]}, separators=(",", ":")),
    "compact-go": f'{{"a":"{as_text(TEXT, "go")}"}}',
    "compact-plain": json.dumps({"a": TEXT}, separators=(",", ":"), ensure_ascii=False),
    "spaced-ascii": json.dumps({"a": TEXT, "b": [1]}),
    "spaced-go": f'{{"a": "{as_text(TEXT, "go")}"}}',
    "spaced-plain": json.dumps({"a": TEXT, "b": {"c:d": ": x"}}, indent=2, ensure_ascii=False),
}


@pytest.mark.parametrize("form", BODY_FORMS)
def test_each_form_is_told_by_a_body_that_shows_it(form: str) -> None:
    assert forms_of(WRITERS[form]) == frozenset({form})


def test_a_body_leaves_open_what_it_does_not_show() -> None:
    assert forms_of('{"a":"b"}') == frozenset({"compact-go", "compact-plain", "compact-ascii"})
    assert forms_of('{"a":"日"}') == frozenset({"compact-go", "compact-plain"})
    assert [forms_of(body) for body in ("", "{}", "[]", "1", '"日"')] == [None] * 5


@pytest.mark.parametrize("body", ['{"a" : 1}', '{"a":1,"b": 2}', '{"a":"\\/"}', '{"a":"日\\u65e5"}', '{"a":  1}'])
def test_a_body_in_a_form_that_no_filter_knows_is_told(body: str) -> None:
    assert forms_of(body) == frozenset()


def test_bodies_that_decide_decide_for_those_that_leave_it_open() -> None:
    open_, go = frozenset({"compact-go", "compact-plain", "compact-ascii"}), frozenset({"compact-go"})
    assert forms_seen([open_]) == ("compact-ascii", "compact-go", "compact-plain")
    assert forms_seen([open_, go]) == ("compact-go",)
    assert forms_seen([open_, go, frozenset({"spaced-ascii"})]) == ("compact-go", "spaced-ascii")


def test_the_log_groups_of_all_stacks_that_are_named_are_learned_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = Stacks("https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters")
    stacks.resources = {
        "One": [("A", "AWS::Logs::LogGroup", "/aws/events/a")],
        "Two": [("B", "AWS::Logs::LogGroup", "/aws/events/b"), ("C", "AWS::Logs::LogGroup", "/aws/events/c")],
    }
    logs = FakeLogs()
    for group, operation in (
        ("/aws/events/a", op.auth.create_tenant),
        ("/aws/events/b", op.auth.delete_tenant),
        ("/aws/events/c", op.auth.create_saas_user),
        ("/aws/events/d", op.auth.delete_saas_user),
    ):
        logs.add(group, json.dumps(sample_event(operation)), ago=60)
    FakeAws(monkeypatch, logs=logs, cloudformation=stacks)
    assert main(["learn", "--stack", "One", "--stack", "Two", "--log-group", "/aws/events/d"]) == 0
    printed = capsys.readouterr()
    assert "4 events of 4 kinds" in printed.out
    assert printed.err.count("Read 1 log line from") == 4


@pytest.mark.parametrize("place", ["the text of the request_body", "detail.event_type", "the whole event"])
def test_hostile_events_do_not_end_it(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [text for name, text in HOSTILE_EVENTS.items() if name.endswith(place) and "hundred thousand" not in name]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.json").write_text(text, errors="surrogatepass", encoding="utf-8")
    good = tmp_path / "good.json"
    good.write_text(json.dumps(sample_event(op.auth.create_tenant)), "utf-8")
    assert main(["learn", *map(str, sorted(tmp_path.glob("*.json")))]) == 0
    assert "auth.create_tenant" in capsys.readouterr().out
