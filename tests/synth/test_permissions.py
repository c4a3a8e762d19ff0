"""Every policy statement of an app with everything on, whole; and that the order of the user's calls changes none."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsii
import pytest
from aws_cdk import Aspects, CfnWaitConditionHandle, IAspect, RemovalPolicy, Stack, Tags
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import EventArchive, EventFilter, SaasusEventBus, targets
from tests.synth.apps import SOURCE, new_app, new_function, resources, warnings
from tests.synth.full_app import FullApp
from tests.synth.permissions import permissions

if TYPE_CHECKING:
    from constructs import IConstruct

EXPECTED = Path(__file__).with_name("full_app_permissions.txt")
THEIR_KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


class ExistingBus(Stack):
    """What is not in the full app: a bus that exists, a function with versions, a FIFO queue, aws-cdk-lib's targets."""

    def __init__(self, scope: Any, id: str, *, key: kms.IKey | None = None) -> None:
        super().__init__(scope, id)
        bus = SaasusEventBus.from_event_bus(
            self,
            "Saasus",
            events.EventBus.from_event_bus_name(self, "Imported", SOURCE),
            encryption_key=key or kms.Key(self, "Key"),
            archive=EventArchive(),
        )
        everything = EventFilter.all()
        bus.log("Everything")
        alias = lambda_.Alias(self, "Live", alias_name="live", version=new_function(self).current_version)
        bus.invoke("Alias", everything, alias)
        queue = sqs.Queue(self, "Ordered", fifo=True, content_based_deduplication=True)
        bus.route("Ordered", everything, targets.SqsQueue(queue, message_group_id="all"))
        bus.route("Topic", everything, cdk_targets.SnsTopic(sns.Topic(self, "Topic")))


def as_text() -> str:
    apps = {
        "An app with everything on": FullApp(new_app(), "Full"),
        "A bus that exists": ExistingBus(new_app(), "Existing"),
    }
    parts = []
    for title, stack in apps.items():
        statements = permissions(Template.from_stack(stack).to_json())
        parts.append("\n\n".join([f"{title}\n{'=' * len(title)}", *statements]))
    return "\n\n\n".join(parts) + "\n"


def test_every_statement_is_as_it_is_meant() -> None:
    """Read what changed before you write it anew: `python -m tests.synth.test_permissions`."""
    assert as_text() == EXPECTED.read_text()


def test_a_field_that_the_text_would_leave_out_is_an_error() -> None:
    document = {"Statement": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]}
    template = {"Resources": {"A": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}}}
    with pytest.raises(ValueError, match="NotAction"):
        permissions(template)


def test_on_the_default_bus_a_rules_arn_has_no_bus_in_it() -> None:
    stack = Stack(new_app(), "Default")
    default = events.EventBus.from_event_bus_name(stack, "DefaultBus", "default")
    bus = SaasusEventBus.from_event_bus(stack, "Saasus", default)
    bus.log("Everything")
    bus.invoke("Run", EventFilter.all(), new_function(stack))
    bus.route("Queue", EventFilter.all(), targets.SqsQueue(sqs.Queue(stack, "Queue")))
    found = "\n".join(permissions(Template.from_stack(stack).to_json())).splitlines()
    arns = {line.rpartition(":")[2] for line in found if "aws:SourceArn" in line}
    assert arns == {"rule/*"}


