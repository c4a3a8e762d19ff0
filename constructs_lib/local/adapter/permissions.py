"""Permissions of services: the resource policies and roles that AWS evaluates before EventBridge or Lambda delivers.

AWS: IAM user guide, "Policy evaluation logic", "Condition operators"; EventBridge user guide, "Using resource-based
policies" and "Using IAM roles". ministack evaluates policies well; it just does not do so here.
"""

from __future__ import annotations

import re
from typing import Any

from constructs_lib.local.adapter.emulator import IAM, IAM_EVALUATOR, region
from constructs_lib.local.adapter.replacements import replaces

EVENTS_SERVICE = "events.amazonaws.com"


def service_may(
    policy: object, action: str, resource: str, *, source_arn: str, source_account: str, service: str = EVENTS_SERVICE
) -> bool:
    """Return whether a resource's own policy allows a call by an AWS service.

    Args:
        policy: The policy; None allows nothing.
        action: The action, such as `sqs:SendMessage`.
        resource: The resource's ARN.
        source_arn: What the service acts for; empty when the call does not say.
        source_account: The account of that; empty when the call does not say.
        service: The service's principal.
    """
    if not policy:
        return False
    source = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    # The service calls over TLS, so that a Deny on aws:SecureTransport=false does not apply to it.
    context = IAM_EVALUATOR.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=region(),
        secure_transport=True,
        service_context={
            **{name: value for name, value in source.items() if value},
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
        },
    )
    return bool(IAM_EVALUATOR.evaluate_resource_policy(policy, context, service=service).decision == "Allow")


def role_may(role_arn: str, action: str, resource: str) -> bool:
    """Return whether a role's policies, within its permissions boundary, allow an action on a resource."""
    owner, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    context = IAM_EVALUATOR.EvalContext(
        principal_arn=f"arn:aws:sts::{owner}:assumed-role/{name}/local",
        principal_type="AssumedRole",
        principal_account=owner,
        action=action,
        resource_arn=resource,
        region=region(),
        secure_transport=True,
    )
    policies = IAM_EVALUATOR.gather_role_policies(name, owner)
    limits = IAM_EVALUATOR.permissions_boundary(IAM.roles, name, owner)
    return bool(IAM_EVALUATOR.evaluate(context, policies, *limits).decision == "Allow")


def can_assume(role_arn: str, service: str, *, source_arn: str, source_account: str) -> bool:
    """Return whether a role exists and trusts a service."""
    owner, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    role: dict[str, Any] | None = IAM.roles.get_scoped(owner, None, name)
    if role is None:
        return False
    trust = (
        IAM_EVALUATOR.json.loads(role["AssumeRolePolicyDocument"])
        if isinstance(role["AssumeRolePolicyDocument"], str)
        else role["AssumeRolePolicyDocument"]
    )
    statements = trust.get("Statement", [])
    # A trust policy does not name a resource, but the evaluation of resource policies expects one.
    with_resource = [{**s, "Resource": "*"} for s in ([statements] if isinstance(statements, dict) else statements)]
    return service_may(
        {"Statement": with_resource},
        "sts:AssumeRole",
        role_arn,
        source_arn=source_arn,
        source_account=source_account,
        service=service,
    )


@replaces("core.iam_evaluator._op_arn_like")
def _arn_like(actual: str, expected: str) -> bool:
    """Compare as AWS does: each of the six parts of an ARN by itself, so that `*` does not match a colon."""
    given, wanted = actual.split(":", 5), expected.split(":", 5)
    if len(given) != len(wanted):
        return False
    return all(re.fullmatch(_as_expression(w), g) is not None for g, w in zip(given, wanted, strict=True))


def _as_expression(text: str) -> str:
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)


@replaces("core.iam_evaluator._op_arn_not_like")
def _not_arn_like(actual: str, expected: str) -> bool:
    return not _arn_like(actual, expected)
