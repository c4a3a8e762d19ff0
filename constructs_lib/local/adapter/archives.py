"""Archives: `AWS::Events::Archive`, the bus that an archive needs, and the rule that AWS makes for it on that bus.

AWS: API reference, CreateArchive, DeleteEventBus; CloudFormation, AWS::Events::Archive. The rule is AWS's own: it is
listed, counts as a rule of the bus, and goes with the archive only. While it is there, the bus cannot be deleted.
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.api_model import require_valid
from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, Response, checked, refuse, region

_TYPE = "AWS::Events::Archive"
_OPTIONAL = ("Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays")
MANAGED_BY = "prod.vhs.events.aws.internal"
_NOT_A_REPLAY = {"replay-name": [{"exists": False}]}


class _Archives:
    def __init__(self) -> None:
        self._create = EVENTS.replace("create_archive", self.create)
        self._update = EVENTS.replace("update_archive", self.update)
        self._delete = EVENTS.replace("delete_archive", self.delete)
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
        if response[0] >= 400:
            return response
        name = str(data["ArchiveName"])
        refused = _put_managed_rule(name)
        if refused is not None:
            self._delete({"ArchiveName": name})
            return refused
        return response

    def update(self, data: dict[str, Any]) -> Response:
        response: Response = self._update(data)
        if response[0] < 400:
            _put_managed_rule(str(data["ArchiveName"]))
        return response

    def delete(self, data: dict[str, Any]) -> Response:
        archive = EVENTS.archives.get(data.get("ArchiveName"))
        response: Response = self._delete(data)
        if archive is not None and response[0] < 400:
            key = EVENTS.rule_key(_rule_name(archive["ArchiveName"]), _bus_of(archive))
            EVENTS.rules.pop(key, None)
            EVENTS.targets.pop(key, None)
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


def _rule_name(archive: str) -> str:
    return f"Events-Archive-{archive}"


def _bus_of(archive: dict[str, Any]) -> str:
    return str(archive["EventSourceArn"]).partition(":event-bus/")[2]


def _put_managed_rule(name: str) -> Response | None:
    """Make or change the rule through which the archive gets its events; give AWS's refusal, if it is one."""
    archive = EVENTS.archives[name]
    rule, bus = _rule_name(name), _bus_of(archive)
    pattern = {**json.loads(archive.get("EventPattern") or "{}"), **_NOT_A_REPLAY}
    key = EVENTS.rule_key(rule, bus)
    if key in EVENTS.rules:
        EVENTS.rules[key]["EventPattern"] = json.dumps(pattern, separators=(",", ":"))
        return None
    made: Response = EVENTS.put_rule(
        {"Name": rule, "EventBusName": bus, "EventPattern": json.dumps(pattern, separators=(",", ":"))}
    )
    if made[0] >= 400:
        return made
    EVENTS.rules[key]["ManagedBy"] = MANAGED_BY
    # Its target is AWS's own; `targets` delivers nothing for it, for ministack fills archives by itself.
    EVENTS.targets[key] = [{"Id": rule, "Arn": f"arn:aws:events:{region()}:::"}]
    return None


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
