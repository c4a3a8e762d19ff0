"""Event buses: which can be created and deleted, and `AWS::Events::EventBus`.

AWS: API reference, CreateEventBus, DeleteEventBus; CloudFormation, AWS::Events::EventBus.
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter import partner_sources
from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, Response, checked, refuse
from constructs_lib.local.adapter.replacements import adds, extends, replaces

_TYPE = "AWS::Events::EventBus"
_OPTIONAL = ("DeadLetterConfig", "Description", "EventSourceName", "KmsKeyIdentifier", "LogConfig", "Tags")
_CHANGED_IN_PLACE = ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig")


@extends("services.eventbridge._create_event_bus")
def _create(original: Any, data: dict[str, Any]) -> Response:
    name = str(data.get("Name") or "")
    source_name = data.get("EventSourceName")
    exists = name in EVENTS.event_buses
    refused = None if exists else partner_sources.refused_bus(name, source_name)
    if refused is not None:
        return refused
    response: Response = original(data)
    if response[0] < 400 and source_name is not None:
        EVENTS.event_buses[name]["EventSourceName"] = source_name
        partner_sources.bus_created(name)
    return response


@extends("services.eventbridge._delete_event_bus")
def _delete(original: Any, data: dict[str, Any]) -> Response:
    name, error = EVENTS.event_bus_name_from_ref(data.get("Name"))
    if error:
        return refuse(*error)
    rules = [rule["Name"] for rule in EVENTS.rules.values() if rule.get("EventBusName") == name]
    if rules and name != "default":
        return refuse("ValidationException", f"Event bus {name} can't be deleted since it has rules: {rules[0]}")
    existed = name in EVENTS.event_buses
    response: Response = original({"Name": name})
    if existed and response[0] < 400:
        partner_sources.bus_deleted(name)
    return response


# ------------------------------------------------------------------ CloudFormation


@replaces("services.cloudformation.provisioners._eb_event_bus_create")
def _provision(_logical_id: str, props: dict[str, Any], _stack_name: str) -> tuple[str, dict[str, str]]:
    name = props.get("Name")
    if not name:
        msg = f"{_TYPE}: required key [Name] not found"
        raise ValueError(msg)
    data = {"Name": name, **{key: props[key] for key in _OPTIONAL if key in props}}
    arn = str(checked(_TYPE, EVENTS.create_event_bus(data))["EventBusArn"])
    if props.get("Policy"):
        EVENTS.event_bus_policies[name] = props["Policy"]
    return name, {"Arn": arn, "Name": name}


@adds(_TYPE, "import")
def _adopt(identifier: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Adopt an existing bus into a stack (`cdk import`)."""
    bus = EVENTS.event_buses.get(identifier.get("Name"))
    if bus is None:
        msg = f"{_TYPE}: event bus {identifier.get('Name')} does not exist"
        raise ValueError(msg)
    return bus["Name"], {"Arn": bus["Arn"], "Name": bus["Name"]}


@replaces("services.cloudformation.provisioners._eb_event_bus_update")
def _change(
    physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
) -> tuple[str, dict[str, str]]:
    if new_props.get("Name") != physical_id or new_props.get("EventSourceName") != old_props.get("EventSourceName"):
        return _provision("", new_props, stack_name)
    data: dict[str, Any] = {"Name": physical_id, "Description": new_props.get("Description", "")}
    data.update({key: new_props[key] for key in _CHANGED_IN_PLACE if key in new_props})
    checked(_TYPE, EVENTS.update_event_bus(data))
    bus = EVENTS.event_buses[physical_id]
    for key in _CHANGED_IN_PLACE:
        if key in old_props and key not in new_props:
            bus.pop(key, None)
    CLOUDFORMATION.reconcile_tag_map(EVENTS.tags.setdefault(bus["Arn"], {}), old_props, new_props)
    return physical_id, {"Arn": bus["Arn"], "Name": physical_id}


@replaces("services.cloudformation.provisioners._eb_event_bus_delete")
def _remove(physical_id: str, _props: dict[str, Any]) -> None:
    if physical_id in EVENTS.event_buses:
        checked(_TYPE, EVENTS.delete_event_bus({"Name": physical_id}))
