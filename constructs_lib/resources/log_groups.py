"""Which log group was passed: one of the app, even if imported by its own name or ARN, or an existing one."""

from __future__ import annotations

import hashlib

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.places import place_in_arn, place_of, require_place_of_rules

_ROOM = "LogGroups"


def log_group_itself(log_group: logs.ILogGroup, scope: Construct) -> logs.ILogGroup:
    """Return the log group that is really meant: an ARN can be in place of a name, and an import can be one of the app.

    Raises:
        InvalidRoute: It is in another account or region, where EventBridge cannot write.
    """
    name = log_group.log_group_name
    if log_group.node.default_child is None:
        owner = owner_of(referred_to(name)) or owner_of(referred_to(log_group.log_group_arn))
        if isinstance(owner, logs.LogGroup):
            return log_group_itself(owner, scope)
    place = place_in_arn(name)
    if place is None:
        require_place_of_rules("log group", log_group, place_of(log_group), scope, same_account=True)
        return log_group
    require_place_of_rules("log group", log_group, place, scope, same_account=True)
    inner = name.split(":", 6)[6].removesuffix(":*")
    room = scope.node.try_find_child(_ROOM)
    room = room if isinstance(room, Construct) else Construct(scope, _ROOM)
    id = hashlib.sha256(inner.encode()).hexdigest()[:16]
    existing = room.node.try_find_child(id)
    if existing is not None:
        return existing  # type: ignore[return-value]  # what the next line made
    return logs.LogGroup.from_log_group_name(room, id, inner)


def log_group_arn(log_group: logs.ILogGroup, scope: Construct) -> str:
    """Return the ARN as a rule's target needs it: without the `:*` for its streams."""
    return Stack.of(scope).format_arn(
        service="logs",
        resource="log-group",
        resource_name=log_group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
