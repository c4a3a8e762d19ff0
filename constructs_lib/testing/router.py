"""Where a synthesized app sends an event: which rules fire, and what each of their targets gets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.decoded_event import decode
from constructs_lib.events.errors import InvalidEvent, InvalidPattern, SaasusEventsError, nearest
from constructs_lib.events.json_values import read_json
from constructs_lib.events.record import is_decoded
from constructs_lib.filters import Matcher
from constructs_lib.testing.cloud_assembly import pseudo_parameters, read_assembly
from constructs_lib.testing.mismatch_text import in_words
from constructs_lib.testing.template_rules import Delivery, StackTemplate, TemplateRule, read_template
from constructs_lib.testing.template_values import TemplateValues, is_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PARTNER: Final = "aws.partner/"
# The account and the region of an environment-agnostic stack are those of the event, which arrived there.
_OF_THE_EVENT: Final = {"${AWS::AccountId}": "account", "${AWS::Region}": "region"}


class UnknownBus(SaasusEventsError, LookupError):
    """No rule of the app is on this bus."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fires for an event, and what its targets get."""

    rule: TemplateRule
    """The rule."""
    targets: tuple[Delivery, ...]
    """What is sent to each of its targets, in the rule's order."""

    def __str__(self) -> str:
        sent = ", ".join(delivery.target.construct_path or delivery.target.arn for delivery in self.targets)
        return f"{self.rule.construct_path} -> {sent or 'no target'}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a rule fires for an event, and why not."""

    rule: TemplateRule
    """The rule."""
    reasons: tuple[str, ...]
    """The conditions that the event fails, in words and without secrets; empty when the rule fires."""

    @property
    def fires(self) -> bool:
        """Whether the rule fires."""
        return not self.reasons

    def __str__(self) -> str:
        if self.fires:
            return f"{self.rule.construct_path} fires"
        return f"{self.rule.construct_path} does not fire: {'; '.join(self.reasons)}"


