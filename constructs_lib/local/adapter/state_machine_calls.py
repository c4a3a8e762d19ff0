"""Calls of Step Functions to other services: putting events, whose failures ministack ignores, and sending mail.

AWS: Step Functions developer guide, "Add EventBridge events with Step Functions" (`EventBridge.FailedEntry`),
"Learning to use AWS service SDK integrations" (the names of calls and errors); SES API v2 reference, SendEmail.
"""

from __future__ import annotations

import json
from typing import Any, Final

from constructs_lib.local.adapter.emulator import APP, STEP_FUNCTIONS, region
from constructs_lib.local.adapter.replacements import extends
from constructs_lib.local.adapter.request_validation import violation

_SEND_EMAIL: Final = ":aws-sdk:sesv2:sendEmail"


@extends("services.stepfunctions._invoke_aws_sdk_integration")
def _call(original: Any, resource: str, input_data: Any) -> Any:
    if not resource.endswith(_SEND_EMAIL):
        return original(resource, input_data)
    problem = violation("SendEmail", input_data, service="sesv2")
    if problem is not None:
        raise STEP_FUNCTIONS.ExecutionError("SesV2.SesV2Exception", problem)
    headers = {"content-type": "application/json", "host": f"email.{region()}.amazonaws.com"}
    status, _, body = APP.call_service_handler_sync(
        APP.SERVICE_HANDLERS["ses"], "POST", "/v2/email/outbound-emails", headers, json.dumps(input_data).encode(), {}
    )
    answer: dict[str, Any] = json.loads(body)
    if status >= 400:
        code = str(answer.get("name", "SesV2")).removesuffix("Exception")
        raise STEP_FUNCTIONS.ExecutionError(f"SesV2.{code}Exception", str(answer.get("message")))
    return answer


@extends("services.stepfunctions._invoke_events_put_events")
def _put_events(original: Any, resource: str, input_data: Any) -> Any:
    answer: dict[str, Any] = original(resource, input_data)
    if answer.get("FailedEntryCount"):
        raise STEP_FUNCTIONS.ExecutionError("EventBridge.FailedEntry", json.dumps(answer))
    return answer
