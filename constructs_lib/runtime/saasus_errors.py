"""What can go wrong with a call of SaaSus's API. No text holds a secret."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class InvalidCredentials(SaasusEventsError, ValueError):
    """What should be the credentials of SaaSus's API is incomplete or has another form. No value is in the text."""


class InvalidSaasusUrl(SaasusEventsError, ValueError):
    """The address of SaaSus's API is none that a signed call may be sent to."""


class InvalidApiCall(SaasusEventsError, ValueError):
    """A call was given something that cannot be sent."""


class SaasusUnreachable(SaasusEventsError):
    """SaaSus's API gave no answer, however often it was asked.

    Attributes:
        trace_id: the trace id that the call carried.
    """

    def __init__(self, text: str, *, trace_id: str) -> None:
        super().__init__(text)
        self.trace_id = trace_id


_TOO_MANY_REQUESTS, _FIRST_SERVER_ERROR, NOT_IMPLEMENTED = 429, 500, 501


def status_may_pass(status: int) -> bool:
    """Tell whether the same call may work later: after 429 and 5xx, but not after 501, which SaaSus cannot do."""
    return status == _TOO_MANY_REQUESTS or (status >= _FIRST_SERVER_ERROR and status != NOT_IMPLEMENTED)


class SaasusApiError(SaasusEventsError):
    """SaaSus's API answered with an error, or with something that cannot be read.

    Attributes:
        status: the HTTP status.
        type: SaaSus's word for the kind of error, such as `permission_denied`; empty when it gave none.
        message: SaaSus's own text; empty when it gave none.
        trace_id: the trace id that the call carried; SaaSus's support can find the call by it.
    """

    def __init__(self, text: str, *, status: int, kind: str = "", message: str = "", trace_id: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.type = kind
        self.message = message
        self.trace_id = trace_id

    @property
    def may_pass(self) -> bool:
        """Whether the same call may work later."""
        return status_may_pass(self.status)
