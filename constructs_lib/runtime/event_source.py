"""Finding the partner event source that SaaSus made for the setting.

SaaSus does not say which source belongs to a SaaS: its name contains a UUID that no API returns. So it is the one that
appears after the setting was saved, or the only one; and once it was found, it stays the same.
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
"""Seconds after which the only source is accepted, even if it existed before the setting was saved: SaaSus may keep a
source when a setting is deleted."""


class EventSourceNotFound(SaasusEventsError):
    """The source did not appear in time, or several sources could be it."""


@dataclass(frozen=True)
class KnownSource:
    """What is known about the name of the source."""

    wanted: str = ""
    """Its name, if the user gave it; otherwise empty."""
    remembered: str = ""
    """Its name, if it was found earlier; otherwise empty."""
    of_another: str = ""
    """A source that belongs to another SaaS; otherwise empty."""


def event_sources(events: Any) -> dict[str, str]:
    """Return the states of all SaaSus sources in this account and region, by name."""
    found: dict[str, str] = {}
    token: dict[str, str] = {}
    while True:
        page = events.list_event_sources(NamePrefix=PREFIX, **token)
        found |= {source["Name"]: source["State"] for source in page.get("EventSources", [])}
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def wait_for_source(events: Any, before: Mapping[str, str] | None, known: KnownSource, waiting: Waiting) -> str:
    """Wait for the source and return its name.

    Args:
        events: A boto3 client of EventBridge.
        before: The sources before the setting was saved; None when it was already saved.
        known: What is known about its name.
        waiting: How long to wait.

    Raises:
        EventSourceNotFound: It did not appear, or several sources could be it.
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


def source_without_waiting(seen: Mapping[str, str], known: KnownSource) -> str:
    """Return the name of the source that a stack rolls back to; of several, the one that has a bus.

    Args:
        seen: The states of the existing sources.
        known: What is known about its name.
    """
    if known.wanted or seen.get(known.remembered) in _USABLE:
        return known.wanted or known.remembered
    active = [name for name, state in sorted(seen.items()) if state == "ACTIVE"]
    if known.remembered:
        active = _of_the_same_saas(active, known.remembered)
    return next(iter(active), known.remembered or next(iter(sorted(seen)), ""))


def _pick(seen: Mapping[str, str], before: Mapping[str, str] | None, known: KnownSource, *, settled: bool) -> str:
    usable = [name for name, state in seen.items() if state in _USABLE]
    if known.wanted:
        return known.wanted if known.wanted in usable else ""
    if known.remembered in usable:
        return known.remembered
    fresh = [] if before is None else [name for name in usable if before.get(name) not in _USABLE]
    if fresh or (before is not None and not settled):
        usable = fresh
    elif known.remembered:  # the only one left may belong to another SaaS
        usable = _of_the_same_saas(usable, known.remembered)
    usable = [name for name in usable if name != known.of_another]
    if len(usable) > 1:
        raise EventSourceNotFound(
            f"There are {len(usable)} SaaSus partner event sources in this account and region, and SaaSus does not say "
            f"which one belongs to this SaaS: {', '.join(sorted(usable))}. Pass SaasusIntegration(event_source_name=…)."
        )
    return usable[0] if usable else ""


def _of_the_same_saas(names: list[str], name: str) -> list[str]:
    """Return the names with the same UUID as a name, which identifies the SaaS: `…/<uuid>-<number>/event`."""
    start = name.rpartition("-")[0]
    return [one for one in names if one.rpartition("-")[0] == start]


def _not_seen(seen: Mapping[str, str], known: KnownSource, seconds: float) -> str:
    name = known.wanted or known.remembered
    what = f"{name!r}" if name else f"a source whose name starts with {PREFIX!r}"
    states = ", ".join(f"{name} {state}" for name, state in sorted(seen.items())) or "none"
    other = (
        " If one of these belongs to this SaaS, pass SaasusIntegration(event_source_name=…)."
        if not known.wanted and any(state in _USABLE for state in seen.values())
        else ""
    )
    return (
        f"Waited {seconds:.0f} s for SaaSus's partner event source ({what}, PENDING or ACTIVE) in this account and "
        f"region. Seen: {states}.{other} Check that the account and the region in SaaSus's setting are this stack's, "
        "and deploy again. A source that is DELETED comes back when SaaSus creates it again (save the setting again on "
        "the SaaSus console)."
    )
