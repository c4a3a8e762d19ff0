"""Which resource of the app a text, a number or a list stands for, where it is a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Token, Tokenization

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct


def referred_to(text: str) -> IConstruct | None:
    """Give the resource of the app that the text refers to as a whole, such as the queue of a queue's ARN."""
    if not Token.is_unresolved(text):
        return None
    tokens = Tokenization.reverse_string(text)
    return getattr(tokens.first_token, "target", None) if tokens.length == 1 else None


def referred_in(value: object) -> Iterator[IConstruct]:
    """Give all resources of the app that a policy, or another structure of texts, refers to."""
    if isinstance(value, dict):
        for each in value.values():
            yield from referred_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from referred_in(each)
    elif isinstance(value, str) and Token.is_unresolved(value):
        for token in Tokenization.reverse_string(value).tokens:
            target = getattr(token, "target", None)
            if target is not None:
                yield target


def identity(construct: IConstruct) -> str:
    """Return what tells a construct from all others: the CDK may give several Python objects for one."""
    ref: str = construct.__jsii_ref__.ref  # type: ignore[attr-defined]
    return ref


def identities_in(scope: IConstruct) -> frozenset[str]:
    """Return the identities of the constructs in a scope, without those that were taken out of the tree again."""
    return frozenset(map(identity, scope.node.find_all()))


def is_in_the_app(construct: IConstruct) -> bool:
    """Check that the construct was not taken out of the tree again (`node.try_remove_child`)."""
    return identity(construct) in identities_in(construct.node.root)


def owner_of(resource: IConstruct | None) -> IConstruct | None:
    """Give the construct that a resource is the main part of, such as the `Queue` of a `CfnQueue`."""
    scope = None if resource is None else resource.node.scope
    if scope is None or scope.node.default_child is None or resource is None:
        return None
    return scope if scope.node.default_child.node.path == resource.node.path else None
