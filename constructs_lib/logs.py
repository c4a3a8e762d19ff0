"""Routes to CloudWatch Logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from weakref import WeakSet

from aws_cdk import Annotations, RemovalPolicy, Stack, Token
from aws_cdk import aws_logs as logs

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.route import Route
from constructs_lib.targets import CloudWatchLogGroup

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.route import RouteProps


class LogRoute(Route):
    """A route to a log group, one line an event. Made by `SaasusEventBus.log`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        props: RouteProps,
        *,
        log_group: logs.ILogGroup | None,
        retention: logs.RetentionDays,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id, props)
        if log_group is None:
            log_group = logs.LogGroup(
                self,
                "LogGroup",
                log_group_name=_default_name(self),
                retention=retention,
                removal_policy=removal_policy,
            )
            if removal_policy is not RemovalPolicy.DESTROY:
                _say_once_that_groups_are_kept(Stack.of(self))
        self._log_group = log_group
        self.add_target(CloudWatchLogGroup(self._log_group))

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group that the events are written to."""
        return self._log_group


_STACKS_THAT_SAID_SO: WeakSet[Stack] = WeakSet()


def _say_once_that_groups_are_kept(stack: Stack) -> None:
    if stack in _STACKS_THAT_SAID_SO:
        return
    _STACKS_THAT_SAID_SO.add(stack)
    # CloudFormation's own error, that the group already exists, does not say what to do.
    Annotations.of(stack).add_info(
        "The log groups of this stack's log routes are kept when it is destroyed. To deploy it again after that, take "
        "them back with `cdk deploy --import-existing-resources`, or delete them.",
    )


def _default_name(route: LogRoute) -> str:
    """Name the group after the stack and the path in it: two buses that each log "Everything" must not collide."""
    stack = Stack.of(route)
    ids = [scope.node.id for scope in route.node.scopes]
    path = "-".join(ids[len(stack.node.scopes) :])
    if not re.fullmatch(r"[A-Za-z0-9_./#-]+", path):
        raise InvalidRoute(
            f"No log group can be named after the route {route.node.path!r}: CloudWatch Logs takes letters, digits and "
            "_ - / . # in a name. Use those in the ids of bus and route, or pass `log_group=`."
        )
    name = f"/aws/events/{stack.stack_name}/{path}"
    if not Token.is_unresolved(name) and len(name) > 512:
        raise InvalidRoute(
            f"The log group of route {route.node.path!r} would have a name of {len(name)} characters; CloudWatch Logs "
            "takes 512. Shorten the ids, or pass `log_group=`."
        )
    return name
