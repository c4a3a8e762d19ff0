"""The commands on events of the decoded bus, beside those from which they were made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import EventFilter
from constructs_lib import operations as op
from constructs_lib.cli import main
from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from constructs_lib.events.log_mask import mask
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.testing import sample_event
from tests.unit.cli import connected_account as fakes
from tests.unit.cli.dlq.redrive import Aws
from tests.unit.cli.fake_aws import QUEUE, FakeAws, FakeLogs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.connected_account import Account, Run

account, clock, run = fakes.account, fakes.clock, fakes.run

RAW_LOG, DECODED_LOG = "/aws/events/raw", "/aws/events/decoded"
RAW: dict[str, Any] = sample_event(op.auth.create_saas_user, request={"password": "hunter-2"}, trace_id="t1")
DECODED: dict[str, Any] = sample_event(
    op.auth.create_saas_user, request={"password": "hunter-2"}, trace_id="t1", decoded=True
)
ON_BUS = {**DECODED, "id": "another-id-that-eventbridge-gave"}
ARN = "arn:aws:{}:us-east-1:111122223333:{}"
DECODER_QUEUE = ARN.format("sqs", "decoder")
DECODER_RULE = ARN.format("events", "rule/aws.partner/saasus.io/x-1/event/Decoder")
FUNCTION = ARN.format("lambda", "function:onboard")
DECODED_RULE = ARN.format("events", "rule/Events-Decoded-0a1b2c3d/Onboard")


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> FakeLogs:
    made = FakeLogs()
    made.groups = {RAW_LOG: [], DECODED_LOG: []}
    FakeAws(monkeypatch, logs=made)
    return made


def test_filter_prints_the_patterns_of_the_decoded_bus(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("filter", "--of", "pricing", "--of", "auth.delete_saas_user", "--failed", "--decoded")
    assert main([*options, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    expected = EventFilter.of(op.pricing, op.auth.delete_saas_user).failed().to_decoded_patterns()
    assert tuple(entry["pattern"] for entry in printed["patterns"]) == expected
    assert [entry["complexity"] for entry in printed["patterns"]] == [0]
    assert main([*options]) == 0
    assert json.loads(capsys.readouterr().out) == expected[0]


def test_filter_says_why_no_decoded_event_can_match(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filter", "--of", "auth.create_saas_user", "--request", "password=x", "--decoded"]) == 2
    assert "asks for a secret, which decoded events do not have" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize("first", [RAW_LOG, DECODED_LOG])
def test_tail_shows_an_event_once_that_both_buses_log(
    logs: FakeLogs, capsys: pytest.CaptureFixture[str], first: str
) -> None:
    logs.add(RAW_LOG, json.dumps(RAW), ago=60 if first == RAW_LOG else 50)
    logs.add(DECODED_LOG, json.dumps(ON_BUS), ago=55)
    assert main(["tail", RAW_LOG, DECODED_LOG, "--no-follow"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert "create_saas_user  201  POST /v1/auth/users" in line
    assert main(["tail", DECODED_LOG, "--no-follow", "--of", "auth.create_saas_user", "--status", "201", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["source"] == "saasus.auth"
    assert shown["detail"]["request"] == {"email": "[redacted]", "sign_in_id": "[redacted]"}
    assert main(["tail", DECODED_LOG, "--no-follow", "--of", "auth.delete_saas_user"]) == 0
    assert "0 events shown, 1 not selected" in capsys.readouterr().err


def test_trace_joins_an_event_with_its_decoded_form(logs: FakeLogs, capsys: pytest.CaptureFixture[str]) -> None:
    logs.add(RAW_LOG, json.dumps(RAW), ago=60)
    logs.add(DECODED_LOG, json.dumps(ON_BUS), ago=55)
    logs.add(DECODED_LOG, json.dumps({**ON_BUS, "id": "decoded-again"}), ago=50)
    assert main(["trace", "t1", RAW_LOG, DECODED_LOG]) == 0
    out = capsys.readouterr().out
    assert "1 event and 0 other log lines" in out
    assert f"{RAW_LOG}, {DECODED_LOG}" in out
    assert "delivered 2 times" in out


@pytest.mark.parametrize("order", [(RAW, ON_BUS), (ON_BUS, RAW), (ON_BUS,)])
def test_learn_counts_an_event_once_and_learns_bodies_from_saasus_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], order: tuple[dict[str, Any], ...]
) -> None:
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, order)), encoding="utf-8")
    assert main(["learn", str(tmp_path / "events.jsonl"), "--write", str(tmp_path / "known.json")]) == 0
    out = capsys.readouterr().out
    assert "1 event of 1 kind: 1 as in the catalog" in out
    assert ("1 event came both from SaaSus and from the decoded bus" in out) is (RAW in order)
    known = json.loads((tmp_path / "known.json").read_text(encoding="utf-8"))
    assert known["saasus:eventTypes"] == {"auth.create_saas_user": "create_saas_user"}
    assert ("saasus:bodyForms" in known) is (RAW in order)


def test_learn_takes_no_call_from_the_text_of_a_decoded_event(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {**RAW, "detail": {"event_type": "mine", "trace_id": "t", "event": '"uri":"/v1/auth/users" "x":"POST"'}}
    decoded = {**ON_BUS, "source": "saasus.custom", "detail": {"event_type": "mine", "message": own["detail"]["event"]}}
    (tmp_path / "events.jsonl").write_text(json.dumps(decoded), encoding="utf-8")
    assert main(["learn", str(tmp_path / "events.jsonl")]) == 0
    assert "sent by your SaaS itself" in capsys.readouterr().out


def test_explain_says_what_a_decoded_event_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(ON_BUS), encoding="utf-8")
    assert main(["explain", "event.json"]) == 0
    out = capsys.readouterr().out
    assert "operation:    auth.create_saas_user (event type documented)" in out
    assert "call:         POST /v1/auth/users, answered with 201" in out
    assert "email@example.com" not in out


def of_decoder(aws: Aws, text: str) -> str:
    """Put a message into the queue as the decoder does."""
    said = "'detail.event' begins as a JSON object, but is not JSON"
    attributes = {"RULE_ARN": DECODER_RULE, "TARGET_ARN": DECODER_QUEUE, "ERROR_CODE": "NOT_DECODABLE"}
    return aws.sqs.put(text, ERROR_MESSAGE=said, **attributes)


def test_dlq_shows_and_redrives_what_the_decoder_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch)
    aws.routes_to({"Arn": DECODER_QUEUE}, rule="Decoder")
    broken = json.dumps({**RAW, "detail": {**RAW["detail"], "event": '{"api_key":"sample_api_key_sample'}})
    of_decoder(aws, broken)
    listed = aws.run("dlq", "list", QUEUE)
    for said in ("create_saas_user", "t1", "Decoder", "sqs decoder", "NOT_DECODABLE"):
        assert said in listed.out
    shown = aws.run("dlq", "show", QUEUE, "t1")
    assert "sample_api_key_sample" not in listed.out + shown.out
    done = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert "-> SQS SendMessage decoder" in done.out
    [sent] = aws.sqs.sent
    assert sent["MessageBody"] == broken


def test_dlq_shows_and_redrives_decoded_events(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch)
    aws.routes_to({"Arn": FUNCTION}, rule="Onboard")
    text = json.dumps(ON_BUS)
    attributes = {"RULE_ARN": DECODED_RULE, "TARGET_ARN": FUNCTION, "ERROR_CODE": "NO_PERMISSIONS"}
    aws.sqs.put(text, **attributes)
    listed = aws.run("dlq", "list", QUEUE, "--of", "auth.create_saas_user", "--status", "201")
    assert "create_saas_user" in listed.out
    assert "0 selected of 1" in aws.run("dlq", "list", QUEUE, "--of", "auth.delete_saas_user").err
    shown = json.loads(aws.run("dlq", "show", QUEUE, "t1", "--json").out)
    assert shown["event"]["detail"]["request"] == {"email": "[redacted]", "sign_in_id": "[redacted]"}
    assert aws.run("dlq", "redrive", QUEUE, "--to-bus", "Events-Decoded-0a1b2c3d").code == 0
    done = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert done.code == 0
    assert aws.invoked[0]["Payload"] == text.encode()


def test_a_decoded_event_goes_to_a_bus_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch)
    aws.sqs.put(json.dumps(ON_BUS), RULE_ARN=DECODED_RULE, TARGET_ARN=FUNCTION, ERROR_CODE="X")
    done = aws.run("dlq", "redrive", QUEUE, "--to-bus", "Events-Decoded-0a1b2c3d", "--yes")
    assert "PutEvents Events-Decoded-0a1b2c3d with source saasus.auth" in done.out


def test_what_sqs_moved_from_the_decoder_s_queue_goes_back_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch)
    text = json.dumps(RAW)
    id = aws.sqs.put(text)
    aws.sqs.queue[id]["Attributes"]["DeadLetterQueueSourceArn"] = DECODER_QUEUE
    letter = read_dead_letter(aws.sqs.queue[id])
    assert (letter.kind, letter.target_arn, letter.obstacle) == ("SQS", DECODER_QUEUE, "")
    assert "MAX_RECEIVE_COUNT" in aws.run("dlq", "list", QUEUE).out
    done = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert "-> SQS SendMessage decoder" in done.out
    assert [sent["MessageBody"] for sent in aws.sqs.sent] == [text]


def test_a_masked_line_of_the_decoded_bus_stays_readable() -> None:
    for operation in op:
        event = sample_event(operation, decoded=True)
        line = mask(json.dumps(event))
        shown = json.loads(line)
        assert "@example.com" not in line
        assert "127.0.0.1" not in line
        assert set(shown["detail"]) == set(event["detail"])
        for name in ("operation", "status", "method", "log_id", "event_type", "trace_id"):
            assert shown["detail"][name] == event["detail"][name], operation
        read = SaasusEvent.from_dict(shown)
        assert (read.operation, read.tenant_id) == (operation, SaasusEvent.from_dict(event).tenant_id)


def test_the_dead_letter_queue_of_a_stack_is_not_that_of_an_ordered_queue(account: Account, run: Run) -> None:
    ordered = ("PerTenantDeadLetterQueue", "AWS::SQS::Queue", f"{QUEUE}.fifo")
    account.stacks.resources["Events"].append(ordered)
    ran = run("dlq", "list", "--stack", "Events")
    assert ran.code == 0, ran.err
    ran = run("dlq", "list", f"{QUEUE}.fifo")
    assert "SQS itself moves back" in ran.err
