"""Which Lambda function a target is: the function itself, one of its aliases or versions, or an imported one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Stack, Token
from aws_cdk import aws_lambda as lambda_

if TYPE_CHECKING:
    from constructs import IConstruct

LATEST = "$LATEST"


def base_function(function: lambda_.IFunction) -> lambda_.IFunction:
    """Give the function that an alias or a version is of; any other function is its own."""
    base: lambda_.IFunction | None = getattr(function, "lambda_", None)
    return base or function


def qualifier_of(function: lambda_.IFunction) -> str:
    """Give the alias, the version or `$LATEST`, on which Lambda keeps an asynchronous-invoke configuration each."""
    for attribute in ("alias_name", "version"):
        value = getattr(function, attribute, None)
        if isinstance(value, str):
            return value
    arn = function.function_arn
    parts = [] if Token.is_unresolved(arn) else arn.split(":")
    return parts[7] if len(parts) == 8 else LATEST


def identity_of(function: lambda_.IFunction) -> str:
    """Give a text that is equal for two constructs that are the same function, alias or version of an app."""
    base = base_function(function)
    return _identity(base, base.function_name, qualifier_of(function))


def configured_identity(config: lambda_.CfnEventInvokeConfig, function: lambda_.IFunction) -> str:
    """Give the identity of what the configuration is for, as far as it can be `function`."""
    return _identity(base_function(function), config.function_name, config.qualifier)


def is_imported(function: lambda_.IFunction) -> bool:
    """Tell whether the function is only referred to by the app, not made by it."""
    return base_function(function).node.default_child is None


def is_elsewhere(function: lambda_.IFunction, scope: IConstruct) -> bool:
    """Tell whether the function is certainly in another account or region than the scope's stack."""
    here, there = Stack.of(scope), function.env
    return any(
        one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)
        for one, other in ((there.account, here.account), (there.region, here.region))
    )


def has_dead_letter_queue(function: lambda_.IFunction) -> bool:
    """Tell whether the function's own dead-letter configuration already takes its asynchronous failures."""
    base = base_function(function)
    return any(getattr(base, name, None) is not None for name in ("dead_letter_queue", "dead_letter_topic"))


def _identity(base: lambda_.IFunction, name: str, qualifier: str) -> str:
    stack = Stack.of(base)
    resolved = stack.resolve([name, qualifier])
    # A literal name is the same function wherever it was imported; a reference means something in its stack only.
    place = "" if isinstance(resolved[0], str) else stack.node.addr
    return json.dumps([place, *resolved], sort_keys=True)
