"""Alarms on the local AWS: when they sound, as CloudWatch's guide says it, missing points included."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.eventually import eventually
from tests.local.resources import Bus, Queue, allow, sum_of, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

PERIOD = 10  # the shortest


@pytest.fixture
def topic(aws: LocalAws, queue: Queue) -> str:
    """A topic whose messages come to the queue."""
    arn: str = aws.client("sns").create_topic(Name=unique("alarms"))["TopicArn"]
    queue.set_policy(allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", queue.arn))
    aws.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue.arn)
    return arn


def put_alarm(aws: LocalAws, bus: Bus, topic: str, treat_missing_data: str) -> str:
    """Make an alarm on the silence of a bus that tells in either state that means it."""
    name = unique("silence")
    given: dict[str, Any] = {"InsufficientDataActions": [topic]} if treat_missing_data == "missing" else {}
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/Events",
        MetricName="MatchedEvents",
        Dimensions=[{"Name": "EventBusName", "Value": bus.name}],
        Statistic="Sum",
        Period=PERIOD,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData=treat_missing_data,
        AlarmActions=[topic],
        **given,
    )
    return name


def state(aws: LocalAws, name: str) -> str:
    [alarm] = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def told(queue: Queue) -> str:
    return str(json.loads(json.loads(queue.message(20)["Body"])["Message"])["NewStateValue"])


def test_one_with_missing_points_as_bad_ones_sounds_at_once(aws: LocalAws, bus: Bus, queue: Queue, topic: str) -> None:
    name = put_alarm(aws, bus, topic, "breaching")
    assert state(aws, name) == "ALARM"
    assert told(queue) == "ALARM"


def test_one_with_missing_points_as_missing_begins_with_the_first_event(
    aws: LocalAws, bus: Bus, queue: Queue, topic: str
) -> None:
    bus.put_rule()
    name = put_alarm(aws, bus, topic, "missing")
    assert state(aws, name) == "INSUFFICIENT_DATA"
    bus.send(event_type="create_tenant")
    assert eventually(lambda: state(aws, name) == "OK")
    assert queue.messages() == []
    time.sleep(PERIOD)
    assert state(aws, name) == "INSUFFICIENT_DATA"
    assert told(queue) == "INSUFFICIENT_DATA"


def test_an_event_counts_once_for_its_bus_however_many_rules_take_it(aws: LocalAws, bus: Bus) -> None:
    for number in range(3):
        bus.put_rule(f"rule-{number}")
    for _ in range(2):
        bus.send(event_type="create_tenant")

    def counted() -> float:
        return sum_of(aws, "AWS/Events", "MatchedEvents", EventBusName=bus.name)

    assert eventually(lambda: counted() >= 2)
    assert counted() == 2
