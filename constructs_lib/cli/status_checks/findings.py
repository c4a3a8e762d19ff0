"""What was found on the path of an event, and the next step: what to run or change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AGAIN: Final = "then run saasus-events status again"
"""The end of a step that lets a check see more."""
_CONTEXT_KEY: Final = "saasus:eventSourceName"

State: TypeAlias = Literal["ok", "note", "WRONG", "unknown"]


@dataclass(frozen=True)
class StatusFinding:
    """What was found about one part of the path: one line on the screen."""

    part: str
    """What was checked."""
    state: State
    """note: worth knowing, but nothing is wrong; unknown: it could not be checked."""
    text: str
    next: str = ""
    """What to do about it; empty if there is nothing to do."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The same, for programs."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing has to be done."""
        return self.state in ("ok", "note")

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"part": self.part, "state": self.state.lower(), "text": self.text, "next": self.next, **self.data}


def next_step(findings: Sequence[StatusFinding]) -> str:
    """Return the first step along the path of an event; what is wrong comes before what is unknown."""
    for state in ("WRONG", "unknown"):
        for finding in findings:
            if finding.state == state and finding.next:
                return finding.next
    return ""


def allow_step(needed: str) -> str:
    """Return how to let a check run that needs these permissions."""
    return f"get {needed} allowed, or choose another --profile; {AGAIN}"


def deploy_step(source: str) -> str:
    """Return how to give the app the name of the event source and deploy it, in the terms of the app that is here."""
    if _is_reference_app():
        return f"cdk deploy -c {_CONTEXT_KEY}={source}"
    return f'in your stack, SaasusEventBus(…, event_source_name="{source}"); then cdk deploy'


def add_route_step(source: str) -> str:
    """Return how to add a route to the app, for a bus that has none."""
    if _is_reference_app():
        return deploy_step(source)
    return 'add a route to SaasusEventBus in your stack, such as bus.log("Everything"); then cdk deploy'


def _is_reference_app() -> bool:
    """Check whether the app in the current folder takes the name from the same context as the reference app."""
    try:
        return Path("cdk.json").is_file() and f'"{_CONTEXT_KEY}"' in Path("app.py").read_text("utf-8")
    except (OSError, ValueError):
        return False
