"""Notify a CRM of new and deleted users, with OAuth client credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import App, SecretValue, Stack
from aws_cdk import aws_events as events

from constructs_lib import EventFilter, SaasusEventBus, payload
from constructs_lib import operations as op

if TYPE_CHECKING:
    from constructs import Construct

CONTACT = {"event": "{operation}", "id": "{user_id}", "email": "{response.email}", "time": "{time}"}


class CrmWebhook(Stack):
    """An API destination with OAuth, which is called for each new and each deleted user."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        bus.decoded().call(
            "Users",
            EventFilter.of(op.auth.create_saas_user, op.auth.delete_saas_user).succeeded(),
            endpoint=self.node.get_context("crm:endpoint"),
            authorization=events.Authorization.oauth(
                authorization_endpoint=self.node.get_context("crm:tokenEndpoint"),
                client_id=self.node.get_context("crm:clientId"),
                client_secret=SecretValue.secrets_manager(self.node.get_context("crm:secretName")),
                http_method=events.HttpMethod.POST,
                body_parameters={"grant_type": events.HttpParameter.from_string("client_credentials")},
            ),
            header_parameters={"Idempotency-Key": "$.detail.log_id"},
            event=payload.json(CONTACT),
        )


app = App()
CrmWebhook(app, "CrmWebhook", description="Notifies a CRM of the users of a SaaS")
app.synth()
