"""A queue's policy: its quotas, and that `AWS::SQS::QueuePolicy` needs its queues.

AWS: SQS guide, "Amazon SQS policy quotas" (8,192 bytes, 20 statements, 10 conditions), CloudFormation,
AWS::SQS::Queue (a name that is taken).
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDFORMATION, SQS

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


class _Queues:
    def __init__(self) -> None:
        for action in ("SetQueueAttributes", "CreateQueue"):
            SQS.HANDLERS[action] = _with_checked_policy(SQS.HANDLERS[action])
        handlers = CLOUDFORMATION.RESOURCE_HANDLERS[_POLICY]
        self._attach, self._reattach = handlers["create"], handlers["update"]
        handlers["create"], handlers["update"] = self.attach, self.reattach
        self._create = CLOUDFORMATION.replace("sqs_create", self.create)
        CLOUDFORMATION.RESOURCE_HANDLERS["AWS::SQS::Queue"]["create"] = self.create

    def create(self, logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        name, _ = CLOUDFORMATION.sqs_queue_name(properties, stack, logical_id)
        if name in SQS.queue_name_to_url:
            msg = f"AWS::SQS::Queue: queue {name} already exists"
            raise ValueError(msg)
        created: tuple[str, dict[str, str]] = self._create(logical_id, properties, stack)
        return created

    def attach(self, logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        _require_attachable(properties)
        attached: tuple[str, dict[str, str]] = self._attach(logical_id, properties, stack)
        return attached

    def reattach(self, name: str, old: dict[str, Any], new: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        _require_attachable(new)
        attached: tuple[str, dict[str, str]] = self._reattach(name, old, new, stack)
        return attached


def _with_checked_policy(action: Any) -> Any:
    def checked(data: dict[str, Any], url: str) -> Any:
        policy = (data.get("Attributes") or {}).get("Policy")
        problem = _problem(str(policy)) if policy else None
        if problem is not None:
            raise SQS.Err("InvalidAttributeValue", f"Invalid value for the parameter Policy: {problem}.")
        return action(data, url)

    return checked


def _require_attachable(properties: dict[str, Any]) -> None:
    for url in properties.get("Queues") or []:
        if url not in SQS.queues:
            msg = f"{_POLICY}: the queue {url} does not exist"
            raise ValueError(msg)
    problem = _problem(str(CLOUDFORMATION.policy_document_json(properties)))
    if problem is not None:
        msg = f"{_POLICY}: Invalid value for the parameter Policy: {problem}"
        raise ValueError(msg)


def install() -> None:
    """Replace ministack's queue policies."""
    _Queues()
