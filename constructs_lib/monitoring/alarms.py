"""What a team watches of a bus: a dashboard, alarms, saved queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.access.topic_policy import AlarmTopics
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidAlarm
from constructs_lib.events.known_events import NOTHING_KNOWN
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.event_form import EventForm
from constructs_lib.metrics import matched_metric
from constructs_lib.monitoring.alarm_spans import evaluation_of_age, evaluation_of_silence
from constructs_lib.monitoring.dashboard import Decoding, dashboard_widgets
from constructs_lib.monitoring.log_queries import LogQueries
from constructs_lib.routes.route import Route
from constructs_lib.synth.at_synth import decide_at_synth, validate_at_synth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs
    from constructs import IConstruct
    from typing_extensions import TypeIs

    from constructs_lib.metrics import EventMetrics, Metric
    from constructs_lib.monitoring.alarm_spans import Evaluation

_FIVE_MINUTES: Final = Duration.minutes(5)
_WHY_SILENT: Final = {
    EventForm.RAW: "Saving another destination in SaaSus replaces this one.",
    EventForm.DECODED: "Does the decoder still run?",
}
_LATE_SECONDS: Final = 600
"""Events that failed once are back after three minutes."""


@dataclass(frozen=True)
class Monitored:
    """What is watched, as the bus hands it over."""

    metrics: EventMetrics
    events_in: Callable[..., Metric]
    bus_name: str
    dead_letter_queue: sqs.IQueue
    log_groups: Callable[[], list[logs.ILogGroup]]
    bus_log: logs.ILogGroup | None
    routes: Callable[[], list[Route]]
    form: EventForm
    decoding: Decoding | None
    verifications: Callable[[], list[IConstruct]]
    """Those of the bus once the app is complete."""


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
        if scope.node.try_find_child(id) is not None:
            raise InvalidAlarm(
                f"{scope.node.path!r} already has a {id!r}. Expected an id that is free. Call `monitor` once for a bus "
                "and keep what it returns, or pass the second one an id of its own: monitor(id, …)."
            )
        super().__init__(scope, id)
        for each in alarm_actions:
            if not (_is_topic(each) or hasattr(each, "bind")):
                raise InvalidAlarm(
                    f"alarm_actions= has {each!r}, which is not an action. Expected SNS topics or actions of "
                    "aws_cloudwatch_actions. Import a topic with `Topic.from_topic_arn`."
                )
        self._monitored = monitored
        self._actions = [actions.SnsAction(each) if _is_topic(each) else each for each in alarm_actions]
        if not self._actions:
            Annotations.of(self).add_warning_v2(
                warning_ids.ALARMS_TELL_NOBODY,
                "The alarms have no action, so nobody is notified. Pass `alarm_actions=[topic]`.",
            )
        self._alarms: list[cloudwatch.Alarm] = []
        self._silence: cloudwatch.Alarm | None = None
        self._alarm_on_failures(dead_letter_age)
        if monitored.decoding is not None:
            self._alarm_on_decoding(monitored.decoding)
        if silence is not None:
            evaluation = evaluation_of_silence(silence)
            # Not the source's own metric `Events`: AWS does not say in which account that is reported.
            self._silence = self._alarm_on_silence(
                "Silence",
                monitored.metrics.metric_matched_events(period=evaluation.period),
                evaluation,
                "No event of SaaSus arrived that a rule of the bus takes. Is the event source still ACTIVE, and does "
                f"SaaSus still send to this account and region? {_WHY_SILENT[monitored.form]}",
            )
        widgets = dashboard_widgets(
            monitored.metrics,
            monitored.events_in,
            monitored.bus_name,
            monitored.dead_letter_queue,
            monitored.bus_log,
            monitored.decoding,
        )
        self._dashboard = cloudwatch.Dashboard(self, "Dashboard", widgets=widgets)
        LogQueries(self, "Queries", log_groups=monitored.log_groups, bus_log=monitored.bus_log)
        self._topics = AlarmTopics(self, [each.topic_arn for each in alarm_actions if _is_topic(each)])
        decide_at_synth(self, self._decide)
        validate_at_synth(self, self._validate)

    @property
    def dashboard(self) -> cloudwatch.Dashboard:
        """The dashboard; add to it with `add_widgets`."""
        return self._dashboard

    @property
    def alarms(self) -> tuple[cloudwatch.Alarm, ...]:
        """The alarms, including those of `add_silence_alarm`."""
        return tuple(self._alarms)

    def add_silence_alarm(self, route: Route, span: Duration) -> cloudwatch.Alarm:
        """Make an alarm that goes off when a route received no event for a time, counted from its first event.

        CloudWatch looks back over a few more periods than it needs (User Guide, "Configuring how CloudWatch alarms
        treat missing data"), so the alarm can be late by minutes, and by hours if the span is longer than a day.

        Args:
            route: A route of the bus.
            span: The time without an event: whole hours, 1 hour to 7 days.

        Raises:
            InvalidAlarm: The span is another one, or the route is not one of this bus or has such an alarm already.
        """
        if not isinstance(route, Route):
            raise InvalidAlarm(
                f"{route!r} is not a route. Expected one for add_silence_alarm. Pass what `bus.route`, `log`, `invoke` "
                "or `call` returned."
            )
        if not any(route is each for each in self._monitored.routes()):
            raise InvalidAlarm(
                f"The route {route.node.path!r} belongs to another bus, not to that of the monitoring "
                f"{self.node.path!r}. Expected a route of the same bus. Call add_silence_alarm on what that "
                "bus's `monitor` returned."
            )
        holder = route.node.scope
        id = f"SilenceOf{'' if holder is None or holder is self.node.scope else holder.node.id}{route.node.id}"
        if self.node.try_find_child(id) is not None:
            raise InvalidAlarm(
                f"The route {route.node.path!r} already has a silence alarm. Expected one per route. Keep one of the "
                "two; for an alarm of another kind, use route.metric_matched_events().create_alarm(…)."
            )
        evaluation = evaluation_of_silence(span)
        return self._alarm_on_silence(
            id,
            matched_metric(route.rules, self._monitored.bus_name, evaluation.period),
            evaluation,
            f"The route {route.node.id} got no event. Does SaaSus still send what its filter takes?",
        )

    def add_dead_letter_alarm(self, id: str, queue: sqs.IQueue) -> cloudwatch.Alarm:
        """Make an alarm that goes off while messages wait in a dead-letter queue other than the bus's.

        Those of `DecodedEventBus.queue` have one without this.

        Args:
            id: A name for the queue, which no other has.
            queue: The dead-letter queue.

        Raises:
            InvalidAlarm: There is an alarm of that id, or the queue is not one.
        """
        if not hasattr(queue, "queue_arn"):
            raise InvalidAlarm(
                f"{queue!r} is not a queue. Expected an IQueue of aws_sqs for add_dead_letter_alarm. Pass the "
                "dead-letter queue itself."
            )
        alarm_id = f"DeadLettersOf{id}"
        if self.node.try_find_child(alarm_id) is not None:
            raise InvalidAlarm(
                f"{self.node.path!r} already has a dead-letter alarm {id!r}. Expected an id that is free. Pass another "
                "one, or keep what the first call returned."
            )
        return self._alarm(
            alarm_id,
            queue.metric_approximate_number_of_messages_visible(period=_FIVE_MINUTES, statistic="Maximum"),
            (_FIVE_MINUTES, 1),
            f"Messages wait in the dead-letter queue of {id}.",
        )

    def _alarm_on_failures(self, dead_letter_age: Duration | None) -> None:
        metrics, queue = self._monitored.metrics, self._monitored.dead_letter_queue
        once = (_FIVE_MINUTES, 1)
        self._alarm(
            "FailedInvocations",
            metrics.metric_failed_invocations(period=_FIVE_MINUTES),
            once,
            "A target refused an event for good, or all tries failed.",
        )
        self._alarm(
            "DeadLetters",
            metrics.metric_dead_letters(period=_FIVE_MINUTES),
            once,
            "An event went to a dead-letter queue.",
        )
        self._alarm(
            "LostDeadLetters",
            metrics.metric_lost_dead_letters(period=_FIVE_MINUTES),
            once,
            "An event could not be sent to its dead-letter queue either: it is lost. Look at the queue's policy and "
            "key.",
        )
        self._alarm(
            "DeadLettersWaiting",
            queue.metric_approximate_number_of_messages_visible(period=_FIVE_MINUTES, statistic="Maximum"),
            once,
            "Events wait in the bus's dead-letter queue.",
        )
        age = evaluation_of_age(queue, dead_letter_age)
        self._alarm(
            "DeadLettersGrowOld",
            _messages(queue, age.period),
            age,
            "The bus's dead-letter queue was not empty for a long time: events in it are not looked after, and SQS "
            "will delete them.",
        )

    def _alarm_on_decoding(self, decoding: Decoding) -> None:
        self._alarm(
            "DecoderErrors",
            decoding.function.metric_errors(period=_FIVE_MINUTES),
            (_FIVE_MINUTES, 1),
            "The decoder failed or ran out of time or memory. Its events come again; look at its log.",
        )
        self._alarm(
            "DecodingLate",
            decoding.queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum"),
            (_FIVE_MINUTES, 1),
            "Events wait for the decoder: it is throttled, or the decoded bus does not accept them.",
            threshold=_LATE_SECONDS,
        )

    def _alarm(
        self, id: str, metric: Metric, evaluation: tuple[Duration, int], description: str, *, threshold: int = 1
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=evaluation[1],
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            # EventBridge reports failures only when there are some.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        alarm.add_alarm_action(*self._actions)
        self._alarms.append(alarm)
        return alarm

    def _alarm_on_silence(self, id: str, metric: Metric, evaluation: Evaluation, description: str) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=1,
            evaluation_periods=evaluation.periods,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            # EventBridge reports nothing while nothing arrives. An alarm starts without data and acts when its state
            # changes, so it stays quiet until the first event, and acts once there is no data any more. If missing
            # data counted as breaching, it would go off minutes after the first deployment.
            treat_missing_data=cloudwatch.TreatMissingData.MISSING,
            alarm_description=description,
        )
        alarm.add_alarm_action(*self._actions)
        alarm.add_insufficient_data_action(*self._actions)
        self._alarms.append(alarm)
        return alarm

    def _validate(self) -> list[str]:
        # Again: aspects go from construct to construct, so a user's aspect may have run after ours.
        self._topics.allow(self._alarms)
        return self._topics.errors(self._alarms)

    def _decide(self) -> None:
        self._topics.allow(self._alarms)
        if self._silence is None:
            return
        for verification in self._monitored.verifications():
            # The test event that it waits for is the first event.
            self._silence.node.add_dependency(verification)
        whole = self._monitored.form.pattern(EventFilter.all(), NOTHING_KNOWN)
        if not any(route.enabled and whole in route.patterns for route in self._monitored.routes()):
            Annotations.of(self).add_warning_v2(
                warning_ids.SILENCE_OF_SOME,
                "The silence alarm counts events that a rule of the bus matches, and no route matches all: it goes off "
                "while SaaSus sends only others. Log all events (`bus.log(…)` without a filter), set `silence=` to a "
                "time in which your routes certainly receive an event, or pass silence=None.",
            )


def _messages(queue: sqs.IQueue, period: Duration) -> cloudwatch.MathExpression:
    """Return the number of messages, including those that somebody has received and not deleted.

    Not the age of the oldest: SQS ignores what was received three times (SQS Developer Guide, "Available CloudWatch
    metrics"). An idle queue stops reporting after some hours, so its last value is repeated.
    """
    return cloudwatch.MathExpression(
        expression="FILL(visible, REPEAT) + FILL(hidden, REPEAT)",
        using_metrics={
            "visible": queue.metric_approximate_number_of_messages_visible(period=period, statistic="Maximum"),
            "hidden": queue.metric_approximate_number_of_messages_not_visible(period=period, statistic="Maximum"),
        },
        label="Messages",
        period=period,
    )


def _is_topic(action: cloudwatch.IAlarmAction | sns.ITopic) -> TypeIs[sns.ITopic]:
    return hasattr(action, "topic_arn")
