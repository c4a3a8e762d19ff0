"""The archive: what is kept for a replay, for how long, and what becomes of it and its bus with the stack."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk.assertions import Annotations, Match

from constructs_lib import EventArchive, EventFilter, InvalidArchive, SaasusEventBus
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, new_app, only, properties, resources, text, warnings


def test_everything_is_archived_for_30_days(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive())
    made = properties(stack, "AWS::Events::Archive")
    assert made["EventPattern"] == {"source": [{"prefix": "aws.partner/saasus.io"}]}
    assert made["RetentionDays"] == 30
    assert made["SourceArn"] == stack.resolve(bus.event_bus.event_bus_arn)
    assert bus.archive is not None
    assert stack.resolve(bus.archive.archive_name) == {"Ref": next(iter(resources(stack, "AWS::Events::Archive")))}


def test_without_the_keyword_there_is_none(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    assert resources(stack, "AWS::Events::Archive") == {}
    assert bus.archive is None


def test_a_filter_and_a_time_can_be_chosen(stack: Stack) -> None:
    only_created = EventFilter.of(op.auth.create_tenant)
    archive = EventArchive(event_filter=only_created, retention=Duration.days(365))
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=archive)
    made = properties(stack, "AWS::Events::Archive")
    assert made["EventPattern"] == only_created.to_pattern()
    assert made["RetentionDays"] == 365
    assert "create_tenant" in made["Description"]


def test_names_that_the_context_confirms_are_used() -> None:
    stack = Stack(new_app({"saasus:eventTypes": {"auth.delete_saas_user": "remove_saas_user"}}), "Events")
    archive = EventArchive(event_filter=EventFilter.of(op.auth.delete_saas_user))
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=archive)
    assert properties(stack, "AWS::Events::Archive")["EventPattern"]["detail"] == {"event_type": ["remove_saas_user"]}


def told(stack: Stack) -> list[str]:
    return [str(each.entry.data) for each in Annotations.from_stack(stack).find_info("*", Match.any_value())]


def test_it_goes_with_the_stack_and_the_bus_and_says_so(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive())
    for kind in ("AWS::Events::Archive", "AWS::Events::EventBus"):
        assert only(stack, kind).get("DeletionPolicy", "Delete") == "Delete"
        assert only(stack, kind).get("UpdateReplacePolicy", "Delete") == "Delete"
    [said] = told(stack)
    assert "are deleted when the stack is destroyed and when the event source's name changes" in said


@pytest.mark.parametrize(
    ("removal_policy", "deletion"),
    [
        (RemovalPolicy.RETAIN, "Retain"),
        (RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "RetainExceptOnCreate"),
    ],
)
def test_one_that_is_kept_keeps_its_bus_for_its_rule_would_not_let_it_go(
    stack: Stack, removal_policy: RemovalPolicy, deletion: str
) -> None:
    archive = EventArchive(removal_policy=removal_policy)
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=archive)
    for kind in ("AWS::Events::Archive", "AWS::Events::EventBus"):
        assert only(stack, kind)["DeletionPolicy"] == deletion
        assert only(stack, kind)["UpdateReplacePolicy"] == "Retain"
    [said] = told(stack)
    assert "kept when the stack is destroyed, and its bus with it" in said


class TestKeptOnABusThatExists:
    def kept(self, scope: Stack, event_bus: events.IEventBus) -> None:
        archive = EventArchive(removal_policy=RemovalPolicy.RETAIN)
        SaasusEventBus.from_event_bus(scope, "Existing", event_bus, archive=archive)

    def test_an_imported_one_outlives_the_stack_anyway(self, app: App, stack: Stack) -> None:
        self.kept(stack, events.EventBus.from_event_bus_name(stack, "Imported", SOURCE))
        app.synth()
        assert only(stack, "AWS::Events::Archive")["DeletionPolicy"] == "Retain"

    def test_one_of_the_app_that_goes_is_an_error_with_what_to_do(self, app: App, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        self.kept(Stack(app, "Archive"), bus.event_bus)
        with pytest.raises(RuntimeError, match=r"apply_removal_policy\(RemovalPolicy.RETAIN\)"):
            app.synth()

    def test_one_of_the_app_that_is_kept_whenever_that_is_said_is_fine(self, app: App, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        other = Stack(app, "Archive")
        self.kept(other, bus.event_bus)
        bus.event_bus.apply_removal_policy(RemovalPolicy.RETAIN)
        app.synth()
        kept = only(other, "AWS::Events::Archive"), only(stack, "AWS::Events::EventBus")
        assert [resource["DeletionPolicy"] for resource in kept] == ["Retain", "Retain"]


def test_a_snapshot_of_an_archive_does_not_exist() -> None:
    with pytest.raises(InvalidArchive, match="Expected DESTROY, RETAIN or"):
        EventArchive(removal_policy=RemovalPolicy.SNAPSHOT)


def test_a_time_that_is_known_at_deploy_only(stack: Stack) -> None:
    days = CfnParameter(stack, "Days", type="Number").value_as_number
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive(retention=Duration.days(days)))
    assert properties(stack, "AWS::Events::Archive")["RetentionDays"] == {"Ref": "Days"}
    with pytest.raises(InvalidArchive, match=r"Pass Duration.days"):
        EventArchive(retention=Duration.hours(days))


def test_a_bus_that_exists_can_be_archived(stack: Stack) -> None:
    imported = events.EventBus.from_event_bus_name(stack, "Imported", SOURCE)
    SaasusEventBus.from_event_bus(stack, "Saasus", imported, archive=EventArchive())
    assert text(properties(stack, "AWS::Events::Archive")["SourceArn"]).endswith(f':event-bus/{SOURCE}"]]}}')


@pytest.mark.parametrize("time", [Duration.hours(12), Duration.days(0), Duration.hours(36)])
def test_a_time_that_is_no_whole_number_of_days_is_refused(time: Duration) -> None:
    with pytest.raises(InvalidArchive, match="whole days, 1 or more"):
        EventArchive(retention=time)


def test_a_filter_too_long_for_the_one_pattern_of_an_archive_is_refused(stack: Stack) -> None:
    many = EventFilter.all().trace_id(*[f"{number:036d}" for number in range(200)])
    with pytest.raises(InvalidArchive, match="4,096"):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive(event_filter=many))


def test_a_filter_that_eventbridge_may_refuse_is_warned_of(stack: Stack) -> None:
    long = EventFilter.all().trace_id(*[f"{number:036d}" for number in range(60)])
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive(event_filter=long))
    assert any("@saasus/events:patternTooLong" in warning for warning in warnings(stack))


def test_what_is_no_filter_or_no_time_is_refused_with_what_to_give() -> None:
    given: list[dict[str, Any]] = [{"event_filter": "auth"}, {"retention": 30}]
    for each in given:
        with pytest.raises(InvalidArchive, match="Expected"):
            EventArchive(**each)
