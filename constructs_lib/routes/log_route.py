"""Routes to CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations

from constructs_lib.events import warning_ids
from constructs_lib.filters.event_form import EventForm
from constructs_lib.log_groups import is_masked, new_log_group
from constructs_lib.resources.kinds import LOG_GROUP, require
from constructs_lib.resources.log_groups import log_group_itself
from constructs_lib.routes.route import Route
from constructs_lib.targets import CloudWatchLogGroup

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy
    from aws_cdk import aws_logs as logs
    from constructs import Construct

    from constructs_lib.access.encryption import BusEncryption
from constructs_lib.routes.route import RouteProps


class LogRoute(Route):
    """A route to a log group, with one line per event. Made by `SaasusEventBus.log`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        props: RouteProps,
        *,
        log_group: logs.ILogGroup | None,
        retention: logs.RetentionDays,
        removal_policy: RemovalPolicy,
        mask: bool,
        encryption: BusEncryption | None,
    ) -> None:
        super().__init__(scope, id, props)
        if log_group is not None:
            require(LOG_GROUP, log_group, "log_group=")
        given = None if log_group is None else log_group_itself(log_group, self)
        self._log_group = given or new_log_group(
            self,
            "LogGroup",
            folder="/aws/events",
            retention=retention,
            removal_policy=removal_policy,
            mask=mask,
            encryption=encryption,
            or_else=", or pass `log_group=`",
        )
        decoded = props.form is EventForm.DECODED
        self._warn_if_unmasked(
            mask, "personal data" if decoded else "passwords, tokens, the SaaSus API key and personal data"
        )
        self.add_target(CloudWatchLogGroup(self._log_group))

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group that the events are written to."""
        return self._log_group

    def _warn_if_unmasked(self, mask: bool, what: str) -> None:
        if is_masked(self._log_group):
            return
        if mask:
            Annotations.of(self).add_warning_v2(
                warning_ids.EXISTING_LOG_UNMASKED,
                f"The log group {self._log_group.node.path!r} is not made by this route, which therefore cannot mask "
                f"it: {what} appear in it in plain text, unless it has a data-protection policy of its own. Attach one "
                "where it is made (`LogGroup(data_protection_policy=log_mask_policy())`, of constructs_lib), or pass "
                "`mask=False` if plain text is intended.",
            )
        else:
            Annotations.of(self).add_warning_v2(
                warning_ids.UNMASKED_LOG,
                f"The log group {self._log_group.node.path!r} holds {what} in plain text "
                "(`mask=False`). Acknowledge this warning if that is intended.",
            )
