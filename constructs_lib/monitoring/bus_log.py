"""The bus log: what EventBridge itself logs about each event on a bus (received, matched, delivered, given up)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from aws_cdk import Fn, Names, RemovalPolicy, Token
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.access.logs_resource_policy import LogsResourcePolicy
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.log_groups import new_log_group
from constructs_lib.metrics import is_partner_bus

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

    from constructs_lib.access.encryption import BusEncryption

_MAX_NAME = 60
"""Of a delivery source and a delivery destination (CloudWatch Logs API reference, `PutDeliverySource`)."""
_LONGEST_SOURCE = len("2affa11d919f-1234")


class LogLevel(Enum):
    """How much EventBridge logs; a level includes those before it."""

    ERROR = "ERROR"
    """What failed."""
    INFO = "INFO"
    """Also what was received, matched and delivered."""
    TRACE = "TRACE"
    """Also every step in between."""


@dataclass(frozen=True, kw_only=True)
class EventLogging:
    """What EventBridge logs about its own work on a bus: the bus log.

    Args:
        level: How much. Default: LogLevel.ERROR.
        include_detail: Whether a record holds the event's detail, what was sent to the target and what it answered.
            All of these contain the SaaSus API key and personal data. Default: False.
        retention: How long the records are kept. Default: one month.
        removal_policy: What happens to the log group when the stack goes. Default: it is kept, unless it belongs to a
            first deployment that failed.

    Raises:
        InvalidConfiguration: The level is not a LogLevel.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, event_logging=EventLogging(level=LogLevel.INFO))
    """

    level: LogLevel = LogLevel.ERROR
    include_detail: bool = False
    retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def __post_init__(self) -> None:
        """Check the level."""
        if not isinstance(self.level, LogLevel):
            names = ", ".join(f"LogLevel.{each.name}" for each in LogLevel)
            raise InvalidConfiguration(
                f"EventLogging(level={self.level!r}) is not a log level. Expected one of {names}."
            )


class BusLog(Construct):
    """The log of a bus. Made by `SaasusEventBus(event_logging=…)`, not directly.

    The bus's `LogConfig` alone logs nothing: each log type needs a delivery from the bus to a log group (EventBridge
    User Guide, "Configuring logs for Amazon EventBridge event buses").
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_bus: events.CfnEventBus,
        logging: EventLogging,
        encryption: BusEncryption | None,
    ) -> None:
        if not isinstance(logging, EventLogging):
            raise InvalidConfiguration(
                f"event_logging={logging!r} is not an EventLogging. Expected EventLogging(…), or None for no log."
            )
        super().__init__(scope, id)
        # aws-cdk-lib has the property since 2.204 only.
        detail = "FULL" if logging.include_detail else "NONE"
        event_bus.add_property_override("LogConfig", {"Level": logging.level.value, "IncludeDetail": detail})
        if encryption is not None:
            encryption.allow_bus_logs()
        # The prefix of vended logs: the delivery service's own policy has one wildcard for it (CloudWatch Logs User
        # Guide, "Enable logging from AWS services").
        self._log_group = new_log_group(
            self,
            "LogGroup",
            folder="/aws/vendedlogs/events/event-bus",
            retention=logging.retention,
            removal_policy=logging.removal_policy,
            mask=True,
            encryption=encryption,
        )
        policy = LogsResourcePolicy.of(self)
        policy.allow_bus_log_to(self._log_group)
        # Not the bus's name: a partner bus's has slashes, which are not allowed here.
        destination = logs.CfnDeliveryDestination(
            self, "Destination", name=_name(self), destination_resource_arn=self._log_group.log_group_arn
        )
        destination.node.add_dependency(policy)
        before: Construct = destination
        for log_type in _types(logging.level):
            room = Construct(self, log_type.title())
            source = logs.CfnDeliverySource(
                room,
                "Source",
                # CloudFormation makes the source of a new bus before it deletes that of the old one, and two cannot
                # have one name.
                name=_name(room, of=_source_in(event_bus.name)),
                resource_arn=event_bus.attr_arn,
                log_type=f"{log_type}_LOGS",
            )
            delivery = logs.CfnDelivery(
                room,
                "Delivery",
                delivery_source_name=source.ref,
                delivery_destination_arn=destination.attr_arn,
            )
            # One after the other: two at once on one bus conflict (Terraform's documentation of
            # `aws_cloudwatch_event_bus` chains them in the same way).
            source.node.add_dependency(before)
            before = delivery

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group that EventBridge's records go to."""
        return self._log_group


def _types(level: LogLevel) -> list[str]:
    names = [each.value for each in LogLevel]
    return names[: names.index(level.value) + 1]


def _name(construct: Construct, *, of: str = "") -> str:
    # What is known only at deployment counts as the longest that occurs in SaaSus's names.
    length = _LONGEST_SOURCE if Token.is_unresolved(of) else len(of)
    room = _MAX_NAME - (length + 1 if of else 0)
    name = Names.unique_resource_name(construct, max_length=room, separator="-")
    return f"{name}-{of}" if of else name


def _source_in(bus_name: str) -> str:
    """Return what distinguishes SaaSus's sources in aws.partner/saasus.io/<uuid>-<n>/event: the uuid's end and n.

    It is empty for the decoded bus, whose name never changes.
    """
    if not is_partner_bus(bus_name):
        return ""
    parts = Fn.split("-", Fn.select(2, Fn.split("/", bus_name)))
    return f"{Fn.select(4, parts)}-{Fn.select(5, parts)}"
