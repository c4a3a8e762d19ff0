"""The resources that calls created, such as tenants and users, so that they can be read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.events.operation import Operation


class Resources:
    """The resources that were created on the local SaaSus, by their path."""

    def __init__(self) -> None:
        self._at: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def read(self, path: str) -> dict[str, Any] | None:
        """Return the resource at a path; None if none was created there, or if it was deleted."""
        with self._lock:
            found = self._at.get(path)
            return None if found is None else dict(found)

    def change(self, operation: Operation, path: str, sent: Mapping[str, Any], answered: object) -> None:
        """Do what a successful call does to them.

        Args:
            operation: The operation that was called.
            path: The path of the call.
            sent: The fields of its body.
            answered: The answer's body.
        """
        with self._lock:
            if operation.method == "DELETE":
                self._at = {at: kept for at, kept in self._at.items() if at != path and not at.startswith(f"{path}/")}
            elif operation.method == "POST" and isinstance(answered, dict) and "id" in answered:
                # A password is in the answer to the call that made it, and in no other.
                shown = {
                    name: v for name, v in answered.items() if f"response_body.{name}" not in operation.secret_fields
                }
                self._at[f"{path}/{answered['id']}"] = shown
            elif path in self._at:
                self._at[path] |= sent
