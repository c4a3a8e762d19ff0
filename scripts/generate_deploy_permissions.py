"""Write the permissions that CloudFormation needs for the resources of the constructs.

They are from the resource schemas in cfn-lint, which are AWS's own: each names the permissions of its handlers.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parents[1] / "constructs_lib" / "cli" / "deploy_permissions.json"
TYPES: Final = (
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Events::ApiDestination",
    "AWS::Events::Archive",
    "AWS::Events::Connection",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::Delivery",
    "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource",
    "AWS::Logs::LogGroup",
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::ResourcePolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::Secret",
)
_HANDLERS: Final = ("create", "read", "update", "delete")
_ADDED: Final = {
    # EventBridge user guide, "Logging for event buses": permissions to deliver an event bus's log.
    "AWS::Logs::DeliverySource": ("events:AllowVendedLogDeliveryForResource",),
    # A connection's key is a reference to a secret, which CloudFormation resolves.
    "AWS::Events::Connection": ("secretsmanager:GetSecretValue",),
}
_SERVICES: Final = frozenset(
    {"cloudwatch", "dynamodb", "events", "iam", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "states"}
)
_NO_ACTIONS: Final = frozenset({"kms:ReEncrypt", "s3:REST.PUT.OBJECT"})
"""In the schemas, but not actions of IAM."""


def table() -> dict[str, list[str]]:
    """Return the actions of each type."""
    found: dict[str, list[str]] = {}
    package = importlib.util.find_spec("cfnlint")
    assert package is not None  # noqa: S101 - one of the development packages
    assert package.origin is not None  # noqa: S101
    for file in (Path(package.origin).parent / "data" / "schemas" / "resources").glob("*.json"):
        schema = json.loads(file.read_text("utf-8"))
        if schema.get("typeName") in TYPES:
            handlers = schema.get("handlers", {})
            listed = {action for name in _HANDLERS for action in handlers.get(name, {}).get("permissions", ())}
            actions = {action for action in listed if action.partition(":")[0] in _SERVICES} - _NO_ACTIONS
            before = found.get(schema["typeName"], _ADDED.get(schema["typeName"], ()))
            found[schema["typeName"]] = sorted({*before, *actions})
    return dict(sorted(found.items()))


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=2) + "\n", "utf-8", newline="\n")
