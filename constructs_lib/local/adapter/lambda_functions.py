"""Functions: their own dead-letter queues, and environment variables that all functions are given here.

AWS: Lambda guide, "Adding a dead-letter queue" (the function's role has to be allowed to send to it); API reference,
CreateFunction, UpdateFunctionConfiguration; CloudFormation, AWS::Lambda::Function.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from constructs_lib.local.adapter.emulator import ARN, CLOUDFORMATION, LAMBDA, LAMBDA_RUNTIME, SQS, Response, refuse
from constructs_lib.local.adapter.permissions import role_may

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TYPE = "AWS::Lambda::Function"
_ACTIONS = {"sqs": "SendMessage", "sns": "Publish"}


class _DeadLetterConfigs:
    """What ministack leaves out of a template, and AWS's check of it."""

    def __init__(self) -> None:
        self._create_function = LAMBDA.replace("create_function", self.create_function)
        self._update_config = LAMBDA.replace("update_config", self.update_config)
        handlers = CLOUDFORMATION.RESOURCE_HANDLERS[_TYPE]
        self._provision, self._change = handlers["create"], handlers["update"]
        handlers["create"], handlers["update"] = self.provision, self.change

    def create_function(self, data: dict[str, Any]) -> Response:
        problem = _problem(str(data.get("Role", "")), data.get("DeadLetterConfig"))
        if problem:
            return refuse("InvalidParameterValueException", problem)
        response: Response = self._create_function(data)
        return response

    def update_config(self, name: str, data: dict[str, Any]) -> Response:
        function = LAMBDA.functions.get(name)
        if function is not None:
            role = str(data.get("Role") or function["config"].get("Role", ""))
            problem = _problem(role, data.get("DeadLetterConfig"))
            if problem:
                return refuse("InvalidParameterValueException", problem)
        response: Response = self._update_config(name, data)
        return response

    def provision(self, logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        _require_sendable(properties)
        name, attributes = self._provision(logical_id, properties, stack)
        _keep(name, properties)
        return name, attributes

    def change(
        self, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, str]]:
        _require_sendable(new)
        name, attributes = self._change(physical_id, old, new, stack, logical_id)
        _keep(name, new)
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
        return ""  # ministack's own check has words for it
    if service not in _ACTIONS:
        return ""
    call = _ACTIONS[service]
    if not role_may(role, f"{service}:{call}", target):
        return f"The provided execution role does not have permissions to call {call} on {service.upper()}"
    if service == "sqs" and SQS.queue_by_arn(target) is None:
        return f"The dead-letter queue {target} does not exist."
    return ""


class _SharedEnvironment:
    """Variables of a file, which each process of a function is started with; its own ones go before them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given: dict[str, str] = {}
        for kind in (LAMBDA_RUNTIME.Worker, LAMBDA_RUNTIME.ProvidedWorker):
            kind._spawn = self._around(kind._spawn)  # noqa: SLF001 - ministack's class has no other way

    def _around(self, spawn: Callable[..., Any]) -> Callable[..., Any]:
        def spawn_with_variables(worker: Any, *arguments: Any, **named: Any) -> Any:
            self._take_over()
            return spawn(worker, *arguments, **named)

        return spawn_with_variables

    def _take_over(self) -> None:
        try:
            now: dict[str, str] = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            now = {}
        for name in self._given.keys() - now.keys():
            os.environ.pop(name, None)
        os.environ.update(now)
        self._given = now


def install(function_environment: Path) -> None:
    """Replace ministack's functions.

    Args:
        function_environment: A JSON file with variables for all functions; it need not exist.
    """
    _DeadLetterConfigs()
    _SharedEnvironment(function_environment)
