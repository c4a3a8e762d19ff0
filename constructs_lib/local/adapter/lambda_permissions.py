"""A function's resource policy: its size limit, and the function that `AWS::Lambda::Permission` needs.

AWS: Lambda guide, "Lambda quotas" (resource-based policy 20 KB); API reference, AddPermission.
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, LAMBDA, Response, refuse
from constructs_lib.local.adapter.replacements import extends

_LIMIT = 20 * 1024


@extends("services.lambda_svc._add_permission")
def _add(
    original: Any,
    func_name: str,
    data: dict[str, Any],
    query_params: dict[str, Any] | None = None,
    path_qualifier: str | None = None,
) -> Response:
    response: Response = original(func_name, data, query_params, path_qualifier)
    if response[0] >= 400:
        return response
    statements = LAMBDA.functions[func_name]["policy"]["Statement"]
    # Each qualifier has its own policy.
    same = [statement for statement in statements if statement["Resource"] == statements[-1]["Resource"]]
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": same}
    size = len(json.dumps(policy, separators=(",", ":")))
    if size > _LIMIT:
        statements.pop()
        return refuse(
            "PolicyLengthExceededException",
            f"The final policy size ({size}) is bigger than the limit ({_LIMIT}).",
        )
    return response


@extends("services.cloudformation.provisioners._lambda_permission_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name = props.get("FunctionName", "")
    if CLOUDFORMATION.lambda_function_for_cfn_ref(name)[0] is None:
        msg = f"AWS::Lambda::Permission: function not found: {name}"
        raise ValueError(msg)
    provisioned: tuple[str, dict[str, str]] = original(logical_id, props, stack_name)
    return provisioned
