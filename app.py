"""The reference app: SaaSus Platform's events to CloudWatch Logs, to a Lambda function and to an HTTP API.

Configured by CDK context, in cdk.json or by `-c name=value`:

    saasus:eventSourceName   the partner event source, aws.partner/saasus.io/<uuid>-<n>/event
    saasus:endpoint          the HTTPS URL to call when a user was deleted
    saasus:secretName        the Secrets Manager secret that holds that API's key
    saasus:retention         how long the log is kept, a name of aws_logs.RetentionDays; THREE_MONTHS if not given
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs_lib import EventFilter, SaasusEventBus, SaasusEventsError
from constructs_lib import operations as op

if TYPE_CHECKING:
    from constructs import Construct

HANDLERS = Path(__file__).resolve().parent / "handlers"


class SaasusEvents(Stack):
    """Logs every event, onboards created tenants, and tells another system of deleted users."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_source_name: str,
        endpoint: str,
        secret_name: str,
        retention: logs.RetentionDays,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id, **kwargs)
        bus = SaasusEventBus(self, "Saasus", event_source_name=event_source_name)

        everything = bus.log("Everything", retention=retention)

        onboarding_log = logs.LogGroup(
            self, "OnboardTenantLog", retention=retention, removal_policy=RemovalPolicy.DESTROY
        )
        onboarding = lambda_.Function(
            self,
            "OnboardTenant",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="onboard_tenant.handler",
            code=lambda_.Code.from_asset(str(HANDLERS)),
            timeout=Duration.seconds(30),
            log_group=onboarding_log,
        )
        bus.invoke("TenantCreated", EventFilter.of(op.auth.create_tenant).succeeded(), onboarding)

        bus.call(
            "UserDeleted",
            EventFilter.of(op.auth.delete_saas_user).succeeded(),
            endpoint=endpoint,
            authorization=events.Authorization.api_key("x-api-key", SecretValue.secrets_manager(secret_name)),
        )

        CfnOutput(
            self,
            "EventLog",
            value=everything.log_group.log_group_name,
            description="Every event, a line each",
        )
        CfnOutput(self, "OnboardingLog", value=onboarding_log.log_group_name, description="What onboarding did")
        CfnOutput(
            self,
            "DeadLetterQueueUrl",
            value=bus.dead_letter_queue.queue_url,
            description="Events that a target did not take",
        )


def required(app: App, name: str, example: str) -> str:
    """Return a value of the context, or say what is missing and how to provide it."""
    value = app.node.try_get_context(name)
    if not isinstance(value, str) or not value.strip():
        sys.exit(
            f'The context value {name!r} is missing. Add it to "context" in cdk.json, or pass it:\n'
            f"  cdk deploy -c {name}={example}"
        )
    return value.strip()


def main() -> None:
    """Read the context, make the stack, write the template."""
    app = App()
    event_source_name = required(
        app, "saasus:eventSourceName", "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
    )
    endpoint = required(app, "saasus:endpoint", "https://crm.example.com/hooks/saasus")
    secret_name = required(app, "saasus:secretName", "crm-api-key")
    retention = str(app.node.try_get_context("saasus:retention") or "THREE_MONTHS")
    names = [choice.name for choice in logs.RetentionDays]
    if retention not in names:
        sys.exit(f"The context value 'saasus:retention' is {retention!r}; it takes one of {', '.join(names)}.")
    try:
        SaasusEvents(
            app,
            "SaasusEvents",
            description="Routes the events of SaaSus Platform",
            event_source_name=event_source_name,
            endpoint=endpoint,
            secret_name=secret_name,
            retention=logs.RetentionDays[retention],
        )
    except SaasusEventsError as error:
        sys.exit(str(error))
    app.synth()


if __name__ == "__main__":
    main()
