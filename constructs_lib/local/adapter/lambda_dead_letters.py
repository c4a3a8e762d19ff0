"""Dead-letter queues of functions: which may be set, and `DeadLetterConfig` of `AWS::Lambda::Function`.

AWS: Lambda guide, "Adding a dead-letter queue" (the function's role must be allowed to send to it); API reference,
CreateFunction, UpdateFunctionConfiguration; CloudFormation, AWS::Lambda::Function.
"""

from __future__ import annotations

from typing import Any

from constructs_lib.local.adapter.emulator import ARN, LAMBDA, SQS, Response, refuse
from constructs_lib.local.adapter.permissions import role_may
from constructs_lib.local.adapter.replacements import extends

_TYPE = "AWS::Lambda::Function"
_ACTIONS = {"sqs": "SendMessage", "sns": "Publish"}


@extends("services.lambda_svc._create_function")
def _create_function(original: Any, data: dict[str, Any]) -> Response:
    problem = _problem(str(data.get("Role", "")), data.get("DeadLetterConfig"))
    if problem:
        return refuse("InvalidParameterValueException", problem)
    response: Response = original(data)
    return response


@extends("services.lambda_svc._update_config")
def _update_config(original: Any, name: str, data: dict[str, Any]) -> Response:
    function = LAMBDA.functions.get(name)
    if function is not None:
        role = str(data.get("Role") or function["config"].get("Role", ""))
        problem = _problem(role, data.get("DeadLetterConfig"))
        if problem:
            return refuse("InvalidParameterValueException", problem)
    response: Response = original(name, data)
    return response


@extends("services.cloudformation.provisioners._lambda_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    _require_sendable(props)
    name, attributes = original(logical_id, props, stack_name)
    _keep(name, props)
    return name, attributes


@extends("services.cloudformation.provisioners._lambda_update")
def _change(
    original: Any,
    physical_id: str,
    old_props: dict[str, Any],
    new_props: dict[str, Any],
    stack_name: str,
    logical_id: str | None = None,
) -> tuple[str, dict[str, str]]:
    _require_sendable(new_props)
    name, attributes = original(physical_id, old_props, new_props, stack_name, logical_id)
    _keep(name, new_props)
    return name, attributes


def _keep(name: str, properties: dict[str, Any]) -> None:
    config = LAMBDA.functions[name]["config"]
    if properties.get("DeadLetterConfig"):
        config["DeadLetterConfig"] = properties["DeadLetterConfig"]
    else:
        config.pop("DeadLetterConfig", None)


def _require_sendable(properties: dict[str, Any]) -> None:
    problem = _problem(str(properties.get("Role", "")), properties.get("DeadLetterConfig"))
    if problem:
        msg = f"{_TYPE}: {problem} (InvalidParameterValueException)"
        raise ValueError(msg)


def _problem(role: str, config: object) -> str:
    target = str(config.get("TargetArn") or "") if isinstance(config, dict) else ""
    if not target:
        return ""
    try:
        service = str(ARN.parse_arn(target).service)
    except ARN.ArnParseError:
        return ""  # ministack has an error for it
    if service not in _ACTIONS:
        return ""
    call = _ACTIONS[service]
    if not role_may(role, f"{service}:{call}", target):
        return f"The provided execution role does not have permissions to call {call} on {service.upper()}"
    if service == "sqs" and SQS.queue_by_arn(target) is None:
        return f"The dead-letter queue {target} does not exist."
    return ""
