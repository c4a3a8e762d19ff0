"""API destinations: which are valid, and `AWS::Events::ApiDestination`; `api_destination_calls` sends requests to them.

AWS: API reference, CreateApiDestination; CloudFormation, AWS::Events::ApiDestination.
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, RESPONSES, Response, answer, checked, refuse
from constructs_lib.local.adapter.replacements import REPLACING_PROPERTIES, adds, extends
from constructs_lib.local.adapter.request_validation import require_valid

_TYPE = "AWS::Events::ApiDestination"
_PROPERTIES = (
    "ConnectionArn",
    "Description",
    "HttpMethod",
    "InvocationEndpoint",
    "InvocationRateLimitPerSecond",
)

_Provisioned = tuple[str, dict[str, str]]

REPLACING_PROPERTIES[_TYPE] = ("Name",)


@extends("services.eventbridge._create_api_destination")
def _create(original: Any, data: dict[str, Any]) -> Response:
    refused = _refused(data)
    if refused is not None:
        return refused
    response: Response = original(data)
    if response[0] >= 400:
        return response
    destination = EVENTS.api_destinations[data["Name"]]
    destination["ApiDestinationArn"] += f"/{RESPONSES.new_uuid()}"
    shown = ("ApiDestinationArn", "ApiDestinationState", "CreationTime", "LastModifiedTime")
    return answer({key: destination[key] for key in shown})


@extends("services.eventbridge._update_api_destination")
def _update(original: Any, data: dict[str, Any]) -> Response:
    known = EVENTS.api_destinations.get(data.get("Name"))
    refused = _refused({**known, **data}) if known is not None else None
    if refused is not None:
        return refused
    response: Response = original(data)
    return response


def _refused(data: dict[str, Any]) -> Response | None:
    endpoint, arn = str(data.get("InvocationEndpoint")), str(data.get("ConnectionArn"))
    if not endpoint.startswith("https://"):
        return refuse(
            "ValidationException", f"InvocationEndpoint {endpoint} is not valid: it must start with https://."
        )
    if arn not in {connection["ConnectionArn"] for connection in EVENTS.connections.values()}:
        return refuse("ResourceNotFoundException", f"Connection '{arn}' does not exist.")
    return None


# ------------------------------------------------------------------ CloudFormation


@adds(_TYPE, "create")
def _provision(logical_id: str, props: dict[str, Any], stack_name: str) -> _Provisioned:
    name = props.get("Name") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=64)
    data = {"Name": name, **_given(props)}
    require_valid(_TYPE, "CreateApiDestination", data)
    checked(_TYPE, EVENTS.create_api_destination(data))
    return name, _attributes(name)


@adds(_TYPE, "update")
def _change(physical_id: str, _old_props: dict[str, Any], new_props: dict[str, Any], _stack_name: str) -> _Provisioned:
    data = {"Name": physical_id, "Description": "", **_given(new_props)}
    require_valid(_TYPE, "UpdateApiDestination", data)
    checked(_TYPE, EVENTS.update_api_destination(data))
    return physical_id, _attributes(physical_id)


@adds(_TYPE, "delete")
def _remove(physical_id: str, _props: dict[str, Any]) -> None:
    if physical_id in EVENTS.api_destinations:
        checked(_TYPE, EVENTS.delete_api_destination({"Name": physical_id}))


def _attributes(name: str) -> dict[str, str]:
    arn = str(EVENTS.api_destinations[name]["ApiDestinationArn"])
    return {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0]}


def _given(properties: dict[str, Any]) -> dict[str, Any]:
    given = {name: properties[name] for name in _PROPERTIES if properties.get(name) is not None}
    if "InvocationRateLimitPerSecond" in given:
        given["InvocationRateLimitPerSecond"] = int(given["InvocationRateLimitPerSecond"])
    return given
