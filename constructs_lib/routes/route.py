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
from constructs_lib.filters.cdk_pattern import to_event_pattern
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.metrics import EventMetrics, rules_metric
from constructs_lib.resources.kinds import require_free_id
from constructs_lib.routes.delivery import bind_reliably
from constructs_lib.synth.at_synth import validate_at_synth
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from aws_cdk import Duration

    from constructs_lib.access.rule_group import RuleGroup
    from constructs_lib.checks.rules import RuleChecks
    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.metrics import Metric
    from constructs_lib.routes.delivery import Delivery


@dataclass(frozen=True)
class RouteProps:
    """What every kind of route is made from; its bus fills it in."""

    event_bus: events.IEventBus
    bus_name: str
    rule_group: RuleGroup
    rule_checks: RuleChecks
    event_filter: EventFilter
    known_events: KnownEvents
    delivery: Delivery
    description: str | None
    enabled: bool


class Route(Construct, EventMetrics):
    """Sends the events that a filter takes to targets. Made by `SaasusEventBus.route`, not directly."""

    def __init__(self, scope: Construct, id: str, props: RouteProps) -> None:
        if not isinstance(props.event_filter, EventFilter):
            raise InvalidRoute(
                f"The route {id!r} was given {props.event_filter!r} as its filter. A filter is an EventFilter: "
                "EventFilter.all(), EventFilter.of(operation, …), or one of these narrowed."
            )
        taken = scope.node.try_find_child(id) if isinstance(id, str) else None
        require_free_id(scope.node.path, taken, id, "A route")
        super().__init__(scope, id)
        description = props.description or repr(props.event_filter)[: aws_fields.RULE_DESCRIPTION.longest]
        problem = aws_fields.RULE_DESCRIPTION.problem(known_text(Stack.of(self).resolve(description)))
        if problem is not None:
            raise InvalidRoute(f"description= of the route {self.node.path!r} {problem}. Give a shorter one.")
        self._props = props
        self._patterns = props.event_filter.to_patterns(props.known_events)
        self._rules = tuple(
            events.Rule(
                self,
                # The first rule keeps its id when a filter starts to need several.
                "Rule" if number == 1 else f"Rule{number}",
                event_bus=props.event_bus,
                event_pattern=to_event_pattern(pattern),
                description=description,
                enabled=props.enabled,
            )
            for number, pattern in enumerate(self._patterns, start=1)
        )
        for rule, pattern in zip(self._rules, self._patterns, strict=True):
            props.rule_checks.add(rule, pattern, self, props.event_filter)
        self._findings = props.rule_checks.findings(props.event_filter, props.known_events)
        for finding in self._findings:
            if not finding.is_error:
                # A filter can hold tokens, whose text differs from synth to synth.
                Annotations.of(self).add_warning_v2(finding.id, readable(self, finding.text))
        self._targets = 0
        validate_at_synth(self, self._validate)

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
        """Add a target to all rules of the route. A rule takes five.

        Raises:
            InvalidRoute: It is no target, but perhaps the resource that one is made of.
        """
        if isinstance(target, list | tuple):
            raise InvalidRoute(
                f"The route {self.node.path!r} was given a {type(target).__name__} of {len(target)} as one target. "
                "Give targets one by one: bus.route(id, event_filter, *targets), or route.add_target(target) for each."
            )
        if not hasattr(target, "bind"):
            raise InvalidRoute(
                f"The route {self.node.path!r} was given {type(target).__name__!r} as a target. A target has a `bind`: "
                f"{_target_for(target)}, one of aws_cdk.aws_events_targets, or your own IRuleTarget."
            )
        self._targets += 1
        for rule in self._rules:
            rule.add_target(
                bind_reliably(target, self._props.rule_group, self._props.delivery, rule, f"Target{self._targets}")
            )

    def metric(
        self,
        metric_name: str,
        *,
        statistic: str = cloudwatch.Stats.SUM,
        period: Duration | None = None,
        label: str | None = None,
    ) -> Metric:
        """Give a metric of the route's rules by EventBridge's name for it; over all of them where they are several."""
        return rules_metric(
            self._rules, self._props.bus_name, metric_name, statistic=statistic, period=period, label=label
        )

    def _validate(self) -> list[str]:
        refused = [
            readable(self, f"The route {self.node.path!r} ({self.event_filter!r}): {finding.text}")
            for finding in self._findings
            if finding.is_error
        ]
        if self._targets:
            return refused
        return [
            *refused,
            "The route has no target, so its events go nowhere. Give one to `route(…)` or `add_target(…)`.",
        ]


def _target_for(resource: object) -> str:
    """Name the target of this library for a resource that was given in its place."""
    for attribute, name in (
        ("function_arn", "LambdaFunction(function)"),
        ("queue_arn", "SqsQueue(queue)"),
        ("log_group_arn", "CloudWatchLogGroup(log_group)"),
    ):
        if hasattr(resource, attribute):
            return f"constructs_lib.targets.{name}"
    return "one of constructs_lib.targets"
