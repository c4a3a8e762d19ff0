"""What can be wrong with SaaSus: slow, down, an error, or an answer that gets lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from constructs_lib.local.errors import LocalSaasusError


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with the next calls.

    >>> Fault(status=500).times, Fault(broken=True, times=None).status
    (1, None)

    Args:
        status: The error that is answered.
        broken: The connection is broken off without an answer.
        delay: Seconds until the call is looked at; alone, the call is slow and otherwise as ever.
        carried_out: With `status` or `broken`: the call does its work, and only its answer is lost.
        retry_after: The answer's `Retry-After`, in seconds.
        times: For how many calls; None until `clear_faults()`.
        method: Only calls of this method.
        path: Only calls of this path, with `/v1`.

    Raises:
        LocalSaasusError: Nothing would go wrong.
    """

    status: int | None = None
    broken: bool = False
    delay: float = 0.0
    carried_out: bool = False
    retry_after: int | None = None
    times: int | None = 1
    method: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        is_failure = self.status is not None or self.broken
        if (self.status is not None and self.broken) or not (is_failure or self.delay):
            raise LocalSaasusError(
                f"{self!r} is no fault. Allowed is a status from 400 to 599, or broken=True, with or without a delay, "
                "or a delay alone. Give one of them."
            )
        if self.status is not None and not 400 <= self.status <= 599:
            raise LocalSaasusError(
                f"The status {self.status} is none of a fault. Allowed is 400 to 599. Give one of them."
            )


class Faults:
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, int | None]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let it happen, after those that were added before."""
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self) -> None:
        """Let none happen any more."""
        with self._lock:
            self._left.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Give the first that is meant for this call, and count it."""
        with self._lock:
            for index, (fault, times) in enumerate(self._left):
                if fault.method.upper() not in ("", method) or fault.path not in ("", path):
                    continue
                if times is None or times > 1:
                    self._left[index] = (fault, None if times is None else times - 1)
                else:
                    del self._left[index]
                return fault
        return None
