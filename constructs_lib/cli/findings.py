"""What `saasus-events status` finds out about one part of the way of an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

State: TypeAlias = Literal["ok", "note", "WRONG", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One line of the screen."""

    part: str
    """What was looked at."""
    state: State
    """A note is worth knowing, and nothing is wrong; unknown is what could not be looked at."""
    text: str
    next: str = ""
    """What to do about it; empty when nothing is to be done."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The same for programs."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing has to be done."""
        return self.state in ("ok", "note")

    def as_json(self) -> dict[str, Any]:
        """Give it for `--json`."""
        return {"part": self.part, "state": self.state.lower(), "text": self.text, "next": self.next, **self.data}


def next_step(findings: Sequence[Finding]) -> str:
    """Give the step that comes first: along the way of an event, and what is wrong before what is unknown."""
    for state in ("WRONG", "unknown"):
        for finding in findings:
            if finding.state == state and finding.next:
                return finding.next
    return ""
