"""Delivery to a rule's targets: permissions, retries, dead letters, and what is counted."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.local import HttpsEndpoint
from tests.eventually import eventually
from tests.local.api import ApiDestination
from tests.local.resources import EVENTS_SERVICE, Bus, Queue, allow, new_queue

if TYPE_CHECKING:
    import trustme

    from constructs_lib.local import LocalAws

MISSING = "arn:aws:sqs:us-east-1:000000000000:does-not-exist"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def rule_arn(bus: Bus, rule: str = "rule") -> str:
    return f"arn:aws:events:{bus.aws.region}:{bus.aws.account}:rule/{bus.name}/{rule}"


def test_a_queue_without_a_policy_gets_nothing_and_the_dead_letter_says_why(
    bus: Bus, queue: Queue, dead_letters: Queue
) -> None:
    bus.route(queue.arn, DeadLetterConfig={"Arn": dead_letters.arn})
    event_id = bus.send(n=1)
    message = dead_letters.message()
    assert json.loads(message["Body"])["id"] == event_id
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    text = attributes.pop("ERROR_MESSAGE")
    assert queue.arn in text
    assert attributes == {
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
        "RULE_ARN": rule_arn(bus),
        "TARGET_ARN": queue.arn,
    }
    assert queue.messages() == []


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnEquals": {"aws:SourceArn": "{rule}"}},
        {"ArnLike": {"AWS:SourceArn": "{bus}/*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/aws.partner/saasus.io/*"}},
        {"StringEquals": {"aws:SourceArn": "{rule}"}},
        {"StringEquals": {"aws:SourceAccount": "000000000000"}},
    ],
)
def test_a_policy_whose_condition_holds_lets_the_rule_send(bus: Bus, queue: Queue, condition: Any) -> None:
    filled = json.loads(
        json.dumps(condition).replace("{rule}", rule_arn(bus)).replace("{bus}", rule_arn(bus, "").rstrip("/"))
    )
    queue.set_policy(allow(EVENTS_SERVICE, "sqs:SendMessage", queue.arn, **filled), TLS_ONLY)
    bus.route(queue.arn)
    bus.send(n=1)
    assert queue.message()


@pytest.mark.parametrize(
    "statement",
    [
        allow(EVENTS_SERVICE, "sqs:SendMessage", "{queue}", ArnEquals={"aws:SourceArn": "{rule}x"}),
        allow(EVENTS_SERVICE, "sqs:SendMessage", "{queue}", ArnLike={"aws:SourceArn": "arn:aws:events:*"}),
        allow(EVENTS_SERVICE, "sqs:SendMessage", "{queue}", StringEquals={"aws:SourceAccount": "111122223333"}),
        allow(EVENTS_SERVICE, "sqs:ReceiveMessage", "{queue}"),
        allow(EVENTS_SERVICE, "sqs:SendMessage", "{queue}x"),
        allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", "{queue}"),
        allow({"AWS": "000000000000"}, "sqs:SendMessage", "{queue}"),
    ],
    ids=["another rule", "star over colons", "another account", "another action", "another queue", "sns", "an account"],
)
def test_a_policy_that_does_not_fit_does_not_let_the_rule_send(
    bus: Bus, queue: Queue, dead_letters: Queue, statement: dict[str, Any]
) -> None:
    text = json.dumps(statement).replace("{rule}", rule_arn(bus)).replace("{queue}", queue.arn)
    queue.set_policy(json.loads(text))
    bus.route(queue.arn, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"


def test_an_explicit_deny_wins(bus: Bus, queue: Queue, dead_letters: Queue) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    queue.set_policy(allow(EVENTS_SERVICE, "sqs:SendMessage", queue.arn), deny)
    bus.route(queue.arn, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"


@pytest.mark.parametrize(
    "target",
    [
        MISSING,
        "arn:aws:lambda:us-east-1:000000000000:function:does-not-exist",
        "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/does-not-exist",
        "arn:aws:sns:us-east-1:000000000000:does-not-exist",
    ],
)
def test_a_target_that_does_not_exist_is_not_tried_again(bus: Bus, dead_letters: Queue, target: str) -> None:
    bus.route(target, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    attributes = dead_letters.attributes()
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


def test_a_lost_event_is_counted(bus: Bus) -> None:
    bus.route(MISSING)
    bus.send(n=1)
    eventually(lambda: bus.metric("FailedInvocations") == 1)
    assert bus.metric("Invocations") == 1
    assert bus.metric("InvocationsSentToDlq") == 0


def test_a_dead_letter_queue_that_does_not_allow_it_gets_nothing_and_that_is_counted(bus: Bus, queue: Queue) -> None:
    bus.route(MISSING, DeadLetterConfig={"Arn": queue.arn})
    bus.send(n=1)
    eventually(lambda: bus.metric("InvocationsFailedToBeSentToDlq") == 1)
    assert queue.messages() == []


def test_a_dead_letter_is_counted(bus: Bus, dead_letters: Queue) -> None:
    bus.route(MISSING, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.message()
    eventually(lambda: bus.metric("InvocationsSentToDlq") == 1)
    assert bus.metric("FailedInvocations") == 1
    assert bus.metric("InvocationsFailedToBeSentToDlq") == 0


def test_one_target_that_fails_does_not_keep_another_from_its_event(bus: Bus, queue: Queue) -> None:
    queue.allow_events()
    bus.put_rule()
    bus.aws.client("events").put_targets(
        Rule="rule", EventBusName=bus.name, Targets=[{"Id": "1", "Arn": MISSING}, {"Id": "2", "Arn": queue.arn}]
    )
    bus.send(n=1)
    assert queue.message()


def test_a_failure_that_can_pass_is_retried_until_it_has(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue
) -> None:
    with HttpsEndpoint([503, 500, 429, 502, 504, 200], authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/hook")).route(bus, DeadLetterConfig={"Arn": dead_letters.arn})
        bus.send(n=1)
        requests = endpoint.wait_for(6)
    assert [request.json()["detail"] for request in requests] == [{"n": 1}] * 6
    for retry, (before, after) in enumerate(itertools.pairwise(requests)):
        # Twice as long each time, up to a quarter less for the jitter; a busy machine can only make it longer.
        assert after.arrived - before.arrived > 0.01 * 2**retry * 0.7
    eventually(lambda: bus.metric("RetryInvocationAttempts") == 5)
    assert dead_letters.messages() == []


def test_retries_end_with_the_attempts(aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue) -> None:
    with HttpsEndpoint(500, authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/hook")).route(
            bus, DeadLetterConfig={"Arn": dead_letters.arn}, RetryPolicy={"MaximumRetryAttempts": 2}
        )
        event_id = bus.send(n=1)
        message = dead_letters.message()
        assert len(endpoint.requests) == 3
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["id"] == event_id
    assert attributes["ERROR_CODE"] == "ERROR_FROM_TARGET"
    assert attributes["RETRY_ATTEMPTS"] == "2"
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_retries_end_with_the_events_age_in_the_time_of_aws(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue
) -> None:
    with HttpsEndpoint(500, authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/hook")).route(
            bus, DeadLetterConfig={"Arn": dead_letters.arn}, RetryPolicy={"MaximumEventAgeInSeconds": 60}
        )
        bus.send(n=1)
        attributes = dead_letters.attributes()
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert 3 <= int(attributes["RETRY_ATTEMPTS"]) <= 7


def test_no_retry_means_one_attempt(aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue) -> None:
    with HttpsEndpoint(500, authority=authority) as endpoint:
        ApiDestination.make(aws, endpoint.url("/hook")).route(
            bus, DeadLetterConfig={"Arn": dead_letters.arn}, RetryPolicy={"MaximumRetryAttempts": 0}
        )
        bus.send(n=1)
        assert dead_letters.attributes()["RETRY_ATTEMPTS"] == "0"
        assert len(endpoint.requests) == 1


def test_a_topic_needs_a_policy(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="topic-" + bus.name.split("/")[2][:8])["TopicArn"]
    bus.route(topic, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"
    received = new_queue(aws)
    received.set_policy(allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", received.arn))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=received.arn)
    document = {"Version": "2012-10-17", "Statement": [allow(EVENTS_SERVICE, "sns:Publish", topic)]}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(document))
    bus.send(n=2)
    assert json.loads(json.loads(received.message()["Body"])["Message"])["detail"] == {"n": 2}
