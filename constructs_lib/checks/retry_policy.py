"""How often and how long EventBridge tries to reach a target, within its limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from aws_cdk import Duration, Token

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.kinds import QUEUE, require
from constructs_lib.resources.queues import refuse_fifo_for_dead_letters

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_sqs as sqs

    from constructs_lib.options import DeliverySettings

MAX_RETRY_ATTEMPTS = 185
MAX_EVENT_AGE = Duration.hours(24)
"""EventBridge's maxima (EventBridge User Guide, "How EventBridge retries delivering events")."""
_SHORTEST_AGE = 60

DEFAULT_RETRY_ATTEMPTS = MAX_RETRY_ATTEMPTS
DEFAULT_EVENT_AGE = MAX_EVENT_AGE
"""What a target gets if neither it nor its route or bus specifies anything: the maxima, as EventBridge does itself."""


class CheckedDelivery(NamedTuple):
    """DeliverySettings that EventBridge accepts; None for what they leave open."""

    dead_letter_queue: sqs.IQueue | None
    retry_attempts: float | None
    max_event_age_seconds: float | None


NOTHING_SPECIFIED = CheckedDelivery(None, None, None)


def checked_delivery(settings: DeliverySettings) -> CheckedDelivery:
    """Return the settings of a delivery, checked.

    Raises:
        InvalidRoute: A number is out of range, or the queue is not one that takes dead letters.
    """
    queue, attempts, age = settings.dead_letter_queue, settings.retry_attempts, settings.max_event_age
    if queue is not None:
        require(QUEUE, queue, "dead_letter_queue=")
        refuse_fifo_for_dead_letters(queue)
    return CheckedDelivery(
        queue,
        None if attempts is None else checked_attempts(attempts),
        None if age is None else checked_age(age),
    )


def checked_attempts(attempts: float) -> float:
    """Return the number of retries, or the token for it.

    Raises:
        InvalidRoute: It is out of range, or not a whole number.
    """
    check_number("retry_attempts", attempts)
    if not Token.is_unresolved(attempts) and not (0 <= attempts <= MAX_RETRY_ATTEMPTS and attempts == int(attempts)):
        raise InvalidRoute(
            f"retry_attempts={attempts} is out of range. Expected a whole number of retries, 0 to "
            f"{MAX_RETRY_ATTEMPTS}. Pass one."
        )
    return attempts


def check_number(keyword: str, value: object) -> None:
    """Check that a keyword has a number, a token for one, or None: the CDK would fail with an error of its own.

    Raises:
        InvalidRoute: It has something else.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidRoute(
            f"{keyword}={value!r} is not a number. Expected a whole number, or a token for one. Pass one."
        )


def checked_age(age: Duration) -> float:
    """Return the seconds to keep trying, or the token for them.

    Raises:
        InvalidRoute: They are out of range, not a whole number, or a token that is not in seconds.
    """
    if not isinstance(age, Duration):
        raise InvalidRoute(
            f"max_event_age={age!r} is not a Duration. Expected one from 1 minute to 24 hours. Pass one, such as "
            "Duration.hours(2)."
        )
    if age.is_unresolved():
        if age.unit_label() != "seconds":
            raise InvalidRoute(
                f"max_event_age= is a token in {age.unit_label()}, which cannot be converted at synth. Expected a "
                "token in seconds. Pass Duration.seconds(parameter.value_as_number)."
            )
        return age.to_seconds()
    seconds = age.to_seconds(integral=False)
    return _checked_seconds(seconds)


def checked_policy(policy: events.CfnRule.RetryPolicyProperty | None) -> tuple[float | None, float | None]:
    """Return the retries and seconds of a target's own policy; None for what it leaves open.

    Raises:
        InvalidRoute: One is out of range.
    """
    attempts = getattr(policy, "maximum_retry_attempts", None)
    seconds = getattr(policy, "maximum_event_age_in_seconds", None)
    return (
        None if attempts is None else checked_attempts(attempts),
        None if seconds is None else _checked_seconds(seconds),
    )


def _checked_seconds(seconds: float) -> float:
    if not Token.is_unresolved(seconds) and (
        not _SHORTEST_AGE <= seconds <= MAX_EVENT_AGE.to_seconds() or seconds != int(seconds)
    ):
        raise InvalidRoute(
            f"max_event_age= of {seconds:g} seconds is out of range. Expected 1 minute to 24 hours, in whole seconds. "
            "Pass a Duration in that range."
        )
    return seconds
