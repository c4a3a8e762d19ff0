"""What `dlq list` and `dlq show` read in messages, and in which queues."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.dlq.dead_letter import target_name
from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event
from tests.unit.cli.fake_aws import QUEUE, FakeAws, FakeSqs

EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant)
SECRET = json.loads(EVENT["detail"]["event"])["api_key"]
WHY = {
    "ERROR_CODE": "NO_RESOURCE",
    "ERROR_MESSAGE": f"no function for key {SECRET}",
    "RULE_ARN": "arn:aws:events:us-east-1:111122223333:rule/aws.partner/saasus.io/x-1/event/Onboard",
    "TARGET_ARN": "arn:aws:lambda:us-east-1:111122223333:function:onboard",
    "RETRY_ATTEMPTS": "3",
    "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
}


def record(**payload: Any) -> str:
    return json.dumps(
        {
            "requestContext": {
                "functionArn": "arn:aws:lambda:us-east-1:111122223333:function:onboard:live",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": EVENT,
            "responsePayload": {"errorType": "ValueError", "errorMessage": "broken", "stackTrace": ["x"]},
            **payload,
        }
    )


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    made = FakeSqs().rule_time(monkeypatch)
    FakeAws(monkeypatch, sqs=made)
    return made


def test_a_message_of_eventbridge_is_read(sqs: FakeSqs) -> None:
    sqs.put(json.dumps(EVENT), **WHY)
    [message] = sqs.receive_message()["Messages"]
    letter = read_dead_letter(message)
    assert letter.kind == "EventBridge"
    assert letter.rule_name == "Onboard"
    assert letter.target_name == "lambda onboard"
    assert letter.why() == "NO_RESOURCE: no function for key [redacted]"
    assert SECRET in letter.why(raw=True)
    assert SECRET not in json.dumps(letter.to_dict())
    assert SECRET in json.dumps(letter.to_dict(raw=True))
    assert letter.to_dict()["exhausted"] == "MaximumRetryAttempts"


@pytest.mark.parametrize(
    ("body", "attributes", "kind", "why"),
    [
        (record(), {}, "Lambda", "RetriesExhausted: ValueError: broken"),
        (record(responsePayload=None), {}, "Lambda", "RetriesExhausted"),
        (
            json.dumps(EVENT),
            {"RequestID": "1", "ErrorCode": "200", "ErrorMessage": "b"},
            "Lambda dead letter",
            "200: b",
        ),
        ("not JSON", {}, "unknown", ""),
        ("[1]", {}, "unknown", ""),
    ],
)
def test_other_messages_are_read(sqs: FakeSqs, body: str, attributes: dict[str, str], kind: str, why: str) -> None:
    sqs.put(body, **attributes)
    letter = read_dead_letter(sqs.receive_message()["Messages"][0])
    assert letter.kind == kind
    assert letter.why() == why
    assert (letter.event is not None) == ("create_tenant" in body)


def test_the_text_of_an_error_shows_nothing_of_a_payload_that_is_no_event(sqs: FakeSqs) -> None:
    sqs.put(record(requestPayload={"key": "hush-hush"}, responsePayload={"errorMessage": "bad hush-hush"}))
    letter = read_dead_letter(sqs.receive_message()["Messages"][0])
    assert "hush" not in json.dumps(letter.to_dict())
    assert "--raw" in letter.to_dict()["event"]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:logs:us-east-1:1:log-group:/aws/events/x:*", "logs /aws/events/x"),
        ("arn:aws:events:us-east-1:1:api-destination/crm/3f2a", "api-destination crm"),
        ("arn:aws:states:us-east-1:1:stateMachine:m", "states m"),
        ("\x1b[2J", "\N{REPLACEMENT CHARACTER}[2J"),
    ],
)
def test_targets_have_short_names(arn: str, name: str) -> None:
    assert target_name(arn) == name


def test_list_shows_a_row_for_each_and_the_sums(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    sqs.put(json.dumps(EVENT), **WHY)
    sqs.put(json.dumps(EVENT), **WHY)
    sqs.put("what?")
    assert main(["dlq", "list", QUEUE]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("create_tenant") == 2
    assert "2 x NO_RESOURCE  Onboard -> lambda onboard" in printed.out
    assert "(unknown: not a SaaSus event)" in printed.out
    assert "3 messages in dead-letters; all were returned to the queue." in printed.err
    assert SECRET not in printed.out
    assert len(sqs.visible) == 3


def test_show_finds_by_message_id_and_by_trace_id(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    id = sqs.put(json.dumps(EVENT), **WHY)
    for wanted in (id, EVENT["detail"]["trace_id"]):
        assert main(["dlq", "show", QUEUE, wanted]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["message_id"] == id
        assert shown["event"]["detail"]["event_type"] == "create_tenant"
        assert SECRET not in json.dumps(shown)
    again = sqs.put(json.dumps(EVENT), **WHY)
    assert main(["dlq", "show", QUEUE, EVENT["detail"]["trace_id"]]) == 0
    both = capsys.readouterr().out
    assert id in both
    assert again in both
    assert main(["dlq", "show", QUEUE, "other"]) == 1
    assert "None of the 2 messages" in capsys.readouterr().err


def test_what_others_read_is_not_called_nothing(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    id = sqs.put(json.dumps(EVENT), **WHY)
    sqs.taken_by_another(id)
    sqs.attributes = {"ApproximateNumberOfMessagesDelayed": "2"}
    for command in (["list", QUEUE], ["redrive", QUEUE, "--to-target"]):
        assert main(["dlq", *command]) == 0
        said = capsys.readouterr().err
        assert "About 3 more are hidden" in said
        assert "Nothing to redrive" not in said
        assert "There are no messages" not in said


@pytest.mark.parametrize("command", [["dlq", "list"], ["dlq", "show"], ["dlq", "redrive"], ["dlq"]])
def test_each_command_has_help_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert f"saasus-events {' '.join(command)}" in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize("limit", ["-1", "all", "1.5", ""])
def test_a_limit_is_a_number_of_messages(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dlq", "list", QUEUE, f"--limit={limit}"])
    assert ended.value.code == 2
    assert "is not a number of messages; write 100, or 0 for all" in capsys.readouterr().err
