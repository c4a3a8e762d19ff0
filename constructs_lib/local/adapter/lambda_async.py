"""Lambda's asynchronous invocation: its retries, its destinations, and the configuration per qualifier.

AWS: Lambda guide, "How Lambda handles errors and retries with asynchronous invocation" (two more attempts, after one
minute and after two), "Capturing records of Lambda asynchronous invocations" (the record's form); API reference,
PutFunctionEventInvokeConfig; CloudFormation, AWS::Lambda::EventInvokeConfig.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
from datetime import datetime, timezone
from typing import Any

from constructs_lib.local.adapter.emulator import (
    ARN,
    CLOUDFORMATION,
    CLOUDWATCH,
    LAMBDA,
    RESPONSES,
    SNS,
    SQS,
    Response,
    refuse,
)
from constructs_lib.local.adapter.permissions import role_may
from constructs_lib.local.adapter.replacements import extends, replaces
from constructs_lib.local.adapter.settings import SETTINGS

_log = logging.getLogger("constructs_lib.local.lambda")

_TYPE = "AWS::Lambda::EventInvokeConfig"
_WAITS = (60.0, 120.0)
_LATEST = "$LATEST"
# For each service of a destination, the action that the function's role needs, and AWS's name for the call.
_ACTIONS = {
    "sqs": ("sqs:SendMessage", "SendMessage"),
    "sns": ("sns:Publish", "Publish"),
    "lambda": ("lambda:InvokeFunction", "InvokeFunction"),
    "events": ("events:PutEvents", "PutEvents"),
}


# ------------------------------------------------------------------ configuration


@extends("services.lambda_svc._put_event_invoke_config")
def _put(original: Any, func_name: str, qualifier: str | None, data: dict[str, Any]) -> Response:
    function = LAMBDA.functions.get(func_name)
    destinations = data.get("DestinationConfig") or {}
    if function is not None:
        for kind in ("OnSuccess", "OnFailure"):
            arn = (destinations.get(kind) or {}).get("Destination")
            refused = _refused_destination(function["config"]["Role"], arn) if arn else None
            if refused is not None:
                return refused
    response: Response = original(func_name, _key(qualifier), data)
    return response


@extends("services.lambda_svc._get_event_invoke_config")
@extends("services.lambda_svc._delete_event_invoke_config")
def _with_key(original: Any, func_name: str, qualifier: str | None = None) -> Response:
    response: Response = original(func_name, _key(qualifier))
    return response


# The entry, not the function that it holds: ministack's own update calls that, too.
@extends(f"services.cloudformation.provisioners._RESOURCE_HANDLERS/{_TYPE}/create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    function, name, _, _ = CLOUDFORMATION.lambda_function_for_cfn_ref(props.get("FunctionName", ""))
    qualifier = props.get("Qualifier", "")
    if function is not None and LAMBDA.event_invoke_config(function, _key(qualifier)):
        msg = f"{_TYPE}: the configuration of {name}:{qualifier} already exists"
        raise ValueError(msg)
    provisioned: tuple[str, dict[str, str]] = original(logical_id, props, stack_name)
    return provisioned


# ------------------------------------------------------------------ invocation


@replaces("services.lambda_svc.invoke_async_with_retry")
def _invoke(func: dict[str, Any], event: Any) -> None:
    """Accept an event for a function and return at once, as Lambda does with 202."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_run, func, event), daemon=True, name="lambda-async").start()


def _run(record: dict[str, Any], event: Any) -> None:
    config = record["config"]
    owner, home = LAMBDA.account_region_from_function_config(config)
    with RESPONSES.request_scope(owner, home):
        _, qualifier = LAMBDA.lambda_function_name_and_qualifier_from_arn(config["FunctionArn"])
        function = LAMBDA.functions.get(config["FunctionName"]) or record
        settings = LAMBDA.event_invoke_config(function, _key(qualifier)) or {}
        invocation = _Invocation(str(RESPONSES.new_uuid()), config, event, qualifier or _LATEST)
        result, condition = _attempts(record, event, settings, invocation)
        _finish(invocation, settings, result, condition)


def _attempts(
    record: dict[str, Any], event: Any, settings: dict[str, Any], invocation: _Invocation
) -> tuple[dict[str, Any], str]:
    retries = int(settings.get("MaximumRetryAttempts", len(_WAITS)))
    oldest = int(settings.get("MaximumEventAgeInSeconds", 6 * 3600))
    started, waited = time.monotonic(), 0.0
    while True:
        invocation.count += 1
        result: dict[str, Any] = LAMBDA.execute_function(record, event)
        LAMBDA.emit_lambda_metrics(
            invocation.config["FunctionName"], 0.0, bool(result.get("error")), bool(result.get("throttle"))
        )
        if not result.get("error"):
            return result, "Success"
        if invocation.count > retries:
            return result, "RetriesExhausted"
        wait = _WAITS[invocation.count - 1]
        if time.monotonic() - started + waited + wait > oldest:
            return result, "EventAgeExceeded"
        time.sleep(wait * SETTINGS.retry_scale)
        waited += wait * (1 - SETTINGS.retry_scale)


