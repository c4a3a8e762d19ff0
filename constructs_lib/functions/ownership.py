"""Whose SaaSus's EventBridge setting is, kept in the custom resource's physical id.

CloudFormation gives the id back with every later request, so it remembers what no other place does: whether this
stack saved the setting, and what stood there before. No secret is in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from constructs_lib.runtime.saasus_api import EventBridgeSettings

_START = "saasus-eventbridge"


@dataclass(frozen=True)
class Ownership:
    """What this stack did to the setting of one SaaS."""

    saas: str
    """Which SaaS, as a short hash of its id."""
    settings: EventBridgeSettings
    owned: bool
    """Whether this stack saved the setting. What it only found is never deleted."""
    before: EventBridgeSettings | None = None
    """What stood there before, when it was taken over."""

    @property
    def physical_id(self) -> str:
        """The id for CloudFormation."""
        parts = [_START, self.saas, "owned" if self.owned else "adopted", *_parts(self.settings)]
        if self.before is not None:
            parts += ["before", *_parts(self.before)]
        return "/".join(parts)

    @classmethod
    def parse(cls, physical_id: str) -> Ownership | None:
        """Read an id; None when it is that of a create that changed nothing."""
        parts = physical_id.split("/")
        if len(parts) not in (5, 8) or parts[0] != _START:
            return None
        before = EventBridgeSettings(*parts[6:8]) if len(parts) == 8 else None
        return cls(parts[1], EventBridgeSettings(*parts[3:5]), parts[2] == "owned", before)


def short_hash(saas_id: str) -> str:
    """Name a SaaS in a physical id."""
    return hashlib.sha256(saas_id.encode()).hexdigest()[:12]


def _parts(settings: EventBridgeSettings) -> tuple[str, str]:
    return settings.aws_account_id, settings.aws_region
