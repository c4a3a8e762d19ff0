"""Lambda destinations of the CDK, bound so that what they need can be written into another policy than theirs."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.access.queue_policy import statements_to_send
from constructs_lib.resources.app_references import owner_of, referred_to


def bind_destination(
    destination: lambda_.IDestination, function: lambda_.IFunction, room: Construct, *, place: str
) -> tuple[str, list[dict[str, Any]]]:
    """Return the ARN of a function's failure destination, and the statements that the function's role needs.

    The CDK's destinations write into the policy of the role, in its stack. If that is not the bus's stack, it would
    come to depend on the bus's; so they get an import of the role, whose policy stays here.

    Args:
        destination: The destination.
        function: The function. If its role is unknown, there are no statements.
        room: Where the destination makes what it needs.
        place: The id of the import in the room, which is removed again.
    """
    role = function.role
    if role is None:
        return destination.bind(room, function, type=lambda_.DestinationType.FAILURE).destination, []
    imported = Construct(room, place)
    as_role = iam.Role.from_role_name(imported, "Role", role.role_name)
    as_function = lambda_.Function.from_function_attributes(
        imported, "Function", function_arn=function.function_arn, role=as_role, same_environment=True
    )
    arn = destination.bind(room, as_function, type=lambda_.DestinationType.FAILURE).destination
    statements = [
        statement
        for policy in imported.node.find_all()
        if isinstance(policy, iam.Policy)
        for statement in policy.document.to_json()["Statement"]
    ]
    room.node.try_remove_child(place)
    owner = owner_of(referred_to(arn))
    # The statements of the import go into the CDK's report of roles.
    if not statements and isinstance(owner, sqs.Queue):
        statements = statements_to_send(room, owner)
    return arn, statements
