"""Onboards each new tenant once: a record, a welcome mail, and back again if the mail cannot be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from constructs_lib import EventFilter, SaasusEventBus
from constructs_lib import operations as op

if TYPE_CHECKING:
    from constructs import Construct


class TenantOnboarding(Stack):
    """A state machine that runs for each tenant that SaaSus has created."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        sender = self.node.get_context("onboarding:sender")
        key = dynamodb.Attribute(name="tenant_id", type=dynamodb.AttributeType.STRING)
        tenants = dynamodb.TableV2(self, "Tenants", partition_key=key)

        email = sfn.JsonPath.string_at("$.detail.request.back_office_staff_email")
        tenant_id = tasks.DynamoAttributeValue.from_string(sfn.JsonPath.string_at("$.detail.tenant_id"))
        name = tasks.DynamoAttributeValue.from_string(sfn.JsonPath.string_at("$.detail.request.name"))
        new = "attribute_not_exists(tenant_id)"
        item = {"tenant_id": tenant_id, "name": name}
        record = tasks.DynamoPutItem(
            self, "Record", table=tenants, item=item, condition_expression=new, result_path=sfn.JsonPath.DISCARD
        )
        welcome = tasks.CallAwsService(
            self,
            "Welcome",
            service="sesv2",
            action="sendEmail",
            iam_action="ses:SendEmail",
            iam_resources=[self.format_arn(service="ses", resource="identity", resource_name=sender)],
            parameters={
                "FromEmailAddress": sender,
                "Destination": {"ToAddresses": sfn.JsonPath.array(email)},
                "Content": {"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "You can start."}}}},
            },
        )
        forget = tasks.DynamoDeleteItem(self, "Forget", table=tenants, key={"tenant_id": tenant_id})
        record.add_catch(sfn.Succeed(self, "KnownAlready"), errors=["DynamoDB.ConditionalCheckFailedException"])
        welcome.add_retry(max_attempts=3).add_catch(forget.next(sfn.Fail(self, "NotWelcomed")), result_path="$.error")
        steps = sfn.DefinitionBody.from_chainable(record.next(welcome))
        machine = sfn.StateMachine(self, "Onboarding", definition_body=steps)

        bus = SaasusEventBus(self, "Saasus", event_source_name=self.node.get_context("saasus:eventSourceName"))
        created = EventFilter.of(op.auth.create_tenant).succeeded()
        bus.decoded().route("TenantCreated", created, targets.SfnStateMachine(machine))
        CfnOutput(self, "TenantsTable", value=tenants.table_name)


app = App()
TenantOnboarding(app, "TenantOnboarding", description="Onboards the tenants of a SaaS")
app.synth()