class Router:
    """The rules of a synthesized app: which of them fire for an event, offline and as in EventBridge.

    It reads only templates and does not need the CDK.

    ```python
    def test_a_created_tenant_is_onboarded() -> None:
        router = Router.from_template(Template.from_stack(stack).to_json())
        event = sample_event(op.auth.create_tenant, source=SOURCE, response={"id": "t-1"})
        [logged, onboarded] = router.firings(event)
        assert onboarded.targets[0].target.type == "AWS::Lambda::Function"
        assert onboarded.targets[0].payload.body == event
    ```

    A partner bus gets only the events of its own source, so the event's `source` must be the bus's name, if the
    template contains it. Disabled rules and schedules do not fire. An event that a decoder takes is followed to its
    decoded bus, whose rules are asked about the decoded event. One that a rule forwards to another bus is not followed:
    ask the router about it again.

    Args:
        rules: The rules; see `from_template` and `from_assembly`.

    Raises:
        InvalidPattern: EventBridge would reject the pattern of a rule.
    """

    def __init__(self, rules: Iterable[TemplateRule]) -> None:
        self._rules = tuple(rules)
        self._matchers = [_matcher_of(rule) for rule in self._rules]
        self._decoded_buses = {rule.decodes_to for rule in self._rules if rule.decodes_to}

    @classmethod
    def from_template(
        cls,
        template: Mapping[str, Any] | str | Path,
        *,
        parameters: Mapping[str, Any] | None = None,
        account: str | None = None,
        region: str | None = None,
    ) -> Router:
        """Read one template.

        Args:
            template: What `Template.from_stack(stack).to_json()` returns, or the path of a template file.
            parameters: Values of the template's parameters; the others have their defaults.
            account: The AWS account to which it will be deployed. Default: unknown.
            region: The region to which it will be deployed. Default: unknown.

        Raises:
            InvalidTemplate: It is not a CloudFormation template.
            InvalidPattern: EventBridge would reject the pattern of a rule.
        """
        if isinstance(template, (str, Path)):
            template = read_template(Path(template))
        values = TemplateValues(template, parameters=parameters or {}, pseudo=pseudo_parameters(account, region))
        return cls(StackTemplate(values).rules())

    @classmethod
    def from_assembly(cls, folder: str | Path = "cdk.out") -> Router:
        """Read all stacks of a synthesized app, including nested stacks and those of its stages.

        Args:
            folder: The folder that `cdk synth` wrote, or `app.synth().directory`.

        Raises:
            InvalidTemplate: The folder is not a synthesized app.
            InvalidPattern: EventBridge would reject the pattern of a rule.
        """
        return cls(rule for stack in read_assembly(folder) for rule in stack.rules())

    @property
    def rules(self) -> tuple[TemplateRule, ...]:
        """All rules, in the templates' order."""
        return self._rules

    @property
    def partner_sources(self) -> tuple[str, ...]:
        """The partner event sources whose buses have rules, as far as the templates contain their names."""
        return tuple(dict.fromkeys(rule.bus for rule in self._rules if _is_partner_bus(rule)))

    def firings(
        self, event: Mapping[str, Any] | str, *, bus: str | None = None, any_source: bool = False
    ) -> tuple[Firing, ...]:
        """Return the rules that fire for an event, each with what its targets get.

        Args:
            event: The whole event, from `version` to `detail`: a dict, or JSON text.
            bus: The name of the bus. Default: all buses.
            any_source: Whether an event fires the rules of another source's partner bus, for events that were made
                for another account.

        Raises:
            InvalidEvent: The event is not a JSON object.
            UnknownBus: No rule is on a bus with that name.
        """
        members = _members(event)
        return tuple(
            Firing(found.rule, found.rule.deliveries(self.event_on_bus(found.rule, members)))
            for found in self.explain(members, bus=bus, any_source=any_source)
            if found.fires
        )

    def event_on_bus(self, rule: TemplateRule, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an event as the bus of a rule has it: decoded, if it is a decoded bus.

        Args:
            rule: One of the router's rules.
            event: The whole event.

        Raises:
            InvalidEvent: It cannot be decoded.
        """
        return decode(event) if rule.bus in self._decoded_buses and not is_decoded(event) else event

    def explain(
        self, event: Mapping[str, Any] | str, *, bus: str | None = None, any_source: bool = False
    ) -> tuple[Explanation, ...]:
        """Return for every rule whether it fires for an event, and if it does not, which conditions fail.

        Args:
            event: The whole event: a dict, or JSON text.
            bus: The name of the bus. Default: all buses.
            any_source: As in `firings`.

        Raises:
            InvalidEvent: The event is not a JSON object.
            UnknownBus: No rule is on a bus with that name.
        """
        members = _members(event)
        if bus is not None and bus not in (known := {rule.bus for rule in self._rules}):
            raise UnknownBus(
                f"No rule is on a bus named {bus!r}.{nearest(bus, known)} Expected "
                f"{', '.join(sorted(known)) or 'none: the app has no rules'}. Pass one of these, or "
                "leave it out for all buses."
            )
        return tuple(
            Explanation(rule, tuple(self._reasons(rule, matcher, members, any_source=any_source)))
            for rule, matcher in zip(self._rules, self._matchers, strict=True)
            if bus is None or rule.bus == bus
        )

    def _reasons(
        self, rule: TemplateRule, matcher: Matcher | None, event: dict[str, Any], *, any_source: bool
    ) -> list[str]:
        if rule.bus not in self._decoded_buses or is_decoded(event):
            return _reasons(rule, matcher, event, any_source=any_source)
        pairs = zip(self._rules, self._matchers, strict=True)
        feeding = [(feeder, its_matcher) for feeder, its_matcher in pairs if feeder.decodes_to == rule.bus]
        if all(_reasons(feeder, its_matcher, event, any_source=any_source) for feeder, its_matcher in feeding):
            names = " and ".join(feeder.construct_path for feeder, _ in feeding)
            return [f"its bus has only what the decoder gets, and {names} does not fire"]
        try:
            decoded = decode(event)
        except InvalidEvent as error:
            return [f"the decoder cannot decode the event, so it goes to the dead-letter queue: {error}"]
        return _reasons(rule, matcher, decoded, any_source=any_source)

    def __repr__(self) -> str:
        return f"<Router of {len(self._rules)} rules on {', '.join(sorted({r.bus for r in self._rules})) or 'no bus'}>"


def _members(event: Mapping[str, Any] | str) -> dict[str, Any]:
    members = event
    if isinstance(event, str):
        try:
            members = read_json(event)
        except ValueError as error:
            raise InvalidEvent(
                f"The event is not JSON ({error}). Expected the whole event, an object with 'source' and 'detail'. "
                "Pass what EventBridge delivers."
            ) from error
    if not isinstance(members, dict):
        raise InvalidEvent(
            f"A {type(members).__name__} is not an event. Expected the whole event, a dict or the JSON text of an "
            "object with 'source' and 'detail'. Pass what EventBridge delivers."
        )
    return members


def _matcher_of(rule: TemplateRule) -> Matcher | None:
    if rule.pattern is None:
        return None
    try:
        return Matcher(rule.pattern)
    except InvalidPattern as error:
        place = f"{rule.construct_path}: {error.path}" if error.path else rule.construct_path
        raise InvalidPattern(error.reason, place) from None


def _is_partner_bus(rule: TemplateRule) -> bool:
    return rule.bus.startswith(_PARTNER) and is_literal(rule.bus)


def _reasons(rule: TemplateRule, matcher: Matcher | None, event: dict[str, Any], *, any_source: bool) -> list[str]:
    if matcher is None:
        return ["it is a schedule: it has no event pattern"]
    reasons = [] if rule.enabled else ["it is disabled"]
    source = event.get("source")
    if _is_partner_bus(rule) and source != rule.bus and not any_source:
        reasons.append(f"source: its bus gets only the events of {rule.bus!r}, the event has {source!r}")
    text = json.dumps(rule.pattern)
    if any(token in text for token in _OF_THE_EVENT):
        for token, name in _OF_THE_EVENT.items():
            text = text.replace(token, str(event.get(name, "")))
        matcher = Matcher(text)
    return reasons + [in_words(mismatch, event) for mismatch in matcher.explain(event)]
