"""How long an alarm looks back, in the periods that CloudWatch evaluates.

Periods below an hour can reach back one day, longer ones seven days (CloudWatch API reference, `PutMetricAlarm`,
`Period`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aws_cdk import Duration, Token
from aws_cdk import aws_sqs as sqs

from constructs_lib.events.errors import InvalidAlarm

LONGEST_SILENCE: Final = Duration.days(7)
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_LONGEST: Final = 7 * _DAY
_UNKNOWN_RETENTION: Final = 14 * _DAY
_RETENTION_OF_SQS: Final = 4 * _DAY
"""The default (SQS API reference, `SetQueueAttributes`)."""


class Evaluation(NamedTuple):
    """The length of a period, and how many of them an alarm evaluates."""

    period: Duration
    periods: int


def evaluation_of_silence(span: Duration) -> Evaluation:
    """Return the periods of a silence: whole hours, 1 hour to 7 days.

    Raises:
        InvalidAlarm: CloudWatch cannot evaluate that span.
    """
    seconds = _seconds(span, "A silence")
    if not _HOUR <= seconds <= _LONGEST or seconds % _HOUR:
        raise InvalidAlarm(
            f"A silence of {seconds / _HOUR:g} hours is not one that CloudWatch can evaluate. Expected whole hours, "
            "from 1 hour to 7 days. Pass Duration.hours(1) to Duration.days(7)."
        )
    return _evaluation(seconds)


def evaluation_of_age(queue: sqs.IQueue, wanted: Duration | None) -> Evaluation:
    """Return the periods for which a queue may hold messages: as asked for, or half of the time that it keeps them.

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
            f"dead_letter_age= of {seconds:g} seconds is never reached: the queue {queue.node.path!r} deletes messages "
            f"after {retention:g} seconds. Expected less than that. Pass less, or a queue with a longer "
            "retention_period (up to 14 days)."
        )
    if not _MINUTE <= seconds <= _LONGEST or seconds % _step_of(seconds):
        raise InvalidAlarm(
            f"dead_letter_age= of {seconds:g} seconds is not a span that CloudWatch can evaluate. Expected whole "
            "minutes up to an hour, multiples of 5 minutes up to a day, or whole hours up to 7 days. Pass "
            "Duration.minutes(1) to Duration.days(7)."
        )
    return _evaluation(seconds)


def _evaluation(seconds: float) -> Evaluation:
    # The shorter the periods, the more punctual the alarm.
    step = _step_of(seconds)
    return Evaluation(Duration.seconds(step), round(seconds / step))


def _step_of(seconds: float) -> int:
    return _MINUTE if seconds < _HOUR else 5 * _MINUTE if seconds <= _DAY else _HOUR


def _seconds(span: Duration, what: str) -> float:
    if span.is_unresolved():
        raise InvalidAlarm(
            f"{what} is a token, whose value is known only at deployment. Expected a duration that is known at synth, "
            "because the number of periods that an alarm evaluates depends on it. Pass a plain number, such as "
            "Duration.hours(12)."
        )
    return span.to_seconds(integral=False)


def _retention_of(queue: sqs.IQueue) -> float | None:
    """Return the seconds that a queue of the app keeps messages; None where that is unknown."""
    resource = queue.node.default_child
    if not isinstance(resource, sqs.CfnQueue):
        return None
    given = resource.message_retention_period
    if given is None:
        return _RETENTION_OF_SQS
    return None if Token.is_unresolved(given) else given
