"""The rules of an app with their resources, found in a single request to the CDK's kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_events as events

from constructs_lib.resources.app_references import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs import IConstruct


def with_scopes(constructs: Iterable[IConstruct]) -> Iterator[tuple[IConstruct, str]]:
    """Return what `node.find_all()` returns, each construct with the identity of the one before it.

    For a first child that is its scope, as for the `CfnRule` of a `Rule`.
    """
    before = ""
    for construct in constructs:
        yield construct, before
        before = identity(construct)


def resources_of(rules: Iterable[IConstruct], scope: IConstruct) -> list[IConstruct]:
    """Return the `CfnRule` of each rule in the scope, or the rule itself if it has none."""
    found = {
        before: construct
        for construct, before in with_scopes(scope.node.find_all())
        if isinstance(construct, events.CfnRule)
    }
    return [found.get(identity(rule)) or rule.node.default_child or rule for rule in rules]
