"""The IAM policy of commands: their actions, each on as few resources as IAM lets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_EVERYTHING: Final = ("*",)
_OF_THE_SOURCE: Final = ("arn:{partition}:events:{region}::event-source/aws.partner/saasus.io/*",)
_RESOURCES: Final[dict[str, tuple[str, ...]]] = {
    # The resource types of each action are from the Service Authorization Reference, on the pages of these services.
    "cloudformation:DescribeStacks": ("arn:{partition}:cloudformation:{region}:{account}:stack/*",),
    "cloudformation:ListStackResources": ("arn:{partition}:cloudformation:{region}:{account}:stack/*",),
    "events:DescribeArchive": ("arn:{partition}:events:{region}:{account}:archive/*",),
    "events:DescribeEventBus": ("arn:{partition}:events:{region}:{account}:event-bus/*",),
    "events:DescribeEventSource": _OF_THE_SOURCE,
    "events:DescribeReplay": ("arn:{partition}:events:{region}:{account}:replay/*",),
    "events:ListTargetsByRule": ("arn:{partition}:events:{region}:{account}:rule/*",),
    "events:PutEvents": ("arn:{partition}:events:{region}:{account}:event-bus/*",),
    "events:StartReplay": (
        "arn:{partition}:events:{region}:{account}:archive/*",
        "arn:{partition}:events:{region}:{account}:event-bus/*",
        "arn:{partition}:events:{region}:{account}:replay/*",
    ),
    "firehose:PutRecord": ("arn:{partition}:firehose:{region}:{account}:deliverystream/*",),
    "lambda:InvokeFunction": ("arn:{partition}:lambda:{region}:{account}:function:*",),
    "logs:CreateLogStream": ("arn:{partition}:logs:{region}:{account}:log-group:*",),
    "logs:DescribeLogStreams": ("arn:{partition}:logs:{region}:{account}:log-group:*",),
    "logs:FilterLogEvents": ("arn:{partition}:logs:{region}:{account}:log-group:*",),
    "logs:GetLogEvents": ("arn:{partition}:logs:{region}:{account}:log-group:*:log-stream:*",),
    "logs:PutLogEvents": ("arn:{partition}:logs:{region}:{account}:log-group:*:log-stream:*",),
    "secretsmanager:GetSecretValue": ("arn:{partition}:secretsmanager:{region}:{account}:secret:*",),
    "sns:Publish": ("arn:{partition}:sns:{region}:{account}:*",),
    "sqs:ChangeMessageVisibility": ("arn:{partition}:sqs:{region}:{account}:*",),
    "sqs:DeleteMessage": ("arn:{partition}:sqs:{region}:{account}:*",),
    "sqs:GetQueueAttributes": ("arn:{partition}:sqs:{region}:{account}:*",),
    "sqs:GetQueueUrl": ("arn:{partition}:sqs:{region}:{account}:*",),
    "sqs:ReceiveMessage": ("arn:{partition}:sqs:{region}:{account}:*",),
    "sqs:SendMessage": ("arn:{partition}:sqs:{region}:{account}:*",),
    "states:StartExecution": ("arn:{partition}:states:{region}:{account}:stateMachine:*",),
}
_READ_WITH_THE_KEY: Final = frozenset(
    {"events:ListRules", "events:ListTargetsByRule", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage"}
)
"""What decrypts on a bus, queue, or secret with your own key: EventBridge user guide, "Encrypting event buses"."""
_WRITTEN_WITH_THE_KEY: Final = frozenset({"sqs:SendMessage", "sns:Publish"})


@dataclass(frozen=True)
class PolicyScope:
    """Where the resources of a policy are; `*` means anywhere."""

    account: str = "*"
    region: str = "*"
    partition: str = "aws"


def policy(actions: Iterable[str], scope: PolicyScope, keys: Iterable[str] = ()) -> dict[str, Any]:
    """Return the policy, ready for JSON.

    Args:
        actions: The actions to allow.
        scope: Where the resources are.
        keys: ARNs of the KMS keys that encrypt the resources. Default: none.
    """
    wanted = set(actions)
    by_resource: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(wanted):
        by_resource.setdefault(_RESOURCES.get(action, _EVERYTHING), []).append(action)
    with_key = [
        *(["kms:Decrypt"] if wanted & (_READ_WITH_THE_KEY | _WRITTEN_WITH_THE_KEY) else []),
        *(["kms:GenerateDataKey"] if wanted & _WRITTEN_WITH_THE_KEY else []),
    ]
    statements = [
        _statement(allowed, [_filled(resource, scope) for resource in resources])
        for resources, allowed in by_resource.items()
    ]
    listed = sorted(set(keys))
    if listed and with_key:
        statements.append(_statement(with_key, listed))
    return {"Version": "2012-10-17", "Statement": statements}


def uses_keys(actions: Iterable[str]) -> bool:
    """Return whether any of the actions needs the key of the resource, if that has one."""
    return not (_READ_WITH_THE_KEY | _WRITTEN_WITH_THE_KEY).isdisjoint(actions)


def _statement(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions if len(actions) > 1 else actions[0],
        "Resource": resources if len(resources) > 1 else resources[0],
    }


def _filled(resource: str, scope: PolicyScope) -> str:
    return resource.format(partition=scope.partition, region=scope.region, account=scope.account)
