"""The widgets on the dashboard of a bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.metrics import by_rule
from constructs_lib.monitoring.log_queries import FAILED_DELIVERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sqs as sqs

    from constructs_lib.metrics import EventMetrics, Metric


class Decoding(NamedTuple):
    """What decodes the events of a bus."""

    function: lambda_.IFunction
    queue: sqs.IQueue


def dashboard_widgets(
    metrics: EventMetrics,
    events_in: Callable[..., Metric],
    bus: str,
    queue: sqs.IQueue,
    bus_log: logs.ILogGroup | None,
    decoding: Decoding | None,
) -> list[list[cloudwatch.IWidget]]:
    """Return the rows of a bus's dashboard: what arrived, what failed and where, how fast it was, and what waits."""
    rows: list[list[cloudwatch.IWidget]] = [
        [
            _graph("Events", [events_in(label="In"), metrics.metric_matched_events(label="Matched")]),
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
    if decoding is not None:
        rows.append(_decoder_row(decoding))
    if bus_log is None:
        return rows
    # EventBridge has no metric for an API destination's answers, but the bus log has the status of each.
    answers = cloudwatch.LogQueryWidget(
        title="Failed deliveries by target and status",
        log_group_names=[bus_log.log_group_name],
        query_string=FAILED_DELIVERIES,
        width=24,
    )
    return [*rows, [answers]]


def _decoder_row(decoding: Decoding) -> list[cloudwatch.IWidget]:
    function, queue = decoding.function, decoding.queue
    return [
        _graph(
            "Decoder",
            [function.metric_invocations(label="Batches"), function.metric_errors(label="Failed")],
            right=[function.metric_duration(label="Duration p99, ms", statistic="p99")],
        ),
        _graph(
            "Queue of the decoder",
            [queue.metric_approximate_number_of_messages_visible(label="Waiting", statistic="Maximum")],
            right=[queue.metric_approximate_age_of_oldest_message(label="Oldest, seconds", statistic="Maximum")],
        ),
    ]


def _graph(title: str, left: list[Metric], *, right: Sequence[Metric] = ()) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=12)
