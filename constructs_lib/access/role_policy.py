"""What a role needs, as a policy in the stack that needs it, or as a warning if the role accepts no policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Names, Stack
from aws_cdk import aws_iam as iam

from constructs_lib.events import warning_ids
from constructs_lib.resources.kinds import resource_of
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


def allow_role(
    room: Construct,
    id: str,
    role: iam.IRole,
    statements: Sequence[dict[str, Any]],
    *,
    warn_at: Construct,
    what_fails: str,
) -> iam.Policy | None:
    """Attach a policy to the role, and return it; None, with a warning, if the role must not be changed.

    `Role.from_role_arn(…, mutable=False)`, `Role.customize_roles` and a role of another account accept no policy.

    Args:
        room: Where the policy is made.
        id: Its id.
        role: The role.
        statements: The statements of the policy.
        warn_at: The construct that warns.
        what_fails: What happens without it, as the end of a sentence.
    """
    policy = iam.Policy(
        room,
        id,
        policy_name=f"{Names.unique_resource_name(room, max_length=127 - len(id))}-{id}",
        statements=[iam.PolicyStatement.from_json(statement) for statement in statements],
    )
    role.attach_inline_policy(policy)
    if Stack.of(room).resolve(resource_of(policy, iam.CfnPolicy).roles):
        return policy
    room.node.try_remove_child(id)
    Annotations.of(warn_at).add_warning_v2(
        warning_ids.ROLE_POLICY,
        f"The role {readable(room, role.role_name)!r} must not be changed by this app (it is imported as immutable "
        "or from another account, or named by Role.customize_roles), so it gets no policy. Until one of its policies "
        f"has these statements, {what_fails}: {json.dumps(readable(room, list(statements)))}",
    )
    return None
