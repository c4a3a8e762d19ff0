"""The archive of a bus: events that can be replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, CfnDeletionPolicy, Duration, RemovalPolicy
from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.events.errors import InvalidArchive
from constructs_lib.filters import limits
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.risks import findings_of_pattern
from constructs_lib.resources.kinds import resource_of
from constructs_lib.synth.at_synth import validate_at_synth
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from constructs_lib.access.encryption import BusEncryption
    from constructs_lib.events.known_events import KnownEvents


@dataclass(frozen=True, kw_only=True)
class EventArchive:
    """What a bus archives, and for how long.

    Archived events are raw: they hold the SaaSus API key and personal data, and whoever may start a replay or read
    the bus gets at them.

    Args:
        event_filter: Which events. Default: all that SaaSus sends.
        retention: How long they are kept, in whole days. Default: 30 days; EventBridge's own default is for ever.
        removal_policy: What becomes of the archive with the stack, or when the event source's name changes. Default:
            it goes, with the events in it, for an archive has a managed rule on its bus, and EventBridge deletes no
            bus that has rules. RETAIN or RETAIN_ON_UPDATE_OR_DELETE keep the bus, too, where it is made here.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, archive=EventArchive(retention=Duration.days(90)))
    """

    event_filter: EventFilter = field(default_factory=EventFilter.all)
    retention: Duration = field(default_factory=lambda: Duration.days(30))
    removal_policy: RemovalPolicy = RemovalPolicy.DESTROY

    def __post_init__(self) -> None:
        """Refuse what EventBridge would refuse at deploy."""
        if self.removal_policy is RemovalPolicy.SNAPSHOT:
            raise InvalidArchive(
                "EventArchive(removal_policy=…) is SNAPSHOT, which an archive does not have. Give DESTROY, RETAIN or "
                "RETAIN_ON_UPDATE_OR_DELETE."
            )
        if not isinstance(self.event_filter, EventFilter):
            raise InvalidArchive(
                f"EventArchive(event_filter=…) was given {self.event_filter!r}. Give an EventFilter, such as "
                "EventFilter.of(operations.auth), or leave it out to archive all."
            )
        if not isinstance(self.retention, Duration):
            raise InvalidArchive(f"EventArchive(retention=…) was given {self.retention!r}. Give Duration.days(…).")
        if self.retention.is_unresolved():
            if self.retention.unit_label() != "days":
                raise InvalidArchive(
                    f"EventArchive(retention=…) is a token in {self.retention.unit_label()}, which cannot be made days "
                    "of. Give it in days: Duration.days(parameter.value_as_number)."
                )
            return
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
            if finding.is_error:
                shown = readable(self, repr(archive.event_filter))
                raise InvalidArchive(
                    f"The archive's filter {shown}: {finding.text} An archive has one pattern. "
                    "Archive more (EventFilter.all() has no wildcard) and filter when you replay: a replay can name "
                    "single rules."
                )
            Annotations.of(self).add_warning_v2(finding.id, readable(self, finding.text))
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
        if archive.removal_policy is RemovalPolicy.DESTROY:
            Annotations.of(self).add_info(
                "The archive and the events in it go when the stack is destroyed and when the event source's name "
                "changes. To keep them, and the bus with them: "
                "EventArchive(removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE).",
            )
        else:
            self._keep_bus(event_bus, archive.removal_policy)

    def _keep_bus(self, event_bus: events.IEventBus, removal_policy: RemovalPolicy) -> None:
        """Keep the bus with the archive, whose managed rule would not let it be deleted."""
        if event_bus.node.default_child is None:
            return  # an import, which no stack of this app deletes
        bus = resource_of(event_bus, events.CfnEventBus)
        if event_bus.node.scope is self.node.scope:
            bus.apply_removal_policy(removal_policy)
            Annotations.of(self).add_info(
                "The archive is kept when the stack is destroyed, and its bus with it, for EventBridge deletes no bus "
                "that has rules, and the archive has one. To deploy the stack again after that, take the bus back with "
                "`cdk import`, or delete both (`aws events delete-archive`, then `aws events delete-event-bus`).",
            )
            return
        validate_at_synth(self, lambda: [] if _is_kept(bus) else [_BUS_IN_THE_WAY.format(bus=bus.node.path)])

    @property
    def archive_name(self) -> str:
        """The archive's name, a token."""
        return self._resource.ref

    @property
    def archive_arn(self) -> str:
        """The archive's ARN, as `grant`s and replays need it."""
        return self._resource.attr_arn


_BUS_IN_THE_WAY: Final = (
    "The archive is kept when its stack is destroyed, and its bus {bus!r} is not: EventBridge deletes no bus that has "
    "rules, and an archive has one, so destroying the bus's stack would fail. Keep the bus, too "
    "(event_bus.apply_removal_policy(RemovalPolicy.RETAIN)), or let the archive go "
    "(EventArchive(removal_policy=RemovalPolicy.DESTROY))."
)


def _is_kept(bus: events.CfnEventBus) -> bool:
    policy = bus.cfn_options.deletion_policy
    return policy in {CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE}


def _check_length(event_filter: EventFilter, pattern: dict[str, Any]) -> None:
    # A route splits a filter over several rules; an archive takes one pattern, and a bus should have one archive, for
    # a replay of two would send some events twice.
    length = limits.pattern_size(pattern)
    if length > limits.PATTERN_CHARACTERS_MAXIMUM:
        raise InvalidArchive(
            f"The archive's filter {event_filter!r} is a pattern of {length:,} characters; EventBridge takes "
            f"{limits.PATTERN_CHARACTERS_MAXIMUM:,} in one, and an archive has one. Archive more "
            "(`EventFilter.all()` is the shortest) and filter when you replay: a replay can name single rules."
        )
