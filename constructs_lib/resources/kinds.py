"""Whether a value is the kind of resource that is needed, with an error in words before it is used."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from aws_cdk import CfnResource, Token

from constructs_lib.events.errors import InvalidConfiguration, InvalidRoute
from constructs_lib.resources.cached_facts import cached_fact
from constructs_lib.resources.places import arn_parts
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from constructs import IConstruct


Resource = TypeVar("Resource", bound=CfnResource)


class Kind(NamedTuple):
    """A kind of resource, recognized by an attribute that all its constructs have."""

    attribute: str
    """The attribute for its ARN."""
    name: str
    advice: str
    service: str
    """The service in its ARN."""
    resource: str = ""
    """The start of the last part of its ARN."""


FUNCTION: Final = Kind(
    "function_arn",
    "Lambda function",
    "a Function, Alias or Version, or one imported by Function.from_function_arn",
    "lambda",
    "function",
)
QUEUE: Final = Kind("queue_arn", "SQS queue", "a Queue, or one imported by Queue.from_queue_arn", "sqs")
TOPIC: Final = Kind("topic_arn", "SNS topic", "a Topic, or one imported by Topic.from_topic_arn", "sns")
LOG_GROUP: Final = Kind(
    "log_group_arn", "log group", "a LogGroup, or one imported by LogGroup.from_log_group_name", "logs", "log-group"
)
ROLE: Final = Kind("role_arn", "IAM role", "a Role, or one imported by Role.from_role_arn", "iam", "role")


def require(kind: Kind, value: object, what: str) -> None:
    """Check that a value is of a kind of resource, and the ARN of an import too, which can be any text.

    Raises:
        InvalidRoute: It is not.
    """
    found = _kinds_found(value)
    if kind in found:
        return
    if inspect.isclass(value) or not (hasattr(type(value), kind.attribute) or hasattr(value, kind.attribute)):
        raise InvalidRoute(f"{what}: {_shown(value)} is not {_a(kind)}. Expected {kind.advice}. Pass one of them.")
    arn: str = getattr(value, kind.attribute)
    if not _is_arn_of(kind, arn):
        raise InvalidRoute(
            f"{what}: {_path(value)!r} has the ARN {readable(cast('IConstruct', value), arn)!r}, which is not that of "
            f"{_a(kind)}. Expected {kind.advice}. Pass one of them."
        )
    found.add(kind)


@cached_fact
def _kinds_found(value: object) -> set[Kind]:  # noqa: ARG001 - it is remembered by it
    return set()


def resource_of(construct: IConstruct, kind: type[Resource]) -> Resource:
    """Return the CloudFormation resource that a construct of aws-cdk-lib makes, its default child.

    Raises:
        InvalidConfiguration: Something else is there, so what is to be set on the resource would be lost.
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


def _a(kind: Kind) -> str:
    return f"{'an' if kind.name[0] in 'AEIOS' else 'a'} {kind.name}"  # an SQS queue, an SNS topic


def _is_arn_of(kind: Kind, arn: str) -> bool:
    """Check whether an ARN can be one of the kind, as far as it is known before the deployment."""
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
        scope_path: The path of the construct that gets the child.
        existing: The construct that has the id already.
        id: The id.
        what: What is to be made.

    Raises:
        InvalidRoute: The id is empty or taken.
    """
    if not isinstance(id, str) or not id:
        raise InvalidRoute(
            f"{id!r} cannot be the id of {what.lower()} in {scope_path!r}. Expected a non-empty string. Pass "
            "one, such as 'Onboard'."
        )
    if existing is not None:
        raise InvalidRoute(
            f"{scope_path!r} has {id!r} already ({type(existing).__name__}), so {what.lower()} cannot have that id. "
            "Expected an id of its own for each. Pass another one, or keep what the first call returned and add to it: "
            "routes to a bus, and targets to a route with route.add_target(…)."
        )
