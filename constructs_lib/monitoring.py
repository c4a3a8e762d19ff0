"""What a team watches of a bus: a dashboard, alarms, saved queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Duration, Stack, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.events.errors import InvalidAlarm
from constructs_lib.key_policy import allow_in_key_policy, key_itself, statement_id, warn_of_key_policy
from constructs_lib.log_queries import FAILED_DELIVERIES, LogQueries
from constructs_lib.metrics import by_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import aws_logs as logs
    from typing_extensions import TypeIs

    from constructs_lib.metrics import EventMetrics, Metric
    from constructs_lib.route import Route

SHORTEST_SILENCE: Final = Duration.hours(1)
LONGEST_SILENCE: Final = Duration.days(7)
"""What CloudWatch evaluates at most: periods of an hour or more over 7 days (CloudWatch API reference,
`PutMetricAlarm`, `EvaluationPeriods`)."""
_UNKNOWN_RETENTION: Final = 14 * 24 * 3600
_RETENTION_OF_SQS: Final = 345600
"""Where a queue says nothing (SQS API reference, `SetQueueAttributes`)."""


@dataclass(frozen=True)
class Monitored:
    """What is watched; the bus fills it in."""

    metrics: EventMetrics
    events_in: Callable[..., Metric]
    bus_name: str
    dead_letter_queue: sqs.IQueue
    log_groups: Callable[[], list[logs.ILogGroup]]
    bus_log: logs.ILogGroup | None


class Monitoring(Construct):
    """The dashboard, the alarms and the saved queries of a bus. Made by `SaasusEventBus.monitor`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        monitored: Monitored,
        *,
        alarm_actions: Sequence[cloudwatch.IAlarmAction | sns.ITopic],
        silence: Duration | None,
        dead_letter_age: Duration | None,
    ) -> None:
        super().__init__(scope, id)
        for each in alarm_actions:
            if not (_is_topic(each) or hasattr(each, "bind")):
                raise InvalidAlarm(
                    f"alarm_actions has {each!r}, which is no action. Give SNS topics (`Topic.from_topic_arn` imports "
                    "one) or actions of aws_cloudwatch_actions."
                )
            if isinstance(each, sns.Topic):
                _let_alarms_publish(self, each)
        self._actions = [actions.SnsAction(each) if _is_topic(each) else each for each in alarm_actions]
        if not self._actions:
            Annotations.of(self).add_warning_v2(
                "@saasus/events:alarmsTellNobody",
                "The alarms have no action, so nobody is told. Pass `alarm_actions=[topic]`.",
            )
        self._alarms: list[cloudwatch.Alarm] = []
        self._alarm_on_failures(monitored, dead_letter_age)
        if silence is not None:
            self._alarm_on_silence(
                "Silence",
                monitored.events_in,
                silence,
                "No event of SaaSus arrived. Is the event source still ACTIVE, and does SaaSus still send to this "
                "account and region? Saving another destination in SaaSus replaces this one.",
            )
        self._dashboard = cloudwatch.Dashboard(self, "Dashboard", widgets=_widgets(monitored))
        LogQueries(self, "Queries", log_groups=monitored.log_groups, bus_log=monitored.bus_log)

    @property
    def dashboard(self) -> cloudwatch.Dashboard:
        """The dashboard, to which `add_widgets` adds."""
        return self._dashboard

    @property
    def alarms(self) -> tuple[cloudwatch.Alarm, ...]:
        """The alarms, those of `add_silence_alarm` included."""
        return tuple(self._alarms)

    def add_silence_alarm(self, route: Route, span: Duration) -> cloudwatch.Alarm:
        """Sound an alarm when a route got no event for a time.

        CloudWatch looks back over a few periods more than it needs (User Guide, "Configuring how CloudWatch alarms
        treat missing data"), so the alarm can be late by minutes, and by hours when the time is over a day.

        Args:
            route: A route of the bus.
            span: Whole hours, 1 hour to 7 days.

        Raises:
            InvalidAlarm: Another span.
        """
        return self._alarm_on_silence(
            f"SilenceOf{route.node.id}",
            route.metric_matched_events,
            span,
            f"The route {route.node.id} got no event. Does SaaSus still send what its filter takes?",
        )

    def _alarm_on_failures(self, monitored: Monitored, dead_letter_age: Duration | None) -> None:
        metrics, queue = monitored.metrics, monitored.dead_letter_queue
        five_minutes = Duration.minutes(5)
        self._alarm(
            "FailedInvocations",
            metrics.metric_failed_invocations(period=five_minutes),
            "A target refused an event for good, or all tries failed.",
        )
        self._alarm(
            "DeadLetters", metrics.metric_dead_letters(period=five_minutes), "An event went to a dead-letter queue."
        )
        self._alarm(
            "LostDeadLetters",
            metrics.metric_lost_dead_letters(period=five_minutes),
            "An event could not be sent to its dead-letter queue either: it is lost. Look at the queue's policy and "
            "key.",
        )
        self._alarm(
            "DeadLettersWaiting",
            queue.metric_approximate_number_of_messages_visible(period=five_minutes, statistic="Maximum"),
            "Events wait in the bus's dead-letter queue.",
        )
        self._alarm(
            "DeadLettersGrowOld",
            queue.metric_approximate_age_of_oldest_message(period=five_minutes, statistic="Maximum"),
            "An event in the bus's dead-letter queue is not looked after, and SQS will delete it.",
            threshold=_age_to_tell(queue, dead_letter_age),
        )

    def _alarm(self, id: str, metric: Metric, description: str, *, threshold: float = 1) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            # EventBridge reports failures only when there are some.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        self._take(alarm)

    def _alarm_on_silence(
        self, id: str, metric: Callable[..., Metric], span: Duration, description: str
    ) -> cloudwatch.Alarm:
        period = _period_for(span)
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric(period=period),
            threshold=1,
            evaluation_periods=round(span.to_seconds() / period.to_seconds()),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description=description,
        )
        self._take(alarm)
        return alarm

    def _take(self, alarm: cloudwatch.Alarm) -> None:
        alarm.add_alarm_action(*self._actions)
        self._alarms.append(alarm)


