"""The app that `test_decoded_bus` deploys: a decoded bus with a target of each kind that shows what arrived."""

from __future__ import annotations

import os

from aws_cdk import App, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, SaasusEventBus, payload, targets
from constructs_lib import operations as op

app = App()
stack = Stack(app, "Decoded")
bus = SaasusEventBus(stack, "Saasus", event_source_name=os.environ["SOURCE"])
decoded = bus.decoded()
decoded.log("Everything", removal_policy=RemovalPolicy.DESTROY)
created = EventFilter.of(op.auth.create_tenant).succeeded()
decoded.route("Created", created, targets.SqsQueue(sqs.Queue(stack, "Created", queue_name="created")))
decoded.route("All", EventFilter.all(), targets.SqsQueue(sqs.Queue(stack, "All", queue_name="all")))
key = events.Authorization.api_key("authorization", SecretValue.secrets_manager("slack"))
decoded.call(
    "Slack",
    EventFilter.of(op.auth.update_tenant).failed(),
    endpoint=os.environ["ENDPOINT"],
    authorization=key,
    event=payload.slack("{operation} failed with {status}: {request.name}", channel="#saasus"),
)
decoded.queue("PerTenant", EventFilter.of(op.auth.update_tenant), ordered_by="tenant")
app.synth()
