"""The rules and archives on one bus, found in everything that is deployed together: of routes and of a user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from aws_cdk import Stack, Stage, Token, Tokenization
from aws_cdk import aws_events as events

from constructs_lib.resources.app_references import identity, referred_in
from constructs_lib.resources.rules import with_scopes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct, IConstruct

    from constructs_lib.filters.event_filter import EventFilter


class RouteOfRule(NamedTuple):
    """A rule with the route that made it."""

    bus: RulesOfBus
    rule: events.Rule
    path: str
    """The path of the rule's `CfnRule`."""
    route: Construct
    route_path: str
    event_filter: EventFilter
    pattern: dict[str, Any]


_OF_APP: WeakKeyDictionary[IConstruct, dict[str, RouteOfRule]] = WeakKeyDictionary()
"""By app and by the identity of the rule: several constructs of an app can route on one bus."""


class RuleOfBus(NamedTuple):
    """A rule of the bus."""

    resource: events.CfnRule
    resource_path: str
    pattern: dict[str, Any]
    of_route: RouteOfRule | None
    """None for a rule that a user wrote."""

    @property
    def path(self) -> str:
        """The path of the rule as a user knows it."""
        return self.resource_path.removesuffix("/Resource")


class RulesOfBus:
    """Finds the rules and archives of one bus."""

    def __init__(self, scope: Construct, event_bus: events.IEventBus) -> None:
        """Prepare for the rules of a bus.

        Args:
            scope: A construct in the stack of the routes.
            event_bus: The bus.
        """
        self.rules: list[RuleOfBus] = []
        """What `look` found."""
        self.archive_patterns: list[dict[str, Any]] = []
        """The patterns of the archives that `look` found; each archive has a rule, which EventBridge makes."""
        self.stack = Stack.of(scope)
        self._scope = scope
        self._event_bus = event_bus
        self._of_routes = _OF_APP.setdefault(scope.node.root, {})
        made = event_bus.node.default_child
        # A bus of the app refers to itself by a token; others may use its name.
        self._names = {event_bus.event_bus_name, *([made.name] if isinstance(made, events.CfnEventBus) else [])}

    def add_route(
        self, route: Construct, path: str, rules: Mapping[events.Rule, dict[str, Any]], event_filter: EventFilter
    ) -> None:
        """Register a route, so that its rules are recognized.

        Args:
            route: The route.
            path: Its path.
            rules: Its rules, which are its children, each with its pattern.
            event_filter: Its filter.
        """
        for number, (rule, pattern) in enumerate(rules.items(), start=1):
            path_of_rule = f"{path}/Rule{'' if number == 1 else number}/Resource"
            self._of_routes[identity(rule)] = RouteOfRule(self, rule, path_of_rule, route, path, event_filter, pattern)

    def look(self) -> None:
        """Find the rules of the bus, and the patterns of its archives, in everything that is deployed together."""
        self.rules, self.archive_patterns = [], []
        same: dict[str, bool] = {}
        on_the_bus: dict[RulesOfBus, bool] = {self: True}
        for construct, before in with_scopes((Stage.of(self._scope) or self._scope.node.root).node.find_all()):
            if isinstance(construct, events.CfnRule):
                of_route = self._of_routes.get(before)
                if of_route is None:
                    if self._is_on_the_bus(construct, same):
                        found = RuleOfBus(construct, construct.node.path, _pattern_of(construct), None)
                        # If something else comes before it, its path identifies it.
                        of_route = next(
                            (each for each in self._of_routes.values() if each.path == found.resource_path), None
                        )
                        pattern = found.pattern if of_route is None else of_route.pattern
                        self.rules.append(found._replace(of_route=of_route, pattern=pattern))
                    continue
                bus = of_route.bus
                if bus not in on_the_bus:  # all rules of its routes are on its bus
                    on_the_bus[bus] = self._is_on_the_bus(construct, same)
                if on_the_bus[bus]:
                    self.rules.append(RuleOfBus(construct, of_route.path, of_route.pattern, of_route))
            elif isinstance(construct, events.CfnArchive) and self._is_archive_of_the_bus(construct):
                self.archive_patterns.append(_pattern_of(construct))

    def _is_on_the_bus(self, rule: events.CfnRule, same: dict[str, bool]) -> bool:
        name = rule.event_bus_name or "default"
        if name not in same:
            same[name] = self._is_name_of_the_bus(name)
        return same[name] and (Token.is_unresolved(name) or self._is_same_place(rule))

    def _is_same_place(self, resource: IConstruct) -> bool:
        here, there = self.stack, Stack.of(resource)
        return (here.account, here.region) == (there.account, there.region)

    def _is_archive_of_the_bus(self, archive: events.CfnArchive) -> bool:
        arn = archive.source_arn
        made = self._event_bus.node.default_child
        # By path: the CDK may give several objects for one resource.
        referred = [resource.node.path for resource in referred_in(arn)]
        if arn == self._event_bus.event_bus_arn or (made is not None and made.node.path in referred):
            return True
        return self._is_same_place(archive) and any(arn.endswith(f":event-bus/{name}") for name in self._names)

    def _is_name_of_the_bus(self, name: str) -> bool:
        own = self._event_bus.event_bus_name
        if name in self._names or not (Token.is_unresolved(name) and Token.is_unresolved(own)):
            return name in self._names
        # Two texts can be one reference, and a logical id has a meaning only in its own stack.
        one, other = (Tokenization.reverse_string(text).first_token for text in (name, own))
        target = getattr(one, "target", None)
        there = getattr(other, "target", None)
        return target is not None and there is not None and target.node.path == there.node.path


def _pattern_of(resource: events.CfnRule | events.CfnArchive) -> dict[str, Any]:
    resolved = Stack.of(resource).resolve(resource.event_pattern)
    return resolved if isinstance(resolved, dict) else {}
