"""The verification as a custom resource: a deployment succeeds only if a test event arrives in the log group."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from constructs_lib.functions.request import Done, RequestFailed, ResourceRequest
from constructs_lib.runtime.event_arrival import EventNotLogged, wait_for_test_event

if TYPE_CHECKING:
    from constructs_lib.runtime.saasus_api import IntegrationApi
    from constructs_lib.runtime.waiting import Waiting

TRACE_ID_PREFIX = "saasus-verify-"


def verify(request: ResourceRequest, api: IntegrationApi, logs: Any, waiting: Waiting) -> Done:
    """Have SaaSus send a test event and wait for it.

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
