"""Log groups and the resource policies of CloudWatch Logs: names that are taken, and quotas.

AWS: CloudFormation, AWS::Logs::LogGroup (a group that exists fails the create), CloudWatch Logs API reference,
PutResourcePolicy (5,120 characters; ministack has the ten policies per region itself).
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, LOGS, Response, refuse

_TYPE = "AWS::Logs::LogGroup"
_POLICY_CHARACTERS = 5120


class _LogGroups:
    def __init__(self) -> None:
        self._put_policy = LOGS.replace("put_resource_policy", self.put_policy)
        self._create = CLOUDFORMATION.replace("cwlogs_create", self.create)
        CLOUDFORMATION.RESOURCE_HANDLERS[_TYPE]["create"] = self.create

    def put_policy(self, data: dict[str, Any]) -> Response:
        document = str(data.get("policyDocument") or "")
        if len(document) > _POLICY_CHARACTERS:
            return refuse(
                "InvalidParameterException",
                f"Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or "
                f"equal to {_POLICY_CHARACTERS}",
            )
        response: Response = self._put_policy(data)
        return response

    def create(self, logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("LogGroupName") or CLOUDFORMATION.physical_name(stack, logical_id, max_len=512)
        if name in LOGS.log_groups:
            msg = f"Resource of type '{_TYPE}' with identifier '{name}' already exists."
            raise ValueError(msg)
        created: tuple[str, dict[str, str]] = self._create(logical_id, {**properties, "LogGroupName": name}, stack)
        return created


def install() -> None:
    """Replace ministack's log groups."""
    _LogGroups()
