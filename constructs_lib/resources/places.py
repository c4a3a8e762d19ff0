"""Where a resource is: its account and region, as far as they are known before the deployment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from aws_cdk import Stack, Token

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


def account_differs(place: Place, scope: IConstruct) -> bool:
    """Check whether the place is certainly in another account than the scope's stack."""
    return _differ(place.account, _here(scope).account)


def region_differs(place: Place, scope: IConstruct) -> bool:
    """Check whether the place is certainly in another region than the scope's stack."""
    return _differ(place.region, _here(scope).region)


@cached_fact
def _here(scope: IConstruct) -> Place:
    stack = Stack.of(scope)
    return Place(stack.account, stack.region)


def _differ(one: str, other: str) -> bool:
    return one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)
