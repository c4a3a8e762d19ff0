"""What was found about one part of an event's way, and the next step: what to run or change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CONTEXT_KEY: Final = "saasus:eventSourceName"

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


def deploy_step(source: str) -> str:
    """Say how the app gets the event source's name and is deployed."""
    if _is_reference_app():
        return f"cdk deploy -c {_CONTEXT_KEY}={source}"
    return f'in your stack, SaasusEventBus(…, event_source_name="{source}"); then cdk deploy'


def add_route_step(source: str) -> str:
    """Say how the app gets a route, where a bus has none."""
    if _is_reference_app():
        return deploy_step(source)
    return 'add a route to SaasusEventBus in your stack, such as bus.log("Everything"); then cdk deploy'


def _is_reference_app() -> bool:
    """Tell whether the current folder's app takes the name from the context that the reference app takes it from."""
    try:
        return Path("cdk.json").is_file() and f'"{_CONTEXT_KEY}"' in Path("app.py").read_text("utf-8")
    except (OSError, ValueError):
        return False
