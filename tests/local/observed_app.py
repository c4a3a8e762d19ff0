"""The app that `test_observability` deploys: archive, key, event logging, monitoring."""

from __future__ import annotations

import os

from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from constructs_lib import EventArchive, EventFilter, EventLogging, LogLevel, SaasusEventBus

app = App()
stack = Stack(app, "Observed")
key = kms.Key(stack, "Key", removal_policy=RemovalPolicy.DESTROY)
bus = SaasusEventBus(
    stack,
    "Saasus",
    event_source_name=os.environ["SOURCE"],
    encryption_key=key,
    archive=EventArchive(retention=Duration.days(7)),
    event_logging=EventLogging(level=LogLevel.TRACE, removal_policy=RemovalPolicy.DESTROY),
)
bus.log("Everything", removal_policy=RemovalPolicy.DESTROY)
raises = lambda_.Function(
    stack,
    "Raises",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="index.handler",
    code=lambda_.Code.from_inline("def handler(event, context):\n    raise ValueError('no')"),
    log_group=logs.LogGroup(stack, "RaisesLog", removal_policy=RemovalPolicy.DESTROY),
)
route = bus.invoke("Raises", EventFilter.all().event_type("raises"), raises)
monitoring = bus.monitor(alarm_actions=[sns.Topic(stack, "Alarms")], silence=Duration.hours(1))
monitoring.add_silence_alarm(route, Duration.days(2))
app.synth()
