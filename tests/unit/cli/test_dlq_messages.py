"""What `dlq list` and `dlq show` read: messages once each, given back in the end, and their meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.dead_letter import target_name
from constructs_lib.cli.dead_letter_forms import read_dead_letter
from constructs_lib.cli.held_messages import HeldMessages
from constructs_lib.cli.queue_address import QueueAddress
from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event
from tests.unit.cli.fake_aws import QUEUE, FakeAws, FakeSqs, refusal

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


def held(sqs: FakeSqs, **options: Any) -> HeldMessages:
    return HeldMessages(QueueAddress(sqs, "https://sqs/1/dead-letters"), **options)


def test_each_message_comes_once_and_all_are_given_back(sqs: FakeSqs) -> None:
    ids = [sqs.put("x") for _ in range(25)]
    sqs.twice = {ids[3]}
    with held(sqs) as messages:
        assert [message["MessageId"] for message in messages] == ids
        assert sqs.visible == []
    assert sqs.visible == ids


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_messages_are_given_back_when_the_command_is_stopped(sqs: FakeSqs, error: type[BaseException]) -> None:
    ids = [sqs.put("x") for _ in range(3)]

    def stopped() -> None:
        with held(sqs) as messages:
            for _ in messages:
                raise error

    with pytest.raises(error):
        stopped()
    assert sqs.visible == ids


def test_what_cannot_be_given_back_is_said(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    sqs.put("x")
    sqs.refuses["change_message_visibility_batch"] = refusal("AccessDenied")
    with held(sqs) as messages:
        assert len(list(messages)) == 1
    assert "1 messages could not be given back" in capsys.readouterr().err


def test_a_deleted_message_is_not_given_back_and_not_counted_again(sqs: FakeSqs) -> None:
    first, second = sqs.put("x"), sqs.put("x")
    with held(sqs) as messages:
        for message in messages:
            if message["MessageId"] == first:
                messages.delete(message)
    assert sqs.visible == [second]


def test_what_came_in_later_is_left_alone(sqs: FakeSqs) -> None:
    early, late = sqs.put("x"), sqs.put("x")
    sqs.date(late, 1)
    with held(sqs, leave_later=True) as messages:
        assert [message["MessageId"] for message in messages] == [early]
        assert messages.later == 1
    assert sqs.visible == [early, late]


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
        ("no JSON", {}, "unknown", ""),
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
    assert "(unknown: no event of SaaSus)" in printed.out
    assert "3 messages of dead-letters; all were given back." in printed.err
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
    assert main(["dlq", "show", QUEUE, "other"]) == 1
    assert "None of the 1 messages" in capsys.readouterr().err


def test_the_region_of_an_arn_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws(monkeypatch, sqs=FakeSqs())
    main(["dlq", "list", "arn:aws:sqs:eu-west-1:111122223333:q"])
    assert aws.regions == [("sqs", "eu-west-1")]
    main(["dlq", "list", "https://sqs.ap-northeast-1.amazonaws.com/111122223333/q"])
    assert aws.regions[1:] == [("sqs", "ap-northeast-1")]


@pytest.mark.parametrize(
    ("arguments", "says"), [([], "neither QUEUE nor --stack"), (["q", "--stack", "s"], "both QUEUE and --stack")]
)
def test_exactly_one_queue_is_named(
    sqs: FakeSqs, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["dlq", "list", *arguments]) == 1
    assert says in capsys.readouterr().err


def test_a_missing_queue_and_a_refusal_are_errors(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    sqs.refuses["get_queue_url"] = refusal("AWS.SimpleQueueService.NonExistentQueue")
    assert main(["dlq", "list", "dead-leters"]) == 1
    assert "There is no queue 'dead-leters' in us-east-1. Did you mean 'dead-letters'?" in capsys.readouterr().err
    sqs.refuses["get_queue_url"] = refusal("AccessDenied")
    assert main(["dlq", "list", "dead-letters"]) == 1
    assert "Needed is" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["dlq", "list"], ["dlq", "show"], ["dlq", "redrive"], ["dlq"]])
def test_each_command_has_help_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert f"saasus-events {' '.join(command)}" in capsys.readouterr().out.partition("examples:")[2]
