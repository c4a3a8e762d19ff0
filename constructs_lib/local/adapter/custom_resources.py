"""Custom resources that could not be created: CloudFormation asks for their deletion when it rolls back.

It uses the physical id from the answer that said FAILED, so that a function can undo what it did half-way.
AWS: CloudFormation User Guide, "Custom resource request types", Delete.
"""

from __future__ import annotations

import threading
from typing import Any

from constructs_lib.local.adapter.replacements import extends

_lock = threading.Lock()
_creates: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
"""The type and the properties of custom resources, by stack and logical id."""
_failed: dict[tuple[str, str], str] = {}
"""The physical ids of those whose creation failed, until their stack rolls back."""


@extends("services.cloudformation.custom_resource.invoke_custom_resource")
def _invoke(
    original: Any,
    request_type: str,
    logical_id: str,
    props: dict[str, Any],
    stack_name: str,
    stack_id: str,
    resource_type: str,
    physical_id: str | None = None,
    old_props: dict[str, Any] | None = None,
) -> Any:
    if request_type == "Create":
        with _lock:
            _creates[stack_id, logical_id] = (resource_type, props)
    return original(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id, old_props)


@extends("services.cloudformation.custom_resource.deliver_response")
def _deliver(original: Any, token: str, response: dict[str, Any]) -> Any:
    key = (str(response.get("StackId")), str(response.get("LogicalResourceId")))
    with _lock:
        if response.get("Status") == "FAILED" and response.get("PhysicalResourceId"):
            _failed[key] = str(response["PhysicalResourceId"])
        else:
            _failed.pop(key, None)
    return original(token, response)


@extends("services.cloudformation.stacks._roll_back_operation")
async def _roll_back(
    original: Any,
    stack_name: str,
    stack_id: str,
    stack: dict[str, Any],
    operation: dict[str, Any],
    reason_override: str = "",
) -> Any:
    logical_id = operation.get("failed_logical_id")
    with _lock:
        physical_id = _failed.pop((stack_id, str(logical_id)), None)
        resource_type, props = _creates.get((stack_id, str(logical_id)), ("", {}))
    if physical_id is not None and resource_type and operation.get("failed_update") is None:
        # In a rollback ministack deletes what it has listed as created.
        stack.setdefault("_resources", {})[logical_id] = {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": resource_type,
            "Properties": props,
        }
        operation["created"] = [*operation.get("created", []), logical_id]
    return await original(stack_name, stack_id, stack, operation, reason_override)
