"""The quotas that a growing number of routes meets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.resources import EVENTS_SERVICE, EVERYTHING, Bus, Queue, allow, new_function, policy, unique
from tests.local.stacks import StackError, deploy

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

WILDCARD = {"detail": {"event": [{"wildcard": '*"uri":"/v1/x*'}]}}


def test_a_rule_has_five_targets(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    events = aws.client("events")
    bus.put_rule()
    for number in range(5):
        target: Any = {"Id": str(number), "Arn": queue.arn}
        events.put_targets(Rule="rule", EventBusName=bus.name, Targets=[target])
    with pytest.raises(ClientError, match="LimitExceededException"):
        events.put_targets(Rule="rule", EventBusName=bus.name, Targets=[{"Id": "6", "Arn": queue.arn}])


def test_a_bus_has_thirty_rules_with_wildcards(bus: Bus) -> None:
    for number in range(30):
        bus.put_rule(f"rule-{number}", WILDCARD)
    bus.put_rule("rule-29", WILDCARD)
    bus.put_rule("without")
    with pytest.raises(ClientError, match="LimitExceededException"):
        bus.put_rule("rule-30", WILDCARD)


def test_a_bus_has_three_hundred_rules(bus: Bus) -> None:
    for number in range(300):
        bus.put_rule(f"rule-{number}")
    with pytest.raises(ClientError, match="LimitExceededException"):
        bus.put_rule("rule-300")


def test_wildcards_that_are_too_complex_are_refused(bus: Bus) -> None:
    both = {
        "detail": {
            "event": [{"wildcard": '*"uri":"/v1/x*'}, {"wildcard": '*"uri":"/v1/y*'}, {"wildcard": '*"uri":"/v1/z*'}]
        }
    }
    with pytest.raises(ClientError, match="too complex"):
        bus.put_rule("rule", both)


def test_a_pattern_has_two_thousand_characters(bus: Bus) -> None:
    fits: dict[str, Any] = {"detail": {"event_type": ["x" * 1900]}}
    bus.put_rule("rule", fits)
    with pytest.raises(ClientError, match="InvalidEventPatternException"):
        bus.put_rule("rule", {**fits, **EVERYTHING, "account": ["y" * 200]})


def test_a_rules_name_has_64_characters(bus: Bus) -> None:
    bus.put_rule("x" * 64)
    with pytest.raises(ClientError, match="ValidationException"):
        bus.put_rule("x" * 65)


def test_a_rule_with_targets_is_not_deleted(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    bus.route(queue.arn)
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").delete_rule(Name="rule", EventBusName=bus.name)


def test_a_queue_policy_has_twenty_statements(aws: LocalAws, queue: Queue) -> None:
    statement = allow(EVENTS_SERVICE, "sqs:SendMessage", queue.arn)
    queue.set_policy(*[statement] * 20)
    with pytest.raises(ClientError, match="20"):
        queue.set_policy(*[statement] * 21)
    document = json.loads(policy(*[statement] * 21))
    properties = {"Queues": [queue.url], "PolicyDocument": document}
    with pytest.raises(StackError, match="20"):
        deploy(aws, {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}})


def test_a_queue_policy_has_eight_kilobytes(queue: Queue) -> None:
    arns = [f"arn:aws:events:us-east-1:000000000000:rule/{number:060d}" for number in range(100)]
    with pytest.raises(ClientError, match="8192"):
        queue.set_policy(allow(EVENTS_SERVICE, "sqs:SendMessage", queue.arn, ArnLike={"aws:SourceArn": arns}))  # type: ignore[dict-item]


def test_a_statement_of_a_queue_policy_has_ten_conditions(queue: Queue) -> None:
    conditions = {f"aws:key{number}": "x" for number in range(11)}
    with pytest.raises(ClientError, match="10"):
        queue.set_policy(allow(EVENTS_SERVICE, "sqs:SendMessage", queue.arn, StringEquals=conditions))


def test_a_functions_policy_has_twenty_kilobytes_for_each_qualifier(aws: LocalAws) -> None:
    function = new_function(aws, "pass")
    source = "arn:aws:events:us-east-1:000000000000:rule/" + "x" * 200

    def fill() -> None:
        for _ in range(100):
            function.allow_events(source)

    with pytest.raises(ClientError, match="PolicyLengthExceededException"):
        fill()
    client = aws.client("lambda")
    size = len(client.get_policy(FunctionName=function.name)["Policy"])
    assert 18_000 < size < 22_000
    client.publish_version(FunctionName=function.name)
    function.allow_events(source, qualifier="1")


def test_a_logs_resource_policy_has_5120_characters(aws: LocalAws) -> None:
    logs = aws.client("logs")
    text = policy(allow(EVENTS_SERVICE, "logs:PutLogEvents", "*"))
    with pytest.raises(ClientError, match="5120"):
        logs.put_resource_policy(policyName=unique("policy"), policyDocument=text + " " * 5120)


def test_a_region_has_ten_logs_resource_policies(aws: LocalAws) -> None:
    logs = aws.client("logs", region="eu-central-1")
    text = policy(allow(EVENTS_SERVICE, "logs:PutLogEvents", "*"))
    for number in range(10):
        logs.put_resource_policy(policyName=f"policy-{number}", policyDocument=text)
    with pytest.raises(ClientError, match="LimitExceededException"):
        logs.put_resource_policy(policyName="policy-10", policyDocument=text)
