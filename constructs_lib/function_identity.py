"""Which Lambda function a target is: the function itself, one of its aliases or versions, or an imported one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Stack, Stage, Token, Tokenization
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


def is_configuration_of(config: lambda_.CfnEventInvokeConfig, function: lambda_.IFunction) -> bool:
    """Tell whether an asynchronous-invoke configuration of the app is for this function, alias or version."""
    own = function.node.try_find_child("EventInvokeConfig")  # by `configure_async_invoke`
    if own is not None and config.node.path == f"{own.node.path}/Resource":
        return True
    stack = Stack.of(config)
    qualifiers = [stack.resolve(text) for text in (config.qualifier, qualifier_of(function))]
    return qualifiers[0] == qualifiers[1] and _names(config.function_name, base_function(function))


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
    # A reference means something in its stack only; a literal name is one function in an account and region, and
    # what stages deploy is apart.
    place = [stack.node.addr]
    if isinstance(resolved[0], str):
        where = (base.env.account, base.env.region)
        stage = Stage.of(base) or base.node.root
        place = [stage.node.path, *("" if Token.is_unresolved(part) else part for part in where)]
    return json.dumps([place, *resolved], sort_keys=True)


def _names(text: str, base: lambda_.IFunction) -> bool:
    """Tell whether a name or an ARN, literal or a reference, is the function's."""
    if Token.is_unresolved(text):
        # Logical ids repeat from stack to stack, so what is referred to is looked at, and not how it is written.
        target = getattr(Tokenization.reverse_string(text).first_token, "target", None)
        resource = base.node.default_child
        return target is not None and resource is not None and target.node.path == resource.node.path
    resource = base.node.default_child
    given = resource.function_name if isinstance(resource, lambda_.CfnFunction) else base.function_name
    return given is not None and text.rpartition(":function:")[2] == given
