"""Archives: `AWS::Events::Archive`, the bus that an archive needs, and the rule that AWS makes for it on that bus.

AWS: API reference, CreateArchive, DeleteEventBus; CloudFormation, AWS::Events::Archive. AWS manages the rule: it is
listed, counts as a rule of the bus, and is deleted only with the archive. While it exists, the bus cannot be deleted.
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, Response, checked, refuse, region
from constructs_lib.local.adapter.replacements import REPLACING_PROPERTIES, adds, extends
from constructs_lib.local.adapter.request_validation import require_valid

_TYPE = "AWS::Events::Archive"
_OPTIONAL = ("Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays")
MANAGED_BY = "prod.vhs.events.aws.internal"
_NOT_A_REPLAY = {"replay-name": [{"exists": False}]}

REPLACING_PROPERTIES[_TYPE] = ("ArchiveName", "SourceArn")


@extends("services.eventbridge._create_archive")
def _create(original: Any, data: dict[str, Any]) -> Response:
    EVENTS.ensure_default_bus()
    source = str(data.get("EventSourceArn"))
    if source not in {bus["Arn"] for bus in EVENTS.event_buses.values()}:
        return refuse("ResourceNotFoundException", f"Event bus {source} does not exist.")
    response: Response = original(data)
    if response[0] >= 400:
        return response
    name = str(data["ArchiveName"])
    refused = _put_managed_rule(name)
    if refused is not None:
        EVENTS.delete_archive({"ArchiveName": name})
        return refused
    return response


@extends("services.eventbridge._update_archive")
def _update(original: Any, data: dict[str, Any]) -> Response:
    response: Response = original(data)
    if response[0] < 400:
        _put_managed_rule(str(data["ArchiveName"]))
    return response


@extends("services.eventbridge._delete_archive")
def _delete(original: Any, data: dict[str, Any]) -> Response:
    archive = EVENTS.archives.get(data.get("ArchiveName"))
    response: Response = original(data)
    if archive is not None and response[0] < 400:
        key = EVENTS.rule_key(_rule_name(archive["ArchiveName"]), _bus_of(archive))
        EVENTS.rules.pop(key, None)
        EVENTS.targets.pop(key, None)
    return response


@adds(_TYPE, "create")
def _provision(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name = props.get("ArchiveName") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=48)
    data = {"ArchiveName": name, "EventSourceArn": props.get("SourceArn"), **_given(props)}
    require_valid(_TYPE, "CreateArchive", data)
    return name, {"Arn": str(checked(_TYPE, EVENTS.create_archive(data))["ArchiveArn"])}


@adds(_TYPE, "update")
def _change(
    physical_id: str, _old_props: dict[str, Any], new_props: dict[str, Any], _stack_name: str
) -> tuple[str, dict[str, str]]:
    cleared = {"Description": "", "EventPattern": "", "RetentionDays": 0}
    data = {"ArchiveName": physical_id, **cleared, **_given(new_props)}
    require_valid(_TYPE, "UpdateArchive", data)
    return physical_id, {"Arn": str(checked(_TYPE, EVENTS.update_archive(data))["ArchiveArn"])}


@adds(_TYPE, "delete")
def _remove(physical_id: str, _props: dict[str, Any]) -> None:
    if physical_id in EVENTS.archives:
        checked(_TYPE, EVENTS.delete_archive({"ArchiveName": physical_id}))


def _rule_name(archive: str) -> str:
    return f"Events-Archive-{archive}"


def _bus_of(archive: dict[str, Any]) -> str:
    return str(archive["EventSourceArn"]).partition(":event-bus/")[2]


def _put_managed_rule(name: str) -> Response | None:
    """Make or change the rule through which the archive gets its events, and return AWS's refusal, if there is one."""
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
    # Its target belongs to AWS. `target_calls` delivers nothing to it, because ministack fills archives itself.
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
