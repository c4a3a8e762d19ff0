"""An app with every feature on, for tests that look at all of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aws_cdk import Duration, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    EventArchive,
    EventFilter,
    EventLedger,
    EventLogging,
    LogLevel,
    SaasusEventBus,
    SaasusIntegration,
    payload,
    targets,
)
from constructs_lib import operations as op

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from constructs_lib import LogRoute, Monitoring, Route


class FullApp(Stack):
    """A bus with every keyword, a route of every kind, and monitoring.

    The source's name comes from a custom resource, whose credentials are encrypted with the key of all the rest.
    """

    STEPS: tuple[str, ...] = (
        "log",
        "verify",
        "invoke",
        "remember",
        "call",
        "route",
        "decode",
        "monitor",
        "watch_a_route",
    )
    """What a user writes after the bus, each in a line or two. Any order is fine: what a step needs, it makes."""

    def __init__(
        self, scope: Construct, id: str, *, key: kms.IKey | None = None, steps: Sequence[str] | None = None
    ) -> None:
        super().__init__(scope, id)
        self.key = key or kms.Key(self, "Key", enable_key_rotation=True)
        # `key` of another stack: a secret that a role here reads would make that stack depend on this one.
        credentials = secretsmanager.Secret(self, "Credentials", encryption_key=None if key else self.key)
        self._integration = SaasusIntegration(self, "Integration", credentials=credentials)
        self.bus = SaasusEventBus(
            self,
            "Saasus",
            event_source_name=self._integration.event_source_name,
            archive=EventArchive(event_filter=EventFilter.of(op.pricing), retention=Duration.days(90)),
            encryption_key=self.key,
            event_logging=EventLogging(level=LogLevel.TRACE),
        )
        for step in steps or self.STEPS:
            getattr(self, step)()

    @cache  # noqa: B019 - an app lives as long as its test
    def log(self) -> LogRoute:
        return self.bus.log("Everything")

    def verify(self) -> None:
        self.bus.verify("TestEvent", self._integration, self.log())

    @cache  # noqa: B019
    def invoke(self) -> Route:
        return self.bus.invoke("Onboard", EventFilter.of(op.auth.create_tenant).succeeded(), self._function())

    @cache  # noqa: B019
    def remember(self) -> EventLedger:
        ledger = EventLedger(self, "Ledger", encryption_key=self.key)
        ledger.grant_use(self._function())
        return ledger

    def call(self) -> None:
        self.bus.call(
            "TellCrm",
            EventFilter.of(op.auth.delete_saas_user),
            endpoint="https://crm.example.com/hooks",
            authorization=events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm")),
        )

    def route(self) -> None:
        self.bus.route("Metering", EventFilter.of(op.pricing), targets.SqsQueue(self.queue()))

    def decode(self) -> None:
        decoded = self.bus.decoded(archive=EventArchive(), event_logging=EventLogging())
        decoded.log("Everything")
        decoded.call(
            "TellSlack",
            EventFilter.all().failed(),
            endpoint="https://slack.com/api/chat.postMessage",
            authorization=events.Authorization.api_key("authorization", SecretValue.secrets_manager("slack")),
            event=payload.text("{operation} failed with {status} for {tenant_id}", channel="#saasus"),
        )
        decoded.queue("PerTenant", EventFilter.of(op.auth), ordered_by="tenant")
        decoded.monitor(alarm_actions=[self.topic()])

    @cache  # noqa: B019
    def monitor(self) -> Monitoring:
        return self.bus.monitor(alarm_actions=[self.topic()], silence=Duration.hours(12))

    def watch_a_route(self) -> None:
        self.monitor().add_silence_alarm(self.invoke(), Duration.days(3))

    @cache  # noqa: B019
    def topic(self) -> sns.Topic:
        return sns.Topic(self, "Alarms", master_key=self.key, enforce_ssl=True)

    @cache  # noqa: B019
    def _function(self) -> lambda_.Function:
        """Make a function as a careful user does."""
        log_group = logs.LogGroup(self, "OnboardLog", encryption_key=self.key, retention=logs.RetentionDays.ONE_YEAR)
        role = iam.Role(self, "OnboardRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        return lambda_.Function(
            self,
            "OnboardTenant",
            runtime=lambda_.Runtime("python3.14", lambda_.RuntimeFamily.PYTHON, supports_inline_code=True),
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): pass"),
            role=role,
            log_group=log_group,
            reserved_concurrent_executions=5,
        )

    @cache  # noqa: B019
    def queue(self) -> sqs.Queue:
        failed = sqs.Queue(self, "MeteringFailed", encryption_master_key=self.key, enforce_ssl=True)
        return sqs.Queue(
            self,
            "MeteringQueue",
            encryption_master_key=self.key,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=failed, max_receive_count=5),
        )
