"""Points in time and lengths of time, as they are written on the command line."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta, timezone
from typing import Final

from constructs_lib.events.json_values import in_short

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LENGTH: Final = re.compile(r"(\d{1,5})([smhdw])")


def duration(text: str) -> timedelta:
    """Read a length of time: 90s, 30m, 12h, 7d, 4w."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{in_short(text)} is not a length of time; write 90s, 30m, 12h, 7d, or 4w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str) -> datetime:
    """Read a point in time: `now`, a time ago (`2h`), or ISO 8601, which is UTC unless it names another zone."""
    if text == "now":
        return ago(timedelta())
    if _LENGTH.fullmatch(text):
        return ago(duration(text))
    try:
        given = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return given.astimezone(timezone.utc) if given.tzinfo else given.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{in_short(text)} is not a point in time; write 2026-05-19T02:20:00Z, 2026-05-19, 2h for two hours "
            "ago, or now"
        ) from None


def past_moment(text: str) -> datetime:
    """Read a point in time that is not in the future."""
    found = moment(text)
    if found > ago(timedelta()):
        raise argparse.ArgumentTypeError(
            f"{in_short(text)} is in the future; write a time in the past, such as 2h for two hours ago"
        )
    return found


def ago(length: timedelta) -> datetime:
    """Return the point in time that is a length of time before now."""
    return datetime.now(timezone.utc) - length


def in_utc(when: datetime) -> str:
    """Write a point in time, in whole seconds."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
