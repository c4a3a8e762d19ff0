"""What can go wrong with a call of SaaSus's API. No text contains a secret."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class InvalidCredentials(SaasusEventsError, ValueError):
    """The credentials of SaaSus's API are incomplete or malformed. The text contains none of their values."""


class InvalidSaasusUrl(SaasusEventsError, ValueError):
    """A signed call must not be sent to this address."""


class InvalidApiCall(SaasusEventsError, ValueError):
    """An argument of a call cannot be sent."""


class SaasusUnreachable(SaasusEventsError):
    """SaaSus's API did not answer, not even after retries.

    Attributes:
        trace_id: The trace id of the call.
    """

    def __init__(self, text: str, *, trace_id: str) -> None:
        super().__init__(text)
        self.trace_id = trace_id


_TOO_MANY_REQUESTS, _FIRST_SERVER_ERROR, NOT_IMPLEMENTED = 429, 500, 501


def status_may_pass(status: int) -> bool:
    """Return whether the same call may succeed later: after 429 and 5xx, except 501, which is not implemented."""
    return status == _TOO_MANY_REQUESTS or (status >= _FIRST_SERVER_ERROR and status != NOT_IMPLEMENTED)


class SaasusApiError(SaasusEventsError):
    """SaaSus's API answered with an error, or with something unreadable.

    Attributes:
        status: The HTTP status.
        type: SaaSus's name for the kind of error, such as `permission_denied`; empty when there is none.
        message: SaaSus's own text; empty when there is none.
        trace_id: The trace id of the call, by which SaaSus's support can find it.
    """

    def __init__(self, text: str, *, status: int, kind: str = "", message: str = "", trace_id: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.type = kind
        self.message = message
        self.trace_id = trace_id

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later."""
        return status_may_pass(self.status)