class _Invocation:
    def __init__(self, request_id: str, config: dict[str, Any], event: Any, qualifier: str) -> None:
        self.request_id = request_id
        self.config = config
        self.event = event
        self.qualifier = qualifier
        self.count = 0

    @property
    def function_arn(self) -> str:
        arn = str(self.config["FunctionArn"])
        return arn if arn.count(":") > 6 else f"{arn}:{self.qualifier}"

    def record(self, result: dict[str, Any], condition: str) -> dict[str, Any]:
        """Return the invocation record that a destination gets."""
        response = {"statusCode": 200, "executedVersion": self.config.get("Version", _LATEST)}
        if condition != "Success":
            response["functionError"] = "Unhandled"
        now = datetime.now(timezone.utc)
        return {
            "version": "1.0",
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": self.function_arn,
                "condition": condition,
                "approximateInvokeCount": self.count,
            },
            "requestPayload": self.event,
            "responseContext": response,
            "responsePayload": result.get("body") if condition == "Success" else _error_of(result),
        }


def _error_of(result: dict[str, Any]) -> dict[str, Any]:
    """Return what a function that raised answers; ministack drops the exception's class, but logs the traceback."""
    body = result.get("body")
    error: dict[str, Any] = dict(body) if isinstance(body, dict) else {"errorMessage": str(body)}
    if error.get("errorType") == "Runtime.HandlerError":
        lines = str(result.get("log", "")).strip().splitlines()
        raised = lines[-1].partition(":")[0].rpartition(".")[2] if lines else ""
        error["errorType"] = raised if raised.isidentifier() else "Error"
        error["stackTrace"] = [line for line in lines if line.startswith("  ")]
    return error


def _finish(invocation: _Invocation, settings: dict[str, Any], result: dict[str, Any], condition: str) -> None:
    kind = "OnSuccess" if condition == "Success" else "OnFailure"
    destination = ((settings.get("DestinationConfig") or {}).get(kind) or {}).get("Destination")
    name = {"FunctionName": invocation.config["FunctionName"]}
    if destination and not _send(invocation.config["Role"], destination, invocation.record(result, condition), {}):
        CLOUDWATCH.record_metric("AWS/Lambda", "DestinationDeliveryFailures", 1, "Count", name)
    queue = (invocation.config.get("DeadLetterConfig") or {}).get("TargetArn")
    if condition != "Success" and queue:
        attributes = {
            "RequestID": invocation.request_id,
            "ErrorCode": "200",
            "ErrorMessage": str(_error_of(result).get("errorMessage", ""))[:1024],
        }
        if not _send(invocation.config["Role"], queue, invocation.event, attributes):
            CLOUDWATCH.record_metric("AWS/Lambda", "DeadLetterErrors", 1, "Count", name)


def _send(role: str, arn: str, content: Any, attributes: dict[str, str]) -> bool:
    """Send to a destination as the function's role, and return whether that succeeded."""
    service = str(ARN.parse_arn(arn).service)
    if service not in _ACTIONS or not role_may(role, _ACTIONS[service][0], arn):
        _log.warning("lost: the role %s may not send to %s", role, arn)
        return False
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    if service == "sqs":
        queue = SQS.queue_by_arn(arn)
        if queue is None or queue["is_fifo"]:
            _log.warning("lost: %s is not a standard queue", arn)
            return False
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
        message = {"QueueUrl": queue["url"], "MessageBody": body, "MessageAttributes": typed}
        SQS.act_send_message(message, queue["url"])
        return True
    if service == "sns":
        return SNS.publish_internal(arn, body, "") is not None
    if service == "lambda":
        function, config, _ = LAMBDA.get_func_record_for_ref(arn)
        if function is None:
            return False
        record = LAMBDA.execution_record_for_config(function, {**config, "FunctionArn": arn})
        LAMBDA.invoke_async_with_retry(record, content)
        return True
    _log.warning("lost: the local AWS cannot send invocation records to %s", arn)
    return False


def _refused_destination(role: str, arn: str) -> Response | None:
    try:
        service = str(ARN.parse_arn(arn).service)
    except ARN.ArnParseError:
        return None
    if service not in _ACTIONS:
        return None
    action, call = _ACTIONS[service]
    if not role_may(role, action, arn):
        return refuse(
            "InvalidParameterValueException",
            f"The function's execution role does not have permissions to call {call} on {arn}",
        )
    if service == "sqs" and SQS.queue_by_arn(arn) is None:
        return refuse("InvalidParameterValueException", f"The destination {arn} is invalid: the queue does not exist.")
    return None


def _key(qualifier: str | None) -> str | None:
    """Return the key of a qualifier: none at all means $LATEST."""
    return None if qualifier in ("", _LATEST) else qualifier
