"""The event bus of a SaaSus partner event source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from aws_cdk import Duration, Stack, Token
from aws_cdk import aws_events as events

from constructs_lib.activation.one_bus_per_source import claim_source
from constructs_lib.activation.verification import Verification
from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import known_text
from constructs_lib.decoded_bus import DecodedEventBus
from constructs_lib.event_routes import EventRoutes
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.events.source_name import PREFIX, PartnerEventSource
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.options import BusSettings, RouteSettings, read_options
from constructs_lib.resources.buses import GivenBus, bus_itself, require_bus
from constructs_lib.routes.route import Route

if TYPE_CHECKING:
    from constructs import Construct
    from typing_extensions import Unpack

    from constructs_lib.activation.integration import SaasusIntegration
    from constructs_lib.monitoring.bus_log import EventLogging
    from constructs_lib.options import BusOptions
    from constructs_lib.routes.log_route import LogRoute
    from constructs_lib.targets import SqsQueue


_NOT_LOOKED_UP: Final = "dummy-value-for-"
"""How the value of `StringParameter.value_from_lookup` starts until the CDK CLI has looked it up, which it does only
after a synth (CDK Developer Guide, "Get a value from the Systems Manager Parameter Store")."""


@dataclass(frozen=True)
class _ExistingBus:
    """What `from_event_bus` passes to the constructor in the place of a source's name."""

    event_bus: events.IEventBus


