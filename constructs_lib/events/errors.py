"""The errors that this library raises on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_NAME: Final = 200


class SaasusEventsError(Exception):
    """Root of every error that the library raises on purpose."""


class InvalidEventSource(SaasusEventsError, ValueError):
    """A text is not the name of a SaaSus partner event source."""


class InvalidFilter(SaasusEventsError, ValueError):
    """A filter cannot match what it asks for."""


class InvalidLogMask(SaasusEventsError, ValueError):
    """A log group's mask would be refused by CloudWatch Logs, or would miss a listed secret."""


class InvalidKnownEvents(SaasusEventsError, ValueError):
    """What a file or context says about SaaSus's events has the wrong form, or names something that does not exist."""


class InvalidRoute(SaasusEventsError, ValueError):
    """A route has something that is certain to fail in AWS."""


class InvalidConfiguration(InvalidRoute):
    """A bus, its log, its key or an integration is set up in a way that is certain to fail in AWS.

    It is also an InvalidRoute, so that one `except` catches what cannot be deployed, be it a route or its bus.
    """


class InvalidArchive(SaasusEventsError, ValueError):
    """EventBridge would refuse an archive."""


class InvalidAlarm(SaasusEventsError, ValueError):
    """CloudWatch would refuse an alarm."""


class NotInstalled(SaasusEventsError, ImportError):
    """A public name needs a package that is not installed: constructs, in a Lambda function."""


class UnknownOption(SaasusEventsError, TypeError):
    """A construct, a method or a target does not have the keyword that a call passes."""


class UnknownOperation(SaasusEventsError, LookupError, AttributeError):
    """No SaaSus operation has the name."""


class AmbiguousOperation(SaasusEventsError, LookupError):
    """Operations of several SaaSus APIs have the name."""


class InvalidPattern(SaasusEventsError, ValueError):
    """EventBridge would reject an event pattern.

    Attributes:
        reason: What is wrong, without the place.
        path: The place in the pattern, for example `detail.event[0].wildcard`; empty for the pattern as a whole.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path


class InvalidEvent(SaasusEventsError, ValueError):
    """A value is not an event, or not a SaaSus event."""


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> str:
    """Return the known names nearest to `name` as a sentence for an error; empty if none is near."""
    import difflib  # slow to load, so only after something went wrong

    matches = difflib.get_close_matches(name[:_LONGEST_NAME], list(known), n=count, cutoff=0.5)
    return f" Did you mean {' or '.join(repr(match) for match in matches)}?" if matches else ""
