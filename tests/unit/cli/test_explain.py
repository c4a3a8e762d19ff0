"""`saasus-events explain`, on templates made by hand; tests/synth/test_explain.py has the reference app."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import operations as op
from constructs_lib.cli import main
from constructs_lib.testing import sample_event
from tests.hostile_json import HOSTILE_EVENTS

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
SECRET = "sample_api_key_sample"
TRANSFORMER = {
    "InputPathsMap": {"event": "$.detail.event", "type": "$.detail.event_type"},
    "InputTemplate": '{"type": <type>, "all": <event>}',
}
TEMPLATE = {
    "Resources": {
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": SOURCE,
                "EventPattern": {"detail": {"event_type": ["create_saas_user"]}},
                "Targets": [
                    {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:111122223333:q"},
                    {"Id": "2", "Arn": "arn:aws:sqs:us-east-1:111122223333:r", "InputTransformer": TRANSFORMER},
                ],
            },
        }
    }
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "app.json", TEMPLATE)
    write(tmp_path / "event.json", sample_event(op.auth.create_saas_user, request={"password": "hunter-2"}))
    return tmp_path


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), "utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_it_says_what_the_event_is_what_fires_and_what_is_sent(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(capsys, "event.json", "--template", "app.json")
    assert "auth.create_saas_user (event type documented)" in said
    assert "POST /v1/auth/users, answered with 201" in said
    assert "1 of 1 rule in app.json fires" in said
    assert "receives the whole event" in said
    assert '"type": "create_saas_user"' in said


def test_secrets_are_shown_only_when_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--json"]):
        said = run(capsys, "event.json", "--template", "app.json", *more)
        assert SECRET not in said
        assert "hunter-2" not in said
        assert "[redacted]" in said
        said = run(capsys, "event.json", "--template", "app.json", "--raw", *more)
        assert SECRET in said
        assert "hunter-2" in said


def test_an_event_does_not_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = sample_event(op.auth.create_saas_user)
    event["detail"]["trace_id"] = "id\x1b[2J\r\nsource: mine\u202e"
    write(folder / "event.json", event)
    template = json.loads(json.dumps(TEMPLATE))
    targets = next(iter(template["Resources"].values()))["Properties"]["Targets"]
    paths = {"InputPathsMap": {"id": "$.detail.trace_id"}, "InputTemplate": "it was <id> here"}
    targets[1]["InputTransformer"] = paths
    write(folder / "app.json", template)
    for more in ([], ["--raw"]):
        said = run(capsys, "event.json", "--template", "app.json", *more)
        assert "it was id" in said
        assert not {"\x1b", "\u202e"} & set(said)
        assert "\nsource: mine" not in said


def test_json_has_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(run(capsys, "event.json", "--template", "app.json", "--json", "--raw"))
    assert said["event"]["operation"].startswith("auth.create_saas_user")
    [rule] = said["rules"]
    assert (rule["fires"], rule["reasons"], rule["logical_id"], rule["bus"]) == (True, [], "Rule", SOURCE)
    whole, transformed = rule["targets"]
    assert whole["payload"] == json.loads((folder / "event.json").read_text("utf-8"))
    assert transformed["payload"] == {"type": "create_saas_user", "all": whole["payload"]["detail"]["event"]}


def test_without_an_app_the_event_alone_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no cdk.out here" in run(capsys, "event.json")
    (folder / "cdk.out").mkdir()
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../app.json"}}
    write(folder / "cdk.out/manifest.json", {"artifacts": {"Events": artifact}})
    assert "1 of 1 rule in cdk.out fires" in run(capsys, "event.json")


def test_an_event_of_another_source_gets_a_hint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "event.json", sample_event(op.auth.create_saas_user, source=SOURCE.replace("7", "8")))
    said = run(capsys, "event.json", "--template", "app.json")
    assert "0 of 1 rule in" in said
    assert "--any-source" in said
    assert "1 of 1 rule in" in run(capsys, "event.json", "--template", "app.json", "--any-source")


def test_an_unexpected_event_type_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "event.json", sample_event(op.auth.delete_saas_user, event_type="DeleteSaasUser"))
    said = run(capsys, "event.json", "--template", "app.json")
    assert "not what the catalog expects: delete_saas_user; see `saasus-events learn`" in said
    assert "fails: detail.event_type: the rule takes 'create_saas_user', the event has 'DeleteSaasUser'" in said


def test_the_standard_input_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO((folder / "event.json").read_bytes()), encoding="utf-8")
    )
    assert "create_saas_user" in run(capsys, "-")


def test_what_is_no_event_of_saasus_is_not_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "event.json", {"source": "mine", "detail": {"event_type": 1, "key": "topsecret"}})
    arguments = ["explain", "event.json", "--template", "app.json"]
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "is not a SaaSus event" in said
    assert "topsecret" not in said
    assert main([*arguments, "--json"]) == 1
    assert "topsecret" not in capsys.readouterr().out
    assert main([*arguments, "--raw"]) == 1
    assert "topsecret" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.json"], "cannot be read"),
        (["event.json", "--app", "gone"], "cdk synth"),
        (["event.json", "--template", "gone"], "cdk synth"),
        (["event.json", "--template", "app.json", "--bus", "x"], SOURCE),
        (["list.json"], "does not hold a JSON object"),
        (["broken.json"], "not JSON"),
        (["-"], "The standard input is not JSON"),
        (["binary.json"], "is not UTF-8 text"),
    ],
)
def test_what_is_wrong_is_said(
    arguments: list[str],
    said: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "list.json").write_text("[]", "utf-8")
    (folder / "broken.json").write_text("{", "utf-8")
    (folder / "binary.json").write_bytes(b"\xff\xfe{")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert main(["explain", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "arguments"),
    [
        ("the text of the request_body", []),
        ("detail.trace_id", ["--json"]),
        ("detail.event_type", ["--raw"]),
        ("the whole event", ["--raw", "--json"]),
    ],
)
def test_hostile_events_do_not_end_it(
    folder: Path, place: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in HOSTILE_EVENTS.items():
        if not name.endswith(place) or "hundred thousand" in name:
            continue
        (folder / "event.json").write_text(text, errors="surrogatepass", encoding="utf-8")
        code = main(["explain", "event.json", "--template", "app.json", "--any-source", *arguments])
        assert code in (0, 1, 2), name
        printed = capsys.readouterr()
        assert printed.out or printed.err, name
