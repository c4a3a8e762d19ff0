"""Log groups: names that are taken.

AWS: CloudFormation, AWS::Logs::LogGroup (creating a group that exists fails).
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, LOGS
from constructs_lib.local.adapter.replacements import extends

_TYPE = "AWS::Logs::LogGroup"


@extends("services.cloudformation.provisioners._cwlogs_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name = props.get("LogGroupName") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=512)
    if name in LOGS.log_groups:
        msg = f"Resource of type '{_TYPE}' with identifier '{name}' already exists."
        raise ValueError(msg)
    created: tuple[str, dict[str, str]] = original(logical_id, {**props, "LogGroupName": name}, stack_name)
    return created
