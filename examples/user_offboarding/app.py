"""Deletes your own rows of users and tenants that SaaSus has deleted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, CfnOutput, Duration, Stack
from aws_cdk.aws_dynamodb import Attribute, AttributeType, TableV2
from aws_cdk.aws_lambda import Code, Function, Runtime
from handlers.rows import handlers

from constructs_lib import SaasusEventBus, SaasusRuntime

if TYPE_CHECKING:
    from constructs import Construct

CODE = Code.from_asset(str(Path(__file__).resolve().parent / "handlers"))


class UserOffboarding(Stack):
    """A table with rows of users, and the function that deletes them."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        owner, row, tenant = (Attribute(name=name, type=AttributeType.STRING) for name in ("owner", "row", "tenant"))
        rows = TableV2(self, "Rows", partition_key=owner, sort_key=row)
        rows.add_global_secondary_index(index_name="tenant", partition_key=tenant)
        function = Function(
            self, "Delete", code=CODE, handler="rows.handlers", runtime=Runtime.PYTHON_3_13, timeout=Duration.minutes(1)
        )
        function.add_layers(SaasusRuntime(self, "Runtime"))
        function.add_environment("ROWS_TABLE", rows.table_name)
        rows.grant_read_write_data(function)
        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        bus.handle("Deleted", handlers, function)
        CfnOutput(self, "RowsTable", value=rows.table_name)


app = App()
UserOffboarding(app, "UserOffboarding", description="Deletes the rows of users that SaaSus has deleted")
app.synth()
