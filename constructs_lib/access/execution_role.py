"""The role with which EventBridge delivers to another account.

Within an account, EventBridge uses the policy of the function or queue, and a role can make deliveries fail; for
another account it needs both (EventBridge User Guide, "Sending events to an AWS service in another account").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import Annotations, Names, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.access.role_policy import allow_role
from constructs_lib.events import warning_ids
from constructs_lib.resources.places import account_differs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import IResource

    from constructs_lib.resources.places import Place


class CrossAccountDelivery(NamedTuple):
    """How EventBridge delivers to another account."""

    role: iam.IRole
    arn: str
    """The role's ARN, as text if possible: the other account's policy names it before the role exists."""
    room: Construct
    """The construct that holds the role's policy."""


def execution_role(
    scope: Construct,
    given: iam.IRole | None,
    target: IResource,
    place: Place,
    statements: Sequence[dict[str, Any]],
) -> CrossAccountDelivery | None:
    """Return the role to deliver with, or None if the target is not certainly in another account.

    Args:
        scope: The construct that owns a new role.
        given: A user's own role, if there is one.
        target: The function or queue.
        place: The account and region of the target.
        statements: What the role has to be allowed to do.
    """
    if not account_differs(place, scope):
        if given is not None:
            Annotations.of(scope).add_warning_v2(
                warning_ids.ROLE_UNUSED,
                f"`role=` is not used for {target.node.path!r}, which is in the rule's own account, or not known to be "
                "in another: there, EventBridge uses the policy of the function or queue, and with a role deliveries "
                "can fail (EventBridge User Guide, resource-based policies). Remove `role=`.",
            )
        return None
    id = f"To{Names.node_unique_id(target.node)}"
    existing = scope.node.try_find_child(id)
    room = existing if isinstance(existing, Construct) else Construct(scope, id)
    role = given or _own_role(room)
    policy_id = f"Deliver{role.node.addr[-8:]}"
    if room.node.try_find_child(policy_id) is None:
        what_fails = f"EventBridge cannot deliver to {target.node.path!r}"
        allow_role(room, policy_id, role, statements, warn_at=scope, what_fails=what_fails)
    return CrossAccountDelivery(role, _arn_of(role, scope), room)


def _own_role(room: Construct) -> iam.Role:
    existing = room.node.try_find_child("Role")
    if isinstance(existing, iam.Role):
        return existing
    return iam.Role(
        room,
        "Role",
        # A fixed name, so that the other account's policy can be written before the role exists.
        role_name=Names.unique_resource_name(room, max_length=64),
        assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
    )


def _arn_of(role: iam.IRole, scope: Construct) -> str:
    resource = role.node.default_child
    # A role without a name of its own has a token there, which resolves to nothing.
    if isinstance(resource, iam.CfnRole) and Stack.of(scope).resolve(resource.role_name):
        return Stack.of(scope).format_arn(service="iam", region="", resource="role", resource_name=resource.role_name)
    return role.role_arn
