"""EventBridge's delivery: an attempt, its retries, and the dead-letter queue.

AWS: user guide, "How EventBridge retries delivering events" (24 hours and 185 times, exponential back off with
jitter), "Using dead-letter queues to process undelivered events" (message attributes and error codes; missing
permission or resource is not retried).

AWS does not publish its backoff. Here it starts at one second, doubles up to eight minutes and stays there, with which
185 attempts take 24 hours. The retry scale shortens the waits, but the event's age is counted as if it did not.
"""

from __future__ import annotations

import contextvars
import json
import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.local.adapter.emulator import SQS, account
from constructs_lib.local.adapter.event_metrics import count, rule_dimensions
from constructs_lib.local.adapter.permissions import EVENTS_SERVICE, can_assume, role_may, service_may
from constructs_lib.local.adapter.settings import SETTINGS
from constructs_lib.local.errors import LocalAwsError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("constructs_lib.local.delivery")

_DEFAULT_ATTEMPTS = 185
_DEFAULT_AGE = 24 * 3600
_LONGEST_WAIT = 480.0


class DeliveryError(LocalAwsError):
    """An attempt that did not reach its target.

    Args:
        code: One of the error codes that AWS documents for dead letters.
        message: What went wrong, for the dead letter.
        retry: Whether EventBridge tries again.
        after: The seconds that the target asked to wait (Retry-After).
        lost: Whether there is no dead letter either.
    """

    def __init__(self, code: str, message: str, *, retry: bool = False, after: float = 0.0, lost: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retry = retry
        self.after = after
        self.lost = lost


@dataclass
class PendingDelivery:
    """One event on its way to one target."""

    event: dict[str, Any]
    payload: str
    target: dict[str, Any]
    rule: dict[str, Any]
    send: Callable[[PendingDelivery], None]
    attempts: int = 0
    age: float = 0.0

    @property
    def target_arn(self) -> str:
        """The target's ARN, as in the rule."""
        return str(self.target.get("Arn", ""))

    @property
    def rule_arn(self) -> str:
        """The rule's ARN, which is the source in the conditions of resource policies."""
        return str(self.rule.get("Arn", ""))

    @property
    def account(self) -> str:
        """The rule's account."""
        return account()

    @property
    def dimensions(self) -> dict[str, str]:
        """The rule's dimensions in CloudWatch."""
        return rule_dimensions(str(self.rule.get("EventBusName", "default")), str(self.rule.get("Name", "")))


class _Courier:
    """The threads that deliver, so that putting an event does not wait for its targets."""

    def __init__(self) -> None:
        # Many, because an endpoint that does not answer holds one for five seconds, and others must not wait for it.
        self._pool = ThreadPoolExecutor(max_workers=128, thread_name_prefix="eventbridge")
        self._random = random.Random(0)  # noqa: S311 - jitter, not a secret

    def deliver(self, delivery: PendingDelivery) -> None:
        context = contextvars.copy_context()
        self._pool.submit(context.run, self._attempt, delivery)

    def _attempt(self, delivery: PendingDelivery) -> None:
        started = time.monotonic()
        delivery.attempts += 1
        count("InvocationAttempts", delivery.dimensions)
        if delivery.attempts > 1:
            count("RetryInvocationAttempts", delivery.dimensions)
        try:
            delivery.send(delivery)
        except DeliveryError as failure:
            delivery.age += time.monotonic() - started
            self._after_failure(delivery, failure)
        except Exception as error:  # noqa: BLE001 - a bug here must not lose the event silently
            _log.exception("delivery to %s", delivery.target_arn)
            self._give_up(delivery, DeliveryError("INTERNAL_ERROR", str(error)), "")
        else:
            count("Invocations", delivery.dimensions)
            count("Invocations", {})
            count("SuccessfulInvocationAttempts", delivery.dimensions)

    def _after_failure(self, delivery: PendingDelivery, failure: DeliveryError) -> None:
        if not failure.retry:
            self._give_up(delivery, failure, "")
            return
        policy = delivery.target.get("RetryPolicy") or {}
        if delivery.attempts > int(policy.get("MaximumRetryAttempts", _DEFAULT_ATTEMPTS)):
            self._give_up(delivery, failure, "MaximumRetryAttempts")
            return
        backoff = min(2.0 ** (delivery.attempts - 1), _LONGEST_WAIT) * (1 - self._random.random() / 4)
        wait = max(backoff, failure.after)
        if delivery.age + wait > int(policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE)):
            self._give_up(delivery, failure, "MaximumEventAgeInSeconds")
            return
        delivery.age += wait
        context = contextvars.copy_context()
        timer = threading.Timer(wait * SETTINGS.retry_scale, context.run, (self.deliver, delivery))
        timer.daemon = True
        timer.start()

    def _give_up(self, delivery: PendingDelivery, failure: DeliveryError, exhausted: str) -> None:
        count("Invocations", delivery.dimensions)
        count("Invocations", {})
        count("FailedInvocations", delivery.dimensions)
        queue_arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue_arn or failure.lost:
            _log.warning("event lost, no dead letter: %s %s (%s)", delivery.target_arn, failure, failure.code)
            return
        try:
            _send_dead_letter(delivery, failure, exhausted, str(queue_arn))
        except DeliveryError as lost:
            count("InvocationsFailedToBeSentToDlq", delivery.dimensions)
            _log.warning("event lost, dead-letter queue refused it: %s", lost)
        else:
            count("InvocationsSentToDlq", delivery.dimensions)


