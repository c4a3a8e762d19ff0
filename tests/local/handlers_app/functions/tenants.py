"""The handlers of the function that `test_handlers` deploys."""

from __future__ import annotations

from typing import Any

from constructs_lib import EventFilter, SaasusEvent
from constructs_lib import operations as op
from constructs_lib.runtime import EventHandlers, Ledger

handlers = EventHandlers()
ledger = Ledger.from_env()


@handlers.on(EventFilter.of(op.auth.create_tenant).succeeded())
def onboard(event: SaasusEvent, context: Any) -> None:
    """Welcome a tenant; fail on one, so that it comes back."""
    if event.trace_id.startswith("fails"):
        raise ValueError(event.request)
    print("onboarded", event.trace_id, context.aws_request_id)


@handlers.on(EventFilter.of(op.auth.update_tenant).succeeded())
@ledger.newest
def copy(event: SaasusEvent) -> None:
    """Print the newest state of a tenant."""
    print("copied", event.trace_id)


@handlers.on(EventFilter.all().failed())
def report(event: SaasusEvent) -> None:
    """Print which call failed."""
    print("reported", event.trace_id, event.operation)


@handlers.fallback
def other(event: SaasusEvent) -> None:
    """Print what no route brings."""
    print("other", event.trace_id)


lambda_handler = handlers
