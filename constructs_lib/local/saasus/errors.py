"""The error of the local SaaSus."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class LocalSaasusError(SaasusEventsError):
    """The local SaaSus could not be started, or was used in a way that it cannot serve."""
