"""Keeps an attribute of each tenant in step, through SaaSus's own API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from handlers.slug import handlers

from constructs_lib import SaasusEventBus, SaasusRuntime

if TYPE_CHECKING:
    from constructs import Construct

HANDLERS = Path(__file__).resolve().parent / "handlers"


class CallSaasusBack(Stack):
    """A function that changes tenants in SaaSus when their name changes, and not when it changed them itself."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        name = self.node.get_context("saasus:secretName")
        credentials = secretsmanager.Secret.from_secret_name_v2(self, "Credentials", name)
        function = lambda_.Function(
            self,
            "SetSlug",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="slug.handlers",
            code=lambda_.Code.from_asset(str(HANDLERS)),
            layers=[SaasusRuntime(self, "Runtime")],
            environment={"SAASUS_SECRET": name},
            timeout=Duration.minutes(1),
        )
        credentials.grant_read(function)
        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        bus.handle("Tenants", handlers, function)


app = App()
CallSaasusBack(app, "CallSaasusBack", description="Keeps an attribute of each tenant in step")
app.synth()
