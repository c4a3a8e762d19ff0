"""The errors of the local AWS and SaaSus, of the CDK CLI that deploys to them, and of the examples."""

from __future__ import annotations

from constructs_lib.events.errors import SaasusEventsError


class LocalAwsError(SaasusEventsError):
    """The local AWS could not be started, or was used in a way that it does not support."""


class LocalSaasusError(SaasusEventsError):
    """The local SaaSus could not be started, or was used in a way that it does not support."""


class UnknownExample(SaasusEventsError):
    """The example does not exist, or cannot run on this machine."""


class CdkCliError(SaasusEventsError):
    """The CDK CLI could not be installed, or one of its commands failed."""


def tail(text: str, lines: int = 30) -> str:
    """Return the last lines of an output, indented, for the end of an error's text."""
    kept = text.strip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in kept) or "    (no output)"
