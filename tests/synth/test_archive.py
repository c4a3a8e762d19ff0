"""The archive: what is kept for a replay, for how long, and that it outlives the stack."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
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


def test_it_is_kept_with_what_it_holds_and_says_so(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive())
    made = only(stack, "AWS::Events::Archive")
    assert made["DeletionPolicy"] == "RetainExceptOnCreate"
    assert made["UpdateReplacePolicy"] == "Retain"
    said = Annotations.from_stack(stack).find_info("*", Match.string_like_regexp("archive is kept"))
    assert len(said) == 1


def test_it_can_go_with_the_stack(stack: Stack) -> None:
    archive = EventArchive(removal_policy=RemovalPolicy.DESTROY)
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=archive)
    assert only(stack, "AWS::Events::Archive")["DeletionPolicy"] == "Delete"
    assert Annotations.from_stack(stack).find_info("*", Match.any_value()) == []


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
