"""How long to wait, and for what: each request has only as much time as Lambda gives it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")

PERMISSIONS_SETTLE = 90.0
"""Seconds for which a refused call is retried: IAM is consistent only after a while (IAM User Guide, "Changes that I
make are not always immediately visible"), and the function's first call comes right after its role was created."""
_INTERVAL = 3.0
_NOT_YET_ALLOWED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        # Of a role that is seconds old.
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
_FIRST_SERVER_ERROR = 500


def _now() -> float:
    return time.monotonic()


def _pause(seconds: float) -> None:
    time.sleep(seconds)


@dataclass(frozen=True)
class Waiting:
    """How long to wait, by which clock. The tests of the function replace the clock."""

    seconds: float
    clock: Callable[[], float] = _now
    sleep: Callable[[float], None] = _pause


class Deadline:
    """A time by which something must be finished."""

    def __init__(
        self, seconds: float, *, clock: Callable[[], float] = _now, sleep: Callable[[float], None] = _pause
    ) -> None:
        """Set it to so many seconds from now."""
        self._clock = clock
        self._sleep = sleep
        self._ends = clock() + seconds

    def left(self) -> float:
        """Return the seconds until then, 0 when it has passed."""
        return max(0.0, self._ends - self._clock())

    def waiting(self, seconds: float, *, leave: float = 0.0) -> Waiting:
        """Return a waiting of so many seconds, or of those that are left, less some to leave at the end."""
        return Waiting(max(0.0, min(seconds, self.left() - leave)), clock=self._clock, sleep=self._sleep)

    def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the deadline."""
        self._sleep(min(seconds, self.left()))

    def with_retries(self, call: Callable[[], _Result]) -> _Result:
        """Call AWS, and retry for a while after an error that can pass by itself."""
        paused = 0.0
        while True:
            try:
                return call()
            except Exception as error:
                if not may_pass(error) or paused >= PERMISSIONS_SETTLE or self.left() <= 0:
                    raise
            self.pause(_INTERVAL)
            paused += _INTERVAL


def error_code(error: BaseException) -> str:
    """Return AWS's code of a boto3 error; empty when AWS did not answer, or for any other error."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def may_pass(error: BaseException) -> bool:
    """Return whether a call of AWS may succeed later: a permission not in effect yet, AWS busy or unreachable."""
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError

    if isinstance(error, (NoConnection, HTTPClientError)):
        return True
    code = error_code(error)
    status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if code else 0
    return (
        code in _NOT_YET_ALLOWED
        or status >= _FIRST_SERVER_ERROR
        or any(word in code for word in ("Throttl", "TooManyRequests", "LimitExceeded", "Internal", "Unavailable"))
    )
