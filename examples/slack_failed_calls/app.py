"""Post the calls of SaaSus's API that failed to Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import App, SecretValue, Stack
from aws_cdk import aws_events as events

from constructs_lib import EventFilter, SaasusEventBus, payload

if TYPE_CHECKING:
    from constructs import Construct

MESSAGE = "{operation} failed with {status} at {time} (log id {log_id}, tenant {tenant_id})"


class SlackFailedCalls(Stack):
    """A message in a Slack channel for each call that SaaSus answered with 4xx or 5xx."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        token = SecretValue.secrets_manager(self.node.get_context("slack:secretName"))
        bus.decoded().call(
            "FailedCalls",
            EventFilter.all().failed(),
            endpoint=self.node.get_context("slack:endpoint"),
            authorization=events.Authorization.api_key("Authorization", token),
            event=payload.text(MESSAGE, channel=self.node.get_context("slack:channel")),
            rate_limit_per_second=1,
        )


app = App()
SlackFailedCalls(app, "SlackFailedCalls", description="Posts failed calls of SaaSus's API to Slack")
app.synth()
