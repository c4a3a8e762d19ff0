"""What a stack is doing, as far as it matters to what is asked of a custom resource."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.functions.waiting import Deadline


class Phase(Enum):
    """What a stack is doing."""

    GOING_ON = "going on"
    """It is created, updated or deleted because somebody wants it."""
    CLEANING_UP = "cleaning up"
    """It was updated, and what it does not need any more goes."""
    ROLLING_BACK = "rolling back"
    UNKNOWN = "unknown"
    """CloudFormation did not say."""


def phase_of(cloudformation: Any, stack_id: str, deadline: Deadline) -> Phase:
    """Tell what a stack is doing.

    A nested stack that a rollback deletes says only that it is being deleted; the stack that it is nested in says why.

    Args:
        cloudformation: A boto3 client of CloudFormation.
        stack_id: The stack.
        deadline: When to stop asking.
    """
    statuses: list[str] = []
    asked: set[str] = set()
    try:
        while stack_id and stack_id not in asked:
            asked.add(stack_id)
            stack = _describe(cloudformation, stack_id, deadline)
            statuses.append(stack["StackStatus"])
            # Every such status: UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, IMPORT_ROLLBACK_IN_PROGRESS, …
            if "ROLLBACK" in statuses[-1]:
                return Phase.ROLLING_BACK
            stack_id = stack.get("ParentId") or ""
    except Exception:  # noqa: BLE001 - whoever asks decides what can be done without knowing it
        return Phase.UNKNOWN
    return Phase.CLEANING_UP if "CLEANUP" in statuses[0] else Phase.GOING_ON


def _describe(cloudformation: Any, stack_id: str, deadline: Deadline) -> dict[str, Any]:
    answer = deadline.patiently(lambda: cloudformation.describe_stacks(StackName=stack_id))
    stack: dict[str, Any]
    [stack] = answer["Stacks"]
    return stack
