"""What `dlq redrive` does with each message, and that its sums always add up."""

from __future__ import annotations

import io
import json
import signal
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.events.operations import operations
from constructs_lib.testing import sample_event
from tests.unit.cli.dlq.redrive import Aws as Rig
from tests.unit.cli.dlq.redrive import sums
from tests.unit.cli.fake_aws import QUEUE, refusal

EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant)
RULE = "arn:aws:events:us-east-1:111122223333:rule/aws.partner/saasus.io/x-1/event/Onboard"
ARN = "arn:aws:{}:us-east-1:111122223333:{}"
TARGET = ARN.format("sqs", "theirs")
FUNCTION = ARN.format("lambda", "function:onboard")


class Aws(Rig):
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(monkeypatch)
        self._capsys = capsys

    def letter(self, target: str = TARGET, rule: str = RULE, event: Any = EVENT) -> str:
        text = event if isinstance(event, str) else json.dumps(event)
        return self.sqs.put(text, RULE_ARN=rule, TARGET_ARN=target, ERROR_CODE="X", ERROR_MESSAGE="m")

    def record(self, payload: Any = EVENT, arn: str = f"{FUNCTION}:live") -> str:
        context = {"functionArn": arn, "condition": "RetriesExhausted"}
        return self.sqs.put(json.dumps({"requestContext": context, "requestPayload": payload}))

    def redrive(self, *arguments: str, expect: int = 0) -> str:
        where = () if "--to-bus" in arguments else ("--to-target",)
        assert main(["dlq", "redrive", QUEUE, *where, *arguments]) == expect
        printed = self._capsys.readouterr()
        self.err = printed.err
        self.sums = sums(printed.out)
        return printed.out


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Aws:
    return Aws(monkeypatch, capsys)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(aws: Aws) -> None:
    aws.routes_to({"Arn": TARGET})
    ids = [aws.letter() for _ in range(3)]
    out = aws.redrive()
    assert aws.sums == (3, 3, 0, 0)
    assert out.count("would be redriven  message-") == 3
    assert "Nothing was changed" in aws.err
    assert aws.sqs.sent == []
    assert aws.sqs.visible == ids


def test_it_goes_to_the_target_and_only_then_out_of_the_queue(aws: Aws) -> None:
    aws.routes_to({"Arn": ARN.format("sns", "other")}, {"Arn": TARGET})
    aws.letter()
    aws.redrive("--yes")
    assert aws.sums == (1, 1, 0, 0)
    assert json.loads(aws.sqs.sent[0]["MessageBody"]) == EVENT
    assert aws.sqs.queue == {}
    first, second = aws.events.asked
    bus = "arn:aws:events:us-east-1:111122223333:event-bus/aws.partner/saasus.io/x-1/event"
    assert first == {"Rule": "Onboard", "EventBusName": bus}
    assert second == {**first, "NextToken": "1"}


def test_the_default_bus_is_named_too(aws: Aws) -> None:
    aws.routes_to({"Arn": TARGET})
    aws.letter(rule="arn:aws:events:us-east-1:111122223333:rule/Onboard")
    aws.redrive("--yes")
    assert aws.events.asked[0]["EventBusName"] == "arn:aws:events:us-east-1:111122223333:event-bus/default"


def test_what_names_no_rule_says_so(aws: Aws) -> None:
    aws.letter(rule="Onboard")
    out = aws.redrive("--yes", expect=1)
    assert "'Onboard' is not the ARN of a rule" in out
    assert aws.events.asked == []


def test_what_the_target_does_not_take_stays(aws: Aws) -> None:
    aws.routes_to({"Arn": TARGET})
    id = aws.letter()
    aws.sqs.refuses["send_message"] = refusal("AccessDenied")
    out = aws.redrive("--yes", expect=1)
    assert aws.sums == (1, 0, 1, 0)
    assert "does not accept the event" in out
    assert aws.sqs.visible == [id]


def test_delivered_and_not_deleted_is_said(aws: Aws) -> None:
    aws.routes_to({"Arn": TARGET})
    aws.letter()
    aws.sqs.refuses["delete_message"] = refusal("AccessDenied")
    aws.redrive("--yes", expect=1)
    assert aws.sums == (1, 1, 0, 0)
    assert "could not be deleted: the next redrive sends them again" in aws.err


