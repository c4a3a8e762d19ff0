"""What every bus of this library offers: its routes, archive, log, alarms and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.access.encryption import BusEncryption, queue_encryption
from constructs_lib.access.function_access import FunctionAccess
from constructs_lib.access.rule_group import RuleGroup
from constructs_lib.activation.verification import Verification
from constructs_lib.checks.rules import RuleChecks
from constructs_lib.events.known_events import KnownEvents
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.metrics import EventMetrics, bus_metric, is_partner_bus, source_metric
from constructs_lib.monitoring.alarm_spans import LONGEST_SILENCE
from constructs_lib.monitoring.alarms import Monitored, Monitoring
from constructs_lib.monitoring.archive import Archive
from constructs_lib.monitoring.bus_log import BusLog
from constructs_lib.options import HandleSettings, InvokeSettings, RouteSettings, read_options
from constructs_lib.resources.kinds import resource_of
from constructs_lib.routes.api_route import ApiRoute
from constructs_lib.routes.delivery import DeliveryDefaults
from constructs_lib.routes.handlers_route import HandlersRoute
from constructs_lib.routes.log_route import LogRoute
from constructs_lib.routes.route import Route, RouteProps
from constructs_lib.synth.acknowledgements import DEAD_LETTER_QUEUE, acknowledge
from constructs_lib.targets import LambdaFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_cdk import SecretValue
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns
    from typing_extensions import Unpack

    from constructs_lib.metrics import Metric
    from constructs_lib.monitoring.archive import EventArchive
    from constructs_lib.monitoring.bus_log import EventLogging
    from constructs_lib.monitoring.dashboard import Decoding
    from constructs_lib.options import BusSettings, EventBridgeQuotas, HandleOptions, InvokeOptions, RouteOptions
    from constructs_lib.resources.buses import GivenBus
    from constructs_lib.runtime.event_handlers import EventHandlers


class EventRoutes(Construct, EventMetrics):
    """An event bus of this library with its routes. Made as a `SaasusEventBus` or by its `decoded`, not directly.

    It is the type to name where your code accepts any of the buses.

    Example:
        >>> def onboard(bus: EventRoutes, function: lambda_.IFunction) -> None:
        ...     bus.invoke("Onboard", EventFilter.of(op.auth.create_tenant).succeeded(), function)
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: BusSettings,
        bus: Callable[[], GivenBus],
        event_logging: EventLogging | None,
        is_new: bool,
        form: EventForm,
    ) -> None:
        super().__init__(scope, id)
        self._form = form
        self._monitorings: list[Monitoring] = []
        self._dead_letters: dict[str, sqs.IQueue] = {}
        """Queues for dead letters other than the bus's, by a name: monitoring watches them, too."""
        self._quotas = settings.quotas
        self._event_bus, self._bus_name = bus()
        resource = resource_of(self._event_bus, events.CfnEventBus) if is_new else None
        key = settings.encryption_key
        self._encryption = None if key is None else BusEncryption(self, "Encryption", key=key, bus_name=self._bus_name)
        self._dead_letter_queue = settings.dead_letter_queue or self._new_dead_letter_queue()
        self._delivery = DeliveryDefaults(self._dead_letter_queue).overridden_by(settings)
        self._rule_group = RuleGroup.of_bus(self, self._bus_name)
        self._rule_group.room  # noqa: B018 - made before the routes, whose ids must not collide with it
        self._known_events = KnownEvents.from_context(self.node.try_get_context)
        self._rule_checks = RuleChecks(
            self,
            "Rules",
            event_bus=self._event_bus,
            quotas=settings.quotas,
            known_events=self._known_events,
            is_partner_bus=form is EventForm.DECODED or is_partner_bus(self._bus_name),
            form=form,
        )
        FunctionAccess(self, failures_to=self._dead_letter_queue)
        self._archive = None if settings.archive is None else self._new_archive(settings.archive, settings.quotas)
        self._bus_log: BusLog | None = None
        if resource is not None:
            self._configure_bus(resource, event_logging)

    def _new_archive(self, archive: EventArchive, quotas: EventBridgeQuotas) -> Archive:
        return Archive(
            self,
            "Archive",
            event_bus=self._event_bus,
            archive=archive,
            known_events=self._known_events,
            form=self._form,
            encryption=self._encryption,
            characters=quotas.event_pattern_characters,
        )

    def _new_dead_letter_queue(self) -> sqs.Queue:
        key = None if self._encryption is None else self._encryption.key
        queue = sqs.Queue(
            self,
            "DeadLetterQueue",
            **queue_encryption(key),
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(queue, DEAD_LETTER_QUEUE)
        return queue

    def _configure_bus(self, resource: events.CfnEventBus, logging: EventLogging | None) -> None:
        """Set up on the bus what only a new bus gets: its key, its own dead letters, and its log."""
        if self._encryption is not None:
            self._encryption.allow_bus()
            # Not by EventBus(kms_key=…, dead_letter_queue=…): the CDK's key policy names the bus, so the key would
            # depend on a custom resource where the name comes from one.
            resource.kms_key_identifier = self._encryption.key.key_arn
            arn = Stack.of(self).format_arn(service="events", resource="event-bus", resource_name=self._bus_name)
            self._rule_group.allow_bus_to_send_to(self._dead_letter_queue, arn)
            resource.dead_letter_config = events.CfnEventBus.DeadLetterConfigProperty(
                arn=self._dead_letter_queue.queue_arn
            )
        if logging is not None:
            self._bus_log = BusLog(self, "EventLog", event_bus=resource, logging=logging, encryption=self._encryption)

    @property
    def event_bus(self) -> events.IEventBus:
        """The event bus."""
        return self._event_bus

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """The queue for events that a route's target did not accept.

        A message is the whole event with personal data, on SaaSus's own bus also with the SaaSus API key: be careful
        whom you let read it.
        """
        return self._dead_letter_queue

    @property
    def archive(self) -> Archive | None:
        """The archive; None without `archive`."""
        return self._archive

    @property
    def event_log_group(self) -> logs.ILogGroup | None:
        """The log group of the bus log, EventBridge's own records; None without `event_logging`."""
        return None if self._bus_log is None else self._bus_log.log_group

    def route(
        self, id: str, event_filter: EventFilter, *targets: events.IRuleTarget, **options: Unpack[RouteOptions]
    ) -> Route:
        """Send the events that a filter matches to any EventBridge targets.

        Args:
            id: The id of the route in the bus.
            event_filter: Which events.
            targets: Up to five, from `constructs_lib.targets`, from `aws_cdk.aws_events_targets`, or your own. More
                can follow with `add_target`.
            options: `description`, `enabled`, `dead_letter_queue`, `retry_attempts`, `max_event_age`: see
                `RouteOptions`.

        Raises:
            InvalidRoute: The filter is not an EventFilter, the id is taken, or EventBridge would refuse something.
            UnknownOption: An option does not exist.
        """
        return Route(self, id, self._props(event_filter, read_options(RouteSettings, options, self.route)), targets)

    def log(
        self,
        id: str,
        event_filter: EventFilter | None = None,
        *,
        log_group: logs.ILogGroup | None = None,
        retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        mask: bool = True,
        **options: Unpack[RouteOptions],
    ) -> LogRoute:
        """Write events to CloudWatch Logs, one line each.

        Args:
            id: The id of the route in the bus.
            event_filter: Which events. Default: everything that SaaSus sends.
            log_group: An existing group. Default: a new one named `/aws/events/<stack>/<bus and route>`.
            retention: How long a new group keeps lines. Default: three months.
            removal_policy: What happens to a new group when the stack goes. Default: it is kept, unless it belongs to
                a first deployment that failed.
            mask: Whether a new group shows passwords, tokens, the SaaSus API key, e-mail and IP addresses as
                asterisks, through a data-protection policy. Best effort: docs/masking.md says what it cannot catch.
                Turning it off warns. An existing group is not changed. Default: True.
            options: `description`, `enabled`, `dead_letter_queue`, `retry_attempts`, `max_event_age`: see
                `RouteOptions`.

        Raises:
            InvalidRoute: `log_group` is not a log group, or is in another account or region.
            InvalidConfiguration: No new log group can be made: its name or its removal policy is not valid.
            UnknownOption: An option does not exist.
        """
        return LogRoute(
            self,
            id,
            self._props(event_filter or EventFilter.all(), read_options(RouteSettings, options, self.log)),
            log_group=log_group,
            retention=retention,
            removal_policy=removal_policy,
            mask=mask,
            encryption=self._encryption,
        )

    def invoke(
        self, id: str, event_filter: EventFilter, function: lambda_.IFunction, **options: Unpack[InvokeOptions]
    ) -> Route:
        """Run a Lambda function for each event.

        Args:
            id: The id of the route in the bus.
            event_filter: Which events.
            function: A function, alias or version, of any stack, also an imported one.
            options: `on_failure`, `event`, `role`: see `FunctionOptions`. `description`, `enabled`,
                `dead_letter_queue`, `retry_attempts`, `max_event_age`: see `RouteOptions`.

        Raises:
            InvalidRoute: `function` is not a function, EventBridge or Lambda would refuse something, or another route
                sends the function's failures elsewhere.
            UnknownOption: An option does not exist.
        """
        settings = read_options(InvokeSettings, options, self.invoke)
        target = LambdaFunction(function, on_failure=settings.on_failure, event=settings.event, role=settings.role)
        return Route(self, id, self._props(event_filter, settings), [target])

    def handle(
        self, id: str, handlers: EventHandlers, function: lambda_.IFunction, **options: Unpack[HandleOptions]
    ) -> HandlersRoute:
        """Run a Lambda function for the events that its handlers match: the routes are made from their filters.

        So rules and code cannot drift apart. The app imports the module in which the function declares its handlers,
        which therefore may need neither AWS nor environment variables when it is imported (docs/functions.md).

        Args:
            id: The id of the routes in the bus.
            handlers: The function's handlers, at least one of them with a filter.
            function: The function whose code calls these handlers: a function, alias or version, also an imported one.
            options: `on_failure`, `role`: see `InvocationOptions`. `description`, `enabled`, `dead_letter_queue`,
                `retry_attempts`, `max_event_age`: see `RouteOptions`.

        Raises:
            InvalidRoute: `handlers` is not an EventHandlers or has no filter, `function` is not a function, EventBridge
                or Lambda would refuse something, or another route sends the function's failures elsewhere.
            UnknownOption: An option does not exist.

        Example:
            >>> bus.handle("Handlers", handlers, function)
        """
        settings = read_options(HandleSettings, options, self.handle)
        return HandlersRoute(
            self,
            id,
            handlers,
            function,
            props=lambda event_filter, path: self._props(event_filter, settings, scope_path=path),
            target=lambda: LambdaFunction(function, on_failure=settings.on_failure, role=settings.role),
            form=self._form,
            known_events=self._known_events,
            path=self._rule_group.path,
            bus_name=self._bus_name,
        )

    def call(
        self,
        id: str,
        event_filter: EventFilter,
        *,
        endpoint: str,
        authorization: events.Authorization,
        http_method: events.HttpMethod = events.HttpMethod.POST,
        rate_limit_per_second: float | None = None,
        header_parameters: Mapping[str, str | SecretValue] | None = None,
        path_parameter_values: Sequence[str] | None = None,
        query_string_parameters: Mapping[str, str | SecretValue] | None = None,
        event: events.RuleTargetInput | None = None,
        secret_version: str | None = None,
        **options: Unpack[RouteOptions],
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
            rate_limit_per_second: Invocations per second, 1 or more. Default: EventBridge's, 300.
            header_parameters: Headers to send: text, event paths such as `$.detail.trace_id`, or a SecretValue, which
                the connection keeps.
            path_parameter_values: Values for the `*` in the endpoint: text or event paths.
            query_string_parameters: Query parameters to send, as for headers.
            event: What is sent. `raw_event()` sends the whole event with the SaaSus API key and personal data, and
                warns. Default: id, time, event_type and trace_id only.
            secret_version: Any text that changes with the secrets, such as a date or a version's id. CloudFormation
                reads a secret only when it makes or changes the connection: after a rotation, deploy with another
                text here. Default: the secrets are read once.
            options: `description`, `enabled`, `dead_letter_queue`, `retry_attempts`, `max_event_age`: see
                `RouteOptions`.

        Raises:
            InvalidRoute: The endpoint is not HTTPS, EventBridge would refuse something (a header, a rate below 1, a
                path into the event that it does not know), or a secret is plain text.
            UnknownOption: An option does not exist.
        """
        return ApiRoute(
            self,
            id,
            self._props(event_filter, read_options(RouteSettings, options, self.call)),
            endpoint=endpoint,
            authorization=authorization,
            http_method=http_method,
            rate_limit_per_second=rate_limit_per_second,
            header_parameters=header_parameters,
            path_parameter_values=path_parameter_values,
            query_string_parameters=query_string_parameters,
            event=event,
            secret_version=secret_version,
        )

    def monitor(
        self,
        id: str = "Monitoring",
        *,
        alarm_actions: Sequence[cloudwatch.IAlarmAction | sns.ITopic] = (),
        silence: Duration | None = LONGEST_SILENCE,
        dead_letter_age: Duration | None = None,
    ) -> Monitoring:
        """Watch the bus: a dashboard, alarms, and saved Logs Insights queries over its log routes.

        The alarms go off when a target refuses an event, when an event goes to a dead-letter queue or is lost, while
        events wait in the bus's dead-letter queue, and when nothing arrives. Routes added later are watched, too.

        Args:
            id: The id in the bus. Default: "Monitoring".
            alarm_actions: Whom to notify: SNS topics, or any actions of `aws_cloudwatch_actions`. Default: nobody,
                which warns.
            silence: How long it may last that no event arrives that a rule matches, in whole hours from 1 hour to 7
                days; None for no such alarm. The alarm stays quiet until a first event has arrived, such as the test
                event of `verify`. Default: 7 days, sooner than AWS deletes an event source that has no bus.
            dead_letter_age: How long the bus's dead-letter queue may go without being empty: whole minutes up to an
                hour, multiples of 5 minutes up to a day, whole hours up to 7 days. Default: half of the time that the
                queue keeps messages, which is 7 of 14 days for the bus's own queue.

        Raises:
            InvalidAlarm: A span is not one of these, or the queue deletes events before they are that old.

        Example:
            >>> bus.monitor(alarm_actions=[topic], silence=Duration.hours(12))
        """
        monitoring = Monitoring(
            self,
            id,
            Monitored(
                metrics=self,
                events_in=self.metric_events,
                bus_name=self._bus_name,
                dead_letter_queue=self._dead_letter_queue,
                log_groups=lambda: [route.log_group for route in self.node.children if isinstance(route, LogRoute)],
                bus_log=self.event_log_group,
                routes=self._routes,
                form=self._form,
                decoding=self._decoding(),
                verifications=lambda: [each for each in self.node.children if isinstance(each, Verification)],
            ),
            alarm_actions=alarm_actions,
            silence=silence,
            dead_letter_age=dead_letter_age,
        )
        for name, queue in self._dead_letters.items():
            monitoring.add_dead_letter_alarm(name, queue)
        self._monitorings.append(monitoring)
        return monitoring

    def metric(
        self,
        metric_name: str,
        *,
        statistic: str = cloudwatch.Stats.SUM,
        period: Duration | None = None,
        label: str | None = None,
    ) -> Metric:
        """Return a metric of the bus by EventBridge's name for it.

        What EventBridge reports only by rule (invocations, failures, dead letters) becomes a Metrics Insights query
        over all rules of the bus, whose statistic is the sum.
        """
        return bus_metric(self._bus_name, metric_name, statistic=statistic, period=period, label=label)

    def metric_events(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of events that arrived; on a bus without a partner source, of those that a rule matched."""
        if self._form is EventForm.RAW and is_partner_bus(self._bus_name):
            return source_metric(self._bus_name, "Events", period=period, label=label)
        return self.metric_matched_events(period=period, label=label)

    def _decoding(self) -> Decoding | None:
        """Return what decodes the events of the bus; None if nothing does."""
        return None

    def _routes(self) -> list[Route]:
        """Return all routes, those of handlers among them."""
        found: list[Route] = []
        for child in self.node.children:
            if isinstance(child, Route):
                found.append(child)
            elif isinstance(child, HandlersRoute):
                found.extend(child.routes)
        return found

    def _props(
        self, event_filter: EventFilter, settings: RouteSettings, *, scope_path: str | None = None
    ) -> RouteProps:
        return RouteProps(
            event_bus=self._event_bus,
            bus_name=self._bus_name,
            rule_group=self._rule_group,
            rule_checks=self._rule_checks,
            event_filter=event_filter,
            known_events=self._known_events,
            form=self._form,
            delivery=self._delivery.overridden_by(settings),
            description=settings.description,
            enabled=settings.enabled,
            scope_path=scope_path,
        )
