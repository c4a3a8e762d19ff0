"""Names that this library has to make up itself: unique in an account and region, whatever the ids are."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from aws_cdk import Names, Stack

if TYPE_CHECKING:
    from constructs import IConstruct


def unique_name(construct: IConstruct, *, max_length: int, separator: str = "") -> str:
    """Give a name made of the stack's name and the construct's path, cut, with a hash of the whole.

    A nested stack's name is known at deploy only, so what is in one is named after the stack that it is nested in.
    """
    stack = Stack.of(construct)
    outermost = stack
    while outermost.nested_stack_parent is not None:
        outermost = outermost.nested_stack_parent
    if outermost is stack:
        return Names.unique_resource_name(construct, max_length=max_length, separator=separator)
    path = construct.node.path
    digest = hashlib.sha256(json.dumps([outermost.stack_name, path]).encode()).hexdigest()[:8]
    name = Names.unique_resource_name(construct, max_length=max_length - len(separator) - len(digest))
    return f"{name}{separator}{digest}"
