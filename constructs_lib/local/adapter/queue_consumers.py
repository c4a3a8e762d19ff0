"""Functions that consume queues: which mappings are accepted, and which messages of a batch come back.

AWS: Lambda guide, "Using Lambda with Amazon SQS", "Creating and configuring an Amazon SQS event source mapping" (the
role's permissions; a visibility timeout of at least the function's), "Handling errors for an SQS event source"
(partial batch responses: an answer that names no message of the batch correctly fails the whole batch).
ministack takes a wrong answer for success, so that a handler's mistake would lose messages on AWS only.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

from constructs_lib.local.adapter.emulator import CONCURRENCY, LAMBDA, SQS, Response, refuse
from constructs_lib.local.adapter.permissions import role_may
from constructs_lib.local.adapter.replacements import extends, replaces
from constructs_lib.local.adapter.settings import SETTINGS

_log = logging.getLogger("constructs_lib.local.queue_consumers")

_TYPE = "AWS::Lambda::EventSourceMapping"
_CALLS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_DEFAULT_FUNCTION_TIMEOUT = 3
_DEFAULT_VISIBILITY_TIMEOUT = 30
_LONGEST_BATCH_WITHOUT_WINDOW = 10


# ------------------------------------------------------------------ configuration


@extends("services.lambda_svc._create_esm")
def _create(original: Any, data: dict[str, Any]) -> Response:
    problem = _problem(data)
    if problem:
        return refuse("InvalidParameterValueException", problem)
    response: Response = original(data)
    return response


@extends("services.cloudformation.provisioners._lambda_esm_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    _require_valid(props)
    provisioned: tuple[str, dict[str, str]] = original(logical_id, props, stack_name)
    return provisioned


@extends("services.cloudformation.provisioners._lambda_esm_update")
def _change(
    original: Any, physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
) -> tuple[str, dict[str, str]]:
    _require_valid(new_props)
    changed: tuple[str, dict[str, str]] = original(physical_id, old_props, new_props, stack_name)
    return changed


def _require_valid(properties: dict[str, Any]) -> None:
    problem = _problem(properties)
    if problem:
        msg = f"{_TYPE}: {problem} (InvalidParameterValueException)"
        raise ValueError(msg)


def _problem(mapping: dict[str, Any]) -> str:
    source = str(mapping.get("EventSourceArn", ""))
    if ":sqs:" not in source:
        return ""
    _, config, _ = LAMBDA.get_func_record_for_ref(str(mapping.get("FunctionName", "")))
    if config is None:
        return ""  # ministack has an error for it
    queue = SQS.queue_by_arn(source)
    if queue is None:
        return "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue."
    for call in _CALLS:
        if not role_may(config["Role"], f"sqs:{call}", source):
            return f"The provided execution role does not have permissions to call {call} on SQS"
    visible = int(queue["attributes"].get("VisibilityTimeout", _DEFAULT_VISIBILITY_TIMEOUT))
    timeout = int(config.get("Timeout", _DEFAULT_FUNCTION_TIMEOUT))
    if visible < timeout:
        return f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
    return _problem_with_batch(mapping, is_fifo=bool(queue.get("is_fifo")))


def _problem_with_batch(mapping: dict[str, Any], *, is_fifo: bool) -> str:
    size = int(mapping.get("BatchSize") or _LONGEST_BATCH_WITHOUT_WINDOW)
    window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    if is_fifo and window:
        return "Batching window is not supported for FIFO queues"
    if size > _LONGEST_BATCH_WITHOUT_WINDOW and not window:
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    return ""


# ------------------------------------------------------------------ batches


@replaces("services.lambda_svc._run_sqs_batch")
def _run(
    esm: dict[str, Any],
    func_rec: dict[str, Any],
    event: dict[str, Any],
    batch: list[dict[str, Any]],
    queue_url: str,
    _queue_name: str,
) -> None:
    """Invoke the function with a batch; what it processed is deleted, and the rest becomes visible again later."""
    received = [(message, message["receipt_handle"]) for message in batch]
    result = LAMBDA.execute_function(func_rec, event)
    answers = "ReportBatchItemFailures" in (esm.get("FunctionResponseTypes") or [])
    ids = {message["id"] for message in batch}
    failed = ids if result.get("error") else _failed(result.get("body"), ids) if answers else set()
    esm["LastProcessingResult"] = f"{len(ids) - len(failed)} of {len(ids)} messages processed"
    if failed:
        _log.warning("%s failed on %s of %s messages", esm["FunctionName"], len(failed), len(ids))
    done = {handle for message, handle in received if message["id"] not in failed}
    SQS.delete_messages_for_esm(queue_url, done)
    _return([(message, handle) for message, handle in received if message["id"] in failed])


def _failed(answer: Any, ids: set[str]) -> set[str]:
    """Return the ids of the messages that an answer reports as failed: all of them if it is not understood."""
    if isinstance(answer, str):
        try:
            answer = json.loads(answer) if answer else None
        except ValueError:
            return ids
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        return ids
    failures = answer.get("batchItemFailures")
    if not failures:
        return set()
    try:
        named = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return ids
    return named if named <= ids else ids


def _return(messages: list[tuple[dict[str, Any], str]]) -> None:
    """Make messages visible again after the rest of their visibility timeout, shortened as all waits are."""
    longest = 0.0
    for message, handle in messages:
        if message.get("receipt_handle") != handle:
            continue  # it was received again meanwhile
        wait = max(0.0, message["visible_at"] - time.time()) * SETTINGS.retry_scale
        message["visible_at"] = time.time() + wait
        longest = max(longest, wait)
    if messages:
        timer = threading.Timer(longest, CONCURRENCY.esm_wake.set)
        timer.daemon = True
        timer.start()
