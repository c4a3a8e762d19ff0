"""The app that `test_deploy` deploys: every kind of route, and a fault on most of them."""

from __future__ import annotations

import os

from aws_cdk import App, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, SaasusEventBus, targets

WORKS = "def handler(event, context):\n    print('ran for', event['detail']['trace_id'])"
RAISES = "def handler(event, context):\n    raise ValueError(event['detail']['trace_id'])"


def of_type(name: str) -> EventFilter:
    return EventFilter.all().event_type(name)


def function(stack: Stack, id: str, code: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id,
        function_name=id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(code),
        log_group=logs.LogGroup(
            stack, f"{id}Log", log_group_name=f"/aws/lambda/{id}", removal_policy=RemovalPolicy.DESTROY
        ),
    )


app = App()
source, endpoints = os.environ["SOURCE"], os.environ["ENDPOINTS"].split()
stack = Stack(app, "Deployed")
functions = Stack(app, "Functions")
bus = SaasusEventBus(stack, "Saasus", event_source_name=source)

bus.log("Everything", removal_policy=RemovalPolicy.DESTROY)
works, raises = function(stack, "works", WORKS), function(stack, "raises", RAISES)
bus.invoke("Works", of_type("works"), works)
bus.invoke("Raises", of_type("raises"), raises)
alias = lambda_.Alias(stack, "Live", alias_name="live", version=raises.current_version)
bus.invoke("Alias", of_type("alias"), alias)
bus.invoke("Elsewhere", of_type("elsewhere"), function(functions, "elsewhere", RAISES))

key = events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("endpoint"))
for name, endpoint in zip(("accepts", "recovers", "refuses", "hangs"), endpoints, strict=True):
    bus.call(
        name.title(), of_type(name), endpoint=endpoint, authorization=key, retry_attempts=0 if name == "hangs" else 3
    )

mine = sqs.Queue(stack, "Mine", queue_name="mine")
bus.route("Queue", of_type("queue"), targets.SqsQueue(mine))
missing = sqs.Queue.from_queue_arn(stack, "Missing", stack.format_arn(service="sqs", resource="missing"))
bus.route("Missing", of_type("missing"), targets.SqsQueue(missing))
topic = sns.Topic(stack, "Topic")
bus.route("Topic", of_type("topic"), cdk_targets.SnsTopic(topic), max_event_age=Duration.hours(1))
app.synth()
