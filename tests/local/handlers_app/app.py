"""The app that `test_handlers` deploys: a function with handlers, behind two buses and a queue."""

from __future__ import annotations

import os
from pathlib import Path

from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventLedger, SaasusEventBus, SaasusRuntime
from tests.local.handlers_app.functions.tenants import handlers

app = App()
stack = Stack(app, "Handlers")
function = lambda_.Function(
    stack,
    "Tenants",
    function_name="tenants",
    runtime=lambda_.Runtime.PYTHON_3_12,
    handler="tenants.lambda_handler",
    code=lambda_.Code.from_asset(str(Path(__file__).with_name("functions"))),
    layers=[SaasusRuntime(stack, "SaasusRuntime")],
    log_group=logs.LogGroup(stack, "Log", log_group_name="/aws/lambda/tenants", removal_policy=RemovalPolicy.DESTROY),
)
EventLedger(stack, "Ledger").grant_use(function)
letters = sqs.Queue(stack, "Letters", queue_name="letters")
work = sqs.Queue(
    stack,
    "Work",
    queue_name="work",
    visibility_timeout=Duration.seconds(3),
    dead_letter_queue=sqs.DeadLetterQueue(queue=letters, max_receive_count=1),
)
function.add_event_source(
    sources.SqsEventSource(
        work, batch_size=10, max_batching_window=Duration.seconds(1), report_batch_item_failures=True
    )
)
bus = SaasusEventBus(stack, "Saasus", event_source_name=os.environ["SOURCE"])
bus.handle("Handlers", handlers, function)
app.synth()