def _send_dead_letter(delivery: PendingDelivery, failure: DeliveryError, exhausted: str, queue_arn: str) -> None:
    attributes = {
        "RULE_ARN": delivery.rule_arn,
        "TARGET_ARN": delivery.target_arn,
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": str(failure),
        "RETRY_ATTEMPTS": str(delivery.attempts - 1),
    }
    if exhausted:
        attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
    send_to_queue(
        queue_arn,
        json.dumps(delivery.event, separators=(",", ":"), ensure_ascii=False),
        source_arn=delivery.rule_arn,
        attributes=attributes,
    )


def send_to_queue(
    queue_arn: str,
    body: str,
    *,
    source_arn: str,
    attributes: dict[str, str] | None = None,
    group: str | None = None,
) -> None:
    """Send a message to a queue as EventBridge, if the queue's policy allows it."""
    queue = SQS.queue_by_arn(queue_arn)
    if queue is None:
        raise DeliveryError("NO_RESOURCE", f"The queue {queue_arn} does not exist.")
    policy = queue["attributes"].get("Policy")
    if not service_may(policy, "sqs:SendMessage", queue_arn, source_arn=source_arn, source_account=account()):
        raise DeliveryError("NO_PERMISSIONS", f"The policy of {queue_arn} does not allow sqs:SendMessage.")
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
    message: dict[str, Any] = {"QueueUrl": queue["url"], "MessageBody": body, "MessageAttributes": typed}
    if group:
        message["MessageGroupId"] = group
    try:
        SQS.act_send_message(message, queue["url"])
    except SQS.Err as error:
        raise DeliveryError("INVALID_PARAMETER", str(error)) from error


def require_role(delivery: PendingDelivery, role: str, action: str, resources: list[str]) -> None:
    """Fail the delivery if its role cannot be assumed or does not allow what the delivery needs."""
    source = {"source_arn": delivery.rule_arn, "source_account": delivery.account}
    if not role or not can_assume(role, EVENTS_SERVICE, **source):
        raise DeliveryError("FAILED_TO_ASSUME_ROLE", f"EventBridge cannot assume the target's role {role!r}.")
    if not any(role_may(role, action, resource) for resource in resources):
        raise DeliveryError("NO_PERMISSIONS", f"The role {role} does not allow {action} on {resources[0]}.")


courier = _Courier()
