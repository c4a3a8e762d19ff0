"""A route: the rules of one filter, and their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import known_text
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.filters.arguments import is_token
from constructs_lib.filters.cdk_pattern import to_event_pattern
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.metrics import EventMetrics, rules_metric
from constructs_lib.resources.app_references import is_in_the_app
from constructs_lib.resources.kinds import require_free_id
from constructs_lib.routes.delivery import SharedDelivery, bind_reliably
from constructs_lib.synth.statement_text import readable
from constructs_lib.targets import SharedTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import Duration

    from constructs_lib.access.rule_group import RuleGroup
    from constructs_lib.checks.rules import RuleChecks
    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_form import EventForm
    from constructs_lib.metrics import Metric
    from constructs_lib.routes.delivery import DeliveryDefaults


@dataclass(frozen=True)
class RouteProps:
    """What every kind of route is made from, as its bus hands it over."""

    event_bus: events.IEventBus
    bus_name: str
    rule_group: RuleGroup
    rule_checks: RuleChecks
    event_filter: EventFilter
    known_events: KnownEvents
    form: EventForm
    """In which form the bus has events."""
    delivery: DeliveryDefaults
    description: str | None
    enabled: bool
    scope_path: str | None = None
    """The path of the construct that the route is in; None for the bus's."""


class Route(Construct, EventMetrics):
    """Sends the events that a filter matches to targets. Made by `SaasusEventBus.route`, not directly."""

    def __init__(
        self, scope: Construct, id: str, props: RouteProps, targets: Sequence[events.IRuleTarget] = ()
    ) -> None:
        if not isinstance(props.event_filter, EventFilter):
            raise InvalidRoute(
                f"{props.event_filter!r}, the filter of the route {id!r}, is not an EventFilter. Expected "
                "EventFilter.all(), EventFilter.of(operation, …), or one of these narrowed. Pass one of them."
            )
        make_if_id_is_free(scope, id, super().__init__)
        # The CDK's kernel is not asked for what is known here: with many routes, its requests take most of a synth.
        self._path = f"{props.scope_path or props.rule_group.path}/{id.replace('/', '--')}"
        description = props.description or repr(props.event_filter)[: aws_fields.RULE_DESCRIPTION.longest]
        is_plain = isinstance(description, str) and not is_token(description)
        described = description if is_plain else Stack.of(self).resolve(description)
        problem = aws_fields.RULE_DESCRIPTION.problem(known_text(described))
        if problem is not None:
            raise InvalidRoute(f"description= of the route {self._path!r} {problem}. Shorten it.")
        self._props = props
        self._patterns = props.form.patterns(props.event_filter, props.known_events)
        deliveries: list[SharedDelivery] = []
        for target in targets:
            if not isinstance(target, SharedTarget):
                break
            deliveries.append(self._shared(target))
        self._rules = tuple(
            events.Rule(
                self,
                # The first rule keeps its id when a filter starts to need several.
                "Rule" if number == 1 else f"Rule{number}",
                event_bus=props.event_bus,
                event_pattern=to_event_pattern(pattern),
                description=description,
                enabled=props.enabled,
                targets=SharedDelivery.as_targets(deliveries) or None,
            )
            for number, pattern in enumerate(self._patterns, start=1)
        )
        for rule in self._rules:
            for delivery in deliveries:
                delivery.complete_for(rule)
        self._targets = len(deliveries)
        self._findings = props.rule_checks.add(
            self, self._path, dict(zip(self._rules, self._patterns, strict=True)), props.event_filter, self._validate
        )
        for finding in self._findings:
            if not finding.is_error:
                # A filter can contain tokens, whose text differs from synth to synth.
                Annotations.of(self).add_warning_v2(finding.id, readable(self, finding.text))
        for target in targets[len(deliveries) :]:
            self.add_target(target)

    @property
    def event_filter(self) -> EventFilter:
        """The filter that the route was made with."""
        return self._props.event_filter

    @property
    def enabled(self) -> bool:
        """Whether the rules are on."""
        return self._props.enabled

    @property
    def rules(self) -> tuple[events.Rule, ...]:
        """The EventBridge rules: one, or more where the filter had to be split to fit EventBridge's limits."""
        return self._rules

    @property
    def patterns(self) -> tuple[dict[str, Any], ...]:
        """The event pattern of each rule, as it is deployed."""
        return self._patterns

    def add_target(self, target: events.IRuleTarget) -> None:
        """Add a target to all rules of the route. A rule can have five.

        Args:
            target: One of `constructs_lib.targets`, of `aws_cdk.aws_events_targets`, or your own.

        Raises:
            InvalidRoute: It is not a target, but perhaps a list, or the resource that a target is for; or EventBridge
                cannot deliver to it.
        """
        if isinstance(target, list | tuple):
            raise InvalidRoute(
                f"A {type(target).__name__} of {len(target)} is not a target of the route {self._path!r}. Expected one "
                "target at a time: bus.route(id, event_filter, *targets), or route.add_target(target) for each."
            )
        if not hasattr(target, "bind"):
            raise InvalidRoute(
                f"{type(target).__name__!r} is not a target of the route {self._path!r}: it has no `bind`. Expected "
                f"{_target_for(target)}, one of aws_cdk.aws_events_targets, or your own IRuleTarget. Pass one of them."
            )
        self._targets += 1
        shared = self._shared(target) if isinstance(target, SharedTarget) else None
        for rule in self._rules:
            if shared is not None:
                [bound] = SharedDelivery.as_targets([shared])
            else:
                rules, delivery = self._props.rule_group, self._props.delivery
                id = f"Target{self._targets}"
                bound = bind_reliably(target, rules, delivery, rule, id, self._props.form)
            rule.add_target(bound)
            if shared is not None:
                shared.complete_for(rule)

    def _shared(self, target: SharedTarget) -> SharedDelivery:
        return SharedDelivery(target, self._props.rule_group, self._props.delivery, self._props.form)

    def metric(
        self,
        metric_name: str,
        *,
        statistic: str = cloudwatch.Stats.SUM,
        period: Duration | None = None,
        label: str | None = None,
    ) -> Metric:
        """Return a metric of the route's rules by EventBridge's name for it, taken over all of them."""
        return rules_metric(
            self._rules, self._props.bus_name, metric_name, statistic=statistic, period=period, label=label
        )

    def _validate(self) -> list[str]:
        found = [
            readable(self, f"The route {self._path!r} ({self.event_filter!r}): {finding.text}")
            for finding in self._findings
            if finding.is_error
        ]
        if not self._targets:
            found.append(
                f"The route {self._path!r} has no target, so its events go nowhere. Pass one to `route(…)` or "
                "`add_target(…)`."
            )
        return found if not found or is_in_the_app(self) else []


def make_if_id_is_free(scope: Construct, id: str, make: Callable[[Construct, str], None]) -> None:
    """Make a construct, and explain the failure where its id is not free. Asking beforehand would cost two requests."""
    taken = None
    if isinstance(id, str) and id:
        try:
            make(scope, id)
        except RuntimeError:
            taken = scope.node.try_find_child(id)
            if taken is None:
                raise
        else:
            return
    require_free_id(scope.node.path, taken, id, "A route")


def _target_for(resource: object) -> str:
    """Return the target of this library for a resource that was passed in its place."""
    for attribute, name in (
        ("function_arn", "LambdaFunction(function)"),
        ("queue_arn", "SqsQueue(queue)"),
        ("log_group_arn", "CloudWatchLogGroup(log_group)"),
    ):
        if hasattr(resource, attribute):
            return f"constructs_lib.targets.{name}"
    return "one of constructs_lib.targets"