class ManyCalls(FullApp):
    """The full app, and what a user can do to its parts, before or after."""

    STEPS = (
        *FullApp.STEPS,
        "tell_the_topic_of_events",
        "let_others_publish",
        "let_others_send",
        "read_the_dead_letters",
        "use_the_key_elsewhere",
        "configure_the_function",
        "keep_what_the_function_could_not",
        "tag",
        "watch_by_an_aspect",
        "change_by_an_aspect",
    )

    @cache  # noqa: B019 - an app lives as long as its test
    def topic(self) -> sns.Topic:
        return sns.Topic(self, "Alarms", master_key=self.key)  # whose first policy comes with a call

    def tell_the_topic_of_events(self) -> None:
        self.bus.route("Tell", EventFilter.all(), cdk_targets.SnsTopic(self.topic()))

    def let_others_publish(self) -> None:
        self.topic().grant_publish(iam.ServicePrincipal("budgets.amazonaws.com"))

    def let_others_send(self) -> None:
        self.queue().grant_send_messages(iam.ServicePrincipal("s3.amazonaws.com"))

    def read_the_dead_letters(self) -> None:
        role = iam.Role(self, "Reader", assumed_by=iam.AccountRootPrincipal())
        self.bus.dead_letter_queue.grant_consume_messages(role)

    def use_the_key_elsewhere(self) -> None:
        self.key.grant_encrypt_decrypt(iam.ServicePrincipal("s3.amazonaws.com"))

    @cache  # noqa: B019
    def _other_function(self) -> lambda_.Function:
        return new_function(self, "Other")

    def configure_the_function(self) -> None:
        self._other_function().configure_async_invoke(
            on_failure=destinations.SqsDestination(sqs.Queue(self, "OtherFailed")), retry_attempts=1
        )

    def keep_what_the_function_could_not(self) -> None:
        self.bus.invoke("Other", EventFilter.all(), self._other_function())

    def tag(self) -> None:
        Tags.of(self).add("team", "saas")

    def watch_by_an_aspect(self) -> None:
        Aspects.of(self).add(Encrypts(self))

    def change_by_an_aspect(self) -> None:
        Aspects.of(self).add(Keeps())


@jsii.implements(IAspect)
class Encrypts:
    """Lets somebody publish to the topic, when the app is synthesized."""

    def __init__(self, app: ManyCalls) -> None:
        self._app = app

    def visit(self, node: IConstruct) -> None:
        if node is self._app.bus:
            self._app.topic().grant_publish(iam.ServicePrincipal("codestar-notifications.amazonaws.com"))


@jsii.implements(IAspect)
class Keeps:
    """Keeps every queue with the stack's end."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, sqs.CfnQueue):
            node.apply_removal_policy(RemovalPolicy.RETAIN)


@cache
def permitted(steps: tuple[str, ...]) -> Counter[str]:
    stack = ManyCalls(new_app(), "Full", steps=steps)
    return Counter(permissions(Template.from_stack(stack).to_json()))


@settings(max_examples=15)
@given(steps=st.permutations(ManyCalls.STEPS))
def test_in_whatever_order_an_app_is_written_the_same_is_permitted(steps: list[str]) -> None:
    expected, found = permitted(ManyCalls.STEPS), permitted(tuple(steps))
    assert found - expected == Counter()
    assert expected - found == Counter()


def test_backwards_too() -> None:
    assert permitted(ManyCalls.STEPS[::-1]) == permitted(ManyCalls.STEPS)


@pytest.mark.parametrize("kind", [FullApp, ExistingBus])
def test_the_warning_of_an_imported_key_holds_what_a_key_of_the_app_gets(kind: type[FullApp | ExistingBus]) -> None:
    """Whole statements: principal, actions, conditions."""
    own = kind(new_app(), "Same")
    app = new_app()
    keys = Stack(app, "Keys")
    CfnWaitConditionHandle(keys, "Something")
    imported = kind(app, "Same", key=kms.Key.from_key_arn(keys, "Theirs", THEIR_KEY))
    [key] = resources(own, "AWS::KMS::Key").values()
    statements = key["Properties"]["KeyPolicy"]["Statement"]
    wanted = {_written(each) for each in statements if str(each.get("Sid", "")).startswith("Saasus")}
    told = [each for each in warnings(imported) if "@saasus/events:keyPolicy" in each]
    assert {_written(each) for warning in told for each in _statements_in(warning)} == wanted
    assert len(wanted) >= 4


def _statements_in(warning: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.JSONDecoder().raw_decode(warning[warning.index("[{") :])[0]
    return statements


def _written(statement: dict[str, Any]) -> str:
    template = {"Resources": {"A": {"Type": "T", "Properties": {"Statement": [statement]}}}}
    [found] = permissions(template)
    return found.replace("<partition>", "aws").replace("<region>", "REGION").replace("<accountid>", "ACCOUNT_ID")


if __name__ == "__main__":
    EXPECTED.write_text(as_text())
