"""Where a resource is: its account and region, as far as they are known before the deployment, and if that will do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from aws_cdk import Stack, Token

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.cached_facts import cached_fact

if TYPE_CHECKING:
    from aws_cdk import IResource
    from constructs import IConstruct


_COLON: Final = re.compile(r":(?![^$]*\]\})")


class Place(NamedTuple):
    """An account and a region, each a token if it is known only at deployment."""

    account: str
    region: str


def place_of(resource: IResource) -> Place:
    """Return the account and region of a resource."""
    env = resource.env
    return Place(env.account, env.region)


def arn_parts(arn: str) -> list[str]:
    """Split an ARN at its colons, except those inside the text of a token, such as that of an `Fn::Join`."""
    return _COLON.split(arn)


def place_in_arn(arn: str) -> Place | None:
    """Return the account and region in a literal ARN, parts of which can be tokens; None for any other text."""
    parts = arn_parts(arn)
    if parts[0] != "arn" or len(parts) < 6:
        return None
    return Place(parts[4], parts[3])


@cached_fact
def place_of_stack(scope: IConstruct) -> Place:
    """Return the account and region of the scope's stack."""
    stack = Stack.of(scope)
    return Place(stack.account, stack.region)


def in_words(place: Place) -> str:
    """Return what is known of a place before the deployment, such as "account 111122223333, region us-east-1"."""
    parts = zip(("account", "region"), place, strict=True)
    return ", ".join(f"{what} {value}" for what, value in parts if not Token.is_unresolved(value))


def account_differs(place: Place, scope: IConstruct) -> bool:
    """Check whether the place is certainly in another account than the scope's stack."""
    return _differ(place.account, place_of_stack(scope).account)


def region_differs(place: Place, scope: IConstruct) -> bool:
    """Check whether the place is certainly in another region than the scope's stack."""
    return _differ(place.region, place_of_stack(scope).region)


def require_place_of_rules(
    kind: str, target: IConstruct, place: Place, scope: IConstruct, *, same_account: bool = False
) -> None:
    """Check that EventBridge can deliver to a target of its kind from where the rules are.

    Args:
        kind: What the target is, such as "queue".
        target: The target.
        place: Where the target is.
        scope: A construct in the rules' stack.
        same_account: Whether it has to be in the rules' account, too, and not only in their region.

    Raises:
        InvalidRoute: It is certainly in another region, or in another account.
    """
    here = place_of_stack(scope)
    if same_account:
        if not (account_differs(place, scope) or region_differs(place, scope)):
            return
        there, ours, reach = in_words(place), in_words(here), "account and region"
    else:
        if not region_differs(place, scope):
            return
        there, ours, reach = f"region {place.region}", f"region {here.region}", "region"
    raise InvalidRoute(
        f"The {kind} {target.node.path!r} is in {there}, and the rules of the stack {Stack.of(scope).node.path!r} are "
        f"in {ours}: EventBridge delivers to a {kind} of its own {reach} only. Pass one there, or route to an event "
        f"bus in the other place (aws_events_targets.EventBus) and from that bus to the {kind} "
        "(SaasusEventBus.from_event_bus)."
    )


def _differ(one: str, other: str) -> bool:
    return one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)
