"""Many routes stay within the quotas of SQS, Lambda, CloudWatch Logs and CloudFormation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, SaasusEventBus, targets
from tests.synth.apps import SOURCE, new_function, properties, resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_events as events

ROUTES = 200

# Quotas that cannot be raised (the service quotas pages of SQS, Lambda, CloudWatch Logs and CloudFormation).
QUEUE_POLICY_STATEMENTS = 20
QUEUE_POLICY_CHARACTERS = 8_192
FUNCTION_POLICY_CHARACTERS = 20_480
LOGS_POLICY_CHARACTERS = 5_120
STACK_RESOURCES = 500


def _same_function(stack: Stack) -> Callable[[], events.IRuleTarget]:
    function = new_function(stack)
    return lambda: targets.LambdaFunction(function)


def _same_queue(stack: Stack) -> Callable[[], events.IRuleTarget]:
    queue = sqs.Queue(stack, "Queue")
    return lambda: targets.SqsQueue(queue)


def _same_log_group(stack: Stack) -> Callable[[], events.IRuleTarget]:
    group = logs.LogGroup(stack, "Log")
    return lambda: targets.CloudWatchLogGroup(group)


def _same_function_by_the_cdk(stack: Stack) -> Callable[[], events.IRuleTarget]:
    function, failed = new_function(stack), sqs.Queue(stack, "Failed")
    return lambda: cdk_targets.LambdaFunction(function, dead_letter_queue=failed)


def _same_queue_by_the_cdk(stack: Stack) -> Callable[[], events.IRuleTarget]:
    queue, failed = sqs.Queue(stack, "Queue"), sqs.Queue(stack, "Failed")
    return lambda: cdk_targets.SqsQueue(queue, dead_letter_queue=failed)


@pytest.mark.parametrize(
    "prepare",
    [_same_function, _same_queue, _same_log_group, _same_function_by_the_cdk, _same_queue_by_the_cdk],
)
def test_200_routes_to_one_resource_fit_every_quota(
    app: App, prepare: Callable[[Stack], Callable[[], events.IRuleTarget]]
) -> None:
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    target = prepare(stack)
    for number in range(ROUTES):
        bus.route(f"Route{number}", EventFilter.all().event_type(f"type_{number}"), target())
    template: dict[str, Any] = app.synth().get_stack_by_name("Events").template
    assert len(template["Resources"]) <= STACK_RESOURCES
    for policy in resources(stack, "AWS::SQS::QueuePolicy").values():
        document = policy["Properties"]["PolicyDocument"]
        assert len(document["Statement"]) <= QUEUE_POLICY_STATEMENTS
        assert len(json.dumps(document)) <= QUEUE_POLICY_CHARACTERS
    assert len(json.dumps(list(resources(stack, "AWS::Lambda::Permission").values()))) <= FUNCTION_POLICY_CHARACTERS
    for policy in resources(stack, "AWS::Logs::ResourcePolicy").values():
        assert len(json.dumps(policy["Properties"]["PolicyDocument"])) <= LOGS_POLICY_CHARACTERS
    assert len(resources(stack, "AWS::Events::Rule")) == ROUTES


def test_all_of_it_in_one_stack_on_two_buses(app: App) -> None:
    stack = Stack(app, "Events")
    makers = [_same_function(stack), _same_queue(stack), _same_log_group(stack)]
    buses = [SaasusEventBus(stack, f"Saasus{n}", event_source_name=SOURCE.replace("-1/", f"-{n}/")) for n in (1, 2)]
    for number in range(60):
        buses[number % 2].route(
            f"Route{number}", EventFilter.all().event_type(f"type_{number}"), *(make() for make in makers)
        )
    assert len(resources(stack, "AWS::Lambda::Permission")) == 2
    assert len(resources(stack, "AWS::Lambda::EventInvokeConfig")) == 1
    assert len(resources(stack, "AWS::Logs::ResourcePolicy")) == 1
    own = {id: p for id, p in resources(stack, "AWS::SQS::QueuePolicy").items() if id.startswith("QueuePolicy")}
    [policy] = own.values()
    assert len(policy["Properties"]["PolicyDocument"]["Statement"]) == 2
    assert properties(stack, "AWS::Logs::ResourcePolicy")
