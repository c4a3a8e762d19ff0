"""Collects what tenants use in a lake: each update of a metering count is a row that Athena can query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, CfnOutput, Duration, Size, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_s3 as s3

from constructs_lib import EventFilter, SaasusEventBus, payload
from constructs_lib import operations as op

if TYPE_CHECKING:
    from constructs import Construct

USAGE = (Path(__file__).parent / "usage.sql").read_text("utf-8")
TABLE = "metering_updates"
ROW = {
    "log_id": "{log_id}",
    "called_at": "{time}",
    "tenant_id": "{tenant_id}",
    "unit": "{path.6}",
    "metered_at": "{response.timestamp}",
    "method": "{request.method}",
    "amount": "{request.count}",
    "trace_id": "{trace_id}",
}
"""The columns, and the fields of a decoded event that they come from."""
DELETED = {**ROW, "metered_at": "{path.8}", "method": "delete", "amount": 0}
"""The row of a count that was deleted; SaaSus answers without a body then."""
NUMBERS = {"metered_at", "amount"}


class MeteringLake(Stack):
    """A delivery stream that writes rows to a bucket by day, and a table and a query over them."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        lake = s3.Bucket(self, "Lake", enforce_ssl=True, block_public_access=s3.BlockPublicAccess.BLOCK_ALL)
        stream = firehose.DeliveryStream(
            self,
            "Rows",
            destination=firehose.S3Bucket(
                lake,
                data_output_prefix="metering/day=!{timestamp:yyyy-MM-dd}/",
                error_output_prefix="errors/!{firehose:error-output-type}/",
                buffering_interval=Duration.minutes(5),
                buffering_size=Size.mebibytes(64),
                compression=firehose.Compression.GZIP,
                processors=[firehose.AppendDelimiterToRecordProcessor()],
            ),
        )
        decoded = bus.decoded()
        decoded.route(
            "Updated",
            EventFilter.of(
                op.pricing.update_metering_unit_timestamp_count, op.pricing.update_metering_unit_timestamp_count_now
            ).succeeded(),
            targets.FirehoseDeliveryStream(stream, message=payload.json(ROW)),
        )
        decoded.route(
            "Deleted",
            EventFilter.of(op.pricing.delete_metering_unit_timestamp_count).succeeded(),
            targets.FirehoseDeliveryStream(stream, message=payload.json(DELETED)),
        )
        self._make_queryable(lake)
        CfnOutput(self, "LakeName", value=lake.bucket_name)

    def _make_queryable(self, lake: s3.Bucket) -> None:
        """Make the table, a workgroup whose results are in the lake, too, and the saved query."""
        location = f"s3://{lake.bucket_name}/metering"
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=f"{self.stack_name.lower()}_lake"),
        )
        glue.CfnTable(
            self,
            "Table",
            catalog_id=self.account,
            database_name=database.ref,
            table_input=glue.CfnTable.TableInputProperty(
                name=TABLE,
                table_type="EXTERNAL_TABLE",
                partition_keys=[glue.CfnTable.ColumnProperty(name="day", type="string")],
                # Athena works out the days by itself, so nobody has to add partitions.
                parameters={
                    "classification": "json",
                    "projection.enabled": "true",
                    "projection.day.type": "date",
                    "projection.day.format": "yyyy-MM-dd",
                    "projection.day.range": "2026-01-01,NOW",
                    "storage.location.template": f"{location}/day=${{day}}",
                },
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type="bigint" if name in NUMBERS else "string")
                        for name in ROW
                    ],
                    location=location,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.openx.data.jsonserde.JsonSerDe",
                        parameters={"ignore.malformed.json": "true"},
                    ),
                ),
            ),
        )
        results = athena.CfnWorkGroup.ResultConfigurationProperty(output_location=f"s3://{lake.bucket_name}/results/")
        workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=self.stack_name,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(result_configuration=results),
        )
        athena.CfnNamedQuery(
            self, "Usage", database=database.ref, name="Usage by month", query_string=USAGE, work_group=workgroup.ref
        )


app = App()
MeteringLake(app, "MeteringLake", description="Collects what the tenants of a SaaS use")
app.synth()
