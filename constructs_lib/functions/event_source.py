"""Finding the partner event source that SaaSus made for the setting.

SaaSus does not say which source is a SaaS's: its name holds a UUID that no API answers. So it is the one that appears
after the setting was saved, or the only one there is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "aws.partner/saasus.io/"
_USABLE = ("PENDING", "ACTIVE")
_INTERVAL = 3.0
_SETTLED = 20.0
"""Seconds after which the only source there is is taken, though it was there before the setting was saved: SaaSus may
keep a source when a setting is deleted."""


class EventSourceNotFound(SaasusEventsError):
    """The source did not appear in time, or it is not certain which one it is."""


@dataclass
class Waiting:
    """How to wait; the tests of the function wait in no time."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def event_sources(events: Any) -> dict[str, str]:
    """Give the states of all SaaSus sources in this account and region, by name."""
    found: dict[str, str] = {}
    token: dict[str, str] = {}
    while True:
        page = events.list_event_sources(NamePrefix=PREFIX, **token)
        found |= {source["Name"]: source["State"] for source in page.get("EventSources", [])}
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def wait_for_source(events: Any, before: Mapping[str, str] | None, wanted: str, waiting: Waiting) -> str:
    """Wait for the source and give its name.

    Args:
        events: A boto3 client of EventBridge.
        before: The sources before the setting was saved; None when it was found saved.
        wanted: The source's name, when the user gave it; else empty.
        waiting: How long.

    Raises:
        EventSourceNotFound: It did not come, or there are several that it could be.
    """
    started = waiting.clock()
    while True:
        seen = event_sources(events)
        waited = waiting.clock() - started
        name = _pick(seen, before, wanted, settled=waited >= min(_SETTLED, waiting.seconds / 2))
        if name:
            return name
        if waited >= waiting.seconds:
            raise EventSourceNotFound(_not_seen(seen, wanted, waiting.seconds))
        waiting.sleep(_INTERVAL)


def _pick(seen: Mapping[str, str], before: Mapping[str, str] | None, wanted: str, *, settled: bool) -> str:
    usable = [name for name, state in seen.items() if state in _USABLE]
    if wanted:
        return wanted if wanted in usable else ""
    if before is not None:
        fresh = [name for name in usable if before.get(name) not in _USABLE]
        if fresh or not settled:
            usable = fresh
    if len(usable) > 1:
        raise EventSourceNotFound(
            f"There are {len(usable)} SaaSus partner event sources in this account and region, and SaaSus does not say "
            f"which one is this SaaS's: {', '.join(sorted(usable))}. Pass SaasusIntegration(event_source_name=…)."
        )
    return usable[0] if usable else ""


def _not_seen(seen: Mapping[str, str], wanted: str, seconds: float) -> str:
    what = f"{wanted!r}" if wanted else f"a source whose name starts with {PREFIX!r}"
    states = ", ".join(f"{name} {state}" for name, state in sorted(seen.items())) or "none"
    return (
        f"Waited {seconds:.0f} s for SaaSus's partner event source ({what}, PENDING or ACTIVE) in this account and "
        f"region. Seen: {states}. The setting is saved in SaaSus, so see whether account and region there are this "
        "stack's, and deploy again; a source that is DELETED comes back when SaaSus makes it anew (save the setting "
        "again on the SaaSus console)."
    )
