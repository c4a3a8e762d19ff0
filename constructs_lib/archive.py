"""The archive of a bus: events that can be replayed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Duration, RemovalPolicy
from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.events.errors import InvalidArchive
from constructs_lib.filters import limits
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.findings import findings_of_pattern

if TYPE_CHECKING:
    from constructs_lib.encryption import BusEncryption
    from constructs_lib.events.known_events import KnownEvents


@dataclass(frozen=True, kw_only=True)
class EventArchive:
    """What a bus archives, and for how long.

    Archived events are raw: they hold the SaaSus API key and personal data, and whoever may start a replay or read
    the bus gets at them.

    Args:
        event_filter: Which events. Default: all that SaaSus sends.
        retention: How long they are kept, in whole days. Default: 30 days; EventBridge's own default is for ever.
        removal_policy: What becomes of the archive with the stack. Default: it is kept, but for a first deploy that
            failed.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, archive=EventArchive(retention=Duration.days(90)))
    """

    event_filter: EventFilter = field(default_factory=EventFilter.all)
    retention: Duration = field(default_factory=lambda: Duration.days(30))
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def __post_init__(self) -> None:
        """Refuse what EventBridge would refuse at deploy."""
        days = self.retention.to_days(integral=False)
        if days < 1 or days != int(days):
            raise InvalidArchive(
                f"EventArchive(retention=…) of {days:g} days: EventBridge keeps an archive for whole days, 1 or more. "
                "Give Duration.days(…)."
            )


class Archive(Construct):
    """The `AWS::Events::Archive` of a bus. Made by `SaasusEventBus(archive=…)`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_bus: events.IEventBus,
        archive: EventArchive,
        known_events: KnownEvents,
        encryption: BusEncryption | None,
        characters: int,
    ) -> None:
        if not isinstance(archive, EventArchive):
            raise InvalidArchive(
                f"archive={archive!r} is no EventArchive. Give EventArchive(), or None for no archive."
            )
        super().__init__(scope, id)
        pattern = archive.event_filter.to_pattern(known_events)
        _check_length(archive.event_filter, pattern)
        for finding in findings_of_pattern(pattern, characters=characters):
            Annotations.of(self).add_warning_v2(finding.id, finding.text)
        if encryption is not None:
            encryption.allow_archive()
        # No name of ours: CloudFormation's own fits the 48 characters that an archive's name may have.
        self._resource = events.CfnArchive(
            self,
            "Resource",
            source_arn=event_bus.event_bus_arn,
            description=repr(archive.event_filter)[:512],
            event_pattern=pattern,
            retention_days=archive.retention.to_days(),
            kms_key_identifier=None if encryption is None else encryption.key.key_arn,
        )
        self._resource.apply_removal_policy(archive.removal_policy)
        if archive.removal_policy is not RemovalPolicy.DESTROY:
            Annotations.of(self).add_info(
                "The archive is kept when the stack is destroyed. It has a managed rule on its bus, and EventBridge's "
                "API refuses to delete a bus that has rules: should `cdk destroy` stop at the bus, delete the archive "
                "(`aws events delete-archive`) and destroy again.",
            )

    @property
    def archive_name(self) -> str:
        """The archive's name, a token."""
        return self._resource.ref

    @property
    def archive_arn(self) -> str:
        """The archive's ARN, as `grant`s and replays need it."""
        return self._resource.attr_arn


def _check_length(event_filter: EventFilter, pattern: dict[str, Any]) -> None:
    # A route splits a filter over several rules; an archive takes one pattern, and a bus should have one archive, for
    # a replay of two would send some events twice.
    length = len(json.dumps(pattern, separators=(",", ":"), ensure_ascii=False))
    if length > limits.PATTERN_CHARACTERS_MAXIMUM:
        raise InvalidArchive(
            f"The archive's filter {event_filter!r} is a pattern of {length:,} characters; EventBridge takes "
            f"{limits.PATTERN_CHARACTERS_MAXIMUM:,} in one, and an archive has one. Archive more "
            "(`EventFilter.all()` is the shortest) and filter when you replay: a replay can name single rules."
        )
