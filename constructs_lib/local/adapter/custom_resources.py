"""Custom resources that failed to be created: CloudFormation asks for their deletion when it rolls back.

It does so by the physical id of the answer that said FAILED, so that a function can undo the half that it did.
AWS: CloudFormation User Guide, "Custom resource request types", Delete.
"""

from __future__ import annotations

import threading
from typing import Any

from constructs_lib.local.adapter.emulator import CUSTOM_RESOURCES, STACKS


class _FailedCreates:
    """What failed to be created, by stack and logical id, until the stack rolls back."""

    def __init__(self) -> None:
        self._properties: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        self._failed: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._invoke = CUSTOM_RESOURCES.replace("invoke_custom_resource", self.invoke)
        self._deliver = CUSTOM_RESOURCES.replace("deliver_response", self.deliver)
        self._roll_back = STACKS.replace("roll_back_operation", self.roll_back)

    def invoke(
        self, kind: str, logical_id: str, properties: dict[str, Any], stack: str, stack_id: str, type_: str, **more: Any
    ) -> Any:
        if kind == "Create":
            with self._lock:
                self._properties[stack_id, logical_id] = (type_, properties)
        return self._invoke(kind, logical_id, properties, stack, stack_id, type_, **more)

    def deliver(self, token: str, response: dict[str, Any]) -> Any:
        key = (str(response.get("StackId")), str(response.get("LogicalResourceId")))
        with self._lock:
            if response.get("Status") == "FAILED" and response.get("PhysicalResourceId"):
                self._failed[key] = str(response["PhysicalResourceId"])
            else:
                self._failed.pop(key, None)
        return self._deliver(token, response)

    async def roll_back(
        self, stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *more: Any, **named: Any
    ) -> Any:
        logical_id = operation.get("failed_logical_id")
        with self._lock:
            physical_id = self._failed.pop((stack_id, str(logical_id)), None)
            type_, properties = self._properties.get((stack_id, str(logical_id)), ("", {}))
        if physical_id is not None and type_ and operation.get("failed_update") is None:
            # ministack deletes in a rollback what it has listed as created.
            stack.setdefault("_resources", {})[logical_id] = {
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceType": type_,
                "Properties": properties,
            }
            operation["created"] = [*operation.get("created", []), logical_id]
        return await self._roll_back(stack_name, stack_id, stack, operation, *more, **named)


def install() -> None:
    """Put it in place."""
    _FailedCreates()
