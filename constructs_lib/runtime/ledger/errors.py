"""The errors of the ledger. All but InvalidLedger make an event come back, if the function lets them through."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class InvalidLedger(SaasusEventsError, ValueError):
    """A ledger has no table, or is asked for something that it cannot do."""


class InProgress(SaasusEventsError):
    """Somebody else holds the event or the record right now; the event has to come again."""


class LeaseLost(SaasusEventsError):
    """The lock ended before the work did, and somebody else may have taken it; the event has to come again."""


class NoTimeLeft(SaasusEventsError):
    """The invocation has no time left in which to start anything; the event has to come again."""