def _is_topic(action: cloudwatch.IAlarmAction | sns.ITopic) -> TypeIs[sns.ITopic]:
    return hasattr(action, "topic_arn")


def _let_alarms_publish(monitoring: Monitoring, topic: sns.Topic) -> None:
    """Allow what SNS's default policy and key allow, where the app replaced these."""
    alarms = iam.ServicePrincipal("cloudwatch.amazonaws.com")
    conditions = {"StringEquals": {"aws:SourceAccount": Stack.of(monitoring).account}}
    # Without a policy of the app SNS's own is in force; one of ours would replace it.
    if topic.node.try_find_child("Policy") is not None:
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=statement_id("SaasusAlarms", monitoring),
                principals=[alarms],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions=conditions,
            )
        )
    if topic.master_key is None:
        return
    key = key_itself(topic.master_key)
    statement = iam.PolicyStatement(
        sid=statement_id("SaasusAlarms", monitoring),
        principals=[alarms],
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],  # in a key policy: this key
        conditions=conditions,
    )
    if not allow_in_key_policy(key, statement):
        warn_of_key_policy(monitoring, key, [statement], "the alarms reach nobody")


def _age_to_tell(queue: sqs.IQueue, wanted: Duration | None) -> float:
    resource = queue.node.default_child
    retention: float | None = None
    if isinstance(resource, sqs.CfnQueue):
        given = resource.message_retention_period
        retention = _RETENTION_OF_SQS if given is None else None if Token.is_unresolved(given) else given
    if wanted is None:
        return (retention or _UNKNOWN_RETENTION) / 2
    seconds = wanted.to_seconds()
    if retention is not None and seconds >= retention:
        raise InvalidAlarm(
            f"dead_letter_age of {seconds:g} seconds never comes: the queue {queue.node.path!r} deletes messages after "
            f"{retention:g} seconds. Give less, or a queue with a longer retention_period (up to 14 days)."
        )
    return seconds


def _period_for(span: Duration) -> Duration:
    seconds = span.to_seconds()
    hours = seconds / 3600
    if not SHORTEST_SILENCE.to_seconds() <= seconds <= LONGEST_SILENCE.to_seconds() or hours != int(hours):
        raise InvalidAlarm(
            f"A silence of {hours:g} hours is not whole hours from 1 hour to 7 days, which is what CloudWatch can "
            "evaluate. Give Duration.hours(1) to Duration.days(7)."
        )
    # Short periods make the alarm more punctual; CloudWatch takes them for spans up to a day.
    return Duration.minutes(5) if hours <= 24 else Duration.hours(1)


def _widgets(monitored: Monitored) -> list[list[cloudwatch.IWidget]]:
    metrics, bus, queue = monitored.metrics, monitored.bus_name, monitored.dead_letter_queue
    rows: list[list[cloudwatch.IWidget]] = [
        [
            _graph("Events", [monitored.events_in(label="In"), metrics.metric_matched_events(label="Matched")]),
            _graph(
                "Failures",
                [
                    metrics.metric_failed_invocations(label="Failed for good"),
                    metrics.metric_dead_letters(label="To a dead-letter queue"),
                    metrics.metric_lost_dead_letters(label="Lost"),
                ],
            ),
        ],
        [
            _graph("Invocations by rule", [by_rule(bus, "Invocations")]),
            _graph("Failed invocations by rule", [by_rule(bus, "FailedInvocations")]),
        ],
        [
            _graph("Tried again, by rule", [by_rule(bus, "RetryInvocationAttempts")]),
            _graph("Throttled, by rule", [by_rule(bus, "ThrottledRules")]),
        ],
        [
            _graph(
                "Time from an event's arrival to its delivery by rule, p99 in ms; of an API, its answer included",
                [by_rule(bus, "IngestionToInvocationSuccessLatency", statistic="p99")],
            ),
            _graph(
                "Dead-letter queue of the bus",
                [queue.metric_approximate_number_of_messages_visible(label="Messages", statistic="Maximum")],
                right=[queue.metric_approximate_age_of_oldest_message(label="Oldest, seconds", statistic="Maximum")],
            ),
        ],
    ]
    if monitored.bus_log is None:
        return rows
    # EventBridge has no metric of an API destination's answers; its log has each status.
    answers = cloudwatch.LogQueryWidget(
        title="Failed deliveries by target and status",
        log_group_names=[monitored.bus_log.log_group_name],
        query_string=FAILED_DELIVERIES,
        width=24,
    )
    return [*rows, [answers]]


def _graph(title: str, left: list[Metric], *, right: Sequence[Metric] = ()) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=12)
