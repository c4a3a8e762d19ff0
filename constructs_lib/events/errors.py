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
    """A filter was given something that it cannot match."""


class InvalidLogMask(SaasusEventsError, ValueError):
    """The mask of a log group cannot be made: CloudWatch Logs would refuse it, or it would miss a listed secret."""


class InvalidKnownEvents(SaasusEventsError, ValueError):
    """What is said to be known of SaaSus's events has another form, or names what does not exist."""


class InvalidRoute(SaasusEventsError, ValueError):
    """A route was given something that is certain to fail in AWS."""


class InvalidConfiguration(InvalidRoute):
    """A bus, its log, its key or an integration is set up in a way that is certain to fail in AWS.

    It is an InvalidRoute, too: one `except` catches what cannot be deployed, whether a route or its bus is at fault.
    """


class InvalidArchive(SaasusEventsError, ValueError):
    """An archive was asked for that EventBridge would refuse."""


class InvalidAlarm(SaasusEventsError, ValueError):
    """An alarm was asked for that CloudWatch would refuse."""


class UnknownOption(SaasusEventsError, TypeError):
    """A construct, a method or a target was given a keyword that it does not have."""


class UnknownOperation(SaasusEventsError, LookupError, AttributeError):
    """No SaaSus operation has the name that was asked for."""


class AmbiguousOperation(SaasusEventsError, LookupError):
    """Operations of several SaaSus APIs have the name that was asked for."""


class InvalidPattern(SaasusEventsError, ValueError):
    """EventBridge would reject an event pattern.

    Attributes:
        reason: What is wrong, without the place.
        path: Where in the pattern, for example `detail.event[0].wildcard`; empty for the pattern as a whole.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path


class InvalidEvent(SaasusEventsError, ValueError):
    """Something to be matched is not a JSON object."""


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> str:
    """Give the known names nearest to `name` as the end of an error's sentence, or an empty text."""
    import difflib  # only where something went wrong already: it is slow to load

    matches = difflib.get_close_matches(name[:_LONGEST_NAME], list(known), n=count, cutoff=0.5)
    return f" Did you mean {' or '.join(repr(match) for match in matches)}?" if matches else ""
