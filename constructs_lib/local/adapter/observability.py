"""What watches in CloudFormation: log deliveries, saved queries, and alarms on an expression.

AWS: CloudFormation, AWS::Logs::DeliverySource, AWS::Logs::DeliveryDestination, AWS::Logs::Delivery,
AWS::Logs::QueryDefinition, AWS::CloudWatch::Alarm. A delivery carries nothing here, and an alarm on an expression is
kept as it is described and not evaluated.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, LOGS, checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.local.adapter.emulator import Response

    Made = tuple[str, dict[str, str]]

_SOURCE = "AWS::Logs::DeliverySource"
_DESTINATION = "AWS::Logs::DeliveryDestination"
_DELIVERY = "AWS::Logs::Delivery"
_QUERY = "AWS::Logs::QueryDefinition"
_QUERY_CHARACTERS = 10_000
_NAME_CHARACTERS = 60


class _Deliveries:
    """Deliveries are ministack's own; here CloudFormation gets at them."""

    def __init__(self) -> None:
        for kind, put, delete in (
            (_SOURCE, self.put_source, "delete_delivery_source"),
            (_DESTINATION, self.put_destination, "delete_delivery_destination"),
        ):
            CLOUDFORMATION.RESOURCE_HANDLERS[kind] = {
                "create": _create(put),
                "update": _update(put),
                "delete": _delete(delete, "name"),
            }
            CLOUDFORMATION.REPLACING_PROPERTIES[kind] = ("Name", "ResourceArn")
        CLOUDFORMATION.RESOURCE_HANDLERS[_DELIVERY] = {
            "create": _create(self.create_delivery),
            "update": _update(self.create_delivery),
            "delete": _delete("delete_delivery", "id"),
        }
        CLOUDFORMATION.REPLACING_PROPERTIES[_DELIVERY] = ("DeliverySourceName", "DeliveryDestinationArn")

    @staticmethod
    def put_source(properties: dict[str, Any]) -> Made:
        arn, name = str(properties["ResourceArn"]), _checked_name(_SOURCE, properties)
        if ":event-bus/" in arn and arn not in {bus["Arn"] for bus in EVENTS.event_buses.values()}:
            msg = f"{_SOURCE}: Event bus {arn} does not exist. (ResourceNotFoundException)"
            raise ValueError(msg)
        data = {"name": name, "resourceArn": arn, "logType": properties.get("LogType")}
        made = checked(_SOURCE, LOGS.put_delivery_source(data))["deliverySource"]
        return name, {"Arn": made["arn"], "Service": made["service"]}

    @staticmethod
    def put_destination(properties: dict[str, Any]) -> Made:
        name, arn = _checked_name(_DESTINATION, properties), str(properties.get("DestinationResourceArn"))
        group = arn.partition(":log-group:")[2].removesuffix(":*")
        if group and group not in LOGS.log_groups:
            msg = f"{_DESTINATION}: The log group {group} does not exist. (ResourceNotFoundException)"
            raise ValueError(msg)
        data = {"name": name, "deliveryDestinationConfiguration": {"destinationResourceArn": arn}}
        made = checked(_DESTINATION, LOGS.put_delivery_destination(data))["deliveryDestination"]
        return name, {"Arn": made["arn"], "DeliveryDestinationType": made["deliveryDestinationType"]}

    @staticmethod
    def create_delivery(properties: dict[str, Any]) -> Made:
        data = {
            "deliverySourceName": properties.get("DeliverySourceName"),
            "deliveryDestinationArn": properties.get("DeliveryDestinationArn"),
        }
        made = checked(_DELIVERY, LOGS.create_delivery(data))["delivery"]
        return made["id"], {"Arn": made["arn"], "DeliveryId": made["id"]}


class _Queries:
    """Saved queries: kept while their stack is."""

    def __init__(self) -> None:
        self._saved: dict[str, dict[str, Any]] = {}
        CLOUDFORMATION.RESOURCE_HANDLERS[_QUERY] = {"create": self.create, "update": self.change, "delete": self.remove}

    def create(self, _logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
        id = str(uuid.uuid4())
        self._save(id, properties)
        return id, {"QueryDefinitionId": id}

    def change(self, id: str, _old: dict[str, Any], new: dict[str, Any], _stack: str) -> Made:
        self._save(id, new)
        return id, {"QueryDefinitionId": id}

    def remove(self, id: str, _properties: dict[str, Any]) -> None:
        self._saved.pop(id, None)

    def _save(self, id: str, properties: dict[str, Any]) -> None:
        text = str(properties.get("QueryString") or "")
        if not 1 <= len(text) <= _QUERY_CHARACTERS or not properties.get("Name"):
            msg = f"{_QUERY}: a query has a name, and a text of 1 to {_QUERY_CHARACTERS:,} characters."
            raise ValueError(msg)
        missing = [name for name in properties.get("LogGroupNames") or [] if name not in LOGS.log_groups]
        if missing:
            msg = f"{_QUERY}: The log group {missing[0]} does not exist. (ResourceNotFoundException)"
            raise ValueError(msg)
        self._saved[id] = properties


class _AlarmsOnExpressions:
    """ministack refuses alarms on an expression; here they are there, in the state that they start in."""

    def __init__(self) -> None:
        self._record = CLOUDFORMATION.replace("cw_metric_alarm_record", self.record)

    def record(self, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if not metrics:
            alarm: dict[str, Any] = self._record(name, properties)
            return alarm
        # No metric has this namespace, so nothing is ever found and nothing is evaluated from it.
        unknown = {"Namespace": "Expression", "MetricName": str(metrics[0].get("Id")), "Metrics": None}
        alarm = self._record(name, {**properties, **unknown, "TreatMissingData": "missing"})
        return {**alarm, "Metrics": metrics}


def _create(put: Callable[[dict[str, Any]], Made]) -> Callable[[str, dict[str, Any], str], Made]:
    return lambda _logical_id, properties, _stack: put(properties)


def _update(put: Callable[[dict[str, Any]], Made]) -> Callable[[str, dict[str, Any], dict[str, Any], str], Made]:
    return lambda _id, _old, new, _stack: put(new)


def _delete(function: str, key: str) -> Callable[[str, dict[str, Any]], None]:
    def delete(id: str, _properties: dict[str, Any]) -> None:
        response: Response = getattr(LOGS, function)({key: id})
        if response[0] >= 400 and b"ResourceNotFoundException" not in response[2]:
            checked(function, response)

    return delete


def _checked_name(kind: str, properties: dict[str, Any]) -> str:
    name = str(properties.get("Name") or "")
    if not name or len(name) > _NAME_CHARACTERS or not re.fullmatch(r"[\w-]+", name, re.ASCII):
        msg = f"{kind}: Value {name!r} at 'name' must match [\\w-]* and have 1 to {_NAME_CHARACTERS} characters."
        raise ValueError(msg)
    return name


def install() -> None:
    """Add what watches to CloudFormation."""
    _Deliveries()
    _Queries()
    _AlarmsOnExpressions()
