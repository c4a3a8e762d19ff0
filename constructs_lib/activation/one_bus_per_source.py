"""The buses of an app that are associated with a partner event source: a source has one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, Stack, Stage, Token

from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.resources.app_references import is_in_the_app

if TYPE_CHECKING:
    from constructs import Construct, IConstruct

_BUSES: WeakKeyDictionary[IConstruct, list[tuple[Construct, str]]] = WeakKeyDictionary()
"""By app, each with the name of its source."""


def claim_source(bus: Construct, source_name: str) -> None:
    """Register a source's bus.

    Raises:
        InvalidConfiguration: Another bus of the app, in the same account and region, has the source already.
    """
    buses = _BUSES.setdefault(bus.node.root, [])
    for other, name in buses:
        if name == source_name and is_in_the_app(other):
            _compare(bus, other, source_name)
    buses.append((bus, source_name))


def _compare(bus: Construct, other: Construct, source_name: str) -> None:
    here, there = Stack.of(bus), Stack.of(other)
    if (here.account, here.region) != (there.account, there.region):
        return
    what = "the same source" if Token.is_unresolved(source_name) else f"the source {source_name!r}"
    text = (
        f"{bus.node.path!r} and {other.node.path!r} both make the event bus of {what}. Expected one of them: a source "
        "has one bus per account and region, of its own name, so the second cannot be made. Make the bus once, and use "
        "SaasusEventBus.from_event_bus(self, …, bus.event_bus) in the other place."
    )
    known = not Token.is_unresolved(here.account) and not Token.is_unresolved(here.region)
    if here is there or known:
        raise InvalidConfiguration(text)
    if Stage.of(bus) is Stage.of(other):
        Annotations.of(bus).add_warning_v2(
            warning_ids.TWO_BUSES_OF_A_SOURCE,
            f"{text} Acknowledge this warning where the two stacks go to different accounts or regions.",
        )
