"""Event buses: which may be created and deleted, and `AWS::Events::EventBus`.

AWS: API reference, CreateEventBus, DeleteEventBus; CloudFormation, AWS::Events::EventBus.
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter import partner_sources
from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, Response, checked, refuse

_TYPE = "AWS::Events::EventBus"
_OPTIONAL = ("DeadLetterConfig", "Description", "EventSourceName", "KmsKeyIdentifier", "LogConfig", "Tags")


class _EventBuses:
    """ministack's own functions, and what AWS does around them."""

    def __init__(self) -> None:
        self._create = EVENTS.replace("create_event_bus", self.create)
        self._delete = EVENTS.replace("delete_event_bus", self.delete)
        CLOUDFORMATION.RESOURCE_HANDLERS[_TYPE] = {
            "create": self.provision,
            "update": self.update,
            "delete": self.remove,
            "import": self.adopt,
        }

    def create(self, data: dict[str, Any]) -> Response:
        name = str(data.get("Name") or "")
        source_name = data.get("EventSourceName")
        exists = name in EVENTS.event_buses
        refused = None if exists else partner_sources.refused_bus(name, source_name)
        if refused is not None:
            return refused
        response: Response = self._create(data)
        if response[0] < 400 and source_name is not None:
            EVENTS.event_buses[name]["EventSourceName"] = source_name
            partner_sources.bus_created(name)
        return response

    def delete(self, data: dict[str, Any]) -> Response:
        name, error = EVENTS.event_bus_name_from_ref(data.get("Name"))
        if error:
            return refuse(*error)
        rules = [rule["Name"] for rule in EVENTS.rules.values() if rule.get("EventBusName") == name]
        if rules and name != "default":
            return refuse("ValidationException", f"Event bus {name} can't be deleted since it has rules: {rules[0]}")
        existed = name in EVENTS.event_buses
        response: Response = self._delete({"Name": name})
        if existed and response[0] < 400:
            partner_sources.bus_deleted(name)
        return response

    # --------------------------------------------------------------- CloudFormation

    def provision(self, _logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        name = properties.get("Name")
        if not name:
            msg = f"{_TYPE}: required key [Name] not found"
            raise ValueError(msg)
        data = {"Name": name, **{key: properties[key] for key in _OPTIONAL if key in properties}}
        arn = str(checked(_TYPE, self.create(data))["EventBusArn"])
        if properties.get("Policy"):
            EVENTS.event_bus_policies[name] = properties["Policy"]
        return name, {"Arn": arn, "Name": name}

    def adopt(self, identifier: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """Take a bus that exists into a stack (`cdk import`)."""
        bus = EVENTS.event_buses.get(identifier.get("Name"))
        if bus is None:
            msg = f"{_TYPE}: event bus {identifier.get('Name')} does not exist"
            raise ValueError(msg)
        return bus["Name"], {"Arn": bus["Arn"], "Name": bus["Name"]}

    def update(self, name: str, old: dict[str, Any], new: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        if new.get("Name") != name or new.get("EventSourceName") != old.get("EventSourceName"):
            return self.provision("", new, stack)
        data: dict[str, Any] = {"Name": name, "Description": new.get("Description", "")}
        data.update({key: new[key] for key in ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig") if key in new})
        checked(_TYPE, EVENTS.update_event_bus(data))
        bus = EVENTS.event_buses[name]
        for key in ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig"):
            if key in old and key not in new:
                bus.pop(key, None)
        CLOUDFORMATION.reconcile_tag_map(EVENTS.tags.setdefault(bus["Arn"], {}), old, new)
        return name, {"Arn": bus["Arn"], "Name": name}

    def remove(self, name: str, _properties: dict[str, Any]) -> None:
        if name in EVENTS.event_buses:
            checked(_TYPE, self.delete({"Name": name}))


def install() -> None:
    """Replace ministack's event buses."""
    _EventBuses()
