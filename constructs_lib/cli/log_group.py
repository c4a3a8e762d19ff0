"""That a log group cannot be read."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class UnreadableLogGroup(SaasusEventsError):
    """AWS does not give the events of a log group."""
