"""The event bus of a SaaSus partner event source, and the routes on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Fn, RemovalPolicy, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.api_destination import ApiRoute
from constructs_lib.delivery import DeliveryOptions
from constructs_lib.events.known_events import KnownEvents
from constructs_lib.events.source_name import PartnerEventSource
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.function_access import FunctionAccess
from constructs_lib.logs import LogRoute
from constructs_lib.quotas import EventBridgeQuotas
from constructs_lib.route import Route, RouteProps
from constructs_lib.rule_checks import RuleChecks
from constructs_lib.rule_group import RuleGroup
from constructs_lib.targets import LambdaFunction
from constructs_lib.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_lambda as lambda_

    from constructs_lib.integration import SaasusIntegration


class SaasusEventBus(Construct):
    """Associates SaaSus Platform's partner event source with an event bus of its own, and routes its events.

    Every target of every route has a dead-letter queue and a retry policy unless it brings its own.

    Example:
        >>> bus = SaasusEventBus(self, "Saasus", event_source_name="aws.partner/saasus.io/<uuid>-1/event")
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
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
        quotas: EventBridgeQuotas = EventBridgeQuotas(),
    ) -> None:
        """Make the bus, which activates the source.

        Tags go on with `Tags.of(bus).add(…)`, as on any construct.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            event_source_name: The name of the source as the EventBridge console shows it under "Partner event
                sources", or a token. The bus gets the same name: EventBridge takes no other.
            description: The bus's description. Default: what it is for.
            dead_letter_queue: The queue for events that a target did not take. Default: one of its own, encrypted,
                TLS only, which keeps messages for 14 days.
            retry_attempts: Times that EventBridge tries to reach a target again, 0 to 185. Default: 185.
            max_event_age: How long it tries, 1 minute to 24 hours. Default: 24 hours.
            quotas: The account's quotas, where they were raised. Default: AWS's own.

        Raises:
            InvalidEventSource: The name is not that of a SaaSus partner event source.
            InvalidRoute: A number is out of range.
        """
        super().__init__(scope, id)
        name = str(event_source_name)
        if not Token.is_unresolved(name):
            name = PartnerEventSource.parse(name).name
        self._set_up(
            events.EventBus(
                self,
                "EventBus",
                event_source_name=name,
                description=description or "Events of SaaSus Platform",
            ),
            name,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
            quotas=quotas,
        )

    @staticmethod
    def from_event_bus(
        scope: Construct,
        id: str,
        event_bus: events.IEventBus,
        *,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
        quotas: EventBridgeQuotas = EventBridgeQuotas(),
    ) -> SaasusEventBus:
        """Route on a bus that exists: associated by hand in the console, or made in another stack.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            event_bus: The bus, also one imported by name or ARN, and by an ARN that is a token.
            dead_letter_queue: As for a new bus. The queue and the routes are new in any case.
            retry_attempts: As for a new bus.
            max_event_age: As for a new bus.
            quotas: As for a new bus.
        """
        return _ExistingEventBus(
            scope,
            id,
            event_bus,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
            quotas=quotas,
        )

    def _set_up(
        self,
        event_bus: events.IEventBus,
        bus_name: str,
        *,
        dead_letter_queue: sqs.IQueue | None,
        retry_attempts: int | None,
        max_event_age: Duration | None,
        quotas: EventBridgeQuotas,
    ) -> None:
        self._event_bus = event_bus
        self._dead_letter_queue = dead_letter_queue or sqs.Queue(
            self,
            "DeadLetterQueue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self._delivery = DeliveryOptions(self._dead_letter_queue, retry_attempts, max_event_age)
        self._rule_group = RuleGroup.of_bus(self, bus_name)
        self._known_events = KnownEvents.from_context(self.node.try_get_context)
        self._rule_checks = RuleChecks(self, "Rules", event_bus=event_bus, quotas=quotas)
        FunctionAccess(self, failures_to=self._dead_letter_queue)

    @property
    def event_bus(self) -> events.IEventBus:
        """The event bus."""
        return self._event_bus

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """The queue for events that a target of a route did not take.

        A message is the raw event, SaaSus API key and personal data included: grant reading it with care.
        """
        return self._dead_letter_queue

    def route(
        self,
        id: str,
        event_filter: EventFilter,
        *targets: events.IRuleTarget,
        description: str | None = None,
        enabled: bool = True,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> Route:
        """Send the events that a filter takes to any EventBridge targets.

        Args:
            id: The id of the route in the bus.
            event_filter: Which events.
            targets: Up to five, of `constructs_lib.targets`, of `aws_cdk.aws_events_targets`, or your own. More can
                follow by `add_target`.
            description: The rules' description. Default: the filter.
            enabled: Whether the rules are on.
            dead_letter_queue: The queue for what these targets did not take. Default: the bus's.
            retry_attempts: Times that EventBridge tries again, 0 to 185. Default: the bus's.
            max_event_age: How long it tries, 1 minute to 24 hours. Default: the bus's.
        """
        route = Route(
            self,
            id,
            self._props(event_filter, description, enabled, dead_letter_queue, retry_attempts, max_event_age),
        )
        for target in targets:
            route.add_target(target)
        return route

    def log(
        self,
        id: str,
        event_filter: EventFilter | None = None,
        *,
        log_group: logs.ILogGroup | None = None,
        retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        description: str | None = None,
        enabled: bool = True,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> LogRoute:
        """Write events to CloudWatch Logs, one line each.

        Args:
            id: The id of the route in the bus.
            event_filter: Which events. Default: all that SaaSus sends.
            log_group: An existing group. Default: a new one named `/aws/events/<stack>/<bus and route>`.
            retention: How long a new group keeps lines. Default: three months.
            removal_policy: What becomes of a new group with the stack. Default: it is kept, but for a first deploy
                that failed.
            description: As for `route`.
            enabled: As for `route`.
            dead_letter_queue: As for `route`.
            retry_attempts: As for `route`.
            max_event_age: As for `route`.
        """
        return LogRoute(
            self,
            id,
            self._props(
                event_filter or EventFilter.all(),
                description,
                enabled,
                dead_letter_queue,
                retry_attempts,
                max_event_age,
            ),
            log_group=log_group,
            retention=retention,
            removal_policy=removal_policy,
        )

    def invoke(
        self,
        id: str,
        event_filter: EventFilter,
        function: lambda_.IFunction,
        *,
        on_failure: sqs.IQueue | lambda_.IDestination | None = None,
        event: events.RuleTargetInput | None = None,
        description: str | None = None,
        enabled: bool = True,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> Route:
        """Run a Lambda function for each event.

        Args:
            id: The id of the route in the bus.
            event_filter: Which events.
            function: A function, alias or version, of any stack, also an imported one.
            on_failure: Where events go on which the function raised, after Lambda's own retries. Default: the
                dead-letter queue of the first bus that routes to it; a function that has a failure destination or a
                dead-letter queue of its own keeps it.
            event: What the function receives. Default: the whole event.
            description: As for `route`.
            enabled: As for `route`.
            dead_letter_queue: As for `route`.
            retry_attempts: As for `route`.
            max_event_age: As for `route`.
        """
        return self.route(
            id,
            event_filter,
            LambdaFunction(function, on_failure=on_failure, event=event),
            description=description,
            enabled=enabled,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
        )

    def call(
        self,
        id: str,
        event_filter: EventFilter,
        *,
        endpoint: str,
        authorization: events.Authorization,
        http_method: events.HttpMethod = events.HttpMethod.POST,
        rate_limit_per_second: int | None = None,
        header_parameters: Mapping[str, str] | None = None,
        path_parameter_values: Sequence[str] | None = None,
        query_string_parameters: Mapping[str, str] | None = None,
        event: events.RuleTargetInput | None = None,
        description: str | None = None,
        enabled: bool = True,
        dead_letter_queue: sqs.IQueue | None = None,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
    ) -> ApiRoute:
        """Call an HTTP API for each event.

        EventBridge waits 5 seconds for an answer. It tries again on 409, 429, 5xx and no answer, not on other 4xx
        (EventBridge User Guide, API destinations).

        Args:
            id: The id of the route in the bus.
            event_filter: Which events.
            endpoint: An HTTPS URL; each `*` in it takes one of `path_parameter_values`.
            authorization: How to authorize: `Authorization.api_key`, `.basic` or `.oauth`, with secrets from Secrets
                Manager (`SecretValue.secrets_manager(…)`).
            http_method: The method. Default: POST.
            rate_limit_per_second: Invocations a second, 1 or more. Default: EventBridge's, 300.
            header_parameters: Headers to send.
            path_parameter_values: Values for the `*` in the endpoint, also event paths such as `$.detail.trace_id`.
            query_string_parameters: Query parameters to send.
            event: What is sent. Default: id, time, event_type and trace_id only, for the raw event holds the SaaSus
                API key and personal data. `raw_event()` sends it nevertheless, and warns.
            description: As for `route`.
            enabled: As for `route`.
            dead_letter_queue: As for `route`.
            retry_attempts: As for `route`.
            max_event_age: As for `route`.

        Raises:
            InvalidRoute: The endpoint is not HTTPS, the rate is below 1, or a secret is plain text.
        """
        return ApiRoute(
            self,
            id,
            self._props(event_filter, description, enabled, dead_letter_queue, retry_attempts, max_event_age),
            endpoint=endpoint,
            authorization=authorization,
            http_method=http_method,
            rate_limit_per_second=rate_limit_per_second,
            header_parameters=header_parameters,
            path_parameter_values=path_parameter_values,
            query_string_parameters=query_string_parameters,
            event=event,
        )

    def verify(
        self,
        id: str,
        integration: SaasusIntegration,
        log_route: LogRoute,
        *,
        timeout: Duration | None = None,
    ) -> Verification:
        """Prove at deploy that events arrive: SaaSus sends its test event, and it has to be logged.

        The deployment fails, and so rolls back, when it does not come in time. It is proved when it is first deployed,
        and when source, route or filter change.

        Args:
            id: The id in the bus.
            integration: What has SaaSus's credentials.
            log_route: A log route of this bus that takes test events.
            timeout: How long to wait for the event, 30 seconds to 14 minutes. Default: 10 minutes.

        Raises:
            InvalidRoute: The route does not take test events, or the timeout is out of range.
        """
        return Verification(
            self,
            id,
            event_bus=self._event_bus,
            integration=integration,
            log_route=log_route,
            timeout=timeout,
        )

    def _props(
        self,
        event_filter: EventFilter,
        description: str | None,
        enabled: bool,
        dead_letter_queue: sqs.IQueue | None,
        retry_attempts: int | None,
        max_event_age: Duration | None,
    ) -> RouteProps:
        return RouteProps(
            event_bus=self._event_bus,
            rule_group=self._rule_group,
            rule_checks=self._rule_checks,
            event_filter=event_filter,
            known_events=self._known_events,
            delivery=self._delivery.but(dead_letter_queue, retry_attempts, max_event_age),
            description=description,
            enabled=enabled,
        )


class _ExistingEventBus(SaasusEventBus):
    """Routes on a bus that something else made."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        event_bus: events.IEventBus,
        *,
        dead_letter_queue: sqs.IQueue | None,
        retry_attempts: int | None,
        max_event_age: Duration | None,
        quotas: EventBridgeQuotas,
    ) -> None:
        Construct.__init__(self, scope, id)
        resource = event_bus.node.default_child
        if isinstance(resource, events.CfnEventBus):
            name = resource.event_source_name or event_bus.event_bus_name
        else:
            event_bus = self._with_whole_name(event_bus)
            name = event_bus.event_bus_name
        self._set_up(
            event_bus,
            name,
            dead_letter_queue=dead_letter_queue,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
            quotas=quotas,
        )

    def _with_whole_name(self, event_bus: events.IEventBus) -> events.IEventBus:
        # `from_event_bus_arn` takes what stands between the first two slashes as the name. In a token that cannot be
        # seen, and a partner bus's name has slashes: the rules would be made on a bus called "aws.partner".
        if not Token.is_unresolved(event_bus.event_bus_name):
            return event_bus
        return events.EventBus.from_event_bus_attributes(
            self,
            "EventBus",
            event_bus_arn=event_bus.event_bus_arn,
            event_bus_name=Fn.select(1, Fn.split(":event-bus/", event_bus.event_bus_arn)),
            event_bus_policy="",
        )
