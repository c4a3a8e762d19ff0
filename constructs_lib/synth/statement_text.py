"""Policy statements as text, to paste where the app cannot write them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from constructs import IConstruct

_PLACEHOLDERS: Final = {
    "AWS::AccountId": "ACCOUNT_ID",
    "AWS::Partition": "aws",
    "AWS::Region": "REGION",
}


def statement_text(scope: IConstruct, statements: Sequence[iam.PolicyStatement]) -> str:
    """Return statements as JSON. Capitals such as `ACCOUNT_ID` stand for values known only at deployment."""
    return json.dumps(readable(scope, [statement.to_json() for statement in statements]))


def readable(scope: IConstruct, value: object) -> Any:
    """Return a value of the app with names in place of CloudFormation's functions, which only a template can hold."""
    return _written(Stack.of(scope).resolve(value))


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(each) for each in value]
    if not isinstance(value, dict):
        return value
    function: str = next(iter(value)) if len(value) == 1 else ""
    argument: Any = value.get(function)
    if function == "Ref":
        return _PLACEHOLDERS.get(argument, _capitals(argument))
    if function == "Fn::Join":
        return argument[0].join(str(_written(part)) for part in argument[1])
    if function.startswith("Fn::"):
        named = argument if isinstance(argument, str) else json.dumps(argument)
        return _capitals(named)
    return {key: _written(each) for key, each in value.items()}


def _capitals(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).upper()).strip("_")
