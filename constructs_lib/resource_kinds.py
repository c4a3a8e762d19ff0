"""Whether what was given is the kind of resource that is asked for, said in words before it is used."""

from __future__ import annotations

from typing import Final, NamedTuple

from constructs_lib.events.errors import InvalidRoute


class Kind(NamedTuple):
    """A kind of resource, by an attribute that all its constructs have."""

    attribute: str
    name: str
    advice: str


FUNCTION: Final = Kind(
    "function_arn", "Lambda function", "a Function, Alias or Version, or import one by Function.from_function_arn"
)
QUEUE: Final = Kind("queue_arn", "SQS queue", "a Queue, or import one by Queue.from_queue_arn")
LOG_GROUP: Final = Kind("log_group_arn", "log group", "a LogGroup, or import one by LogGroup.from_log_group_name")
ROLE: Final = Kind("role_arn", "IAM role", "a Role, or import one by Role.from_role_arn")


def require(kind: Kind, value: object, what: str) -> None:
    """Check that the value is of the kind.

    Raises:
        InvalidRoute: It is not.
    """
    if not (hasattr(type(value), kind.attribute) or hasattr(value, kind.attribute)):
        raise InvalidRoute(f"{what} was given {_shown(value)}, which is no {kind.name}. Give {kind.advice}.")


def _shown(value: object) -> str:
    path = getattr(getattr(value, "node", None), "path", None)
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
