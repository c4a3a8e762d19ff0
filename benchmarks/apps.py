"""The same routes written twice: with this library, and with plain aws-cdk-lib. Run as `python -m benchmarks.apps`.

The plain version gives each target a dead-letter queue and a retry policy too, so that both deploy the same thing as
far as aws-cdk-lib can.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

from aws_cdk import App, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, SaasusEventBus
from constructs_lib import operations as op

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
ENDPOINT = "https://crm.example.com/hooks"


def main() -> None:
    """Synthesize one of the apps and print how long it took and what it made."""
    writer, routes = sys.argv[1], int(sys.argv[2])
    started = time.perf_counter()
    app = App()
    stack = Stack(app, "Events")
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
    )
    {"library": with_library, "plain": with_plain_cdk, "empty": without_routes}[writer](stack, function, routes)
    template = app.synth().get_stack_by_name("Events").template
    seconds = time.perf_counter() - started
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    statements = [
        len(resource["Properties"]["PolicyDocument"]["Statement"])
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::SQS::QueuePolicy"
    ]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "resources": sum(kinds.values()),
                "helper_lambdas": kinds["AWS::Lambda::Function"] - 1,
                "queue_policy_statements": max(statements, default=0),
                "function_permissions": kinds["AWS::Lambda::Permission"],
            }
        )
    )


def with_library(stack: Stack, function: lambda_.IFunction, routes: int) -> None:
    """Log all, call an API, and invoke the function from so many routes."""
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    bus.log("Everything")
    bus.call("Tell", EventFilter.of(op.auth.create_saas_user), endpoint=ENDPOINT, authorization=_authorization())
    for number in range(routes):
        bus.invoke(f"Run{number}", EventFilter.all().event_type(f"type_{number}"), function)


def with_plain_cdk(stack: Stack, function: lambda_.IFunction, routes: int) -> None:
    """Do the same with the CDK's own constructs and targets."""
    bus = events.EventBus(stack, "Bus", event_source_name=SOURCE)
    queue = sqs.Queue(
        stack,
        "DeadLetters",
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    group = logs.LogGroup(
        stack,
        "Log",
        log_group_name="/aws/events/everything",
        retention=logs.RetentionDays.THREE_MONTHS,
        removal_policy=RemovalPolicy.RETAIN,
    )
    reliable = {"dead_letter_queue": queue, "retry_attempts": 185, "max_event_age": Duration.hours(24)}
    source = events.Match.prefix("aws.partner/saasus.io")
    events.Rule(
        stack,
        "Everything",
        event_bus=bus,
        event_pattern=events.EventPattern(source=source),
        targets=[targets.CloudWatchLogGroup(group, **reliable)],  # type: ignore[arg-type]
    )
    destination = events.ApiDestination(
        stack,
        "Destination",
        connection=events.Connection(stack, "Connection", authorization=_authorization()),
        endpoint=ENDPOINT,
    )
    events.Rule(
        stack,
        "Tell",
        event_bus=bus,
        event_pattern=events.EventPattern(source=source, detail={"event_type": ["create_saas_user"]}),
        targets=[targets.ApiDestination(destination, **reliable)],  # type: ignore[arg-type]
    )
    for number in range(routes):
        events.Rule(
            stack,
            f"Run{number}",
            event_bus=bus,
            event_pattern=events.EventPattern(source=source, detail={"event_type": [f"type_{number}"]}),
            targets=[targets.LambdaFunction(function, **reliable)],  # type: ignore[arg-type]
        )


def without_routes(stack: Stack, function: lambda_.IFunction, routes: int) -> None:
    """Leave the stack as it is, to measure what every app takes: Node.js, aws-cdk-lib, its checks of the template."""


def _authorization() -> events.Authorization:
    return events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm"))


if __name__ == "__main__":
    main()