class SaasusEventBus(EventRoutes):
    """Associates SaaSus Platform's partner event source with an event bus of its own, and routes its events.

    Every target of every route gets a dead-letter queue and a retry policy unless it brings its own.

    Example:
        >>> name = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
        >>> bus = SaasusEventBus(self, "Saasus", event_source_name=name)
        >>> bus.log("Everything")
        >>> bus.invoke("Onboard", EventFilter.of(op.auth.create_tenant).succeeded(), function)
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_source_name: str | PartnerEventSource,
        description: str | None = None,
        event_logging: EventLogging | None = None,
        **options: Unpack[BusOptions],
    ) -> None:
        """Make the bus, which activates the source.

        Tags go on with `Tags.of(bus).add(…)`, as on any construct.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            event_source_name: The name of the source as the EventBridge console shows it under "Partner event
                sources", or a token. The bus gets the same name: EventBridge accepts no other.
            description: The bus's description, up to 512 characters. Default: "Events of SaaSus Platform".
            event_logging: What EventBridge logs about its own work on the bus. Default: nothing.
            options: `dead_letter_queue`, `retry_attempts`, `max_event_age`, `archive`, `encryption_key`, `quotas`: see
                `BusOptions`.

        Raises:
            InvalidEventSource: The name is missing, or not that of a SaaSus partner event source.
            InvalidConfiguration: Another bus of the app has the source, the description is too long, or EventBridge
                cannot use the key.
            InvalidArchive: EventBridge would refuse the archive.
            InvalidRoute: A number is out of range, or the queue cannot take dead letters.
            UnknownOption: An option does not exist.
        """
        settings = read_options(BusSettings, options, SaasusEventBus.__init__)
        given: object = event_source_name

        def bus() -> GivenBus:
            if isinstance(given, _ExistingBus):
                return bus_itself(given.event_bus, self)
            return self._associate(event_source_name, description)

        super().__init__(
            scope,
            id,
            settings=settings,
            bus=bus,
            event_logging=event_logging,
            is_new=not isinstance(given, _ExistingBus),
            form=EventForm.RAW,
        )
        self._decoded: list[DecodedEventBus] = []

    @staticmethod
    def from_event_bus(
        scope: Construct, id: str, event_bus: events.IEventBus, **options: Unpack[BusOptions]
    ) -> SaasusEventBus:
        """Route on a bus that exists: associated by hand in the console, or made in another stack.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            event_bus: The bus, which may be imported by its name or ARN, and the ARN may be a token. It is in the
                account and region of the stack, as rules are.
            options: `dead_letter_queue`, `retry_attempts`, `max_event_age`, `archive`, `encryption_key`, `quotas`: see
                `BusOptions`. The bus itself is left as it is; the queue and the routes are new in any case.

        Raises:
            InvalidConfiguration: It is not an event bus, it is in another account or region than the scope's stack, or
                EventBridge cannot use the key.
            InvalidArchive: EventBridge would refuse the archive.
            InvalidRoute: A number is out of range, or the queue cannot take dead letters.
            UnknownOption: An option does not exist.
        """
        read_options(BusSettings, options, SaasusEventBus.from_event_bus)
        require_bus(event_bus)
        return SaasusEventBus(scope, id, event_source_name=cast("str", _ExistingBus(event_bus)), **options)

    def _associate(self, event_source_name: str | PartnerEventSource, description: str | None) -> GivenBus:
        """Make the bus of a source, and return it with its name."""
        name = str(event_source_name)
        if name.startswith(_NOT_LOOKED_UP):
            name = f"{PREFIX}/{name}"
        elif not Token.is_unresolved(name):
            # Also None, as a context without the name returns it.
            name = PartnerEventSource.parse(event_source_name).name
        described = description or "Events of SaaSus Platform"
        problem = aws_fields.BUS_DESCRIPTION.problem(known_text(Stack.of(self).resolve(described)))
        if problem is not None:
            raise InvalidConfiguration(f"description= of the bus {self.node.path!r} {problem}. Shorten it.")
        claim_source(self, name)
        return GivenBus(events.EventBus(self, "EventBus", event_source_name=name, description=described), name)

    def decoded(
        self,
        id: str = "Decoded",
        *,
        event_filter: EventFilter[Any, Any] | None = None,
        description: str | None = None,
        event_logging: EventLogging | None = None,
        max_concurrency: int | None = None,
        **options: Unpack[BusOptions],
    ) -> DecodedEventBus:
        """Make a bus on which the events are plain JSON, with the same verbs.

        A rule sends the events to a queue, and a function from there to the new bus: as exact patterns can match them,
        without secrets, and with their own `time`. What cannot be decoded goes to this bus's dead-letter queue, with
        the reason.

        Args:
            id: The id in the bus. Default: "Decoded".
            event_filter: Which events to decode. Default: everything that SaaSus sends.
            description: The new bus's description, up to 512 characters. Default: "Events of SaaSus Platform, decoded".
            event_logging: What EventBridge logs about its own work on the new bus. Default: nothing.
            max_concurrency: How many copies of the decoder run at once, 2 to 1,000, for an account in which PutEvents
                is throttled. Default: no limit.
            options: `dead_letter_queue`, `retry_attempts`, `max_event_age`, `archive`, `encryption_key`, `quotas` of
                the new bus: see `BusOptions`. Default of queue, key and quotas: those of this bus.

        Raises:
            InvalidRoute: The filter is not an EventFilter, the id is taken, or an option is out of range.
            InvalidConfiguration: `max_concurrency` is out of range, or the description is too long.
            InvalidArchive: EventBridge would refuse the archive.
            UnknownOption: An option does not exist.

        Example:
            >>> bus.decoded().log("Failures", EventFilter.all().failed())
        """
        inherited = {
            "dead_letter_queue": self._dead_letter_queue,
            "encryption_key": None if self._encryption is None else self._encryption.key,
            "quotas": self._quotas,
        }
        settings = read_options(BusSettings, {**inherited, **options}, self.decoded)
        taken = EventFilter.all() if event_filter is None else event_filter
        path = f"{self._rule_group.path}/{id}/Decoder"

        def feed(scope: Construct, target: SqsQueue) -> Route:
            props = replace(self._props(taken, RouteSettings()), scope_path=path)
            return Route(scope, "Events", props, [target])

        decoded = DecodedEventBus(
            self,
            id,
            settings=settings,
            description=description,
            event_logging=event_logging,
            undecoded_to=self._dead_letter_queue,
            feed=feed,
            max_concurrency=max_concurrency,
        )
        self._decoded.append(decoded)
        return decoded

    def _routes(self) -> list[Route]:
        return [*super()._routes(), *(decoded.source_route for decoded in self._decoded)]

    def verify(
        self,
        id: str,
        integration: SaasusIntegration,
        log_route: LogRoute,
        *,
        timeout: Duration | None = None,
    ) -> Verification:
        """Prove during the deployment that events arrive: SaaSus sends its test event, which has to be logged.

        If it is not logged in time, the deployment fails and rolls back. The proof runs at the first deployment, and
        when the source, route or filter changes.

        Args:
            id: The id in the bus.
            integration: The integration, which has SaaSus's credentials.
            log_route: A log route of this bus that matches test events.
            timeout: How long to wait for the event, 30 seconds to 14 minutes. Default: 10 minutes.

        Raises:
            InvalidRoute: The route does not match test events, is off, or belongs to another bus.
            InvalidConfiguration: The timeout is out of range.
        """
        return Verification(
            self,
            id,
            event_bus=self._event_bus,
            integration=integration,
            log_route=log_route,
            timeout=timeout,
        )
