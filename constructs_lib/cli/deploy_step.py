"""What to do to deploy, in the words of the app that is here: the user's own, or the reference app."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_CONTEXT_KEY: Final = "saasus:eventSourceName"


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
