"""Functions that consume queues: which mappings AWS accepts, and which messages of a batch come back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.local.resources import Function, Queue, new_function, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

CALLS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def with_dead_letters(aws: LocalAws, *, receives: int, fifo: bool = False) -> tuple[Queue, Queue]:
    """Make a queue, and the one that its messages go to after a number of receives."""
    sqs = aws.client("sqs")
    made = []
    for _ in range(2):
        attributes: Any = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if fifo else {}
        name = unique("queue") + (".fifo" if fifo else "")
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        made.append(Queue(aws, url, arn))
    queue, letters = made
    redrive = json.dumps({"deadLetterTargetArn": letters.arn, "maxReceiveCount": str(receives)})
    sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"RedrivePolicy": redrive})
    return queue, letters


def consumer(aws: LocalAws, body: str, *queues: Queue) -> Function:
    return new_function(
        aws, body, may=tuple({"Effect": "Allow", "Action": list(CALLS), "Resource": queue.arn} for queue in queues)
    )


def connect(function: Function, queue: Queue, **settings: Any) -> None:
    function.aws.client("lambda").create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=queue.arn, **settings
    )


def is_empty(queue: Queue) -> bool:
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes: Any = queue.aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=counts)  # type: ignore[arg-type]
    return all(attributes["Attributes"][name] == "0" for name in counts)


def bodies(queue: Queue) -> list[str]:
    return [message["Body"] for message in queue.messages()]


@pytest.mark.parametrize("missing", CALLS)
def test_a_role_that_may_not_consume_the_queue_is_refused(aws: LocalAws, queue: Queue, missing: str) -> None:
    others = [call for call in CALLS if call != missing]
    function = new_function(aws, "pass", may=({"Effect": "Allow", "Action": others, "Resource": queue.arn},))
    with pytest.raises(ClientError, match=rf"InvalidParameterValue.*call {missing.partition(':')[2]} on SQS"):
        connect(function, queue)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"BatchSize": 11}, "window in seconds must be greater than 0"),
        ({"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:no-queue"}, "NonExistentQueue"),
    ],
)
def test_a_mapping_that_aws_refuses_is_refused(aws: LocalAws, queue: Queue, settings: dict[str, Any], why: str) -> None:
    function = consumer(aws, "pass", queue)
    with pytest.raises(ClientError, match=why):
        aws.client("lambda").create_event_source_mapping(
            **{"FunctionName": function.name, "EventSourceArn": queue.arn, **settings}
        )


def test_a_message_is_hidden_for_at_least_as_long_as_the_function_may_run(aws: LocalAws, queue: Queue) -> None:
    function = consumer(aws, "pass", queue)
    aws.client("lambda").update_function_configuration(FunctionName=function.name, Timeout=31)
    with pytest.raises(ClientError, match="visibility timeout: 30 seconds is less than Function timeout: 31"):
        connect(function, queue)
    aws.client("lambda").update_function_configuration(FunctionName=function.name, Timeout=30)
    connect(function, queue)


def test_a_fifo_queue_takes_no_batching_window(aws: LocalAws) -> None:
    queue, _ = with_dead_letters(aws, receives=1, fifo=True)
    function = consumer(aws, "pass", queue)
    with pytest.raises(ClientError, match="not supported for FIFO"):
        connect(function, queue, MaximumBatchingWindowInSeconds=1)


def test_what_a_function_was_killed_on_comes_back_and_ends_in_the_dead_letter_queue(aws: LocalAws) -> None:
    queue, letters = with_dead_letters(aws, receives=3)
    counted = "event['Records'][0]['attributes']['ApproximateReceiveCount']"
    function = consumer(aws, f"import os\nprint('received', {counted}, flush=True)\nos._exit(1)", queue)
    connect(function, queue)
    aws.client("sqs").send_message(QueueUrl=queue.url, MessageBody="one")
    letter = letters.message()
    assert letter["Body"] == "one"
    assert "MessageAttributes" not in letter  # SQS says no reason
    assert eventually(
        lambda: (
            [line for line in function.logged() if line.startswith("received")]
            == ["received 1", "received 2", "received 3"]
        )
    )
    assert is_empty(queue)


def test_only_an_answer_that_is_understood_saves_the_rest_of_a_batch(aws: LocalAws) -> None:
    """Each message tells what the function answers; batches of one, so that a failed one is a dead letter at once."""
    queue, letters = with_dead_letters(aws, receives=1)
    processed = ["null", "{}", '{"batchItemFailures": []}', '{"batchItemFailures": null}']
    failed = [
        '{"batchItemFailures": [{"itemIdentifier": "THIS"}]}',
        '{"batchItemFailures": [{"itemIdentifier": "another"}]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": null}]}',
        '{"batchItemFailures": [{"messageId": "THIS"}]}',
        '{"batchItemFailures": ["THIS"]}',
        '["batchItemFailures"]',
    ]
    body = "record = event['Records'][0]\nreturn json.loads(record['body'].replace('THIS', record['messageId']))"
    function = consumer(aws, body, queue)
    connect(function, queue, BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    for answer in [*processed, *failed]:
        aws.client("sqs").send_message(QueueUrl=queue.url, MessageBody=answer)
    dead: list[str] = []

    def all_there() -> bool:
        dead.extend(bodies(letters))
        return len(dead) >= len(failed) and is_empty(queue)

    eventually(all_there)
    assert sorted(dead) == sorted(failed)


def test_an_answer_says_nothing_where_the_mapping_does_not_ask_for_one(aws: LocalAws) -> None:
    queue, letters = with_dead_letters(aws, receives=1)
    function = consumer(
        aws, "return {'batchItemFailures': [{'itemIdentifier': event['Records'][0]['messageId']}]}", queue
    )
    connect(function, queue)
    aws.client("sqs").send_message(QueueUrl=queue.url, MessageBody="one")
    eventually(lambda: is_empty(queue))
    assert bodies(letters) == []


def test_a_group_of_a_fifo_queue_keeps_its_order_behind_a_message_that_failed(aws: LocalAws) -> None:
    queue, _ = with_dead_letters(aws, receives=5, fifo=True)
    body = """
records = event['Records']
for number, record in enumerate(records):
    print('tried', record['body'], flush=True)
    if record['body'] == 'b' and record['attributes']['ApproximateReceiveCount'] == '1':
        return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in records[number:]]}
"""
    for text in "abc":
        aws.client("sqs").send_message(QueueUrl=queue.url, MessageBody=text, MessageGroupId="tenant")
    function = consumer(aws, body, queue)
    connect(function, queue, FunctionResponseTypes=["ReportBatchItemFailures"])
    tried = ["tried a", "tried b", "tried b", "tried c"]
    eventually(lambda: [line for line in function.logged() if line.startswith("tried")] == tried)
