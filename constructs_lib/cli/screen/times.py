"""Points and lengths of time, as they are written on the command line."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timedelta, timezone
from typing import Final

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LENGTH: Final = re.compile(r"(\d{1,5})([smhdw])")


def duration(text: str) -> timedelta:
    """Read a length of time: 90s, 30m, 12h, 7d, 4w."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 90s, 30m, 12h, 7d or 4w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str) -> datetime:
    """Read a point in time: `now`, so long ago (`2h`), or ISO 8601, which is UTC where it names no other zone."""
    now = datetime.now(timezone.utc)
    if text == "now":
        return now
    if _LENGTH.fullmatch(text):
        return now - duration(text)
    try:
        given = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no point in time; write 2026-05-19T02:20:00Z, 2026-05-19, so long ago as 2h, or now"
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=timezone.utc)


def in_utc(when: datetime) -> str:
    """Write a point in time, in whole seconds."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
