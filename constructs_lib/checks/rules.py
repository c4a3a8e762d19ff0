"""What AWS would refuse about the rules of a bus, found at synth: all rules count, not only those of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, Stack, Stage, Token, Tokenization
from aws_cdk import aws_events as events
from constructs import Construct, IConstruct

from constructs_lib.checks.overlapping_routes import DeliveringRule, warn_of_overlaps
from constructs_lib.checks.raw_patterns import findings_of_raw, without_functions
from constructs_lib.checks.targets import problems_of_targets
from constructs_lib.events import warning_ids
from constructs_lib.filters import limits
from constructs_lib.filters.filter_risks import findings_of_filter
from constructs_lib.filters.risks import findings_of_pattern
from constructs_lib.filters.ruler.complexity import has_wildcard, wildcard_complexity
from constructs_lib.resources.app_references import identity, referred_in
from constructs_lib.resources.rules import with_scopes
from constructs_lib.synth.at_synth import decide_at_synth, validate_at_synth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter
    from constructs_lib.filters.risks import Finding
    from constructs_lib.options import EventBridgeQuotas

_PATHS_SHOWN = 3


class _RouteOfRule(NamedTuple):
    checks: RuleChecks
    rule: events.Rule
    path: str
    """The path of the rule's `CfnRule`."""
    route: Construct
    route_path: str
    event_filter: EventFilter
    pattern: dict[str, Any]


_ROUTES: WeakKeyDictionary[IConstruct, dict[str, _RouteOfRule]] = WeakKeyDictionary()
"""By app and by the identity of the rule: several constructs of an app can route on one bus."""


class _RuleOfBus(NamedTuple):
    """A rule of the bus."""

    rule: events.CfnRule
    path: str
    pattern: dict[str, Any]
    of_route: _RouteOfRule | None


