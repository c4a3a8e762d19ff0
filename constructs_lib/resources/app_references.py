"""Which resource of the app a token refers to, and whether a construct is still in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Tokenization

from constructs_lib.filters.arguments import is_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct


def referred_to(text: str) -> IConstruct | None:
    """Return the resource of the app that the whole text refers to, such as the queue for a queue's ARN."""
    if not is_token(text):
        return None
    tokens = Tokenization.reverse_string(text)
    return getattr(tokens.first_token, "target", None) if tokens.length == 1 else None


def referred_in(value: object) -> Iterator[IConstruct]:
    """Return all resources of the app that a policy, or another structure of texts, refers to."""
    if isinstance(value, dict):
        for each in value.values():
            yield from referred_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from referred_in(each)
    elif isinstance(value, str) and is_token(value):
        for token in Tokenization.reverse_string(value).tokens:
            target = getattr(token, "target", None)
            if target is not None:
                yield target


def identity(construct: IConstruct) -> str:
    """Return what identifies a construct: the CDK may return several Python objects for one."""
    ref: str = construct.__jsii_ref__.ref  # type: ignore[attr-defined]
    return ref


def identities_in(scope: IConstruct) -> frozenset[str]:
    """Return the identities of the constructs in a scope; those that were removed from the tree are not in it."""
    return frozenset(map(identity, scope.node.find_all()))


def is_in_the_app(construct: IConstruct) -> bool:
    """Check whether the construct is still in the tree (`node.try_remove_child` removes one)."""
    return identity(construct) in identities_in(construct.node.root)


def owner_of(resource: IConstruct | None) -> IConstruct | None:
    """Return the construct whose main part the resource is, such as the `Queue` of a `CfnQueue`."""
    scope = None if resource is None else resource.node.scope
    if scope is None or scope.node.default_child is None or resource is None:
        return None
    return scope if scope.node.default_child.node.path == resource.node.path else None
