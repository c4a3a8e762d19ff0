"""What EventBridge may do: the resource policies and roles that AWS evaluates before it delivers.

AWS: IAM user guide, "Policy evaluation logic", "Condition operators"; EventBridge user guide, "Using resource-based
policies" and "Using IAM roles". ministack evaluates policies well; it just does not ask here.
"""

from __future__ import annotations

import re
from typing import Any

from constructs_lib.local.adapter.emulator import IAM, IAM_EVALUATOR, region

EVENTS_SERVICE = "events.amazonaws.com"


def service_may(
    policy: object, action: str, resource: str, *, source_arn: str, source_account: str, service: str = EVENTS_SERVICE
) -> bool:
    """Tell whether a resource's own policy allows an AWS service that acts for a source; empty if it does not say."""
    if not policy:
        return False
    source = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    # The service calls over TLS, so a Deny on aws:SecureTransport=false does not concern it.
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
    """Tell whether a role's policies, within its permissions boundary, allow an action on a resource."""
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
    """Tell whether a role exists and trusts a service."""
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
    # A trust policy names no resource; the evaluation of resource policies wants one.
    with_resource = [{**s, "Resource": "*"} for s in ([statements] if isinstance(statements, dict) else statements)]
    return service_may(
        {"Statement": with_resource},
        "sts:AssumeRole",
        role_arn,
        source_arn=source_arn,
        source_account=source_account,
        service=service,
    )


def _arn_like(actual: str, expected: str) -> bool:
    """Compare as AWS does: each of the six parts of an ARN by itself, so that `*` does not reach across a colon."""
    given, wanted = actual.split(":", 5), expected.split(":", 5)
    if len(given) != len(wanted):
        return False
    return all(re.fullmatch(_as_expression(w), g) is not None for g, w in zip(given, wanted, strict=True))


def _as_expression(text: str) -> str:
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)


def _not_arn_like(actual: str, expected: str) -> bool:
    return not _arn_like(actual, expected)


def install() -> None:
    """Make ARN conditions as strict as AWS's."""
    operators = IAM_EVALUATOR.CONDITION_OPS
    for name in ("arnequals", "arnlike"):
        operators[name] = _arn_like
    for name in ("arnnotequals", "arnnotlike"):
        operators[name] = _not_arn_like
