"""What AWS would refuse about the rules of a bus, found at synth: all rules count, not only those of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Stack, Token
from constructs import Construct, IConstruct

from constructs_lib.checks.overlapping_routes import DeliveringRule, warn_of_both_buses, warn_of_overlaps
from constructs_lib.checks.raw_patterns import findings_of_raw, without_functions
from constructs_lib.checks.rules_of_bus import RulesOfBus
from constructs_lib.checks.sent_body_fields import warn_of_unknown_fields
from constructs_lib.checks.targets import problems_of_targets
from constructs_lib.events import warning_ids
from constructs_lib.filters import limits
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.filter_risks import findings_of_filter
from constructs_lib.filters.risks import findings_of_pattern
from constructs_lib.filters.ruler.complexity import has_wildcard, wildcard_complexity
from constructs_lib.synth.at_synth import decide_at_synth, validate_at_synth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_cdk import aws_events as events

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter
    from constructs_lib.filters.risks import Finding
    from constructs_lib.options import EventBridgeQuotas

_PATHS_SHOWN = 3


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
        form: EventForm,
    ) -> None:
        super().__init__(scope, id)
        self._form = form
        self._known_events = known_events
        self._is_partner_bus = is_partner_bus
        self._checks_of_routes: list[Callable[[], list[str]]] = []
        self._event_bus = event_bus
        self._quotas = quotas
        self._bus = RulesOfBus(self, event_bus)
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
        self._bus.add_route(route, path, rules, event_filter)
        self._checks_of_routes.append(check)
        characters = self._quotas.event_pattern_characters
        return findings_of_filter(
            event_filter,
            self._known_events,
            characters=characters,
            patterns=tuple(rules.values()),
            form=self._form,
        )

    def _warn(self) -> None:
        """Warn about what is only risky."""
        self._bus.look()
        for rule, finding in self._raw_findings():
            if not finding.is_error:
                Annotations.of(rule).add_warning_v2(finding.id, finding.text)
        self._raw_targets()
        self._warn_of_the_limit()
        delivering = self._delivering()
        warn_of_overlaps(delivering, self._known_events, self._form)
        if self._form is EventForm.DECODED:
            warn_of_unknown_fields(delivering, self._known_events)
            warn_of_both_buses(self._before_decoding(), delivering, self.node.scopes[-2], self._known_events)
        count = self._with_wildcard()
        if limits.WILDCARD_RULES_PER_BUS_WARNING <= count <= limits.WILDCARD_RULES_PER_BUS:
            Annotations.of(self._event_bus).add_warning_v2(
                warning_ids.MANY_WILDCARD_RULES,
                f"{count} rules of the bus have a wildcard{self._archives_included()}; EventBridge accepts "
                f"{limits.WILDCARD_RULES_PER_BUS}, and the quota cannot be raised. {_WAY_OUT}",
            )

    def _before_decoding(self) -> list[DeliveringRule]:
        """Return the rules of the bus from which the decoder of this one gets its events."""
        of_scopes = (child for scope in self.node.scopes[:-2] for child in scope.node.children)
        found = []
        for checks in of_scopes:
            if isinstance(checks, RuleChecks):
                checks._bus.look()  # noqa: SLF001 - one class
                found += checks._delivering()  # noqa: SLF001 - one class
        return found

    def _errors(self) -> list[str]:
        self._bus.look()  # again, because other aspects may have made rules after ours
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
        total = len(self._bus.rules) + len(self._bus.archive_patterns)
        allowed = self._quotas.rules_per_bus or limits.rules_per_bus(self._bus.stack.region)
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
            (found.resource, finding)
            for found in self._bus.rules
            if found.of_route is None and found.pattern
            for finding in findings_of_raw(
                found.pattern,
                self._known_events,
                characters=self._quotas.event_pattern_characters,
                # A decoded event has a source of its own.
                source=None if Token.is_unresolved(own) or self._form is EventForm.DECODED else own,
                is_partner_bus=self._is_partner_bus,
                form=self._form,
            )
        ]

    def _raw_targets(self) -> list[str]:
        """Warn about risky targets of the rules that a user wrote, and return what EventBridge would refuse."""
        raw = (found.resource for found in self._bus.rules if found.of_route is None)
        return [problem for rule in raw for problem in problems_of_targets(rule, self._form)]

    def _warn_of_the_limit(self) -> None:
        at_limit = [
            found.path
            for found in self._bus.rules
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
                "one API instead of two; or make the route on bus.decoded(), where filters need no wildcards. "
                "Acknowledge this once it is deployed.",
            )

    def _delivering(self) -> list[DeliveringRule]:
        delivering = []
        for found in self._bus.rules:
            pattern, has_values_at_deploy = without_functions(found.pattern)
            of_route = found.of_route
            if not found.pattern or has_values_at_deploy:
                continue
            if of_route is not None:
                owner, path, event_filter = of_route.route, of_route.route_path, of_route.event_filter
                delivering.append(
                    DeliveringRule(found.resource, of_route.bus.stack, owner, path, pattern, event_filter)
                )
            elif _is_valid(pattern):
                rule = found.resource
                delivering.append(DeliveringRule(rule, Stack.of(rule), rule, found.path, pattern))
        return delivering

    def _with_wildcard(self) -> int:
        patterns = [*(found.pattern for found in self._bus.rules), *self._bus.archive_patterns]
        return sum(1 for pattern in patterns if has_wildcard(pattern))

    def _archives_included(self) -> str:
        # AWS does not say whether the managed rule of an archive counts against the quotas.
        return ", that of each archive included" if self._bus.archive_patterns else ""


_WAY_OUT = (
    "Confirm event types ('saasus:eventTypes' in the CDK context, written by `saasus-events learn`): a confirmed name "
    "needs no wildcard. Or join routes: EventFilter.of accepts several operations, and a route five targets."
)


def _is_valid(pattern: dict[str, Any]) -> bool:
    return not any(finding.is_error for finding in findings_of_pattern(pattern))
