"""Queues: the quotas of their policies, names that are taken, and the queues that `AWS::SQS::QueuePolicy` needs.

AWS: SQS guide, "Amazon SQS policy quotas" (8,192 bytes, 20 statements, 10 conditions), CloudFormation,
AWS::SQS::Queue (a name that is taken).
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, SQS
from constructs_lib.local.adapter.replacements import extends

_BYTES = 8192
_STATEMENTS = 20
_CONDITIONS = 10
_POLICY = "AWS::SQS::QueuePolicy"


def _problem(policy: str) -> str | None:
    try:
        document = json.loads(policy)
    except ValueError:
        return "it is not JSON"
    statements = document.get("Statement") or []
    listed = [statements] if isinstance(statements, dict) else statements
    conditions = max((sum(map(len, (s.get("Condition") or {}).values())) for s in listed), default=0)
    size = len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())
    if size > _BYTES:
        return f"{size} bytes, more than {_BYTES}"
    if len(listed) > _STATEMENTS:
        return f"{len(listed)} statements, more than {_STATEMENTS}"
    if conditions > _CONDITIONS:
        return f"{conditions} conditions in a statement, more than {_CONDITIONS}"
    return None


@extends("services.sqs._act_create_queue")
def _create_queue(original: Any, data: dict[str, Any], _u: str) -> Any:
    _require_valid_policy(data)
    return original(data, _u)


@extends("services.sqs._act_set_queue_attributes")
def _set_attributes(original: Any, data: dict[str, Any], qurl: str) -> Any:
    _require_valid_policy(data)
    return original(data, qurl)


def _require_valid_policy(data: dict[str, Any]) -> None:
    policy = (data.get("Attributes") or {}).get("Policy")
    problem = _problem(str(policy)) if policy else None
    if problem is not None:
        raise SQS.Err("InvalidAttributeValue", f"Invalid value for the parameter Policy: {problem}.")


# ------------------------------------------------------------------ CloudFormation


@extends("services.cloudformation.provisioners._sqs_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name, _ = CLOUDFORMATION.sqs_queue_name(props, stack_name, logical_id)
    if name in SQS.queue_name_to_url:
        msg = f"AWS::SQS::Queue: queue {name} already exists"
        raise ValueError(msg)
    created: tuple[str, dict[str, str]] = original(logical_id, props, stack_name)
    return created


@extends("services.cloudformation.provisioners._sqs_queue_policy_create")
def _attach(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    _require_attachable(props)
    attached: tuple[str, dict[str, str]] = original(logical_id, props, stack_name)
    return attached


@extends("services.cloudformation.provisioners._sqs_queue_policy_update")
def _reattach(
    original: Any, physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
) -> tuple[str, dict[str, str]]:
    _require_attachable(new_props)
    attached: tuple[str, dict[str, str]] = original(physical_id, old_props, new_props, stack_name)
    return attached


def _require_attachable(properties: dict[str, Any]) -> None:
    for url in properties.get("Queues") or []:
        if url not in SQS.queues:
            msg = f"{_POLICY}: the queue {url} does not exist"
            raise ValueError(msg)
    problem = _problem(str(CLOUDFORMATION.policy_document_json(properties)))
    if problem is not None:
        msg = f"{_POLICY}: Invalid value for the parameter Policy: {problem}"
        raise ValueError(msg)
