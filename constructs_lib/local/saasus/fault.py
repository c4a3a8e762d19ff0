"""What can be wrong with SaaSus: it is slow or down, answers with an error, or its answer gets lost."""

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
        status: The status of the error that is the answer. Default: none.
        broken: Whether the connection is closed without an answer.
        delay: Seconds until the call is handled. A delay alone makes the call slow.
        carried_out: With `status` or `broken`: whether the call does its work, and only its answer is lost.
        retry_after: The answer's `Retry-After`, in seconds. Default: none.
        times: For how many calls; None for all until `clear_faults()`.
        method: Only for calls with this method. Default: all.
        path: Only for calls with this path, including `/v1`. Default: all.

    Raises:
        LocalSaasusError: Nothing would go wrong, or the status is not that of an error.
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
                f"{self!r} is not a fault. Expected a status from 400 to 599, or broken=True, with or without a delay, "
                "or only a delay. Pass one of these."
            )
        if self.status is not None and not 400 <= self.status <= 599:
            raise LocalSaasusError(
                f"The status {self.status} is not that of an error. Expected 400 to 599. Pass one of these."
            )


class Faults:
    """The faults that have not happened yet."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, int | None]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add a fault, which happens after those that were added before."""
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._left.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault for this call, and count it."""
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
