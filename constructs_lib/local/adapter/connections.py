"""Connections: which are valid, what AWS shows of them, and `AWS::Events::Connection`.

AWS: API reference, CreateConnection, DescribeConnection; CloudFormation, AWS::Events::Connection. A connection never
shows its secrets again.
"""

from __future__ import annotations

import copy
import json
from typing import Any

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
from constructs_lib.local.adapter.request_validation import require_valid

_TYPE = "AWS::Events::Connection"
_PROPERTIES = ("AuthorizationType", "AuthParameters", "Description", "KmsKeyIdentifier")
_PARAMETERS_OF = {
    "API_KEY": "ApiKeyAuthParameters",
    "BASIC": "BasicAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}
_SECRETS = frozenset({"ApiKeyValue", "ClientSecret", "Password"})

_Provisioned = tuple[str, dict[str, str]]

REPLACING_PROPERTIES[_TYPE] = ("Name",)


@extends("services.eventbridge._create_connection")
def _create(original: Any, data: dict[str, Any]) -> Response:
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
def _update(original: Any, data: dict[str, Any]) -> Response:
    known = EVENTS.connections.get(data.get("Name"))
    if known is not None:
        problem = _authorization_problem({**known, **data})
        if problem is not None:
            return refuse("ValidationException", problem)
    response: Response = original(data)
    return response


@replaces("services.eventbridge._describe_connection")
def _describe(data: dict[str, Any]) -> Response:
    name = data.get("Name")
    connection = EVENTS.connections.get(name)
    if connection is None:
        return refuse("ResourceNotFoundException", f"Connection '{name}' does not exist.")
    shown = copy.deepcopy(connection)
    shown["AuthParameters"] = _without_secrets(shown.get("AuthParameters") or {})
    return answer(shown)


@extends("services.eventbridge._list_connections")
def _list(original: Any, data: dict[str, Any]) -> Response:
    listed = checked(_TYPE, original(data))
    for connection in listed["Connections"]:
        # ministack answers an empty time for a connection that is not authorized; boto3 cannot read that.
        if not connection.get("LastAuthorizedTime"):
            connection.pop("LastAuthorizedTime", None)
    return answer(listed)


# ------------------------------------------------------------------ CloudFormation


@adds(_TYPE, "create")
def _provision(logical_id: str, props: dict[str, Any], stack_name: str) -> _Provisioned:
    name = props.get("Name") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=64)
    data = {"Name": name, **_given(props)}
    require_valid(_TYPE, "CreateConnection", data)
    checked(_TYPE, EVENTS.create_connection(data))
    return name, _attributes(name)


@adds(_TYPE, "update")
def _change(physical_id: str, _old_props: dict[str, Any], new_props: dict[str, Any], _stack_name: str) -> _Provisioned:
    data = {"Name": physical_id, "Description": "", **_given(new_props)}
    require_valid(_TYPE, "UpdateConnection", data)
    checked(_TYPE, EVENTS.update_connection(data))
    return physical_id, _attributes(physical_id)


@adds(_TYPE, "delete")
def _remove(physical_id: str, _props: dict[str, Any]) -> None:
    if physical_id in EVENTS.connections:
        checked(_TYPE, EVENTS.delete_connection({"Name": physical_id}))


def _attributes(name: str) -> dict[str, str]:
    connection = EVENTS.connections[name]
    arn = str(connection["ConnectionArn"])
    return {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0], "SecretArn": str(connection["SecretArn"])}


def _given(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: properties[name] for name in _PROPERTIES if properties.get(name) is not None}


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


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    hidden = _SECRETS | ({"Value"} if json.loads(str(value.get("IsValueSecret", False)).lower()) else set())
    return {key: _without_secrets(item) for key, item in value.items() if key not in hidden}
