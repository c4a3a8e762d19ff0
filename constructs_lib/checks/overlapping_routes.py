"""Routes of one bus that bring the same event to the same target, which is then delivered twice."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, CfnElement, Stack
from aws_cdk.region_info import RegionInfo

from constructs_lib.events import warning_ids
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters import Matcher
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.pattern_witness import taken_events
from constructs_lib.filters.witness import common_witness, events_of
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aws_cdk import aws_events as events
    from constructs import IConstruct

    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_filter import EventFilter


_MOST_PAIRS: Final = 20_000
"""Pairs of routes to one target that are compared: more would slow down each synth noticeably."""
_SHOWN: Final = 3
_JOIN: Final = (
    "Join them in one route (EventFilter.of accepts several operations, EventFilter.any_of several filters), narrow "
    "one of them"
)
_USE_ONE_BUS: Final = "One gets it from SaaSus's bus, the other from the decoded bus: use one of the two"


@dataclass(frozen=True)
class DeliveringRule:
    """A rule with what it matches, and whose rule it is."""

    rule: events.CfnRule
    stack: Stack
    owner: IConstruct
    """The route, or the rule itself if a user wrote it."""
    owner_path: str
    pattern: Mapping[str, Any]
    event_filter: EventFilter | None = None


def warn_of_overlaps(rules: Iterable[DeliveringRule], known: KnownEvents, form: EventForm) -> None:
    """Warn about each route that matches an event which an earlier one brings to the same target.

    An event has to prove it: one that SaaSus's API can cause as far as the catalog knows, and that both match.
    """
    for target, delivering in _by_target(rules).items():
        found: dict[str, _Overlaps] = {}
        for one, other in itertools.islice(_pairs(delivering, known), _MOST_PAIRS):
            overlaps = found.setdefault(other.owner_path, _Overlaps(other))
            if one.owner_path != other.owner_path and one.owner_path not in overlaps.earlier:
                event = _event_of_both(one, other, known, form)
                if event is not None:
                    overlaps.earlier[one.owner_path] = event
        overlapping = [overlaps for overlaps in found.values() if overlaps.earlier]
        name = _name_of(target, overlapping[0].later) if overlapping else ""
        for overlaps in overlapping:
            _warn(overlaps, name)


def warn_of_both_buses(
    raw: Iterable[DeliveringRule], decoded: Iterable[DeliveringRule], decoder: IConstruct, known: KnownEvents
) -> None:
    """Warn about each route of a decoded bus that brings an event to a target which gets it undecoded, too.

    Args:
        raw: The rules of the bus that has the events undecoded.
        decoded: Those of the decoded bus.
        decoder: What the routes that feed the decoded bus are in.
        known: The confirmed event names.
    """
    of_filters = [rule for rule in raw if rule.event_filter is not None]
    feeding = [rule.event_filter for rule in of_filters if decoder in rule.owner.node.scopes]
    theirs = {rule.owner_path for rule in of_filters}
    ours = [rule for rule in decoded if rule.event_filter is not None]
    for target, delivering in _by_target([*of_filters, *ours]).items():
        for rule in delivering:
            overlaps = _Overlaps(rule)
            for earlier in delivering if rule.owner_path not in theirs else ():
                event = _event_of_both(earlier, rule, known, EventForm.RAW) if earlier.owner_path in theirs else None
                if event is not None and any(each and each.matches(event, known) for each in feeding):
                    overlaps.earlier.setdefault(earlier.owner_path, event)
            if overlaps.earlier:
                _warn(overlaps, _name_of(target, rule), _USE_ONE_BUS)


def _pairs(delivering: list[DeliveringRule], known: KnownEvents) -> Iterator[tuple[DeliveringRule, DeliveringRule]]:
    """Return the pairs of rules that may match an event of one name: most routes are for a few names."""
    any_name: list[int] = []
    by_name: dict[str, list[int]] = {}
    for number, rule in enumerate(delivering):
        names = _names(rule, known)
        before = range(number) if names is None else {*any_name, *(n for name in names for n in by_name.get(name, ()))}
        yield from ((delivering[earlier], rule) for earlier in sorted(before))
        if names is None:
            any_name.append(number)
        for name in names or ():
            by_name.setdefault(name, []).append(number)


def _names(rule: DeliveringRule, known: KnownEvents) -> frozenset[str] | None:
    """Return the names of which an event must have one; None if it may have any."""
    conjunctions = () if rule.event_filter is None else rule.event_filter.conjunctions(known)
    allowed = [conjunction.event_type.allowed for conjunction in conjunctions]
    if not allowed or None in allowed:
        return None
    return frozenset(name for names in allowed for name in names or ())


@dataclass(frozen=True)
class _Overlaps:
    later: DeliveringRule
    earlier: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The paths of the earlier routes that it overlaps with, and an event for each."""


