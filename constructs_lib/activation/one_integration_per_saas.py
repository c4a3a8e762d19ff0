"""Integrations of one app that get in each other's way: a SaaS has one EventBridge setting."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, Stack, Stage

from constructs_lib.events import warning_ids

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import Construct, IConstruct


class _Integration(NamedTuple):
    path: str
    place: tuple[str, str]
    """Account and region."""


_OF_ITS_STACK = re.compile(r'"Ref": "(?!AWS::)|"Fn::(GetAtt|ImportValue|FindInMap)"')
_OF_ITS_PLACE = re.compile(r'"Ref": "AWS::(AccountId|Region)"')

_OF_APP: WeakKeyDictionary[IConstruct, dict[str, list[_Integration]]] = WeakKeyDictionary()
"""By the app, and by what stands for the secret."""


def warn_of_a_second(integration: Construct, credentials: secretsmanager.ISecret) -> None:
    """Warn of an integration that shares its secret with another one of the app: both save one and the same setting."""
    stack = Stack.of(integration)
    here = _Integration(integration.node.path, (stack.account, stack.region))
    others = _OF_APP.setdefault(integration.node.root, {}).setdefault(_secret(integration, credentials), [])
    if others:
        first = others[0]
        end = (
            "The one that is deployed second adopts the setting, and the first deletes it when it is destroyed: then "
            "neither stack receives events. Make one SaasusIntegration, and pass its event_source_name to both buses"
            if first.place == here.place
            else "The one that is deployed second fails, or with take_over=True takes the events from the first. Make "
            "one SaasusIntegration and route the events on from its region, or use the credentials of another SaaS"
        )
        Annotations.of(integration).add_warning_v2(
            warning_ids.SECOND_INTEGRATION,
            f"{first.path!r} and {here.path!r} have the same secret, and so save the one EventBridge setting of one "
            f"SaaS. {end}.",
        )
    others.append(here)


def _secret(integration: Construct, credentials: secretsmanager.ISecret) -> str:
    """Return a text that is the same for the same secret, as far as that is known before the deployment."""
    stack = Stack.of(integration)
    resource = credentials.node.default_child
    if resource is not None:
        return resource.node.path
    arn = json.dumps(stack.resolve(credentials.secret_arn))
    if _OF_ITS_STACK.search(arn):
        return f"{stack.node.path} {arn}"
    # A name means another secret in another account or region. Where these are unknown, stages tell them apart.
    stage = Stage.of(integration)
    return f"{'' if stage is None else stage.node.path} {arn}" if _OF_ITS_PLACE.search(arn) else arn
