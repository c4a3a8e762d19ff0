"""Which log group was passed: one of the app, even if imported by its own name or ARN, or an existing one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.places import account_differs, place_in_arn, place_of, region_differs

if TYPE_CHECKING:
    from constructs_lib.resources.places import Place

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
        _refuse_elsewhere(log_group, place_of(log_group), scope)
        return log_group
    _refuse_elsewhere(log_group, place, scope)
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


def _refuse_elsewhere(log_group: logs.ILogGroup, place: Place, scope: Construct) -> None:
    if account_differs(place, scope) or region_differs(place, scope):
        here = Stack.of(scope)
        raise InvalidRoute(
            f"The log group {log_group.node.path!r} is in account {place.account}, region {place.region}, and the "
            f"rules of {scope.node.path!r} are in {here.account}, {here.region}: EventBridge writes to log groups of "
            "its own account and region only. Pass a log group there, or route to an event bus in the other place "
            "(aws_events_targets.EventBus) and log on that bus."
        )
