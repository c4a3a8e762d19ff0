"""A function's resource policy: its size, and that `AWS::Lambda::Permission` needs a function.

AWS: Lambda guide, "Lambda quotas" (resource-based policy 20 KB); API reference, AddPermission.
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, LAMBDA, Response, refuse

_LIMIT = 20 * 1024


class _Permissions:
    def __init__(self) -> None:
        self._add = LAMBDA.replace("add_permission", self.add)
        handlers = CLOUDFORMATION.RESOURCE_HANDLERS["AWS::Lambda::Permission"]
        self._provision = CLOUDFORMATION.replace("lambda_permission_create", self.provision)
        handlers["create"] = self.provision

    def add(
        self,
        name: str,
        data: dict[str, Any],
        query_params: dict[str, Any] | None = None,
        path_qualifier: str | None = None,
    ) -> Response:
        response: Response = self._add(name, data, query_params, path_qualifier)
        if response[0] >= 400:
            return response
        statements = LAMBDA.functions[name]["policy"]["Statement"]
        # Each qualifier has a policy of its own.
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

    def provision(self, logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("FunctionName", "")
        if CLOUDFORMATION.lambda_function_for_cfn_ref(name)[0] is None:
            msg = f"AWS::Lambda::Permission: function not found: {name}"
            raise ValueError(msg)
        provisioned: tuple[str, dict[str, str]] = self._provision(logical_id, properties, stack)
        return provisioned


def install() -> None:
    """Replace ministack's permissions."""
    _Permissions()