class RuleChecks(Construct):
    """Counts the rules of one bus against EventBridge's quotas, and checks the rules that a user wrote."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_bus: events.IEventBus,
        quotas: EventBridgeQuotas,
        known_events: KnownEvents,
        is_partner_bus: bool,
    ) -> None:
        super().__init__(scope, id)
        self._known_events = known_events
        self._is_partner_bus = is_partner_bus
        self._routes = _ROUTES.setdefault(self.node.root, {})
        self._checks_of_routes: list[Callable[[], list[str]]] = []
        self._event_bus = event_bus
        self._stack = Stack.of(self)
        made = event_bus.node.default_child
        # A bus of the app refers to itself by a token; others may use its name.
        self._names = {event_bus.event_bus_name, *([made.name] if isinstance(made, events.CfnEventBus) else [])}
        self._quotas = quotas
        self._rules: list[_RuleOfBus] = []
        self._of_archives: list[dict[str, Any]] = []
        decide_at_synth(self, self._warn)
        validate_at_synth(self, self._errors)

    def add(
        self,
        route: Construct,
        path: str,
        rules: Mapping[events.Rule, dict[str, Any]],
        event_filter: EventFilter,
        check: Callable[[], list[str]],
    ) -> tuple[Finding, ...]:
        """Register a route, and return what is risky about its filter.

        Args:
            route: The route.
            path: Its path.
            rules: Its rules, which are its children, each with its pattern.
            event_filter: Its filter.
            check: Returns the route's own errors at synth.
        """
        for number, (rule, pattern) in enumerate(rules.items(), start=1):
            path_of_rule = f"{path}/Rule{'' if number == 1 else number}/Resource"
            self._routes[identity(rule)] = _RouteOfRule(self, rule, path_of_rule, route, path, event_filter, pattern)
        self._checks_of_routes.append(check)
        characters = self._quotas.event_pattern_characters
        return findings_of_filter(
            event_filter, self._known_events, characters=characters, patterns=tuple(rules.values())
        )

    def _warn(self) -> None:
        """Warn about what is only risky."""
        self._look()
        for rule, finding in self._raw_findings():
            if not finding.is_error:
                Annotations.of(rule).add_warning_v2(finding.id, finding.text)
        self._raw_targets()
        self._warn_of_the_limit()
        warn_of_overlaps(self._delivering(), self._known_events)
        count = self._with_wildcard()
        if limits.WILDCARD_RULES_PER_BUS_WARNING <= count <= limits.WILDCARD_RULES_PER_BUS:
            Annotations.of(self._event_bus).add_warning_v2(
                warning_ids.MANY_WILDCARD_RULES,
                f"{count} rules of the bus have a wildcard{self._archives_included()}; EventBridge accepts "
                f"{limits.WILDCARD_RULES_PER_BUS}, and the quota cannot be raised. {_WAY_OUT}",
            )

    def _errors(self) -> list[str]:
        self._look()  # again, because other aspects may have made rules after ours
        return [
            *(problem for check in self._checks_of_routes for problem in check()),
            *self._too_many(),
            *(
                f"The rule {rule.node.path.removesuffix('/Resource')!r}: {finding.text}"
                for rule, finding in self._raw_findings()
                if finding.is_error
            ),
            *self._raw_targets(),
        ]

    def _too_many(self) -> list[str]:
        found = []
        count = self._with_wildcard()
        if count > limits.WILDCARD_RULES_PER_BUS:
            found.append(
                f"{count} rules of the bus have a wildcard{self._archives_included()}; EventBridge accepts "
                f"{limits.WILDCARD_RULES_PER_BUS} on a bus, and the quota cannot be raised. {_WAY_OUT}"
            )
        total = len(self._rules) + len(self._of_archives)
        allowed = self._quotas.rules_per_bus or limits.rules_per_bus(self._stack.region)
        if total > allowed:
            found.append(
                f"The bus has {total} rules{self._archives_included()}; EventBridge accepts {allowed} on a bus by "
                "default. Join routes (EventFilter.of accepts several operations, and a route five targets), or have "
                "the quota raised and pass quotas=EventBridgeQuotas(rules_per_bus=…)."
            )
        return found

    def _raw_findings(self) -> list[tuple[IConstruct, Finding]]:
        """Return what is wrong or risky about the rules that a user wrote; a route reports on its own rules."""
        own = self._event_bus.event_bus_name
        return [
            (found.rule, finding)
            for found in self._rules
            if found.of_route is None and found.pattern
            for finding in findings_of_raw(
                found.pattern,
                self._known_events,
                characters=self._quotas.event_pattern_characters,
                source=None if Token.is_unresolved(own) else own,
                is_partner_bus=self._is_partner_bus,
            )
        ]

    def _raw_targets(self) -> list[str]:
        """Warn about risky targets of the rules that a user wrote, and return what EventBridge would refuse."""
        raw = (found.rule for found in self._rules if found.of_route is None)
        return [problem for rule in raw for problem in problems_of_targets(rule)]

    def _warn_of_the_limit(self) -> None:
        at_limit = [
            found.path.removesuffix("/Resource")
            for found in self._rules
            if wildcard_complexity(without_functions(found.pattern)[0]) == limits.WILDCARD_COMPLEXITY
        ]
        if at_limit:
            shown = ", ".join(map(repr, at_limit[:_PATHS_SHOWN]))
            more = f" and {len(at_limit) - _PATHS_SHOWN} more" if len(at_limit) > _PATHS_SHOWN else ""
            Annotations.of(self._event_bus).add_warning_v2(
                warning_ids.WILDCARD_AT_LIMIT,
                f"The wildcards of {shown}{more} count exactly {limits.WILDCARD_COMPLEXITY} by event-ruler's measure. "
                "EventBridge does not publish its limit: 9 was accepted, 12 refused. If a deployment fails with "
                "'Rule is too complex', ask for less in one route, for example .status(500) instead of .failed(), or "
                "one API instead of two. Acknowledge this once it is deployed.",
            )

    def _delivering(self) -> list[DeliveringRule]:
        delivering = []
        for found in self._rules:
            pattern, has_values_at_deploy = without_functions(found.pattern)
            of_route = found.of_route
            if not found.pattern or has_values_at_deploy:
                continue
            if of_route is not None:
                owner, path, event_filter = of_route.route, of_route.route_path, of_route.event_filter
                stack = of_route.checks._stack  # noqa: SLF001 - of its own class
                delivering.append(DeliveringRule(found.rule, stack, owner, path, pattern, event_filter))
            elif _is_valid(pattern):
                path = found.path.removesuffix("/Resource")
                delivering.append(DeliveringRule(found.rule, Stack.of(found.rule), found.rule, path, pattern))
        return delivering

    def _with_wildcard(self) -> int:
        patterns = [*(found.pattern for found in self._rules), *self._of_archives]
        return sum(1 for pattern in patterns if has_wildcard(pattern))

    def _archives_included(self) -> str:
        # AWS does not say whether the managed rule of an archive counts against the quotas.
        return ", that of each archive included" if self._of_archives else ""

    def _look(self) -> None:
        """Find the rules of the bus, and the patterns of its archives, in everything that is deployed together."""
        self._rules, self._of_archives = [], []
        same: dict[str, bool] = {}
        of_routes: dict[RuleChecks, bool] = {self: True}
        for construct, before in with_scopes((Stage.of(self) or self.node.root).node.find_all()):
            if isinstance(construct, events.CfnRule):
                of_route = self._routes.get(before)
                if of_route is None:
                    if self._is_on_the_bus(construct, same):
                        found = _RuleOfBus(construct, construct.node.path, _pattern_of(construct), None)
                        # If something else comes before it, its path identifies it.
                        of_route = next((each for each in self._routes.values() if each.path == found.path), None)
                        pattern = found.pattern if of_route is None else of_route.pattern
                        self._rules.append(found._replace(of_route=of_route, pattern=pattern))
                    continue
                checks = of_route.checks
                if checks not in of_routes:  # all rules of its routes are on its bus
                    of_routes[checks] = self._is_on_the_bus(construct, same)
                if of_routes[checks]:
                    self._rules.append(_RuleOfBus(construct, of_route.path, of_route.pattern, of_route))
            elif isinstance(construct, events.CfnArchive) and self._is_archive_of_the_bus(construct):
                self._of_archives.append(_pattern_of(construct))

    def _is_on_the_bus(self, rule: events.CfnRule, same: dict[str, bool]) -> bool:
        name = rule.event_bus_name or "default"
        if name not in same:
            same[name] = self._is_name_of_the_bus(name)
        return same[name] and (Token.is_unresolved(name) or self._is_same_place(rule))

    def _is_same_place(self, resource: IConstruct) -> bool:
        here, there = self._stack, Stack.of(resource)
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


_WAY_OUT = (
    "Confirm event types ('saasus:eventTypes' in the CDK context, written by `saasus-events learn`): a confirmed name "
    "needs no wildcard. Or join routes: EventFilter.of accepts several operations, and a route five targets."
)


def _is_valid(pattern: dict[str, Any]) -> bool:
    return not any(finding.is_error for finding in findings_of_pattern(pattern))


def _pattern_of(resource: events.CfnRule | events.CfnArchive) -> dict[str, Any]:
    resolved = Stack.of(resource).resolve(resource.event_pattern)
    return resolved if isinstance(resolved, dict) else {}
