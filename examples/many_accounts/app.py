"""One account receives SaaSus's events; others get those that concern them, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from constructs_lib import DecodedEventBus, EventFilter, SaasusEventBus, targets
from constructs_lib import operations as op

if TYPE_CHECKING:
    from constructs import Construct


class Billing(Stack):
    """The account of billing: a bus of its own, on which it has as many routes as it likes."""

    def __init__(self, scope: Construct, id: str, *, hub: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        # With names of their own, the other account can refer to them before they exist.
        self.bus = events.EventBus(self, "Bus", event_bus_name="saasus-events")
        self.bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Hub",
                principals=[iam.AccountPrincipal(hub)],
                actions=["events:PutEvents"],
                resources=[self.bus.event_bus_arn],
                conditions={"StringLike": {"events:source": "saasus.*"}},
            )
        )
        routes = DecodedEventBus.from_event_bus(self, "Saasus", self.bus)
        routes.log("Prices", EventFilter.of(op.pricing))


class Audit(Stack):
    """The account of the auditors: a queue is all that they want."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        self.queue = sqs.Queue(
            self, "Queue", queue_name="saasus-audit", enforce_ssl=True, retention_period=Duration.days(14)
        )


class Hub(Stack):
    """The account that SaaSus's setting names. Raw events, which hold the API key, do not leave it."""

    def __init__(self, scope: Construct, id: str, *, billing: Billing, audit: Audit, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        # Deployed last: CloudFormation does not see that the names in here are those of the other stacks.
        self.add_dependency(billing)
        self.add_dependency(audit)
        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        decoded = bus.decoded()
        decoded.route("Billing", EventFilter.of(op.pricing, op.billing).succeeded(), cdk_targets.EventBus(billing.bus))
        decoded.route("Audit", EventFilter.of(op.auth), targets.SqsQueue(audit.queue))


app = App()
region, hub = app.node.get_context("region"), app.node.get_context("accounts:hub")
of_billing = Environment(account=app.node.get_context("accounts:billing"), region=region)
of_audit = Environment(account=app.node.get_context("accounts:audit"), region=region)
billing = Billing(app, "Billing", hub=hub, env=of_billing, description="Gets SaaSus's events about prices and bills")
audit = Audit(app, "Audit", env=of_audit, description="Gets SaaSus's events about users and tenants")
of_hub = Environment(account=hub, region=region)
Hub(app, "Hub", billing=billing, audit=audit, env=of_hub, description="Receives SaaSus's events for all accounts")
app.synth()
