"""Whether what was given is the kind of resource that is asked for, said in words before it is used."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from aws_cdk import CfnResource, Token

from constructs_lib.events.errors import InvalidConfiguration, InvalidRoute
from constructs_lib.resources.asked_once import asked_once
from constructs_lib.resources.places import arn_parts
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from constructs import IConstruct


Resource = TypeVar("Resource", bound=CfnResource)


class Kind(NamedTuple):
    """A kind of resource, by an attribute that all its constructs have."""

    attribute: str
    """The one that gives its ARN."""
    name: str
    advice: str
    service: str
    """The service in its ARN."""
    resource: str = ""
    """How the last part of its ARN starts."""


FUNCTION: Final = Kind(
    "function_arn",
    "Lambda function",
    "a Function, Alias or Version, or import one by Function.from_function_arn",
    "lambda",
    "function",
)
QUEUE: Final = Kind("queue_arn", "SQS queue", "a Queue, or import one by Queue.from_queue_arn", "sqs")
TOPIC: Final = Kind("topic_arn", "SNS topic", "a Topic, or import one by Topic.from_topic_arn", "sns")
LOG_GROUP: Final = Kind(
    "log_group_arn", "log group", "a LogGroup, or import one by LogGroup.from_log_group_name", "logs", "log-group"
)
ROLE: Final = Kind("role_arn", "IAM role", "a Role, or import one by Role.from_role_arn", "iam", "role")


def require(kind: Kind, value: object, what: str) -> None:
    """Check that the value is of the kind, and an import's ARN too: an import takes any.

    Raises:
        InvalidRoute: It is not.
    """
    found = _kinds_found(value)
    if kind in found:
        return
    if inspect.isclass(value) or not (hasattr(type(value), kind.attribute) or hasattr(value, kind.attribute)):
        raise InvalidRoute(f"{what} was given {_shown(value)}, which is no {kind.name}. Give {kind.advice}.")
    arn: str = getattr(value, kind.attribute)
    if not _is_arn_of(kind, arn):
        raise InvalidRoute(
            f"{what} was given {_path(value)!r}, whose ARN is {readable(cast('IConstruct', value), arn)!r}: that is no "
            f"{kind.name}. Give {kind.advice}."
        )
    found.add(kind)


@asked_once
def _kinds_found(value: object) -> set[Kind]:  # noqa: ARG001 - it is remembered by it
    return set()


def resource_of(construct: IConstruct, kind: type[Resource]) -> Resource:
    """Return the CloudFormation resource that a construct of aws-cdk-lib makes, its default child.

    Raises:
        InvalidConfiguration: Something else stands there, so that what is to be set on the resource would be lost.
    """
    found = construct.node.default_child
    if isinstance(found, kind):
        return found
    shown = "no default child" if found is None else f"a {type(found).__name__} as its default child"
    raise InvalidConfiguration(
        f"{construct.node.path!r} has {shown}. Expected the {kind.__name__} that aws-cdk-lib makes there. Leave its "
        "node.default_child as it is; if nothing changes it, use a release of aws-cdk-lib that this library supports "
        "(2.200 or newer)."
    )


def _is_arn_of(kind: Kind, arn: str) -> bool:
    """Tell whether an ARN can be one of the kind, as far as it is known before the deployment."""
    start, *parts = arn_parts(arn)
    if start != "arn" or len(parts) < len(["partition", "service", "region", "account", "resource"]):
        return Token.is_unresolved(arn)
    service, resource = parts[1], parts[4]
    return (service == kind.service or Token.is_unresolved(service)) and (
        resource.startswith(kind.resource) or Token.is_unresolved(resource)
    )


def _path(value: object) -> str | None:
    return None if inspect.isclass(value) else getattr(getattr(value, "node", None), "path", None)


def _shown(value: object) -> str:
    path = _path(value)
    return repr(value) if path is None else f"the {type(value).__name__} {path!r}"


def require_free_id(scope_path: str, existing: object | None, id: str, what: str) -> None:
    """Check that an id can be used.

    Args:
        scope_path: The path of what gets the child.
        existing: What has the id already.
        id: The id.
        what: What is to be made.

    Raises:
        InvalidRoute: The id is empty or taken.
    """
    if not isinstance(id, str) or not id:
        raise InvalidRoute(f"{what} of {scope_path!r} was given {id!r} as its id. Give a text, such as 'Onboard'.")
    if existing is not None:
        raise InvalidRoute(
            f"{scope_path!r} has {id!r} already ({type(existing).__name__}), so {what.lower()} cannot have that id. "
            "Give each route an id of its own; more targets for a route that is there: route.add_target(…)."
        )
