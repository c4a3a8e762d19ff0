"""Archives: `AWS::Events::Archive`, and the bus that an archive needs.

AWS: API reference, CreateArchive; CloudFormation, AWS::Events::Archive.
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.api_model import require_valid
from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, Response, checked, refuse

_TYPE = "AWS::Events::Archive"
_OPTIONAL = ("Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays")


class _Archives:
    def __init__(self) -> None:
        self._create = EVENTS.replace("create_archive", self.create)
        CLOUDFORMATION.RESOURCE_HANDLERS[_TYPE] = {
            "create": self.provision,
            "update": self.change,
            "delete": self.remove,
        }
        CLOUDFORMATION.REPLACING_PROPERTIES[_TYPE] = ("ArchiveName", "SourceArn")

    def create(self, data: dict[str, Any]) -> Response:
        EVENTS.ensure_default_bus()
        source = str(data.get("EventSourceArn"))
        if source not in {bus["Arn"] for bus in EVENTS.event_buses.values()}:
            return refuse("ResourceNotFoundException", f"Event bus {source} does not exist.")
        response: Response = self._create(data)
        return response

    def provision(self, logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("ArchiveName") or CLOUDFORMATION.physical_name(stack, logical_id, max_len=48)
        data = {"ArchiveName": name, "EventSourceArn": properties.get("SourceArn"), **_given(properties)}
        require_valid(_TYPE, "CreateArchive", data)
        return name, {"Arn": str(checked(_TYPE, self.create(data))["ArchiveArn"])}

    @staticmethod
    def change(name: str, _old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        data = {"ArchiveName": name, "Description": "", "EventPattern": "", "RetentionDays": 0, **_given(new)}
        require_valid(_TYPE, "UpdateArchive", data)
        return name, {"Arn": str(checked(_TYPE, EVENTS.update_archive(data))["ArchiveArn"])}

    @staticmethod
    def remove(name: str, _properties: dict[str, Any]) -> None:
        if name in EVENTS.archives:
            checked(_TYPE, EVENTS.delete_archive({"ArchiveName": name}))


def _given(properties: dict[str, Any]) -> dict[str, Any]:
    # aws-cdk-lib writes an empty KmsKeyIdentifier for "none".
    given = {key: properties[key] for key in _OPTIONAL if properties.get(key) not in (None, "")}
    if isinstance(given.get("EventPattern"), dict):
        given["EventPattern"] = json.dumps(given["EventPattern"], separators=(",", ":"), ensure_ascii=False)
    if "RetentionDays" in given:
        given["RetentionDays"] = int(given["RetentionDays"])
    return given


def install() -> None:
    """Add archives to CloudFormation."""
    _Archives()
