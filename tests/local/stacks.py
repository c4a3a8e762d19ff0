"""CloudFormation stacks on the local AWS, made from a few resources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import WaiterError

from tests.local.resources import unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws


class StackError(Exception):
    """A stack that did not come about, with the reasons that CloudFormation gave."""


def deploy(aws: LocalAws, resources: dict[str, Any], *, stack: str = "", **outputs: Any) -> dict[str, str]:
    """Create or update a stack and give its outputs."""
    cloudformation = aws.client("cloudformation")
    name = stack or unique("stack")
    template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}}
    body = json.dumps(template if outputs else {"Resources": resources})
    stacks = cloudformation.list_stacks()["StackSummaries"]
    exists = any(s["StackName"] == name and s["StackStatus"] != "DELETE_COMPLETE" for s in stacks)
    operation, wanted = ("update", "stack_update_complete") if exists else ("create", "stack_create_complete")
    getattr(cloudformation, f"{operation}_stack")(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    try:
        cloudformation.get_waiter(wanted).wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    except WaiterError as error:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"].endswith("FAILED")]
        raise StackError("; ".join(reasons)) from error
    described: Any = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def destroy(aws: LocalAws, stack: str) -> None:
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=stack, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
    )
