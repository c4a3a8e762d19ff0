"""Finding the partner event source that SaaSus made for the setting.

SaaSus does not say which source is a SaaS's: its name holds a UUID that no API answers. So it is the one that appears
after the setting was saved, or the only one there is; and once it was found, it stays the one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.runtime.waiting import may_pass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.runtime.waiting import Waiting

PREFIX = "aws.partner/saasus.io/"
_USABLE = ("PENDING", "ACTIVE")
_INTERVAL = 3.0
_SETTLED = 20.0
"""Seconds after which the only source there is is taken, though it was there before the setting was saved: SaaSus may
keep a source when a setting is deleted."""


class EventSourceNotFound(SaasusEventsError):
    """The source did not appear in time, or it is not certain which one it is."""


@dataclass(frozen=True)
class Known:
    """What is known of the source by name."""

    wanted: str = ""
    """Its name, when the user gave it; else empty."""
    remembered: str = ""
    """Its name, when it was found earlier; else empty."""
    of_another: str = ""
    """A source that is another SaaS's; else empty."""


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


def wait_for_source(events: Any, before: Mapping[str, str] | None, known: Known, waiting: Waiting) -> str:
    """Wait for the source and give its name.

    Args:
        events: A boto3 client of EventBridge.
        before: The sources before the setting was saved; None when it was found saved.
        known: What is known of it.
        waiting: How long.

    Raises:
        EventSourceNotFound: It did not come, or there are several that it could be.
    """
    started = waiting.clock()
    while True:
        waited = waiting.clock() - started
        is_over = waited >= waiting.seconds
        try:
            seen = event_sources(events)
        except Exception as error:
            if is_over or not may_pass(error):
                raise
        else:
            if name := _pick(seen, before, known, settled=waited >= min(_SETTLED, waiting.seconds / 2)):
                return name
            if is_over:
                raise EventSourceNotFound(_not_seen(seen, known, waiting.seconds))
        waiting.sleep(_INTERVAL)


def source_without_waiting(seen: Mapping[str, str], known: Known) -> str:
    """Give the name of the source that a stack goes back to; of several it is the one that has a bus.

    Args:
        seen: The states of the sources that are there.
        known: What is known of it.
    """
    if known.wanted or seen.get(known.remembered) in _USABLE:
        return known.wanted or known.remembered
    active = [name for name, state in sorted(seen.items()) if state == "ACTIVE"]
    if known.remembered:
        active = _of_the_same_saas(active, known.remembered)
    return next(iter(active), known.remembered or next(iter(sorted(seen)), ""))


def _pick(seen: Mapping[str, str], before: Mapping[str, str] | None, known: Known, *, settled: bool) -> str:
    usable = [name for name, state in seen.items() if state in _USABLE]
    if known.wanted:
        return known.wanted if known.wanted in usable else ""
    if known.remembered in usable:
        return known.remembered
    fresh = [] if before is None else [name for name in usable if before.get(name) not in _USABLE]
    if fresh or (before is not None and not settled):
        usable = fresh
    elif known.remembered:  # another SaaS's may be the only one left
        usable = _of_the_same_saas(usable, known.remembered)
    usable = [name for name in usable if name != known.of_another]
    if len(usable) > 1:
        raise EventSourceNotFound(
            f"There are {len(usable)} SaaSus partner event sources in this account and region, and SaaSus does not say "
            f"which one is this SaaS's: {', '.join(sorted(usable))}. Pass SaasusIntegration(event_source_name=…)."
        )
    return usable[0] if usable else ""


def _of_the_same_saas(names: list[str], name: str) -> list[str]:
    """Give the names with the UUID of a name, by which SaaSus tells SaaSes apart: `…/<uuid>-<number>/event`."""
    start = name.rpartition("-")[0]
    return [one for one in names if one.rpartition("-")[0] == start]


def _not_seen(seen: Mapping[str, str], known: Known, seconds: float) -> str:
    name = known.wanted or known.remembered
    what = f"{name!r}" if name else f"a source whose name starts with {PREFIX!r}"
    states = ", ".join(f"{name} {state}" for name, state in sorted(seen.items())) or "none"
    other = (
        " If one of these is this SaaS's, pass SaasusIntegration(event_source_name=…)."
        if not known.wanted and any(state in _USABLE for state in seen.values())
        else ""
    )
    return (
        f"Waited {seconds:.0f} s for SaaSus's partner event source ({what}, PENDING or ACTIVE) in this account and "
        f"region. Seen: {states}.{other} See whether account and region in SaaSus's setting are this stack's, and "
        "deploy again; a source that is DELETED comes back when SaaSus makes it anew (save the setting again on the "
        "SaaSus console)."
    )