def test_the_sums_add_up_when_it_is_stopped(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.routes_to({"Arn": TARGET})
    for _ in range(4):
        aws.letter()

    def send(**message: Any) -> None:
        if len(aws.sqs.sent) == 2:
            raise KeyboardInterrupt
        aws.sqs.sent.append(message)

    monkeypatch.setattr(aws.sqs, "send_message", send)
    assert main(["dlq", "redrive", QUEUE, "--to-target", "--yes"]) == 130
    out = capsys.readouterr().out
    assert sums(out) == (3, 2, 1, 0)
    assert "it may have been delivered" in out
    assert len(aws.sqs.visible) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_waits_until_what_was_delivered_is_deleted(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    aws.routes_to({"Arn": TARGET})
    for _ in range(4):
        aws.letter()

    def send(**message: Any) -> None:
        aws.sqs.sent.append(message)
        signal.raise_signal(number)

    monkeypatch.setattr(aws.sqs, "send_message", send)
    assert main(["dlq", "redrive", QUEUE, "--to-target", "--yes"]) == 130
    assert sums(capsys.readouterr().out) == (1, 1, 0, 0)
    assert len(aws.sqs.sent) == 1
    assert len(aws.sqs.visible) == 3


def test_a_second_ctrl_c_stops_at_once(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.routes_to({"Arn": TARGET})
    aws.letter()

    def send(**_: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(aws.sqs, "send_message", send)
    assert main(["dlq", "redrive", QUEUE, "--to-target", "--yes"]) == 130
    printed = capsys.readouterr()
    assert sums(printed.out) == (1, 0, 1, 0)
    assert "it may have been delivered" in printed.out


def test_a_function_gets_what_it_was_given_by_its_qualifier(aws: Aws) -> None:
    aws.record()
    aws.record({"only": "this"}, f"{FUNCTION}:$LATEST")
    aws.redrive("--yes")
    assert aws.sums == (2, 2, 0, 0)
    assert aws.invoked == [
        {
            "FunctionName": FUNCTION,
            "Qualifier": "live",
            "InvocationType": "Event",
            "Payload": json.dumps(EVENT, ensure_ascii=False).encode(),
        },
        {
            "FunctionName": FUNCTION,
            "Qualifier": "$LATEST",
            "InvocationType": "Event",
            "Payload": b'{"only": "this"}',
        },
    ]


def test_a_function_that_does_not_accept_has_failed(aws: Aws) -> None:
    aws.status = 200
    aws.record()
    aws.redrive("--yes", expect=1)
    assert aws.sums == (1, 0, 1, 0)
    assert len(aws.sqs.visible) == 1


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ({"Input": '{"a":1}'}, '{"a":1}'),
        ({"InputPath": "$.detail.event_type"}, '"create_tenant"'),
        (
            {"InputTransformer": {"InputPathsMap": {"n": "$.none"}, "InputTemplate": '{"type":"<n>"}'}},
            '{"type":""}',
        ),
    ],
)
def test_the_rules_input_is_applied(aws: Aws, target: dict[str, Any], sent: str) -> None:
    aws.routes_to({"Arn": TARGET, "SqsParameters": {"MessageGroupId": "g"}, **target})
    aws.letter()
    aws.redrive("--yes")
    assert aws.sqs.sent[0]["MessageBody"] == sent
    assert aws.sqs.sent[0]["MessageGroupId"] == "g"


def test_a_log_group_gets_a_line(aws: Aws) -> None:
    arn = ARN.format("logs", "log-group:/aws/events/x")
    aws.routes_to({"Arn": arn, "InputTransformer": {"InputTemplate": '{"timestamp":1700000000000,"message":"m"}'}})
    aws.letter(arn)
    aws.routes_to({"Arn": arn, "Input": '{"timestamp":"1","message":"old"}'}, rule="Old")
    aws.letter(arn, RULE.replace("Onboard", "Old"))
    out = aws.redrive("--yes", expect=1)
    assert aws.sums == (2, 1, 1, 0)
    assert aws.logged[0]["logEvents"] == [{"timestamp": 1700000000000, "message": "m"}]
    assert "tooOldLogEventEndIndex" in out


@pytest.mark.parametrize(
    ("targets", "target", "says"),
    [
        ([], TARGET, "no longer has this target"),
        (None, TARGET, "is gone"),
        ([{"Arn": TARGET}, {"Arn": TARGET, "Input": "{}"}], TARGET, "has 2 targets with the ARN"),
        ([], ARN.format("events", "api-destination/crm/1"), "an API destination, which only EventBridge can call"),
        ([], ARN.format("events", "event-bus/other"), "an event bus, which does not accept an event"),
        ([], ARN.format("kinesis", "stream/x"), "of the service 'kinesis'"),
        ([{"Arn": FUNCTION, "InputTransformer": {"InputTemplate": "plain"}}], FUNCTION, "is not JSON"),
        ([{"Arn": TARGET, "InputTransformer": {"InputTemplate": '{"a":<b>}'}}], TARGET, "is not in InputPathsMap"),
    ],
)
def test_what_cannot_be_sent_says_why_and_stays(
    aws: Aws, targets: list[dict[str, Any]] | None, target: str, says: str
) -> None:
    if targets is not None:
        aws.routes_to(*targets)
    aws.letter(target)
    for arguments in ([], ["--yes"]):
        out = aws.redrive(*arguments, expect=1)
        assert aws.sums == (1, 0, 1, 0)
        assert says in out, out
    assert len(aws.sqs.visible) == 1


def test_messages_of_unknown_form_fail_and_can_be_left_out_by_a_filter(aws: Aws) -> None:
    aws.sqs.put("what?")
    aws.letter(event="not JSON")
    aws.routes_to({"Arn": TARGET})
    aws.letter()
    aws.redrive("--yes", "--of", "auth.create_saas_user")
    assert aws.sums == (3, 0, 0, 3)
    aws.redrive("--yes", "--of", "auth.create_tenant")
    assert aws.sums == (3, 1, 0, 2)
    aws.redrive("--yes", expect=1)
    assert aws.sums == (2, 0, 2, 0)


def test_a_bus_gets_the_event_with_its_time_and_a_source_that_aws_takes(aws: Aws) -> None:
    aws.letter()
    aws.record({**EVENT, "source": "my.app"})
    aws.redrive("--to-bus", "repairs", "--yes")
    assert aws.sums == (2, 2, 0, 0)
    first, second = aws.events.put
    assert first["Source"] == EVENT["source"].replace("aws.partner/", "redriven/")
    assert first["Time"] == EVENT["time"]
    assert json.loads(first["Detail"]) == EVENT["detail"]
    assert first["EventBusName"] == "repairs"
    assert second["Source"] == "my.app"


def test_a_bus_that_does_not_take_it_leaves_it_in_the_queue(aws: Aws) -> None:
    aws.letter()
    aws.record({"only": "this"})
    aws.events.entry_error = {"ErrorCode": "InternalFailure", "ErrorMessage": "x"}
    out = aws.redrive("--to-bus", "repairs", "--yes", expect=1)
    assert aws.sums == (2, 0, 2, 0)
    assert "InternalFailure" in out
    assert "does not contain a whole event" in out
    assert len(aws.sqs.visible) == 2


@pytest.mark.parametrize("bus", [EVENT["source"], f"arn:aws:events:us-east-1:1:event-bus/{EVENT['source']}"])
def test_a_partner_bus_is_refused_with_the_ways_that_there_are(
    aws: Aws, capsys: pytest.CaptureFixture[str], bus: str
) -> None:
    aws.letter()
    assert main(["dlq", "redrive", QUEUE, "--to-bus", bus, "--yes"]) == 2
    error = capsys.readouterr().err
    assert "PutPartnerEvents" in error
    assert "saasus-events replay ARCHIVE" in error


def test_secrets_are_not_in_what_is_printed(aws: Aws) -> None:
    secret = json.loads(EVENT["detail"]["event"])["api_key"]
    aws.routes_to({"Arn": TARGET})
    aws.letter()
    aws.sqs.refuses["send_message"] = refusal("Bad", f"not this: {secret}")
    assert secret not in aws.redrive("--yes", expect=1)


def test_an_empty_queue_has_nothing_to_redrive(aws: Aws) -> None:
    aws.redrive()
    assert aws.sums == (0, 0, 0, 0)
    assert aws.err == "Nothing to redrive.\n"
    aws.redrive("--yes")
    assert aws.err == "Nothing to redrive.\n"


def interrupted(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("where", "after"),
    [
        *(("send_message", after) for after in (0, 1, 11)),
        *(("delete_message", after) for after in (0, 1, 11)),
        *(("receive_message", after) for after in (0, 1, 2)),
        ("change_message_visibility_batch", 0),
    ],
)
def test_wherever_it_is_stopped_nothing_is_lost_and_the_sum_is_said(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, where: str, after: int
) -> None:
    aws.routes_to({"Arn": TARGET})
    aws.sqs.put("what?")
    count = 1 + len([aws.letter() for _ in range(12)])
    action = getattr(aws.sqs, where)
    calls = []

    def stops(**asked: Any) -> Any:
        calls.append(asked)
        if len(calls) > after:
            raise KeyboardInterrupt
        return action(**asked)

    monkeypatch.setattr(aws.sqs, where, stops)
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert ran.code == 130
    delivered = len(aws.sqs.sent)
    assert sums(ran.out)[1] == delivered
    assert len(aws.sqs.queue) == count - delivered + (1 if where == "delete_message" else 0)
    if where != "change_message_visibility_batch":
        assert aws.sqs.visible == list(aws.sqs.queue)


def test_where_nobody_listens_any_more_what_was_delivered_is_deleted(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.routes_to({"Arn": TARGET})
    ids = [aws.letter() for _ in range(3)]

    def closed(*_: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("constructs_lib.cli.dlq.redrive._Redrive._report_done", closed)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1, raising=False)
    main(["dlq", "redrive", QUEUE, "--to-target", "--yes"])
    assert len(aws.sqs.sent) == 1
    assert aws.sqs.visible == ids[1:]


@pytest.mark.parametrize("encoding", ["ascii", "cp932", "latin-1"])
def test_a_terminal_that_lacks_letters_blocks_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    aws.routes_to({"Arn": TARGET})
    event = {**EVENT, "detail": {**EVENT["detail"], "trace_id": "\N{PILE OF POO} テナント \ud83d"}}
    for _ in range(3):
        aws.letter(event=event)
    for command in (["list"], ["list", "--json"], ["show"], ["redrive", "--to-target", "--yes"]):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        verb, *rest = command
        id = ["message-1"] if verb == "show" else []
        assert main(["dlq", verb, QUEUE, *id, *rest]) == 0
    assert aws.sqs.queue == {}
