"""Log deliveries: `AWS::Logs::DeliverySource`, `AWS::Logs::DeliveryDestination`, and `AWS::Logs::Delivery`.

AWS: CloudFormation, the types above. A delivery carries nothing here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from constructs_lib.local.adapter.emulator import EVENTS, LOGS, checked
from constructs_lib.local.adapter.replacements import REPLACING_PROPERTIES, adds

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.local.adapter.emulator import Response

    Made = tuple[str, dict[str, str]]

_SOURCE = "AWS::Logs::DeliverySource"
_DESTINATION = "AWS::Logs::DeliveryDestination"
_DELIVERY = "AWS::Logs::Delivery"
_NAME_CHARACTERS = 60


def _provide(
    resource_type: str, make: Callable[[dict[str, Any]], Made], delete: Callable[[str], Response], *replacing: str
) -> None:
    """Add a resource type that is created and updated by the same call."""
    adds(resource_type, "create")(lambda _logical_id, props, _stack_name: make(props))
    adds(resource_type, "update")(lambda _physical_id, _old_props, new_props, _stack_name: make(new_props))

    @adds(resource_type, "delete")
    def remove(physical_id: str, _props: dict[str, Any]) -> None:
        response = delete(physical_id)
        if response[0] >= 400 and b"ResourceNotFoundException" not in response[2]:
            checked(resource_type, response)

    REPLACING_PROPERTIES[resource_type] = replacing


def _put_source(properties: dict[str, Any]) -> Made:
    arn, name = str(properties["ResourceArn"]), _checked_name(_SOURCE, properties)
    if ":event-bus/" in arn and arn not in {bus["Arn"] for bus in EVENTS.event_buses.values()}:
        msg = f"{_SOURCE}: Event bus {arn} does not exist. (ResourceNotFoundException)"
        raise ValueError(msg)
    data = {"name": name, "resourceArn": arn, "logType": properties.get("LogType")}
    made = checked(_SOURCE, LOGS.put_delivery_source(data))["deliverySource"]
    return name, {"Arn": made["arn"], "Service": made["service"]}


def _put_destination(properties: dict[str, Any]) -> Made:
    name, arn = _checked_name(_DESTINATION, properties), str(properties.get("DestinationResourceArn"))
    group = arn.partition(":log-group:")[2].removesuffix(":*")
    if group and group not in LOGS.log_groups:
        msg = f"{_DESTINATION}: The log group {group} does not exist. (ResourceNotFoundException)"
        raise ValueError(msg)
    data = {"name": name, "deliveryDestinationConfiguration": {"destinationResourceArn": arn}}
    made = checked(_DESTINATION, LOGS.put_delivery_destination(data))["deliveryDestination"]
    return name, {"Arn": made["arn"], "DeliveryDestinationType": made["deliveryDestinationType"]}


def _checked_name(kind: str, properties: dict[str, Any]) -> str:
    name = str(properties.get("Name") or "")
    if not name or len(name) > _NAME_CHARACTERS or not re.fullmatch(r"[\w-]+", name, re.ASCII):
        msg = f"{kind}: Value {name!r} at 'name' must match [\\w-]* and have 1 to {_NAME_CHARACTERS} characters."
        raise ValueError(msg)
    return name


def _create_delivery(properties: dict[str, Any]) -> Made:
    data = {
        "deliverySourceName": properties.get("DeliverySourceName"),
        "deliveryDestinationArn": properties.get("DeliveryDestinationArn"),
    }
    made = checked(_DELIVERY, LOGS.create_delivery(data))["delivery"]
    return made["id"], {"Arn": made["arn"], "DeliveryId": made["id"]}


_provide(_SOURCE, _put_source, lambda name: LOGS.delete_delivery_source({"name": name}), "Name", "ResourceArn")
_provide(
    _DESTINATION, _put_destination, lambda name: LOGS.delete_delivery_destination({"name": name}), "Name", "ResourceArn"
)
_provide(
    _DELIVERY,
    _create_delivery,
    lambda id: LOGS.delete_delivery({"id": id}),
    "DeliverySourceName",
    "DeliveryDestinationArn",
)
