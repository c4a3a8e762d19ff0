"""Resource policies of CloudWatch Logs: their size limit.

AWS: CloudWatch Logs API reference, PutResourcePolicy (5,120 characters; ministack checks the limit of ten policies per
region itself).
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import Response, refuse
from constructs_lib.local.adapter.replacements import extends

_CHARACTERS = 5120


@extends("services.cloudwatch_logs._put_resource_policy")
def _put(original: Any, data: dict[str, Any]) -> Response:
    document = str(data.get("policyDocument") or "")
    if len(document) > _CHARACTERS:
        return refuse(
            "InvalidParameterException",
            f"Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or "
            f"equal to {_CHARACTERS}",
        )
    response: Response = original(data)
    return response
