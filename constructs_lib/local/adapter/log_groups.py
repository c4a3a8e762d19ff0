"""Log groups and the resource policies of CloudWatch Logs: names that are taken, and quotas.

AWS: CloudFormation, AWS::Logs::LogGroup (creating a group that exists fails); CloudWatch Logs API reference,
PutResourcePolicy (5,120 characters; ministack checks the limit of ten policies per region itself).
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, LOGS, Response, refuse
from constructs_lib.local.adapter.replacements import extends

_TYPE = "AWS::Logs::LogGroup"
_POLICY_CHARACTERS = 5120


@extends("services.cloudwatch_logs._put_resource_policy")
def _put_policy(original: Any, data: dict[str, Any]) -> Response:
    document = str(data.get("policyDocument") or "")
    if len(document) > _POLICY_CHARACTERS:
        return refuse(
            "InvalidParameterException",
            f"Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or "
            f"equal to {_POLICY_CHARACTERS}",
        )
    response: Response = original(data)
    return response


@extends("services.cloudformation.provisioners._cwlogs_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name = props.get("LogGroupName") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=512)
    if name in LOGS.log_groups:
        msg = f"Resource of type '{_TYPE}' with identifier '{name}' already exists."
        raise ValueError(msg)
    created: tuple[str, dict[str, str]] = original(logical_id, {**props, "LogGroupName": name}, stack_name)
    return created
