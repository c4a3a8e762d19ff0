"""Proof that events arrive: SaaSus sends its test event, and exactly that one is waited for in the log group."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.custom_resource import Done, Request, RequestFailed
from constructs_lib.runtime.saasus_errors import SaasusApiError
from constructs_lib.runtime.waiting import error_code, may_pass

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.runtime.saasus_api import IntegrationApi
    from constructs_lib.runtime.waiting import Waiting

TRACE_ID_PREFIX = "saasus-verify-"
_INTERVAL = 2.0
_CLOCKS_DIFFER = 300.0
_SEND_AGAIN_AFTER = 20.0
"""Seconds after which another test event is sent: a source that was just activated may drop the first."""


class EventNotLogged(SaasusEventsError):
    """No test event was logged in time.

    Attributes:
        sent: The trace ids that were sent.
        problem: What kept from sending or looking, at last; empty when nothing did.
    """

    def __init__(self, sent: list[str], problem: str) -> None:
        super().__init__(f"None of the test events was logged: {', '.join(sent) or 'none was sent'}. {problem}")
        self.sent = sent
        self.problem = problem


def wait_for_test_event(send: Callable[[], str], logs: Any, group: str, waiting: Waiting) -> tuple[str, float]:
    """Have test events sent until exactly one of them is logged; give its trace id and the seconds it took.

    Args:
        send: Has a test event sent, and gives its trace id.
        logs: A boto3 client of CloudWatch Logs.
        group: The log group.
        waiting: How long.

    Raises:
        EventNotLogged: None came in time.
        SaasusApiError: SaaSus refused for good. What may pass (no answer, 429, 5xx, a permission that is not in force
            yet) is waited for.
    """
    # Only what is new is searched: a log group can be large. Clocks may differ by some minutes.
    since = int((time.time() - _CLOCKS_DIFFER) * 1000)
    started, last_sent = waiting.clock(), float("-inf")
    sent: list[str] = []
    problem = ""
    while (waited := waiting.clock() - started) < waiting.seconds:
        try:
            if waiting.clock() - last_sent >= _SEND_AGAIN_AFTER:
                last_sent = waiting.clock()
                sent.append(send())
            for trace_id in sent:
                if _is_logged(logs, group, trace_id, since):
                    return trace_id, waited
        except SaasusApiError as error:
            if not error.may_pass:
                raise
            problem = str(error)
        except SaasusEventsError as error:
            problem = str(error)
        except Exception as error:
            if not may_pass(error) and not error_code(error):
                raise
            problem = f"CloudWatch Logs refused: {error_code(error) or type(error).__name__}."
        waiting.sleep(_INTERVAL)
    raise EventNotLogged(sent, problem)


def verify(request: Request, api: IntegrationApi, logs: Any, waiting: Waiting) -> Done:
    """Have a test event sent and wait for it.

    Raises:
        RequestFailed: It did not arrive in time.
        SaasusApiError: SaaSus refused for good.
    """
    physical_id = request.physical_id or f"verified-{request.id}"
    group = request.properties["LogGroupName"]
    try:
        trace_id, seconds = wait_for_test_event(
            lambda: api.create_test_event(trace_id=f"{TRACE_ID_PREFIX}{uuid.uuid4()}"), logs, group, waiting
        )
    except EventNotLogged as error:
        raise RequestFailed(
            f"SaaSus was asked for {len(error.sent)} test events, and none arrived in log group {group!r} within "
            f"{waiting.seconds:.0f} s (trace ids: {', '.join(error.sent) or 'none'}). See whether the source "
            f"{request.properties['EventSourceName']!r} is ACTIVE (aws events describe-event-source), whether SaaSus's "
            f"setting names this account and region, and what is in the dead-letter queue; then deploy again. "
            f"{error.problem}",
            physical_id=physical_id,
        ) from error
    return Done(physical_id, {"TraceId": trace_id, "Seconds": f"{seconds:.0f}"})


def _is_logged(logs: Any, group: str, trace_id: str, since: int) -> bool:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since, filterPattern=f'"{trace_id}"'
    )
    # Any line that holds it: the mask of a log group may leave a line that is no JSON any more.
    return any(trace_id in event["message"] for page in pages for event in page["events"])
