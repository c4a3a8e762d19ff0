"""Proving that events arrive: test events are sent until one of them is in a log group."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.runtime.saasus_errors import SaasusApiError
from constructs_lib.runtime.waiting import error_code, may_pass

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.runtime.waiting import Waiting

_INTERVAL = 2.0
_CLOCKS_DIFFER = 300.0
_SEND_AGAIN_AFTER = 20.0
"""Seconds after which another test event is sent: a source that was just activated may drop the first."""


class EventNotLogged(SaasusEventsError):
    """No test event was logged in time.

    Attributes:
        sent: The trace ids of the test events.
        problem: The last problem with sending or searching; empty when there was none.
    """

    def __init__(self, sent: list[str], problem: str) -> None:
        super().__init__(f"None of the test events was logged: {', '.join(sent) or 'none was sent'}. {problem}")
        self.sent = sent
        self.problem = problem


def wait_for_test_event(send: Callable[[], str], logs: Any, group: str, waiting: Waiting) -> tuple[str, float]:
    """Send test events until one of them is logged, and return its trace id and the seconds that it took.

    Args:
        send: Has a test event sent, and returns its trace id.
        logs: A boto3 client of CloudWatch Logs.
        group: The log group.
        waiting: How long to wait.

    Raises:
        EventNotLogged: None arrived in time.
        SaasusApiError: SaaSus refused for good. Temporary problems (no answer, 429, 5xx, a permission that is not in
            effect yet) are waited out.
    """
    # Only new lines are searched: a log group can be large. Clocks may differ by some minutes.
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


def _is_logged(logs: Any, group: str, trace_id: str, since: int) -> bool:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since, filterPattern=f'"{trace_id}"'
    )
    # Any line with the trace id counts: the mask of a log group can leave a line that is not valid JSON.
    return any(trace_id in event["message"] for page in pages for event in page["events"])
