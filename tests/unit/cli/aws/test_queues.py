"""Which queue the `dlq` commands work on, and what is said if it is unclear."""

from __future__ import annotations

import json

import pytest

from constructs_lib.cli import main
from tests.unit.cli.dlq.dead_letters import ARN, OF_EVENTBRIDGE, TARGET, TEXT
from tests.unit.cli.dlq.redrive import Aws, sums
from tests.unit.cli.fake_aws import QUEUE, FakeAws, FakeEvents, FakeSqs, refusal


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


@pytest.mark.parametrize(
    ("named", "region"),
    [
        ("q", None),
        ("arn:aws:sqs:eu-west-1:111122223333:q", "eu-west-1"),
        ("arn:aws-us-gov:sqs:us-gov-west-1:111122223333:q", "us-gov-west-1"),
        ("https://sqs.ap-northeast-1.amazonaws.com/111122223333/q", "ap-northeast-1"),
        ("https://sqs-fips.us-east-2.amazonaws.com/111122223333/q", "us-east-2"),
        ("https://eu-west-1.queue.amazonaws.com/111122223333/q", "eu-west-1"),
        ("https://queue.amazonaws.com/111122223333/q", "us-east-1"),
        ("https://sqs.eu-central-1.api.aws/111122223333/q", "eu-central-1"),
        ("https://vpce-0a1b-2c.sqs.us-west-2.vpce.amazonaws.com/111122223333/q", "us-west-2"),
        ("http://127.0.0.1:4566/111122223333/q", None),
        ("http://localhost:4566/queue/us-east-1/000000000000/q", None),
    ],
)
def test_a_queue_is_asked_in_its_own_region(aws: Aws, named: str, region: str | None) -> None:
    assert aws.run("dlq", "list", named).code == 0
    assert aws.fake.regions == [("sqs", region)]


@pytest.mark.parametrize(
    "named",
    [
        "",
        "my queue",
        "a/b",
        "Events.Queue",
        "arn:aws:sqs:eu-west-1:111122223333",
        "arn:aws:sqs:eu-west-1:1:q",
        "arn:aws:lambda:eu-west-1:111122223333:function:q",
        "arn:aws:events:eu-west-1:111122223333:event-bus/default",
        "https://sqs.eu-west-1.amazonaws.com/q",
        "https://example.com/",
        "https://name:password@sqs.eu-west-1.amazonaws.com/111122223333/q",
        "q" * 81,
    ],
)
def test_what_is_no_queue_is_refused_before_aws_is_asked(aws: Aws, named: str) -> None:
    ran = aws.run("dlq", "list", named)
    assert ran.code == 2
    assert "is not an SQS queue. Expected a name" in ran.err
    assert aws.fake.regions == []


@pytest.mark.parametrize(
    "named",
    [
        "letters.fifo",
        "arn:aws:sqs:eu-west-1:111122223333:letters.fifo",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/letters.fifo",
    ],
)
@pytest.mark.parametrize("command", [("list",), ("show", "1"), ("redrive", "--to-target", "--yes")])
def test_a_fifo_queue_is_refused(aws: Aws, named: str, command: tuple[str, ...]) -> None:
    verb, *rest = command
    ran = aws.run("dlq", verb, named, *rest)
    assert ran.code == 2
    assert "'letters.fifo' is a FIFO queue" in ran.err
    assert "EventBridge and Lambda write dead letters to no other" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"), [([], "neither QUEUE nor --stack"), (["q", "--stack", "s"], "both QUEUE and --stack")]
)
def test_a_queue_or_stacks_are_named(aws: Aws, arguments: list[str], says: str) -> None:
    ran = aws.run("dlq", "list", *arguments)
    assert ran.code == 2
    assert says in ran.err


def test_a_missing_queue_is_an_error_with_the_account_and_region_where_it_was_looked_for(aws: Aws) -> None:
    aws.sqs.refuses["get_queue_url"] = refusal("AWS.SimpleQueueService.NonExistentQueue")
    assert "There is no queue 'dead-leters' in us-east-1. Did you mean 'dead-letters'?" in (
        aws.run("dlq", "list", "dead-leters").err
    )
    ran = aws.run("dlq", "list", "arn:aws:sqs:us-east-1:444455556666:letters")
    assert "There is no queue 'letters' of the account 444455556666 in us-east-1." in ran.err


@pytest.mark.parametrize(
    ("action", "code", "says"),
    [
        ("get_queue_url", "AccessDenied", "sqs:GetQueueUrl"),
        ("get_queue_attributes", "AccessDenied", "sqs:GetQueueAttributes"),
        ("get_queue_attributes", "AWS.SimpleQueueService.NonExistentQueue", "--region and --profile that it is in"),
        ("receive_message", "AccessDenied", "sqs:ReceiveMessage on it"),
        ("receive_message", "KMS.AccessDeniedException", "kms:Decrypt on its key"),
        ("receive_message", "KmsAccessDenied", "kms:Decrypt on its key"),
        ("receive_message", "KMS.ThrottlingException", "sqs:ReceiveMessage on it"),
        ("receive_message", "KmsDisabled", "the queue's KMS key, enabled"),
        ("receive_message", "KMS.NotFoundException", "Fix the key"),
    ],
)
def test_a_refusal_names_the_permission_that_is_needed(aws: Aws, action: str, code: str, says: str) -> None:
    aws.sqs.put(TEXT)
    aws.sqs.refuses[action] = refusal(code)
    for command in (("list",), ("redrive", "--to-target", "--yes")):
        verb, *rest = command
        ran = aws.run("dlq", verb, "dead-letters", *rest)
        assert ran.code == 2
        assert code in ran.err
        assert says in ran.err
    assert len(aws.sqs.queue) == 1


