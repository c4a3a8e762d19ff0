"""Which Lambda function was passed: the function itself, one of its aliases or versions, or an imported one."""

from __future__ import annotations

import hashlib
import json

from aws_cdk import Fn, Stack, Stage, Token
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.resources.app_references import owner_of, referred_to
from constructs_lib.resources.places import Place, arn_parts, place_in_arn, place_of

LATEST = "$LATEST"
IN_ARN = ":function:"
"""What is before the name in a function's ARN."""
_ROOM = "Imported"


def function_itself(function: lambda_.IFunction, scope: Construct) -> lambda_.IFunction:
    """Return the function, alias or version that is really meant.

    A `SingletonFunction` represents a function of its stack, an import can be of a function in the app, and an ARN can
    be in place of an imported function's name.

    Args:
        function: What was passed.
        scope: Where an import is made if one is needed.
    """
    if getattr(function, "version", None) == LATEST:
        # Lambda accepts no permission for "$LATEST", and needs none besides the function's.
        function = base_function(function)
    if function.node.default_child is not None or getattr(function, "lambda_", None) is not None:
        return function
    arn = function.function_arn
    tail = arn.rpartition(IN_ARN)[2]
    for text in (arn, tail):
        found = owner_of(referred_to(text))
        if isinstance(found, lambda_.Function | lambda_.Alias | lambda_.Version):
            return function_itself(found, scope)
    whole = _arn_in_name(arn)
    return function if whole == arn else _imported(function, whole, scope)


def base_function(function: lambda_.IFunction) -> lambda_.IFunction:
    """Return the function of an alias or a version; any other function is its own."""
    base: lambda_.IFunction | None = getattr(function, "lambda_", None)
    return base or function


def name_of(function: lambda_.IFunction) -> str:
    """Return the name of the function, for an alias or a version the name of its function."""
    base = base_function(function)
    arn = base.function_arn
    if base.node.default_child is not None:
        return base.function_name
    if IN_ARN in arn:
        return arn_parts(arn.rpartition(IN_ARN)[2])[0]
    return Fn.select(6, Fn.split(":", arn))


def qualifier_of(function: lambda_.IFunction) -> str:
    """Return the alias, the version or `$LATEST`: Lambda keeps an asynchronous-invoke configuration for each."""
    for attribute in ("alias_name", "version"):
        value = getattr(function, attribute, None)
        if isinstance(value, str):
            return value
    name, *qualifier = arn_parts(function.function_arn.rpartition(IN_ARN)[2])
    return qualifier[0] if name and qualifier and qualifier[0] else LATEST


def function_place(function: lambda_.IFunction) -> Place:
    """Return the account and region of the function."""
    base = base_function(function)
    return (place_in_arn(base.function_arn) if is_imported(base) else None) or place_of(base)


def identity_of(function: lambda_.IFunction) -> str:
    """Return a text that is equal for two constructs that are the same function, alias or version of an app."""
    return _identity(base_function(function), name_of(function), qualifier_of(function))


def is_imported(function: lambda_.IFunction) -> bool:
    """Check whether the app only refers to the function and does not make it."""
    return base_function(function).node.default_child is None


def has_dead_letter_queue(function: lambda_.IFunction) -> bool:
    """Check whether the function's own dead-letter configuration already takes its asynchronous failures."""
    base = base_function(function)
    if any(getattr(base, name, None) is not None for name in ("dead_letter_queue", "dead_letter_topic")):
        return True
    resource = base.node.default_child
    return isinstance(resource, lambda_.CfnFunction) and resource.dead_letter_config is not None


def _arn_in_name(arn: str) -> str:
    """Return the ARN that was passed as a function's name, whole (`arn:…`) or in part (`<account>:function:<name>`)."""
    start = arn.rfind("arn:")
    if start > 0:
        return arn[start:]
    before, found, name = arn.rpartition(IN_ARN)
    first, _, account = before.partition(IN_ARN)
    if not found or not account:
        return arn
    head = first.split(":")
    return ":".join([*head[:4], account, "function", name])


def _imported(function: lambda_.IFunction, arn: str, scope: Construct) -> lambda_.IFunction:
    room = scope.node.try_find_child(_ROOM)
    room = room if isinstance(room, Construct) else Construct(scope, _ROOM)
    id = hashlib.sha256(function.node.path.encode()).hexdigest()[:16]
    return lambda_.Function.from_function_attributes(room, id, function_arn=arn, role=function.role)


def _identity(base: lambda_.IFunction, name: str, qualifier: str) -> str:
    stack = Stack.of(base)
    resolved = stack.resolve([name, qualifier])
    # A reference has a meaning only in its stack. A literal name is one function in an account and region, and each
    # stage deploys functions of its own.
    place = [stack.node.addr]
    if isinstance(resolved[0], str):
        stage = Stage.of(base) or base.node.root
        place = [stage.node.path, *("" if Token.is_unresolved(part) else part for part in function_place(base))]
    return json.dumps([place, *resolved], sort_keys=True)
