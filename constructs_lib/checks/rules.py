"""What AWS would refuse about the rules of a bus, found at synth: all rules count, also those that are no route's."""

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
from constructs_lib.resources.app_references import referred_in
from constructs_lib.synth.at_synth import decide_at_synth, validate_at_synth

if TYPE_CHECKING:
    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter
    from constructs_lib.filters.risks import Finding
    from constructs_lib.options import EventBridgeQuotas

_PATHS_SHOWN = 3


class _RouteOfRule(NamedTuple):
    route: Construct
    event_filter: EventFilter
    pattern: dict[str, Any]


_ROUTES: WeakKeyDictionary[IConstruct, dict[str, _RouteOfRule]] = WeakKeyDictionary()
"""By app, each by the path of its rule: several constructs of an app can route on one bus."""


class RuleChecks(Construct):
    """Counts the rules of one bus against EventBridge's quotas, and looks at patterns that a user wrote."""

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
        self._event_bus = event_bus
        made = event_bus.node.default_child
        # A bus of the app refers to itself by a token; others may name it.
        self._names = {event_bus.event_bus_name, *([made.name] if isinstance(made, events.CfnEventBus) else [])}
        self._quotas = quotas
        self._found: list[tuple[IConstruct, str, dict[str, Any]]] | None = None
        self._of_archives: list[dict[str, Any]] = []
        decide_at_synth(self, self._warn)
        validate_at_synth(self, self._too_many)
        validate_at_synth(self, self._refused)

    def add(self, rule: events.Rule, pattern: dict[str, Any], route: Construct, event_filter: EventFilter) -> None:
        """Take note of a route's rule."""
        self._routes[f"{rule.node.path}/Resource"] = _RouteOfRule(route, event_filter, pattern)

    def findings(self, event_filter: EventFilter, known_events: KnownEvents) -> tuple[Finding, ...]:
        """Find what is risky about a route's filter."""
        characters = self._quotas.event_pattern_characters
        return findings_of_filter(event_filter, known_events, characters=characters)

    def _warn(self) -> None:
        """Warn of what is only risky."""
        self._found = None
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
                f"{count} rules of the bus have a wildcard{self._archives_included()}; EventBridge takes "
                f"{limits.WILDCARD_RULES_PER_BUS}, and the quota cannot be raised. {_WAY_OUT}",
            )

    def _too_many(self) -> list[str]:
        self._found = None  # other aspects may have made rules after ours
        found = []
        count = self._with_wildcard()
        if count > limits.WILDCARD_RULES_PER_BUS:
            found.append(
                f"{count} rules of the bus have a wildcard{self._archives_included()}; EventBridge takes "
                f"{limits.WILDCARD_RULES_PER_BUS} on a bus, and the quota cannot be raised. {_WAY_OUT}"
            )
        total = len(self._rules()) + len(self._of_archives)
        allowed = self._quotas.rules_per_bus or limits.rules_per_bus(Stack.of(self).region)
        if total > allowed:
            found.append(
                f"The bus has {total} rules{self._archives_included()}; EventBridge takes {allowed} on a bus by "
                "default. Join routes (EventFilter.of takes several operations, a route five targets), or have the "
                "quota raised and pass quotas=EventBridgeQuotas(rules_per_bus=…)."
            )
        return found

    def _raw_findings(self) -> list[tuple[IConstruct, Finding]]:
        """Find what is wrong or risky about the rules that are no route's; a route says it of its own."""
        own = self._event_bus.event_bus_name
        return [
            (rule, finding)
            for rule, path, pattern in self._rules()
            if path not in self._routes and pattern
            for finding in findings_of_raw(
                pattern,
                self._known_events,
                characters=self._quotas.event_pattern_characters,
                source=None if Token.is_unresolved(own) else own,
                is_partner_bus=self._is_partner_bus,
            )
        ]

    def _refused(self) -> list[str]:
        self._found = None  # other aspects may have made rules after ours
        return [
            f"The rule {rule.node.path.removesuffix('/Resource')!r}: {finding.text}"
            for rule, finding in self._raw_findings()
            if finding.is_error
        ] + self._raw_targets()

    def _raw_targets(self) -> list[str]:
        """Warn of what is risky about the targets of rules that are no route's, and give what is refused of them."""
        raw = (rule for rule, path, _ in self._rules() if path not in self._routes)
        return [problem for rule in raw if isinstance(rule, events.CfnRule) for problem in problems_of_targets(rule)]

    def _warn_of_the_limit(self) -> None:
        at_limit = [
            path.removesuffix("/Resource")
            for _, path, pattern in self._rules()
            if wildcard_complexity(without_functions(pattern)[0]) == limits.WILDCARD_COMPLEXITY
        ]
        if at_limit:
            shown = ", ".join(map(repr, at_limit[:_PATHS_SHOWN]))
            more = f" and {len(at_limit) - _PATHS_SHOWN} more" if len(at_limit) > _PATHS_SHOWN else ""
            Annotations.of(self._event_bus).add_warning_v2(
                warning_ids.WILDCARD_AT_LIMIT,
                f"The wildcards of {shown}{more} count exactly {limits.WILDCARD_COMPLEXITY} by event-ruler's measure. "
                "EventBridge does not publish its limit: 9 was accepted, 12 refused. Should a deployment fail with "
                "'Rule is too complex', ask for less in one route, for example .status(500) in place of .failed(), or "
                "one API in place of two. Acknowledge this once it is deployed.",
            )

    def _delivering(self) -> list[DeliveringRule]:
        found = []
        for rule, path, pattern in self._rules():
            if isinstance(rule, events.CfnRule) and pattern:
                of_route = self._routes.get(path)
                route, event_filter = (rule, None) if of_route is None else of_route[:2]
                readable, has_values_at_deploy = without_functions(pattern)
                if not (has_values_at_deploy or (event_filter is None and not _is_valid(readable))):
                    owner = route.node.path.removesuffix("/Resource")
                    found.append(DeliveringRule(rule, route, owner, readable, event_filter))
        return found

    def _with_wildcard(self) -> int:
        patterns = [*(pattern for _, _, pattern in self._rules()), *self._of_archives]
        return sum(1 for pattern in patterns if has_wildcard(pattern))

    def _archives_included(self) -> str:
        # AWS does not say whether the managed rule of an archive counts for the quotas.
        return ", that of each archive included" if self._of_archives else ""

    def _rules(self) -> list[tuple[IConstruct, str, dict[str, Any]]]:
        """Find the rules of the bus in what is deployed together, each with its path and its pattern."""
        if self._found is None:
            same: dict[str, bool] = {}
            self._found = []
            self._of_archives = []
            for construct in (Stage.of(self) or self.node.root).node.find_all():
                if isinstance(construct, events.CfnRule):
                    name = construct.event_bus_name or "default"
                    if name not in same:
                        same[name] = self._is_name_of_the_bus(name)
                    if same[name] and (Token.is_unresolved(name) or self._is_same_place(construct)):
                        path = construct.node.path
                        of_route = self._routes.get(path)
                        pattern = _pattern_of(construct) if of_route is None else of_route.pattern
                        self._found.append((construct, path, pattern))
                elif isinstance(construct, events.CfnArchive) and self._is_archive_of_the_bus(construct):
                    self._of_archives.append(_pattern_of(construct))
        return self._found

    def _is_same_place(self, resource: IConstruct) -> bool:
        here, there = Stack.of(self), Stack.of(resource)
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
        # Two texts can stand for one reference, and a logical id means a bus in its own stack only.
        one, other = (Tokenization.reverse_string(text).first_token for text in (name, own))
        target = getattr(one, "target", None)
        there = getattr(other, "target", None)
        return target is not None and there is not None and target.node.path == there.node.path


_WAY_OUT = (
    "Confirm event types ('saasus:eventTypes' in the CDK context, written by `saasus-events learn`): a confirmed name "
    "needs no wildcard. Or join routes: EventFilter.of takes several operations, and a route five targets."
)


def _is_valid(pattern: dict[str, Any]) -> bool:
    return not any(finding.is_error for finding in findings_of_pattern(pattern))


def _pattern_of(resource: events.CfnRule | events.CfnArchive) -> dict[str, Any]:
    resolved = Stack.of(resource).resolve(resource.event_pattern)
    return resolved if isinstance(resolved, dict) else {}