class TestSeveralStacks:
    """Each stack's queue is read once, whatever the number of stacks that use it."""

    @pytest.fixture
    def queues(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeSqs]:
        made = {name: FakeSqs() for name in ("one", "two")}
        events = FakeEvents()
        events.targets["Onboard"] = [{"Id": "1", "Arn": TARGET}]
        FakeAws(monkeypatch, events=events)
        monkeypatch.setattr(
            "constructs_lib.cli.aws.queues.dead_letter_queue_of",
            lambda _, stack: {"A": "one", "B": "two", "C": "one"}[stack],
        )

        def queue_at(_: object, named: str) -> object:
            from constructs_lib.cli.aws.queues import QueueAddress

            return QueueAddress(made[named], f"https://sqs.us-east-1.amazonaws.com/111122223333/{named}")

        monkeypatch.setattr("constructs_lib.cli.aws.queues.queue_at", queue_at)
        made["one"].put(TEXT, **OF_EVENTBRIDGE)
        made["two"].put(TEXT, **OF_EVENTBRIDGE)
        made["two"].put("what?")
        return made

    def test_all_are_listed(self, queues: dict[str, FakeSqs], capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["dlq", "list", "--stack", "A", "--stack", "B", "--stack", "C", "--json"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["queue"] for line in lines] == ["one", "two", "two"]
        assert main(["dlq", "list", "--stack", "A", "--stack", "B"]) == 0
        said = capsys.readouterr()
        assert said.out.startswith("one:\n")
        assert "\ntwo:\n" in said.out
        assert "2 messages in two" in said.err

    def test_all_are_redriven_each_with_its_sum(
        self, queues: dict[str, FakeSqs], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["dlq", "redrive", "--stack", "A", "--stack", "B", "--stack", "C", "--to-target"]) == 1
        first, second = capsys.readouterr().out.split("two:\n")
        assert sums(first) == (1, 1, 0, 0)
        assert sums(second) == (2, 1, 1, 0)

    def test_one_that_fails_is_enough_for_the_exit_code(
        self, queues: dict[str, FakeSqs], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["dlq", "redrive", "--stack", "B", "--stack", "A", "--to-target"]) == 1
        assert main(["dlq", "redrive", "--stack", "A", "--to-target"]) == 0

    def test_a_message_of_any_is_shown(self, queues: dict[str, FakeSqs], capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["dlq", "show", "--stack", "A", "--stack", "B", "message-2"]) == 0
        assert json.loads(capsys.readouterr().out)["kind"] == "unknown"
        assert main(["dlq", "show", "--stack", "A", "--stack", "B", "message-3"]) == 1
        assert "None of the 3 messages in one and two" in capsys.readouterr().err


def test_a_message_that_does_not_come_is_said(aws: Aws) -> None:
    aws.sqs.put(TEXT, **OF_EVENTBRIDGE)
    aws.sqs.attributes = {"ApproximateNumberOfMessages": "3"}
    aws.routes_to({"Arn": TARGET})
    for command in (["list", QUEUE], ["redrive", QUEUE, "--to-target", "--yes"]):
        assert "About 2 more did not arrive" in aws.run("dlq", *command).err


def test_a_target_that_is_the_queue_itself_is_refused(aws: Aws) -> None:
    aws.routes_to({"Arn": QUEUE})
    id = aws.sqs.put(TEXT, **{**OF_EVENTBRIDGE, "TARGET_ARN": QUEUE})
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "The target is this queue itself" in ran.out
    assert aws.sqs.visible == [id]


@pytest.mark.parametrize(
    "arn",
    [
        QUEUE.replace("111122223333", "444455556666"),
        QUEUE.replace("us-east-1", "eu-west-1"),
        QUEUE.replace("dead-letters", "dead-letters-2"),
    ],
)
def test_a_queue_of_the_same_name_elsewhere_is_another(aws: Aws, arn: str) -> None:
    aws.routes_to({"Arn": arn})
    aws.sqs.put(TEXT, **{**OF_EVENTBRIDGE, "TARGET_ARN": arn})
    assert sums(aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes").out) == (1, 1, 0, 0)


def test_a_fifo_target_gets_each_letter_once(aws: Aws) -> None:
    arn = f"{TARGET}.fifo"
    aws.routes_to({"Arn": arn, "SqsParameters": {"MessageGroupId": "g"}})
    id = aws.sqs.put(TEXT, **{**OF_EVENTBRIDGE, "TARGET_ARN": arn})
    assert sums(aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes").out) == (1, 1, 0, 0)
    assert aws.sqs.sent[0]["MessageGroupId"] == "g"
    assert aws.sqs.sent[0]["MessageDeduplicationId"] == id


def test_a_fifo_target_without_a_group_is_refused(aws: Aws) -> None:
    arn = f"{TARGET}.fifo"
    aws.routes_to({"Arn": arn})
    aws.sqs.put(TEXT, **{**OF_EVENTBRIDGE, "TARGET_ARN": arn})
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "names no message group for theirs.fifo" in ran.out


def test_a_record_of_what_is_no_function_is_refused(aws: Aws) -> None:
    for arn in (ARN.format("lambda", "function"), "onboard", ARN.format("lambda", "layer:x"), ""):
        context = {"functionArn": arn, "condition": "RetriesExhausted"}
        aws.sqs.put(json.dumps({"requestContext": context, "requestPayload": {"a": 1}}))
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (4, 0, 4, 0)
    assert "please report this bug" not in ran.out