def _by_target(rules: Iterable[DeliveringRule]) -> dict[tuple[str, str], list[DeliveringRule]]:
    found: dict[tuple[str, str], dict[int, DeliveringRule]] = {}
    of_stacks: dict[Stack, list[DeliveringRule]] = {}
    for rule in rules:
        if rule.rule.state != "DISABLED":
            of_stacks.setdefault(rule.stack, []).append(rule)
    for stack, of_stack in of_stacks.items():
        path, partition = stack.node.path, RegionInfo.get(stack.region).partition or "aws"
        # All at once, by number, because a list loses the rules without targets.
        resolved = stack.resolve({str(number): rule.rule.targets for number, rule in enumerate(of_stack)})
        for number, rule in enumerate(of_stack):
            targets = resolved.get(str(number))
            for target in targets if isinstance(targets, list) else ():
                arn = _in_one_form(target.get("arn"), partition) if isinstance(target, dict) else None
                if arn is not None:
                    # A logical id has a meaning only in its own stack; an ARN as text means the same everywhere.
                    place = "" if isinstance(arn, str) else path
                    found.setdefault((place, json.dumps(arn)), {}).setdefault(id(rule), rule)
    return {target: list(delivering.values()) for target, delivering in found.items() if len(delivering) > 1}


def _event_of_both(
    one: DeliveringRule, other: DeliveringRule, known: KnownEvents, form: EventForm
) -> dict[str, Any] | None:
    if one.event_filter is not None and other.event_filter is not None:
        return common_witness(one.event_filter, other.event_filter, known, form)
    matcher = Matcher(other.pattern)
    candidates: Iterator[dict[str, Any]] = taken_events(one.pattern, known, form=form)
    for event_filter, pattern in ((one.event_filter, other.pattern), (other.event_filter, one.pattern)):
        if event_filter is not None:
            made = map(form.of, events_of(event_filter.conjunctions(known), known))
            candidates = itertools.chain(candidates, taken_events(pattern, known, of=made))
    first = Matcher(one.pattern)
    return next((event for event in candidates if first.matches(event) and matcher.matches(event)), None)


def _warn(overlaps: _Overlaps, target: str, way_out: str = _JOIN) -> None:
    later, earlier = overlaps.later, list(overlaps.earlier)
    shown = ", ".join(map(repr, earlier[:_SHOWN]))
    more = f" and {len(earlier) - _SHOWN} more" if len(earlier) > _SHOWN else ""
    parsed = SaasusEvent.from_dict(overlaps.earlier[earlier[0]])
    Annotations.of(later.owner).add_warning_v2(
        warning_ids.OVERLAPPING_ROUTES,
        f"{later.owner_path!r} and {shown}{more} deliver to the same target, {target}, and one event "
        f"can match both: for example {parsed.event_type!r} ({parsed.method} {parsed.uri}, answered "
        f"{parsed.http_status}). It is then delivered twice, and a function runs twice for it. {way_out}, or "
        "acknowledge this if it is intended.",
    )


def _name_of(target: tuple[str, str], rule: DeliveringRule) -> str:
    """Return a target's name: the path of its construct if it is in the rule's own stack."""
    arn: Any = json.loads(target[1])
    if isinstance(arn, str):
        return arn
    stack, ids = rule.stack, _referred(arn)
    for construct in stack.node.find_all():
        if isinstance(construct, CfnElement) and stack.resolve(construct.logical_id) in ids:
            return repr(construct.node.path.removesuffix("/Resource"))
    return "of another stack" if "Fn::ImportValue" in target[1] else str(readable(rule.rule, arn))


def _in_one_form(arn: Any, partition: str) -> Any:
    """Return as text the ARN that the CDK makes from an imported resource's name: only its partition is open."""
    if not isinstance(arn, dict) or arn.get("Fn::Join", [None])[0] != "":
        return arn
    parts = [partition if part == {"Ref": "AWS::Partition"} else part for part in arn["Fn::Join"][1]]
    return "".join(parts) if all(isinstance(part, str) for part in parts) else arn


def _referred(value: Any) -> set[str]:
    """Return the logical ids that CloudFormation's functions refer to."""
    if isinstance(value, list):
        return set().union(*map(_referred, value))
    if not isinstance(value, dict):
        return set()
    named = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
    return named.union(*map(_referred, value.values()))
