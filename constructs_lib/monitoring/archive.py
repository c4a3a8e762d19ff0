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
    from constructs_lib.filters.event_form import EventForm


@dataclass(frozen=True, kw_only=True)
class EventArchive:
    """What a bus archives, and for how long.

    Archived events are raw: whoever may start a replay or read the bus sees the SaaSus API key and personal data.

    Args:
        event_filter: Which events. Default: everything that SaaSus sends.
        retention: How long they are kept, in whole days; without it, EventBridge would keep them forever. Default: 30
            days.
        removal_policy: What happens to the archive when the stack goes or the event source's name changes. RETAIN and
            RETAIN_ON_UPDATE_OR_DELETE keep the bus, too, if it is made here: an archive has a managed rule on its bus,
            and EventBridge does not delete a bus that has rules. Default: DESTROY, with the events in it.

    Raises:
        InvalidArchive: EventBridge would refuse the archive.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, archive=EventArchive(retention=Duration.days(90)))
    """

    event_filter: EventFilter = field(default_factory=EventFilter.all)
    retention: Duration = field(default_factory=lambda: Duration.days(30))
    removal_policy: RemovalPolicy = RemovalPolicy.DESTROY

    def __post_init__(self) -> None:
        """Check what EventBridge would refuse during the deployment."""
        if self.removal_policy is RemovalPolicy.SNAPSHOT:
            raise InvalidArchive(
                "EventArchive(removal_policy=…) is SNAPSHOT, which archives do not support. Expected DESTROY, RETAIN "
                "or RETAIN_ON_UPDATE_OR_DELETE. Pass one of them."
            )
        if not isinstance(self.event_filter, EventFilter):
            raise InvalidArchive(
                f"EventArchive(event_filter={self.event_filter!r}) is not a filter. Expected an EventFilter, such as "
                "EventFilter.of(operations.auth). Leave it out to archive everything."
            )
        if not isinstance(self.retention, Duration):
            raise InvalidArchive(
                f"EventArchive(retention={self.retention!r}) is not a Duration. Expected whole days, such as "
                "Duration.days(30)."
            )
        if self.retention.is_unresolved():
            if self.retention.unit_label() != "days":
                raise InvalidArchive(
                    f"EventArchive(retention=…) is a token in {self.retention.unit_label()}, which cannot be converted "
                    "to days. Expected a token in days. Pass Duration.days(parameter.value_as_number)."
                )
            return
        days = self.retention.to_days(integral=False)
        if days < 1 or days != int(days):
            raise InvalidArchive(
                f"EventArchive(retention=…) of {days:g} days is out of range. Expected whole days, 1 or more. Pass "
                "Duration.days(…)."
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
        form: EventForm,
        encryption: BusEncryption | None,
        characters: int,
    ) -> None:
        if not isinstance(archive, EventArchive):
            raise InvalidArchive(
                f"archive={archive!r} is not an EventArchive. Expected EventArchive(…), or None for no archive."
            )
        super().__init__(scope, id)
        pattern = form.pattern(archive.event_filter, known_events)
        _check_length(archive.event_filter, pattern)
        for finding in findings_of_pattern(pattern, characters=characters):
            if finding.is_error:
                shown = readable(self, repr(archive.event_filter))
                raise InvalidArchive(
                    f"The archive's filter {shown}: {finding.text} An archive has only one pattern. "
                    "Archive more (EventFilter.all() has no wildcard) and filter when you replay: a replay can be "
                    "limited to single rules."
                )
            Annotations.of(self).add_warning_v2(finding.id, readable(self, finding.text))
        if encryption is not None:
            encryption.allow_archive()
        # No name of ours: the one that CloudFormation makes fits the 48 characters of an archive's name.
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
                "The archive and its events are deleted when the stack is destroyed and when the event source's name "
                "changes. To keep them, and the bus with them, use "
                "EventArchive(removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE).",
            )
        else:
            self._keep_bus(event_bus, archive.removal_policy)

    def _keep_bus(self, event_bus: events.IEventBus, removal_policy: RemovalPolicy) -> None:
        """Keep the bus with the archive, whose managed rule would prevent its deletion."""
        if event_bus.node.default_child is None:
            return  # an import, which no stack of this app deletes
        bus = resource_of(event_bus, events.CfnEventBus)
        if event_bus.node.scope is self.node.scope:
            bus.apply_removal_policy(removal_policy)
            Annotations.of(self).add_info(
                "The archive is kept when the stack is destroyed, and its bus with it: the archive has a rule, and "
                "EventBridge does not delete a bus that has rules. To deploy the stack again after that, import the "
                "bus with `cdk import`, or delete both (`aws events delete-archive`, then `aws events "
                "delete-event-bus`).",
            )
            return
        validate_at_synth(self, lambda: [] if _is_kept(bus) else [_BUS_IN_THE_WAY.format(bus=bus.node.path)])

    @property
    def archive_name(self) -> str:
        """The archive's name, a token."""
        return self._resource.ref

    @property
    def archive_arn(self) -> str:
        """The archive's ARN, as policies and replays need it."""
        return self._resource.attr_arn


_BUS_IN_THE_WAY: Final = (
    "The archive is kept when its stack is destroyed, and its bus {bus!r} is not. An archive has a rule, and "
    "EventBridge does not delete a bus that has rules, so destroying the bus's stack would fail. Keep the bus, too "
    "(event_bus.apply_removal_policy(RemovalPolicy.RETAIN)), or delete the archive with its stack "
    "(EventArchive(removal_policy=RemovalPolicy.DESTROY))."
)


def _is_kept(bus: events.CfnEventBus) -> bool:
    policy = bus.cfn_options.deletion_policy
    return policy in {CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE}


def _check_length(event_filter: EventFilter, pattern: dict[str, Any]) -> None:
    # A route splits a filter over several rules. An archive has one pattern, and a bus should have one archive, because
    # a replay of two would send some events twice.
    length = limits.pattern_size(pattern)
    if length > limits.PATTERN_CHARACTERS_MAXIMUM:
        raise InvalidArchive(
            f"The archive's filter {event_filter!r} is a pattern of {length:,} characters. Expected at most "
            f"{limits.PATTERN_CHARACTERS_MAXIMUM:,}, because an archive has only one pattern. Archive more "
            "(`EventFilter.all()` is the shortest) and filter when you replay: a replay can be limited to single rules."
        )
