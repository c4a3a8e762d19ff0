"""How long an alarm looks back, in the periods that CloudWatch evaluates.

CloudWatch API reference, `PutMetricAlarm`, `Period`: periods below an hour reach back one day, longer ones seven days.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aws_cdk import Duration, Token
from aws_cdk import aws_sqs as sqs

from constructs_lib.events.errors import InvalidAlarm

SHORTEST_SILENCE: Final = Duration.hours(1)
LONGEST_SILENCE: Final = Duration.days(7)
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_LONGEST: Final = 7 * _DAY
_UNKNOWN_RETENTION: Final = 14 * _DAY
_RETENTION_OF_SQS: Final = 4 * _DAY
"""Where a queue says nothing (SQS API reference, `SetQueueAttributes`)."""


class Evaluation(NamedTuple):
    """So many periods, each of that length."""

    period: Duration
    periods: int


def evaluation_of_silence(span: Duration) -> Evaluation:
    """Give the periods of a silence: whole hours, 1 hour to 7 days."""
    seconds = _seconds(span, "A silence")
    if not _HOUR <= seconds <= _LONGEST or seconds % _HOUR:
        raise InvalidAlarm(
            f"A silence of {seconds / _HOUR:g} hours is not whole hours from 1 hour to 7 days, which is what "
            "CloudWatch can evaluate. Give Duration.hours(1) to Duration.days(7)."
        )
    return _evaluation(seconds)


def evaluation_of_age(queue: sqs.IQueue, wanted: Duration | None) -> Evaluation:
    """Give the periods for which messages may lie in a queue: those asked for, else half of what the queue keeps them.

    Raises:
        InvalidAlarm: CloudWatch cannot evaluate that span, or the queue deletes messages before it is over.
    """
    retention = _retention_of(queue)
    if wanted is None:
        half = (retention or _UNKNOWN_RETENTION) / 2
        return _evaluation(max(_MINUTE, min(_LONGEST, half - half % _step_of(half))))
    seconds = _seconds(wanted, "dead_letter_age")
    if retention is not None and seconds >= retention:
        raise InvalidAlarm(
            f"dead_letter_age of {seconds:g} seconds never comes: the queue {queue.node.path!r} deletes messages after "
            f"{retention:g} seconds. Give less, or a queue with a longer retention_period (up to 14 days)."
        )
    if not _MINUTE <= seconds <= _LONGEST or seconds % _step_of(seconds):
        raise InvalidAlarm(
            f"dead_letter_age of {seconds:g} seconds is not what CloudWatch can evaluate: whole minutes up to an hour, "
            "5 minutes each up to a day, whole hours up to 7 days. Give Duration.minutes(1) to Duration.days(7)."
        )
    return _evaluation(seconds)


def _evaluation(seconds: float) -> Evaluation:
    # Short periods make the alarm more punctual.
    step = _step_of(seconds)
    return Evaluation(Duration.seconds(step), round(seconds / step))


def _step_of(seconds: float) -> int:
    return _MINUTE if seconds < _HOUR else 5 * _MINUTE if seconds <= _DAY else _HOUR


def _seconds(span: Duration, what: str) -> float:
    if span.is_unresolved():
        raise InvalidAlarm(
            f"{what} was given as a token, which is known at deploy only; the number of periods that an alarm looks at "
            "has to be known before. Give a plain number, such as Duration.hours(12)."
        )
    return span.to_seconds(integral=False)


def _retention_of(queue: sqs.IQueue) -> float | None:
    """Give the seconds that a queue of the app keeps messages; None where that is unknown."""
    resource = queue.node.default_child
    if not isinstance(resource, sqs.CfnQueue):
        return None
    given = resource.message_retention_period
    if given is None:
        return _RETENTION_OF_SQS
    return None if Token.is_unresolved(given) else given
