"""A rule is made after every policy that its deliveries need, and nothing waits for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, NestedStack, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import EventFilter, SaasusEventBus, targets
from tests.synth.apps import SOURCE, new_app, new_function, text
from tests.synth.dependencies import assert_no_cycle, needed_by, policies_of, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = EventFilter.all()


def _topic(stack: Stack) -> events.IRuleTarget:
    return cdk_targets.SnsTopic(sns.Topic(stack, "Topic"), dead_letter_queue=sqs.Queue(stack, "Failed"))


def _machine(stack: Stack) -> events.IRuleTarget:
    steps = sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass"))
    return cdk_targets.SfnStateMachine(
        sfn.StateMachine(stack, "Machine", definition_body=steps), dead_letter_queue=sqs.Queue(stack, "Failed")
    )


def _alias(stack: Stack) -> events.IRuleTarget:
    version = new_function(stack).current_version
    return targets.LambdaFunction(lambda_.Alias(stack, "Live", alias_name="live", version=version))


MAKERS: dict[str, Callable[[Stack], events.IRuleTarget]] = {
    "our function": lambda stack: targets.LambdaFunction(new_function(stack)),
    "our function, an alias": _alias,
    "our queue": lambda stack: targets.SqsQueue(
        sqs.Queue(stack, "Queue"), dead_letter_queue=sqs.Queue(stack, "Failed")
    ),
    "our log group": lambda stack: targets.CloudWatchLogGroup(logs.LogGroup(stack, "Log")),
    "the CDK's function": lambda stack: cdk_targets.LambdaFunction(
        new_function(stack), dead_letter_queue=sqs.Queue(stack, "Failed")
    ),
    "the CDK's queue": lambda stack: cdk_targets.SqsQueue(
        sqs.Queue(stack, "Queue"), dead_letter_queue=sqs.Queue(stack, "Failed")
    ),
    "the CDK's log group": lambda stack: cdk_targets.CloudWatchLogGroup(
        logs.LogGroup(stack, "Log"), dead_letter_queue=sqs.Queue(stack, "Failed")
    ),
    "the CDK's topic": _topic,
    "the CDK's stream": lambda stack: cdk_targets.KinesisStream(kinesis.Stream(stack, "Stream")),
    "the CDK's state machine": _machine,
    "the CDK's event bus": lambda stack: cdk_targets.EventBus(
        events.EventBus(stack, "Other"), dead_letter_queue=sqs.Queue(stack, "Failed")
    ),
    "the CDK's call of an AWS API": lambda _: cdk_targets.AwsApi(service="S3", action="listBuckets"),
}


def resources_of(app: App, name: str = "Events") -> dict[str, Any]:
    found: dict[str, Any] = app.synth().get_stack_by_name(name).template["Resources"]
    return found


@pytest.mark.parametrize("kind", MAKERS)
def test_a_rule_waits_for_every_policy_of_its_target(app: App, stack: Stack, kind: str) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).route("Route", ANY, MAKERS[kind](stack))
    found = resources_of(app)
    assert_no_cycle(found)
    [rule] = rules_of(found)
    needed = policies_of(found)
    if "SaasusDeadLetterQueue" not in text(found[rule]):  # the target has a queue of its own
        needed -= {id for id in needed if id.startswith("SaasusDeadLetterQueue")}
    assert needed
    assert needed <= needed_by(found, rule)


@pytest.mark.parametrize("kind", MAKERS)
def test_in_another_stack_the_whole_stack_comes_first(any_app: App, kind: str) -> None:
    theirs, ours = Stack(any_app, "Theirs"), Stack(any_app, "Ours")
    sqs.Queue(theirs, "SomethingElse")
    SaasusEventBus(ours, "Saasus", event_source_name=SOURCE).route("Route", ANY, MAKERS[kind](theirs))
    assert_no_cycle(resources_of(any_app, "Ours"))
    assert_no_cycle(resources_of(any_app, "Theirs"))
    assert theirs not in ours.dependencies or ours not in theirs.dependencies


def test_in_nested_stacks_too(app: App, stack: Stack) -> None:
    nested = NestedStack(stack, "Nested")
    SaasusEventBus(nested, "Saasus", event_source_name=SOURCE).route("Up", ANY, MAKERS["the CDK's queue"](stack))
    other = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE.replace("-1/", "-2/"))
    other.route("Down", ANY, MAKERS["our queue"](NestedStack(stack, "Consumers")))
    assert_no_cycle(resources_of(app))


def test_of_a_queue_whose_key_is_named_by_an_alias_the_key_comes_first(app: App, stack: Stack) -> None:
    key = kms.Key(stack, "Key")
    queue = sqs.Queue(stack, "Queue", encryption_master_key=key.add_alias("mine"))
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).route("Route", ANY, targets.SqsQueue(queue))
    found = resources_of(app)
    [rule] = rules_of(found)
    assert {"AWS::KMS::Key", "AWS::KMS::Alias"} <= {found[id]["Type"] for id in needed_by(found, rule)}
    [made] = [resource for resource in found.values() if resource["Type"] == "AWS::KMS::Key"]
    assert "SaasusEventsToQueues" in str(made)


def test_a_policy_that_names_a_rule_is_not_waited_for(app: App, stack: Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    route = bus.route("Route", ANY, targets.SqsQueue(queue))
    route.rules[0].add_target(cdk_targets.SqsQueue(queue))  # writes a statement that names the rule
    found = resources_of(app)
    assert_no_cycle(found)
    [rule] = rules_of(found)
    assert any("DeadLetterQueuePolicy" in id for id in needed_by(found, rule))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ours", "cdk", "raw", "raw on a route"]),
            st.integers(0, 2),
            st.integers(0, 2),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whoever_sends_where_nothing_waits_for_itself(routes: list[tuple[str, int, int, bool]]) -> None:
    """Queues shared as targets and for dead letters, by our targets, the CDK's, and rules that are no route's."""
    app = new_app()
    theirs, ours = Stack(app, "Theirs"), Stack(app, "Events")
    queues = [sqs.Queue(theirs, "Queue0"), *(sqs.Queue(ours, f"Queue{number}") for number in (1, 2))]
    bus = SaasusEventBus(ours, "Saasus", event_source_name=SOURCE)
    named: set[int] = set()
    for number, (kind, to, failed, own) in enumerate(routes):
        # A rule of its own that names itself in the policy of another stack's queue makes those stacks a cycle.
        if kind.startswith("raw"):
            to, failed = max(to, 1), max(failed, 1)
            named |= {to, failed} if own else {to}
        queue, dead_letters = queues[to], queues[failed] if own else None
        if kind == "ours":
            bus.route(f"R{number}", ANY, targets.SqsQueue(queue, dead_letter_queue=dead_letters))
        elif kind == "cdk":
            bus.route(f"R{number}", ANY, cdk_targets.SqsQueue(queue, dead_letter_queue=dead_letters))
        else:
            target = cdk_targets.SqsQueue(queue, dead_letter_queue=dead_letters)
            if kind == "raw":
                pattern = events.EventPattern(source=["mine"])
                events.Rule(ours, f"R{number}", event_bus=bus.event_bus, event_pattern=pattern, targets=[target])
            else:
                bus.route(f"R{number}", ANY, targets.SqsQueue(queues[1])).rules[0].add_target(target)
    found = resources_of(app)
    assert_no_cycle(found)
    for number, (kind, to, failed, own) in enumerate(routes):
        if kind in ("ours", "cdk"):
            [rule] = [id for id in rules_of(found) if id.startswith(f"SaasusR{number}Rule")]
            used = {to, failed} if own else {to}
            expected = {f"Queue{each}Policy" for each in used - named - {0}}
            made_before = needed_by(found, rule)
            assert all(any(id.startswith(start) for id in made_before) for start in expected)
