"""Who owns SaaSus's EventBridge setting, kept in the custom resource's physical id.

CloudFormation sends the id with every later request, so that it remembers what no other place does: whether this stack
saved the setting, which source it got, and what the setting was before. It contains no secret.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from constructs_lib.runtime.saasus_api import EventBridgeSettings

_FORM = re.compile(
    r"saasus-eventbridge/(?P<saas>[^/]+)/(?P<how>owned|adopted)/(?P<account>[^/]*)/(?P<region>[^/]*)"
    r"(/source/(?P<source>.+?))?(/before/(?P<account_before>[^/]*)/(?P<region_before>[^/]*))?"
)


@dataclass(frozen=True)
class Ownership:
    """What this stack did to the setting of one SaaS."""

    saas: str
    """Which SaaS, as a short hash of its id."""
    settings: EventBridgeSettings
    owned: bool
    """Whether this stack saved the setting. A setting that it only found is never deleted."""
    before: EventBridgeSettings | None = None
    """The previous setting, if it was taken over."""
    source: str = ""
    """The partner event source that was found for it; empty if none was."""

    @property
    def physical_id(self) -> str:
        """The id as CloudFormation gets it."""
        parts = ["saasus-eventbridge", self.saas, "owned" if self.owned else "adopted", *_parts(self.settings)]
        if self.source:
            parts += ["source", self.source]
        if self.before is not None:
            parts += ["before", *_parts(self.before)]
        return "/".join(parts)

    @classmethod
    def parse(cls, physical_id: str) -> Ownership | None:
        """Read an id; None for the id of a create that changed nothing."""
        if (found := _FORM.fullmatch(physical_id)) is None:
            return None
        before = found["account_before"]
        return cls(
            found["saas"],
            EventBridgeSettings(found["account"], found["region"]),
            found["how"] == "owned",
            None if before is None else EventBridgeSettings(before, found["region_before"]),
            found["source"] or "",
        )


def short_hash(saas_id: str) -> str:
    """Return the hash that names a SaaS in a physical id."""
    return hashlib.sha256(saas_id.encode()).hexdigest()[:12]


def _parts(settings: EventBridgeSettings) -> tuple[str, str]:
    return settings.aws_account_id, settings.aws_region
