"""What a function or an API got or wrote, in lines: JSON with a field on each, so that no width breaks it."""

from __future__ import annotations

from typing import Final

from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.redaction import printable, redact_text
from constructs_lib.cli.screen.width import wrapped
from constructs_lib.events.json_values import read_json

_SHOWN: Final = 2_000


def message_lines(text: str) -> list[str]:
    """Give a message in lines, without secrets as far as a text shows them, and not more than a screen can hold."""
    if not text.strip():
        return []
    try:
        value = read_json(text)
    except ValueError:
        return wrapped(printable(redact_text(text.strip()[:_SHOWN]))).splitlines()
    if isinstance(value, dict) and "detail" in value:
        return ["(a whole event, in which nobody can tell all secrets: not shown)"]
    shown = redact_text(as_json(value, indent=2))
    return shown.splitlines() if len(shown) <= _SHOWN else [*shown[:_SHOWN].splitlines(), "…"]
