"""Which event bus was passed: one of the app, even if imported by its own name or ARN, or an existing one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from aws_cdk import Annotations, Fn, Token
from aws_cdk import aws_events as events

from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.events.source_name import PREFIX
from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.kinds import resource_of
from constructs_lib.resources.places import (
    account_differs,
    in_words,
    place_in_arn,
    place_of,
    place_of_stack,
    region_differs,
)
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.resources.places import Place

_IN_ARN = ":event-bus/"
_NAME: Final = re.compile(r"[/.\-_A-Za-z0-9]{1,256}")
"""A bus's name (EventBridge API reference, DescribeEventBus)."""
_OF_PARTNERS: Final = "aws.partner/"


class GivenBus(NamedTuple):
    """A bus and its name, as text if it is known."""

    event_bus: events.IEventBus
    name: str


def require_bus(event_bus: object) -> None:
    """Check that a value is an event bus.

    Raises:
        InvalidConfiguration: It is not.
    """
    if not hasattr(event_bus, "event_bus_arn"):
        raise InvalidConfiguration(
            f"{event_bus!r} is not an event bus. Expected an IEventBus of aws_events, such as "
            'EventBus.from_event_bus_name(self, "Bus", name). For a bus of this library, pass its `.event_bus`.'
        )


def bus_itself(event_bus: events.IEventBus, scope: Construct) -> GivenBus:
    """Return the bus that is really meant: an ARN can be in place of a name, and an import can be a bus of the app.

    Args:
        event_bus: What was passed.
        scope: Where an import is made if one is needed; its stack is the rules' stack.

    Raises:
        InvalidConfiguration: The bus is in another account or region, where a rule cannot be: it would be made on the
            bus of that name here, if there is one, and nothing would ever arrive. Or it is not a bus, or the bus of a
            partner other than SaaSus.
    """
    name, arn = event_bus.event_bus_name, event_bus.event_bus_arn
    if event_bus.node.default_child is None:
        owner = owner_of(referred_to(arn)) or owner_of(referred_to(name)) or owner_of(referred_to(_tail(arn)))
        event_bus = owner if isinstance(owner, events.EventBus) else event_bus
    resource = event_bus.node.default_child
    if resource is not None and isinstance(event_bus, events.EventBus):
        resource = resource_of(event_bus, events.CfnEventBus)
    if isinstance(resource, events.CfnEventBus):
        _refuse_elsewhere(event_bus, place_of(event_bus), scope)
        given = None if Token.is_unresolved(resource.name) else resource.name
        own = resource.event_source_name or given or event_bus.event_bus_name
        _refuse_other_partner(event_bus, own)
        return GivenBus(event_bus, own)
    whole = name if _IN_ARN in name and name.startswith("arn:") else arn
    place = place_in_arn(whole)
    _refuse_elsewhere(event_bus, place or place_of(event_bus), scope)
    # `from_event_bus_arn` takes what is between the first two slashes as the name. In a token those cannot be seen, and
    # a partner bus's name has slashes: the rules would be made on a bus called "aws.partner".
    right = Fn.select(1, Fn.split(_IN_ARN, whole)) if place is None else _tail(whole)
    _require_event_bus(event_bus, whole, right)
    _refuse_other_partner(event_bus, right)
    if right != name:
        event_bus = events.EventBus.from_event_bus_attributes(
            scope, "EventBus", event_bus_arn=whole, event_bus_name=right, event_bus_policy=""
        )
    if right == "default":
        Annotations.of(scope).add_warning_v2(
            warning_ids.DEFAULT_BUS,
            "The routes are on the default event bus, where SaaSus's events do not arrive by themselves: a partner "
            "event source has its own bus, which has the source's name. Pass that bus, or acknowledge this warning if "
            "a rule forwards the events to the default bus.",
        )
    return GivenBus(event_bus, right)


def _tail(arn: str) -> str:
    return arn.partition(_IN_ARN)[2]


def _require_event_bus(event_bus: events.IEventBus, arn: str, name: str) -> None:
    if Token.is_unresolved(name):
        return
    if not _NAME.fullmatch(name) or name.startswith("event-bus/"):
        given = repr(name or readable(event_bus, arn))
        raise InvalidConfiguration(
            f"The event bus {event_bus.node.path!r} is imported by {given}, which is not the name or ARN of an event "
            "bus. Expected its name as the EventBridge console shows it under Event buses, such as "
            f"'{PREFIX}/<uuid>-1/event', or its whole ARN, arn:aws:events:<region>:<account>:event-bus/<name>. Import "
            "it by one of them."
        )


def _refuse_other_partner(event_bus: events.IEventBus, name: str) -> None:
    if name.startswith(_OF_PARTNERS) and not name.startswith(f"{PREFIX}/"):
        raise InvalidConfiguration(
            f"The event bus {event_bus.node.path!r} has the name {name!r}, so it receives only the events of another "
            f"partner, and no route would ever fire. Expected a name that starts with {PREFIX}/. Pass SaaSus's bus."
        )


def _refuse_elsewhere(event_bus: events.IEventBus, place: Place, scope: Construct) -> None:
    if account_differs(place, scope) or region_differs(place, scope):
        raise InvalidConfiguration(
            f"The event bus {event_bus.node.path!r} is in {in_words(place)}, and the stack of "
            f"{scope.node.path!r} is in {in_words(place_of_stack(scope))}: a rule can only be on a bus of its own "
            "account and region, and would be made on a bus of the same name here. Deploy the routes to the bus's "
            "account and region, or forward the events to a bus here (aws_events_targets.EventBus) and pass that bus."
        )
