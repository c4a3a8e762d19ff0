"""Where a resource is: its account and region, as far as they are known before the deployment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from aws_cdk import Stack, Token

if TYPE_CHECKING:
    from aws_cdk import IResource
    from constructs import IConstruct


_COLON: Final = re.compile(r":(?![^$]*\]\})")


class Place(NamedTuple):
    """An account and a region; a token where it is known only at deploy."""

    account: str
    region: str


def place_of(resource: IResource) -> Place:
    """Give where the resource is."""
    env = resource.env
    return Place(env.account, env.region)


def arn_parts(arn: str) -> list[str]:
    """Split an ARN at its colons, but not at those in the text of a token, such as that of an `Fn::Join`."""
    return _COLON.split(arn)


def place_in_arn(arn: str) -> Place | None:
    """Give where the resource of a literal ARN is, of which parts can be tokens; None for another text."""
    parts = arn_parts(arn)
    if parts[0] != "arn" or len(parts) < 6:
        return None
    return Place(parts[4], parts[3])


def account_differs(place: Place, scope: IConstruct) -> bool:
    """Tell whether the place is certainly in another account than the scope's stack."""
    return _differ(place.account, Stack.of(scope).account)


def region_differs(place: Place, scope: IConstruct) -> bool:
    """Tell whether the place is certainly in another region than the scope's stack."""
    return _differ(place.region, Stack.of(scope).region)


def _differ(one: str, other: str) -> bool:
    return one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)
