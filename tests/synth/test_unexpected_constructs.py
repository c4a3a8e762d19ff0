"""Where a construct of aws-cdk-lib is not what is expected, it is an error: nothing is left out silently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib import (
    EventArchive,
    EventFilter,
    EventLogging,
    InvalidConfiguration,
    SaasusEventBus,
    targets,
)
from tests.synth.apps import SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

ADVICE = r"has a Construct as its default child\. Expected the {}.*Leave its node\.default_child as it is.*aws-cdk-lib"


def hide(construct: Construct) -> Any:
    """Put something else in the place of the construct's resource."""
    construct.node.default_child = Construct(construct, "Else")
    return construct


@pytest.mark.parametrize(
    "options",
    [
        lambda _: {},
        lambda _: {"event_logging": EventLogging()},
        lambda stack: {"encryption_key": kms.Key(stack, "Key")},
        lambda _: {"archive": EventArchive(removal_policy=RemovalPolicy.RETAIN)},
    ],
    ids=["plain", "with a log", "with a key", "with an archive"],
)
def test_a_bus(stack: Stack, monkeypatch: pytest.MonkeyPatch, options: Callable[[Stack], dict[str, Any]]) -> None:
    made = events.EventBus
    monkeypatch.setattr("constructs_lib.bus.events.EventBus", lambda *args, **given: hide(made(*args, **given)))
    with pytest.raises(InvalidConfiguration, match=f"'Events/Saasus/EventBus' {ADVICE.format('CfnEventBus')}"):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, **options(stack))


def test_the_bus_of_an_archive_that_is_kept(stack: Stack) -> None:
    existing = hide(events.EventBus(stack, "Bus"))
    archive = EventArchive(removal_policy=RemovalPolicy.RETAIN)
    with pytest.raises(InvalidConfiguration, match=f"'Events/Bus' {ADVICE.format('CfnEventBus')}"):
        SaasusEventBus.from_event_bus(stack, "Saasus", existing, archive=archive)


def test_a_rule_that_one_of_our_targets_is_added_to(stack: Stack) -> None:
    rule = hide(events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["saasus"])))
    target = targets.CloudWatchLogGroup(logs.LogGroup(stack, "LogGroup"))
    with pytest.raises(InvalidConfiguration, match=f"'Events/Rule' {ADVICE.format('CfnRule')}"):
        target.bind(rule)


def test_the_policy_of_a_role(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    made = iam.Policy
    hidden = "constructs_lib.access.role_policy.iam.Policy"
    monkeypatch.setattr(hidden, lambda *args, **given: hide(made(*args, **given)))
    arn = "arn:aws:lambda:us-east-1:444455556666:function:theirs"
    stack = Stack(app, "Here", env=Environment(account="111122223333", region="us-east-1"))
    theirs = lambda_.Function.from_function_arn(stack, "Theirs", arn)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    with pytest.raises(InvalidConfiguration, match=ADVICE.format("CfnPolicy")):
        bus.invoke("Run", EventFilter.all(), theirs)


def test_the_policy_of_the_cdks_log_group_target(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("constructs_lib.routes.cdk_targets.Names.node_unique_id", lambda _: "Renamed")
    made = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    target = cdk_targets.CloudWatchLogGroup(logs.LogGroup(stack, "LogGroup"))
    with pytest.raises(InvalidConfiguration, match=r"made no policy '.*Renamed'.*Use constructs_lib\.targets\."):
        made.route("Log", EventFilter.all(), target)
