"""What a stack is doing, as far as a custom resource needs to know."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.runtime.waiting import Deadline


class Phase(Enum):
    """What a stack is doing."""

    GOING_ON = "going on"
    """It is being created, updated or deleted on request."""
    CLEANING_UP = "cleaning up"
    """It was updated, and what it no longer needs is being deleted."""
    ROLLING_BACK = "rolling back"
    UNKNOWN = "unknown"
    """CloudFormation did not say."""


_ON_THE_WAY = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")


def phase_of(cloudformation: Any, stack_id: str, deadline: Deadline) -> Phase:
    """Return what a stack is doing.

    A nested stack that a rollback deletes says only that it is being deleted. Its root stack says why: it is rolling
    back, or it is still being created or updated, when only what failed is deleted.

    Args:
        cloudformation: A boto3 client of CloudFormation.
        stack_id: The stack.
        deadline: When to stop retrying.
    """
    try:
        stack = _describe(cloudformation, stack_id, deadline)
        status = stack["StackStatus"]
        root_id = stack.get("RootId") or stack.get("ParentId") or stack_id
        root = status if root_id == stack_id else _describe(cloudformation, root_id, deadline)["StackStatus"]
    except Exception:  # noqa: BLE001 - the caller decides what can be done without it
        return Phase.UNKNOWN
    is_part_undone = status == "DELETE_IN_PROGRESS" and root in _ON_THE_WAY
    # Every such status: ROLLBACK_IN_PROGRESS, UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, IMPORT_ROLLBACK_…
    if is_part_undone or any("ROLLBACK" in one for one in (status, root)):
        return Phase.ROLLING_BACK
    return Phase.CLEANING_UP if "CLEANUP" in status else Phase.GOING_ON


def _describe(cloudformation: Any, stack_id: str, deadline: Deadline) -> dict[str, Any]:
    answer = deadline.with_retries(lambda: cloudformation.describe_stacks(StackName=stack_id))
    stack: dict[str, Any]
    [stack] = answer["Stacks"]
    return stack
