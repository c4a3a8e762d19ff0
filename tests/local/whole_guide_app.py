"""The app that `test_whole_guide` deploys: all of SaaSus's guide in one stack, from the setting to a verified event."""

from __future__ import annotations

import os

from aws_cdk import App, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import EventFilter, SaasusEventBus, SaasusIntegration
from constructs_lib import operations as op

app = App()
stack = Stack(app, "Guide")
integration = SaasusIntegration(
    stack,
    "Integration",
    credentials=secretsmanager.Secret.from_secret_name_v2(stack, "Credentials", "saasus"),
    timeout=Duration.seconds(30),
)
bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
everything = bus.log("Everything", removal_policy=RemovalPolicy.DESTROY)
onboarding = lambda_.Function(
    stack,
    "Onboarding",
    runtime=lambda_.Runtime.PYTHON_3_13,
    handler="index.handler",
    code=lambda_.Code.from_inline(
        "def handler(event, context):\n    print('onboarded by', event['detail']['trace_id'])"
    ),
    log_group=logs.LogGroup(stack, "Log", log_group_name="/aws/lambda/guide", removal_policy=RemovalPolicy.DESTROY),
)
bus.invoke("TenantCreated", EventFilter.of(op.auth.create_tenant).succeeded(), onboarding)
bus.call(
    "UserDeleted",
    EventFilter.of(op.auth.delete_saas_user).succeeded(),
    endpoint=os.environ["ENDPOINT"],
    authorization=events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("endpoint")),
)
bus.verify("Verified", integration, everything, timeout=Duration.seconds(30))
app.synth()
