"""How the rules of a bus may invoke a Lambda function: one permission for all, or a role for another account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Annotations
from aws_cdk import aws_lambda as lambda_

from constructs_lib.access.deployment_order import Access
from constructs_lib.access.execution_role import execution_role
from constructs_lib.events import warning_ids
from constructs_lib.resources.functions import function_place
from constructs_lib.resources.places import require_place_of_rules
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct


def permit(
    scope: Construct, room: Construct, function: lambda_.IFunction, source_arn: str, role: iam.IRole | None
) -> Access:
    """Let rules invoke a function, and return how they reach it.

    Args:
        scope: The construct that owns a role and warns; its stack is the rules' stack.
        room: Where the function's permission is made.
        function: The function.
        source_arn: The ARN of the rules, with `*` where there are several.
        role: A user's own role for a function in another account, if there is one.

    Raises:
        InvalidRoute: The function is in another region.
    """
    arn, place = function.function_arn, function_place(function)
    require_place_of_rules("function", function, place, scope)
    statements = [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}]
    delivery = execution_role(scope, role, function, place, statements)
    if delivery is not None:
        _warn_of_other_account(scope, function, place.account, str(readable(scope, delivery.arn)))
        return Access(arn, delivery.role, (delivery.role, delivery.room))
    if room.node.try_find_child("Permission") is None:
        lambda_.CfnPermission(
            room,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=arn,
            principal="events.amazonaws.com",
            source_arn=source_arn,
        )
    return Access(arn, None, (room,))


def _warn_of_other_account(scope: Construct, function: lambda_.IFunction, account: str, role_arn: str) -> None:
    arn = readable(scope, function.function_arn)
    statement = {
        "Sid": "saasus-events",
        "Effect": "Allow",
        "Principal": {"AWS": role_arn},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
    }
    Annotations.of(scope).add_warning_v2(
        warning_ids.FUNCTION_ELSEWHERE,
        f"The function {function.node.path!r} is in account {account}, so its resource policy and its failure "
        "destination cannot be made here. It does not run until its policy holds this statement: "
        f"{json.dumps(statement)} (once the role exists: aws lambda add-permission --function-name {arn} "
        f"--statement-id saasus-events --action lambda:InvokeFunction --principal {role_arn}). Its asynchronous "
        "failures are lost until it has a failure destination (aws lambda put-function-event-invoke-config).",
    )
