"""Log groups for SaaSus events: the policy that masks them, and those that this library makes.

The latter are masked, named after the stack, expire, outlive the stack, and are encrypted where the bus has a key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from weakref import WeakSet

from aws_cdk import Annotations, RemovalPolicy, Stack, Token
from aws_cdk import aws_logs as logs

from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.events.log_mask import MANAGED_IDENTIFIERS, POLICY_NAME, custom_identifiers

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.access.encryption import BusEncryption


def log_mask_policy(name: str = POLICY_NAME) -> logs.DataProtectionPolicy:
    """Return the policy that masks SaaSus's secrets, e-mail and IP addresses, for a log group of your own.

    ```python
    logs.LogGroup(self, "Events", data_protection_policy=log_mask_policy())
    ```

    Only what is written after the policy was attached is masked, and whoever has `logs:Unmask` sees everything.

    Args:
        name: The policy's name, which is a dimension of the metric `LogEventsWithFindings`. Default:
            "SaasusEvents".
    """
    return logs.DataProtectionPolicy(
        name=name,
        description="Masks the secrets of SaaSus events",
        identifiers=[
            *(logs.DataIdentifier(identifier) for identifier in MANAGED_IDENTIFIERS),
            *(logs.CustomDataIdentifier(identifier, regex) for identifier, regex in custom_identifiers().items()),
        ],
    )


def new_log_group(
    scope: Construct,
    id: str,
    *,
    folder: str,
    retention: logs.RetentionDays,
    removal_policy: RemovalPolicy,
    mask: bool,
    encryption: BusEncryption | None,
    or_else: str = "",
) -> logs.LogGroup:
    """Make a log group in a folder, such as `/aws/events`, named after the stack and the scope's path in it.

    Args:
        scope: What writes to the group.
        id: The id in the scope.
        folder: How the name starts.
        retention: How long it keeps lines.
        removal_policy: What happens to it when the stack goes.
        mask: Whether it gets the data-protection policy.
        encryption: The bus's encryption, where it has a key.
        or_else: What a user can do besides choosing other ids where no name can be made; the end of an error.

    Raises:
        InvalidConfiguration: An id on the path has a character that a log group's name may not have, the name is too
            long, or the removal policy is not one that log groups support.
    """
    if removal_policy is RemovalPolicy.SNAPSHOT:
        raise InvalidConfiguration(
            f"removal_policy= of the log group of {scope.node.path!r} is SNAPSHOT, which log groups do not support. "
            "Expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE. Pass one of them."
        )
    path = _path_in_stack(scope, or_else)
    stack_name = Stack.of(scope).stack_name
    name = f"{folder}/{stack_name}/{path}"
    if not Token.is_unresolved(name) and len(name) > 512:
        raise InvalidConfiguration(
            f"The log group of {scope.node.path!r} would have a name of {len(name)} characters. Expected at most 512, "
            f"the limit of CloudWatch Logs. Shorten the ids{or_else}."
        )
    if encryption is not None:
        # A nested stack's name is a token, and would make the key's stack depend on it.
        known = "*" if Token.is_unresolved(stack_name) else stack_name
        encryption.allow_log_group(f"{folder}/{known}/{path}")
    group = logs.LogGroup(
        scope,
        id,
        log_group_name=name,
        retention=retention,
        removal_policy=removal_policy,
        data_protection_policy=log_mask_policy() if mask else None,
        encryption_key=None if encryption is None else encryption.key,
    )
    if removal_policy is not RemovalPolicy.DESTROY:
        _note_once_that_groups_are_kept(Stack.of(scope))
    return group


def is_masked(log_group: logs.ILogGroup) -> bool:
    """Check whether the app attaches a data-protection policy to the group; for an imported one, it is unknown."""
    resource = log_group.node.default_child
    return isinstance(resource, logs.CfnLogGroup) and resource.data_protection_policy is not None


_STACKS_WITH_THE_NOTE: WeakSet[Stack] = WeakSet()


def _note_once_that_groups_are_kept(stack: Stack) -> None:
    if stack in _STACKS_WITH_THE_NOTE:
        return
    _STACKS_WITH_THE_NOTE.add(stack)
    # CloudFormation's own error, that the group already exists, does not say what to do.
    Annotations.of(stack).add_info(
        "The log groups of this stack's log routes are kept when it is destroyed. To deploy it again after that, "
        "import them with `cdk deploy --import-existing-resources`, or delete them.",
    )


def _path_in_stack(scope: Construct, or_else: str) -> str:
    """Return the path in the stack: two buses that each log "Everything" must not collide."""
    ids = [parent.node.id for parent in scope.node.scopes][len(Stack.of(scope).node.scopes) :]
    # With a hyphen in an id, "A-B" and "C" would be the same as "A" and "B-C". No id has a slash.
    path = ("/" if any("-" in id for id in ids) else "-").join(ids)
    if not re.fullmatch(r"[A-Za-z0-9_./#-]+", path):
        raise InvalidConfiguration(
            f"No log group can be named after {scope.node.path!r}. Expected letters, digits and _ - / . # only, as in "
            f"any log group's name. Use those in the ids of bus and route{or_else}."
        )
    return path
