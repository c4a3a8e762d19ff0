"""Numbers, lists and durations that are known at deploy only: taken as they are, or refused in words."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from aws_cdk import CfnParameter, Duration, Stack
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import EventArchive, EventFilter, InvalidRoute, SaasusEventBus, SaasusEventsError, targets
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, rule_targets
from tests.synth.callables import keywords
from tests.synth.test_every_keyword import CASES, SUBJECTS, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App

UNITS: dict[str, Callable[[float], Duration]] = {
    "seconds": Duration.seconds,
    "minutes": Duration.minutes,
    "days": Duration.days,
}
SYNTH_MUST_KNOW = {
    "monitor.silence": "an alarm's number of periods follows from it",
    "monitor.dead_letter_age": "an alarm's number of periods follows from it",
    "monitor.alarm_actions": "each action is a construct",
    "EventBridgeQuotas.rules_per_bus": "rules are counted against it at synth",
    "EventBridgeQuotas.event_pattern_characters": "patterns are measured against it at synth",
}
"""What cannot be a token, and why."""


def kind_of(case: str) -> str | None:
    subject, _, keyword = case.partition(".")
    annotation = keywords(SUBJECTS[subject][0])[keyword]
    if re.search(r"\bDuration\b", annotation):
        return "duration"
    if re.search(r"\bSequence\b", annotation):
        return "list"
    return "number" if re.search(r"\b(int|float)\b", annotation) else None


KINDS = [
    (case, kind, unit)
    for case in CASES
    for kind in [kind_of(case)]
    if kind is not None
    for unit in (UNITS if kind == "duration" else [""])
]


@pytest.mark.parametrize(("case", "kind", "unit"), KINDS)
def test_a_keyword_takes_a_token_or_says_why_not(case: str, kind: str, unit: str) -> None:
    subject, _, keyword = case.partition(".")
    world = World()
    parameter = CfnParameter(world.stack, "GivenAtDeploy", type="CommaDelimitedList" if kind == "list" else "Number")
    value: object = parameter.value_as_list if kind == "list" else parameter.value_as_number
    if kind == "duration":
        value = UNITS[unit](parameter.value_as_number)
    if case in SYNTH_MUST_KNOW or unit not in ("", "days" if subject == "EventArchive" else "seconds"):
        with pytest.raises(SaasusEventsError) as refused:
            SUBJECTS[subject][1](world, **{keyword: value})
        assert "e+" not in str(refused.value)
    else:
        SUBJECTS[subject][1](world, **{keyword: value})
        resources = Template.from_stack(world.stack).to_json()["Resources"]
        assert '"Ref": "GivenAtDeploy"' in json.dumps(resources).replace("\\", "")
        said = Annotations.from_stack(world.stack).find_warning("*", Match.any_value())
        assert not [each for each in said if "e+" in str(each.entry.data)]


def test_there_are_some_of_each_kind() -> None:
    assert {kind for _, kind, _ in KINDS} == {"number", "list", "duration"}


@pytest.mark.parametrize("module", [targets, cdk_targets], ids=["ours", "the CDK's"])
class TestATargetsOwnLimits:
    @pytest.mark.parametrize("options", [{"retry_attempts": 186}, {"max_event_age": Duration.hours(25)}])
    def test_out_of_range_are_refused(self, stack: Stack, module: object, options: dict[str, object]) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        with pytest.raises(InvalidRoute, match="out of range"):
            bus.route("Route", EventFilter.all(), module.SqsQueue(sqs.Queue(stack, "Queue"), **options))  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({"retry_attempts": 0, "max_event_age": Duration.minutes(1)}, (0, 60)),
            ({"retry_attempts": 185, "max_event_age": Duration.hours(24)}, (185, 86_400)),
        ],
    )
    def test_the_ends_of_the_range_are_taken(
        self, stack: Stack, module: object, options: dict[str, object], expected: tuple[int, int]
    ) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        bus.route("Route", EventFilter.all(), module.SqsQueue(sqs.Queue(stack, "Queue"), **options))  # type: ignore[attr-defined]
        [target] = rule_targets(stack)
        policy = target["RetryPolicy"]
        assert (policy["MaximumRetryAttempts"], policy["MaximumEventAgeInSeconds"]) == expected


@pytest.mark.parametrize("value", [1.5, True, "3", float("nan"), float("inf"), None])
def test_what_is_no_whole_number_is_refused(app: App, value: object) -> None:
    stack = Stack(app, "Refused")
    if value is None:
        with pytest.raises(InvalidRoute, match="not a Duration"):
            SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, max_event_age=60)  # type: ignore[arg-type]
        return
    with pytest.raises(InvalidRoute, match="retry_attempts="):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, retry_attempts=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "narrow",
    [
        lambda each, value: each.request(name=value),
        lambda each, value: each.response(id=value),
        lambda each, value: each.tenant(value),
        lambda each, value: each.trace_id(value),
        lambda each, value: each.not_trace_id_prefix(value),
    ],
)
def test_warnings_name_a_token_of_a_filter_by_its_parameter(
    app: App, narrow: Callable[[EventFilter, str], EventFilter]
) -> None:
    stack = Stack(app, "Warned")
    value = CfnParameter(stack, "TheName").value_as_string
    each = narrow(EventFilter.of(op.auth.create_tenant), value)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    bus.route("Route", each, targets.SqsQueue(sqs.Queue(stack, "Queue")))
    said = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert not [each for each in said if "Token[" in str(each.entry.data)]


def test_an_error_names_a_token_of_a_filter_by_its_parameter(app: App) -> None:
    stack = Stack(app, "Refused")
    each = EventFilter.of(op.auth.create_tenant).request(name=CfnParameter(stack, "TheName").value_as_string)
    with pytest.raises(SaasusEventsError, match=r"request\(name='THE_NAME'\)"):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive(event_filter=each))


def test_a_status_that_is_a_token_is_refused_in_words(app: App) -> None:
    with pytest.raises(SaasusEventsError, match="a number known only at deployment"):
        EventFilter.all().status(CfnParameter(Stack(app, "S"), "P", type="Number").value_as_number)  # type: ignore[arg-type]
