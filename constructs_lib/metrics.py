"""EventBridge's metrics of a bus and of its rules, with the dimensions under which EventBridge reports them.

Source: EventBridge User Guide, "Monitoring Amazon EventBridge". A rule's metrics have the names of its bus and the rule
as dimensions; on the default bus, only the rule's. Failures and dead letters are reported only by rule, so for a whole
bus they are Metrics Insights queries, which include rules that are added later or by others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from aws_cdk import Duration, Fn, Reference, Token, Tokenization
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events

if TYPE_CHECKING:
    from collections.abc import Sequence

    Metric: TypeAlias = cloudwatch.Metric | cloudwatch.MathExpression

NAMESPACE: Final = "AWS/Events"
_PERIOD: Final = Duration.minutes(5)
_PARTS_OF_A_PARTNER_BUS: Final = 4  # aws.partner / saasus.io / <uuid>-<n> / event
_BY_RULE_ONLY: Final = frozenset(
    {"Invocations", "FailedInvocations", "InvocationsSentToDlq", "InvocationsFailedToBeSentToDlq"}
)


class EventMetrics:
    """The metric methods that a bus and a route share. Each returns a metric for dashboards, alarms or math."""

    def metric(
        self,
        metric_name: str,
        *,
        statistic: str = cloudwatch.Stats.SUM,
        period: Duration | None = None,
        label: str | None = None,
    ) -> Metric:
        """Return a metric by EventBridge's name for it.

        Args:
            metric_name: The name, such as `TriggeredRules`.
            statistic: How the values of a period become one. Default: their sum.
            period: The period. Default: 5 minutes.
            label: The name on a dashboard. Default: the metric's name.
        """
        raise NotImplementedError

    def metric_matched_events(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of events that a rule matched."""
        return self.metric("MatchedEvents", period=period, label=label)

    def metric_invocations(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of invocations of targets; one that is tried again counts when it ends."""
        return self.metric("Invocations", period=period, label=label)

    def metric_failed_invocations(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of invocations that failed for good."""
        return self.metric("FailedInvocations", period=period, label=label)

    def metric_dead_letters(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of events that were sent to a dead-letter queue."""
        return self.metric("InvocationsSentToDlq", period=period, label=label)

    def metric_lost_dead_letters(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of events that could not be sent to a dead-letter queue either: they are lost."""
        return self.metric("InvocationsFailedToBeSentToDlq", period=period, label=label)

    def metric_throttled_rules(self, *, period: Duration | None = None, label: str | None = None) -> Metric:
        """Return the number of times that a rule had to wait because of the account's invocation quota."""
        return self.metric("ThrottledRules", period=period, label=label)

    def metric_delivery_latency(
        self, *, statistic: str = "p99", period: Duration | None = None, label: str | None = None
    ) -> Metric:
        """Return the milliseconds from an event's arrival until its target accepted it, all attempts included."""
        return self.metric("IngestionToInvocationSuccessLatency", statistic=statistic, period=period, label=label)


def source_metric(
    source_name: str, metric_name: str, *, period: Duration | None, label: str | None
) -> cloudwatch.Metric:
    """Return a metric of a partner event source."""
    return _metric({"EventSourceName": source_name}, metric_name, cloudwatch.Stats.SUM, period, label)


def bus_metric(
    bus_name: str, metric_name: str, *, statistic: str, period: Duration | None, label: str | None
) -> Metric:
    """Return a metric of a bus; one that EventBridge reports only by rule is taken over all rules of the bus."""
    if metric_name not in _BY_RULE_ONLY:
        return _metric({"EventBusName": bus_name}, metric_name, statistic, period, label)
    schema = "RuleName" if bus_name == "default" else "EventBusName, RuleName"
    where = "" if bus_name == "default" else f" WHERE EventBusName = '{bus_name}'"
    return cloudwatch.MathExpression(
        expression=f'SELECT SUM({metric_name}) FROM SCHEMA("{NAMESPACE}", {schema}){where}',  # noqa: S608 - no database
        label=label or metric_name,
        period=period or _PERIOD,
    )


def rules_metric(
    rules: Sequence[events.Rule],
    bus_name: str,
    metric_name: str,
    *,
    statistic: str,
    period: Duration | None,
    label: str | None,
) -> Metric:
    """Return a metric of a route: of its rule, or over its rules where the filter needed several."""
    each = [
        _metric(_dimensions(rule, bus_name), metric_name, statistic, period, label if len(rules) == 1 else None)
        for rule in rules
    ]
    if len(each) == 1:
        return each[0]
    # A rule without anything to report has no data, and a plain sum with it would have none either.
    filled = ", ".join(f"FILL(rule{number}, 0)" for number in range(1, len(each) + 1))
    expression = f"{'SUM' if statistic == cloudwatch.Stats.SUM else 'MAX'}([{filled}])"
    return cloudwatch.MathExpression(
        expression=expression,
        using_metrics={f"rule{number}": metric for number, metric in enumerate(each, start=1)},
        label=label or metric_name,
        period=period or _PERIOD,
    )


def matched_metric(rules: Sequence[events.Rule], bus_name: str, period: Duration) -> Metric:
    """Return a metric with a data point where a rule of a route matched an event, and none where no rule did."""
    each = [_metric(_dimensions(rule, bus_name), "MatchedEvents", cloudwatch.Stats.SUM, period, None) for rule in rules]
    if len(each) == 1:
        return each[0]
    # `FILL` turns a missing point into zero, and `IF` without an alternative turns zero into a missing point.
    filled = ", ".join(f"FILL(rule{number}, 0)" for number in range(1, len(each) + 1))
    return cloudwatch.MathExpression(
        expression=f"IF(SUM([{filled}]) > 0, 1)",
        using_metrics={f"rule{number}": metric for number, metric in enumerate(each, start=1)},
        label="MatchedEvents",
        period=period,
    )


def by_rule(bus_name: str, metric_name: str, *, statistic: str = cloudwatch.Stats.SUM) -> cloudwatch.MathExpression:
    """Return a line for each rule of the bus. Only for dashboards: alarms do not support searches."""
    if bus_name == "default":
        search = f'{{{NAMESPACE},RuleName}} MetricName="{metric_name}"'
    else:
        search = f'{{{NAMESPACE},EventBusName,RuleName}} EventBusName="{bus_name}" MetricName="{metric_name}"'
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{search}', '{statistic}', {_PERIOD.to_seconds()})",
        label="${PROP('Dim.RuleName')}",
        period=_PERIOD,
    )


def is_partner_bus(bus_name: str) -> bool:
    """Check whether the bus belongs to a partner event source.

    A name that is a token counts as SaaSus's, unless it is that of a bus of the app without an event source.
    """
    if not Token.is_unresolved(bus_name):
        return bus_name.startswith("aws.partner/")
    reference = Tokenization.reverse_string(bus_name).first_token
    made_by = reference.target if isinstance(reference, Reference) else None
    return not isinstance(made_by, events.CfnEventBus) or made_by.event_source_name is not None


def _dimensions(rule: events.Rule, bus_name: str) -> dict[str, str]:
    if bus_name == "default":
        return {"RuleName": Fn.select(1, Fn.split("/", rule.rule_arn))}
    # Not `rule_name`, a reference to the rule: except on the default bus, it resolves to "<bus>|<rule>".
    if Token.is_unresolved(bus_name):
        parts = _PARTS_OF_A_PARTNER_BUS if is_partner_bus(bus_name) else 1
    else:
        parts = bus_name.count("/") + 1
    return {"EventBusName": bus_name, "RuleName": Fn.select(1 + parts, Fn.split("/", rule.rule_arn))}


def _metric(
    dimensions: dict[str, str], metric_name: str, statistic: str, period: Duration | None, label: str | None
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric_name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period or _PERIOD,
        label=label,
    )
