"""The asynchronous-invoke configuration of a function: which resource of the app it is, and its failure destination."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Stack, Token
from aws_cdk import aws_lambda as lambda_

from constructs_lib.resources.app_references import referred_to
from constructs_lib.resources.functions import IN_ARN, LATEST, base_function, name_of, qualifier_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import Construct, IConstruct


def invoke_configs_in(scope: IConstruct) -> list[lambda_.CfnEventInvokeConfig]:
    """Return all such configurations in a scope, whoever made them."""
    return [each for each in scope.node.find_all() if isinstance(each, lambda_.CfnEventInvokeConfig)]


def invoke_config_of(
    function: lambda_.IFunction, configs: Iterable[lambda_.CfnEventInvokeConfig]
) -> lambda_.CfnEventInvokeConfig | None:
    """Return the configuration that is for this function, alias or version, if there is one."""
    return next((each for each in configs if _is_for(each, function)), None)


def new_invoke_config(room: Construct, function: lambda_.IFunction) -> lambda_.CfnEventInvokeConfig:
    """Make a configuration for this function, alias or version, with Lambda's defaults."""
    qualifier = qualifier_of(function)
    config = lambda_.CfnEventInvokeConfig(room, "InvokeConfig", function_name=name_of(function), qualifier=qualifier)
    if qualifier != LATEST:
        # An alias's name is text, which does not tell CloudFormation to make the alias first.
        config.node.add_dependency(function)
    return config


def failure_destination_of(config: lambda_.CfnEventInvokeConfig) -> str | None:
    """Return the failure destination of a configuration, as its token or as the JSON of a reference."""
    given = config.destination_config
    destination: str | None = getattr(getattr(given, "on_failure", None), "destination", None)
    if destination is None:
        resolved = Stack.of(config).resolve(given) or {}
        found = resolved.get("onFailure") or resolved.get("OnFailure")
        destination = json.dumps(found) if found else None
    return destination


def set_failure_destination(config: lambda_.CfnEventInvokeConfig, arn: str) -> None:
    """Set the failure destination of a configuration, and leave its success destination."""
    on_success = getattr(config.destination_config, "on_success", None)
    config.destination_config = lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
        on_success=on_success,
        on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=arn),
    )


def _is_for(config: lambda_.CfnEventInvokeConfig, function: lambda_.IFunction) -> bool:
    own = function.node.try_find_child("EventInvokeConfig")  # by `configure_async_invoke`
    if own is not None and config.node.path == f"{own.node.path}/Resource":
        return True
    stack = Stack.of(config)
    qualifiers = [stack.resolve(text) for text in (config.qualifier, qualifier_of(function))]
    return qualifiers[0] == qualifiers[1] and _names(config.function_name, function)


def _names(text: str, function: lambda_.IFunction) -> bool:
    """Check whether a name or an ARN, literal or a reference, is the function's."""
    resource = base_function(function).node.default_child
    if Token.is_unresolved(text):
        # Logical ids repeat from stack to stack, so compare what is referred to, not how it is written.
        target = referred_to(text)
        if target is not None:
            return resource is not None and target.node.path == resource.node.path
        return bool(Stack.of(function).resolve(text) == Stack.of(function).resolve(name_of(function)))
    given = resource.function_name if isinstance(resource, lambda_.CfnFunction) else name_of(function)
    return given is not None and text.rpartition(IN_ARN)[2] == given
