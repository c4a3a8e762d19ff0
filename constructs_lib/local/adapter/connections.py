"""Connections and API destinations: which are valid, what AWS shows of them, and their CloudFormation types.

AWS: API reference, CreateConnection, DescribeConnection, CreateApiDestination; CloudFormation,
AWS::Events::Connection, AWS::Events::ApiDestination. A connection never shows its secrets again.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from constructs_lib.local.adapter.api_model import require_valid
from constructs_lib.local.adapter.emulator import (
    CLOUDFORMATION,
    EVENTS,
    RESPONSES,
    Response,
    account,
    answer,
    checked,
    refuse,
    region,
)
from constructs_lib.local.adapter.replacements import REPLACING_PROPERTIES, adds, extends, replaces

_CONNECTION = "AWS::Events::Connection"
_DESTINATION = "AWS::Events::ApiDestination"
_CONNECTION_PROPERTIES = ("AuthorizationType", "AuthParameters", "Description", "KmsKeyIdentifier")
_DESTINATION_PROPERTIES = (
    "ConnectionArn",
    "Description",
    "HttpMethod",
    "InvocationEndpoint",
    "InvocationRateLimitPerSecond",
)
_PARAMETERS_OF = {
    "API_KEY": "ApiKeyAuthParameters",
    "BASIC": "BasicAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}
_SECRETS = frozenset({"ApiKeyValue", "ClientSecret", "Password"})

_Provisioned = tuple[str, dict[str, str]]

REPLACING_PROPERTIES[_CONNECTION] = ("Name",)
REPLACING_PROPERTIES[_DESTINATION] = ("Name",)


@extends("services.eventbridge._create_connection")
def _create_connection(original: Any, data: dict[str, Any]) -> Response:
    problem = _authorization_problem(data)
    if problem is not None:
        return refuse("ValidationException", problem)
    response: Response = original(data)
    if response[0] >= 400:
        return response
    connection = EVENTS.connections[data["Name"]]
    unique = str(RESPONSES.new_uuid())
    connection["ConnectionArn"] += f"/{unique}"
    connection["SecretArn"] = (
        f"arn:aws:secretsmanager:{region()}:{account()}:secret:events!connection/{data['Name']}/{unique}-local"
    )
    return answer({key: connection[key] for key in ("ConnectionArn", "ConnectionState", "CreationTime")})


@extends("services.eventbridge._update_connection")
def _update_connection(original: Any, data: dict[str, Any]) -> Response:
    known = EVENTS.connections.get(data.get("Name"))
    if known is not None:
        problem = _authorization_problem({**known, **data})
        if problem is not None:
            return refuse("ValidationException", problem)
    response: Response = original(data)
    return response


@replaces("services.eventbridge._describe_connection")
def _describe_connection(data: dict[str, Any]) -> Response:
    name = data.get("Name")
    connection = EVENTS.connections.get(name)
    if connection is None:
        return refuse("ResourceNotFoundException", f"Connection '{name}' does not exist.")
    shown = copy.deepcopy(connection)
    shown["AuthParameters"] = _without_secrets(shown.get("AuthParameters") or {})
    return answer(shown)


@extends("services.eventbridge._list_connections")
def _list_connections(original: Any, data: dict[str, Any]) -> Response:
    listed = checked(_CONNECTION, original(data))
    for connection in listed["Connections"]:
        # ministack answers an empty time for a connection that is not authorized; boto3 cannot read that.
        if not connection.get("LastAuthorizedTime"):
            connection.pop("LastAuthorizedTime", None)
    return answer(listed)


@extends("services.eventbridge._create_api_destination")
def _create_api_destination(original: Any, data: dict[str, Any]) -> Response:
    refused = _refused_destination(data)
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
def _update_api_destination(original: Any, data: dict[str, Any]) -> Response:
    known = EVENTS.api_destinations.get(data.get("Name"))
    refused = _refused_destination({**known, **data}) if known is not None else None
    if refused is not None:
        return refused
    response: Response = original(data)
    return response


# ------------------------------------------------------------------ CloudFormation


@adds(_CONNECTION, "create")
def _provision_connection(logical_id: str, props: dict[str, Any], stack_name: str) -> _Provisioned:
    name = props.get("Name") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=64)
    data = {"Name": name, **_given(props, _CONNECTION_PROPERTIES)}
    require_valid(_CONNECTION, "CreateConnection", data)
    checked(_CONNECTION, EVENTS.create_connection(data))
    return name, _connection_attributes(name)


@adds(_CONNECTION, "update")
def _change_connection(
    physical_id: str, _old_props: dict[str, Any], new_props: dict[str, Any], _stack_name: str
) -> _Provisioned:
    data = {"Name": physical_id, "Description": "", **_given(new_props, _CONNECTION_PROPERTIES)}
    require_valid(_CONNECTION, "UpdateConnection", data)
    checked(_CONNECTION, EVENTS.update_connection(data))
    return physical_id, _connection_attributes(physical_id)


@adds(_CONNECTION, "delete")
def _remove_connection(physical_id: str, _props: dict[str, Any]) -> None:
    if physical_id in EVENTS.connections:
        checked(_CONNECTION, EVENTS.delete_connection({"Name": physical_id}))


def _connection_attributes(name: str) -> dict[str, str]:
    connection = EVENTS.connections[name]
    arn = str(connection["ConnectionArn"])
    return {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0], "SecretArn": str(connection["SecretArn"])}


@adds(_DESTINATION, "create")
def _provision_destination(logical_id: str, props: dict[str, Any], stack_name: str) -> _Provisioned:
    name = props.get("Name") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=64)
    data = {"Name": name, **_given(props, _DESTINATION_PROPERTIES)}
    require_valid(_DESTINATION, "CreateApiDestination", data)
    checked(_DESTINATION, EVENTS.create_api_destination(data))
    return name, _destination_attributes(name)


@adds(_DESTINATION, "update")
def _change_destination(
    physical_id: str, _old_props: dict[str, Any], new_props: dict[str, Any], _stack_name: str
) -> _Provisioned:
    data = {"Name": physical_id, "Description": "", **_given(new_props, _DESTINATION_PROPERTIES)}
    require_valid(_DESTINATION, "UpdateApiDestination", data)
    checked(_DESTINATION, EVENTS.update_api_destination(data))
    return physical_id, _destination_attributes(physical_id)


@adds(_DESTINATION, "delete")
def _remove_destination(physical_id: str, _props: dict[str, Any]) -> None:
    if physical_id in EVENTS.api_destinations:
        checked(_DESTINATION, EVENTS.delete_api_destination({"Name": physical_id}))


def _destination_attributes(name: str) -> dict[str, str]:
    arn = str(EVENTS.api_destinations[name]["ApiDestinationArn"])
    return {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0]}


def _given(properties: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    given = {name: properties[name] for name in names if properties.get(name) is not None}
    if "InvocationRateLimitPerSecond" in given:
        given["InvocationRateLimitPerSecond"] = int(given["InvocationRateLimitPerSecond"])
    return given


def _authorization_problem(data: dict[str, Any]) -> str | None:
    kind, parameters = str(data.get("AuthorizationType")), data.get("AuthParameters") or {}
    wanted = _PARAMETERS_OF.get(kind)
    if wanted is None or not isinstance(parameters.get(wanted), dict):
        return f"AuthParameters of a connection of the type {kind} need {wanted or 'a known type'}."
    others = [name for name in _PARAMETERS_OF.values() if name != wanted and name in parameters]
    if others:
        return f"AuthParameters of a connection of the type {kind} must not have {others[0]}."
    endpoint = parameters[wanted].get("AuthorizationEndpoint")
    if endpoint is not None and not str(endpoint).startswith("https://"):
        return f"AuthorizationEndpoint {endpoint} is not valid: it must start with https://."
    return None


def _refused_destination(data: dict[str, Any]) -> Response | None:
    endpoint, arn = str(data.get("InvocationEndpoint")), str(data.get("ConnectionArn"))
    if not endpoint.startswith("https://"):
        return refuse(
            "ValidationException", f"InvocationEndpoint {endpoint} is not valid: it must start with https://."
        )
    if arn not in {connection["ConnectionArn"] for connection in EVENTS.connections.values()}:
        return refuse("ResourceNotFoundException", f"Connection '{arn}' does not exist.")
    return None


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    hidden = _SECRETS | ({"Value"} if json.loads(str(value.get("IsValueSecret", False)).lower()) else set())
    return {key: _without_secrets(item) for key, item in value.items() if key not in hidden}
