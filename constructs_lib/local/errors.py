"""The errors of the local AWS."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class LocalAwsError(SaasusEventsError):
    """The local AWS could not be started, or was used in a way that it cannot serve."""


class CdkCliError(SaasusEventsError):
    """The CDK CLI could not be installed, or a command of it failed."""


def tail(text: str, lines: int = 30) -> str:
    """Give the last lines of an output, indented, for the end of an error's text."""
    kept = text.strip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in kept) or "    (no output)"
