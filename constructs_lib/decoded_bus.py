"""The decoded bus: SaaSus's events as plain JSON, for patterns, input paths and messages that reach every field."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events

from constructs_lib.checks.aws_fields import BUS_DESCRIPTION, known_text
from constructs_lib.decoding.decoder import EventDecoder
from constructs_lib.decoding.ordered_queue import OrderedQueue
from constructs_lib.event_routes import EventRoutes
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.monitoring.dashboard import Decoding
from constructs_lib.options import BusSettings, read_options
from constructs_lib.resources.buses import GivenBus, bus_itself, require_bus
from constructs_lib.resources.kinds import require_free_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs
    from constructs import Construct
    from typing_extensions import Unpack

    from constructs_lib.decoding.ordered_queue import OrderedBy
    from constructs_lib.monitoring.bus_log import EventLogging
    from constructs_lib.options import BusOptions
    from constructs_lib.routes.route import Route
    from constructs_lib.targets import SqsQueue

_NOT_IN_A_NAME: Final = re.compile(r"[^.\-_A-Za-z0-9]")
_LONGEST_NAME: Final = 200
"""Well below the 256 characters of a bus's name (EventBridge API reference, CreateEventBus)."""


class DecodedEventBus(EventRoutes):
    """SaaSus's events as plain JSON on a bus of their own. Made by `SaasusEventBus.decoded`, not directly.

    It has the verbs of `SaasusEventBus`, and takes the same filters: here, they are exact patterns without wildcards.
    Secrets are deleted from the events, personal data is not. An event can come twice, with another `id` and the same
    `detail.log_id`. docs/decoded-events.md says what an event looks like, what it costs, and what can fail.

    Example:
        >>> decoded = bus.decoded()
        >>> decoded.call(
        ...     "TellSlack",
        ...     EventFilter.all().failed(),
        ...     endpoint="https://slack.com/api/chat.postMessage",
        ...     authorization=key,
        ...     event=payload.text("{operation} failed with {status} for {tenant_id}", channel="#saasus"),
        ... )
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: BusSettings,
        description: str | None,
        event_logging: EventLogging | None,
        undecoded_to: sqs.IQueue,
        feed: Callable[[Construct, SqsQueue], Route],
        max_concurrency: int | None,
    ) -> None:
        require_free_id(scope.node.path, scope.node.try_find_child(id), id, "A decoded bus")
        super().__init__(
            scope,
            id,
            settings=settings,
            bus=lambda: self._make_bus(description),
            event_logging=event_logging,
            is_new=True,
            form=EventForm.DECODED,
        )
        self._decoder = EventDecoder(
            self,
            "Decoder",
            event_bus=self._event_bus,
            dead_letter_queue=undecoded_to,
            feed=feed,
            encryption=self._encryption,
            max_concurrency=max_concurrency,
        )

    @staticmethod
    def from_event_bus(
        scope: Construct, id: str, event_bus: events.IEventBus, **options: Unpack[BusOptions]
    ) -> EventRoutes:
        """Route on a bus that gets decoded events: of another stack, or one that a decoded bus forwards events to.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            event_bus: The bus, which may be imported. It is in the account and region of the stack, as rules are.
            options: `dead_letter_queue`, `retry_attempts`, `max_event_age`, `archive`, `encryption_key`, `quotas`: see
                `BusOptions`. The bus itself is left as it is; the queue and the routes are new in any case.

        Raises:
            InvalidConfiguration: It is not an event bus, it is in another account or region than the scope's stack, or
                EventBridge cannot use the key.
            InvalidArchive: EventBridge would refuse the archive.
            InvalidRoute: A number is out of range, or the queue cannot take dead letters.
            UnknownOption: An option does not exist.

        Example:
            >>> forwarded = events.EventBus(self, "Bus", event_bus_name="saasus-events")
            >>> routes = DecodedEventBus.from_event_bus(self, "Saasus", forwarded)
        """
        settings = read_options(BusSettings, options, DecodedEventBus.from_event_bus)
        require_bus(event_bus)
        return _ExistingDecodedBus(scope, id, event_bus, settings)

    def _make_bus(self, description: str | None) -> GivenBus:
        described = description or "Events of SaaSus Platform, decoded"
        problem = BUS_DESCRIPTION.problem(known_text(Stack.of(self).resolve(described)))
        if problem is not None:
            raise InvalidConfiguration(f"description= of the bus {self.node.path!r} {problem}. Shorten it.")
        name = _name_of(self)
        return GivenBus(events.EventBus(self, "EventBus", event_bus_name=name, description=described), name)

    @property
    def decoder(self) -> lambda_.Function:
        """The function that decodes."""
        return self._decoder.function

    @property
    def decoder_queue(self) -> sqs.Queue:
        """The queue in which events wait for the decoder. They are raw, with the SaaSus API key."""
        return self._decoder.queue

    @property
    def decoder_dead_letter_queue(self) -> sqs.IQueue:
        """The queue for events that could not be decoded, raw, with the reason: that of the `SaasusEventBus`.

        If that is in another account, it is one of the decoder's own, because SQS moves messages within an account.
        """
        return self._decoder.dead_letter_queue

    @property
    def source_route(self) -> Route:
        """The route of the `SaasusEventBus` that brings events to the decoder."""
        return self._decoder.route

    def queue(
        self,
        id: str,
        event_filter: EventFilter[Any, Any] | None = None,
        *,
        ordered_by: OrderedBy,
        visibility_timeout: Duration | None = None,
        max_receive_count: int = 5,
    ) -> OrderedQueue:
        """Put decoded events into a FIFO queue in which those of one tenant, or one user, are handled one at a time.

        The decoder sends them itself, because a rule's message group is one fixed text. A group has the order in which
        events reached the decoder, which need not be that of their `time`: what must not go back in time needs the
        ledger. SQS drops a repetition within five minutes by `log_id`, not later. While an event of a group fails, the
        group waits, until the event goes to the dead-letter queue. Events about no tenant are in the group of their
        user, and others in the group "none".

        Args:
            id: The id of the queue in the bus.
            event_filter: Which events. Default: all that are decoded.
            ordered_by: What each group is about: "tenant" or "user".
            visibility_timeout: How long a received event stays with its receiver: six times the timeout of a function
                that takes from the queue. Default: 3 minutes, for a function of 30 seconds.
            max_receive_count: How often an event is received before it goes to the dead-letter queue. Default: 5.

        Raises:
            InvalidRoute: An argument is not one of these, or the id is taken.
            InvalidConfiguration: The filters of all such queues are too long together.

        Example:
            >>> tenants = bus.decoded("Other").queue("PerTenant", EventFilter.of(op.auth), ordered_by="tenant")
        """
        made = OrderedQueue(
            self,
            id,
            decoder=self._decoder,
            event_filter=EventFilter.all() if event_filter is None else event_filter,
            known_events=self._known_events,
            ordered_by=ordered_by,
            visibility_timeout=visibility_timeout or Duration.minutes(3),
            max_receive_count=max_receive_count,
            encryption=self._encryption,
        )
        self._dead_letters[id] = made.dead_letter_queue
        for monitoring in self._monitorings:
            monitoring.add_dead_letter_alarm(id, made.dead_letter_queue)
        return made

    def _decoding(self) -> Decoding:
        return Decoding(self._decoder.function, self._decoder.queue)


class _ExistingDecodedBus(EventRoutes):
    """The routes on a bus that exists, to which decoded events come from somewhere else."""

    def __init__(self, scope: Construct, id: str, event_bus: events.IEventBus, settings: BusSettings) -> None:
        super().__init__(
            scope,
            id,
            settings=settings,
            bus=lambda: bus_itself(event_bus, self),
            event_logging=None,
            is_new=False,
            form=EventForm.DECODED,
        )


def _name_of(scope: Construct) -> str:
    """Return a name that no other bus of the account has: of the stack and the path in it, with a hash of both.

    It is known at synth, so that what names the bus in a policy refers to no resource.
    """
    stack = Stack.of(scope)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    ids = [parent.node.id for parent in scope.node.scopes][len(stack.node.scopes) :]
    name = "-".join((stack.stack_name, *ids))
    digest = hashlib.sha256("/".join((stack.stack_name, *ids)).encode()).hexdigest()[:8]
    return f"{_NOT_IN_A_NAME.sub('-', name)[:_LONGEST_NAME]}-{digest}"
