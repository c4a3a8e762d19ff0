"""One thing that is risky or wrong about a filter or a pattern."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A risk, under the id by which a user can acknowledge it, or what is certain to fail; and what to do about it."""

    id: str
    text: str
    is_error: bool = False
    """Whether it is certain to fail: then it is no warning, and cannot be acknowledged."""
