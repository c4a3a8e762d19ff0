"""What to match: filters, the EventBridge patterns that they become, and EventBridge's own verdict offline.

Names load on first use (PEP 562), because a function that only names operations does not need the engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.events.errors import InvalidEvent as InvalidEvent
    from constructs_lib.events.errors import InvalidPattern as InvalidPattern
    from constructs_lib.filters.ruler.matcher import Matcher as Matcher
    from constructs_lib.filters.ruler.matcher import Mismatch as Mismatch
    from constructs_lib.filters.ruler.matcher import compile as compile
    from constructs_lib.filters.ruler.matcher import matches as matches
    from constructs_lib.filters.ruler.rule_set import RuleSet as RuleSet

_HOME = {
    "InvalidEvent": "constructs_lib.events.errors",
    "InvalidPattern": "constructs_lib.events.errors",
    "Matcher": "constructs_lib.filters.ruler.matcher",
    "Mismatch": "constructs_lib.filters.ruler.matcher",
    "RuleSet": "constructs_lib.filters.ruler.rule_set",
    "compile": "constructs_lib.filters.ruler.matcher",
    "matches": "constructs_lib.filters.ruler.matcher",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, whether they have been loaded or not, and no others."""
    return sorted(__all__)
