"""One key for all that a bus keeps: who may use it, for what, and that nothing waits for itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Environment, NestedStack, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from constructs_lib import EventArchive, EventFilter, EventLogging, InvalidConfiguration, SaasusEventBus, targets
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_function, only, properties, resources, text, warnings
from tests.synth.full_app import FullApp

if TYPE_CHECKING:
    from collections.abc import Callable

THEIRS = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ANY = EventFilter.all()


@pytest.fixture
def key(stack: Stack) -> kms.Key:
    return kms.Key(stack, "Key")


@pytest.fixture
def bus(stack: Stack, key: kms.Key) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=key, archive=EventArchive())


def statements(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return what the key's policy says, by sid without its hash; the account's own statement left out."""
    document = properties(stack, "AWS::KMS::Key")["KeyPolicy"]
    return {each["Sid"][:-8]: each for each in document["Statement"] if "Sid" in each}


def uses_the_key(stack: Stack, value: object) -> bool:
    return value == {"Fn::GetAtt": [next(iter(resources(stack, "AWS::KMS::Key"))), "Arn"]}


def test_bus_archive_queue_and_log_group_are_encrypted_with_it(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything")
    assert uses_the_key(stack, properties(stack, "AWS::Events::EventBus")["KmsKeyIdentifier"])
    assert uses_the_key(stack, properties(stack, "AWS::Events::Archive")["KmsKeyIdentifier"])
    assert uses_the_key(stack, properties(stack, "AWS::Logs::LogGroup")["KmsKeyId"])
    assert uses_the_key(stack, properties(stack, "AWS::SQS::Queue")["KmsMasterKeyId"])


def test_eventbridge_may_use_it_for_this_bus_only(stack: Stack, bus: SaasusEventBus) -> None:
    for sid in ("SaasusEventBus", "SaasusEventArchive"):
        statement = statements(stack)[sid]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        context = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:events:event-bus:arn"]
        assert text(context).endswith(f':event-bus/{SOURCE}"]]}}')
    assert set(statements(stack)["SaasusEventBus"]["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_cloudwatch_logs_may_use_it_for_the_groups_that_are_made_here(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("One")
    bus.log("Two")
    [statement] = [each for sid, each in statements(stack).items() if sid == "SaasusLogGroups"]
    groups = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    ends = [text(group).split(":log-group:")[1].removesuffix('"]]}') for group in groups]
    assert ends == ["/aws/events/Events/Saasus-One", "/aws/events/Events/Saasus-Two"]


def test_eventbridge_may_use_it_to_send_to_the_queue(stack: Stack, bus: SaasusEventBus) -> None:
    bus.log("Everything")
    statement = statements(stack)["SaasusEventsToQueues"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_events_that_cannot_be_encrypted_go_to_the_dead_letter_queue(stack: Stack, bus: SaasusEventBus) -> None:
    queue = next(iter(resources(stack, "AWS::SQS::Queue")))
    assert properties(stack, "AWS::Events::EventBus")["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    policy = properties(stack, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    of_bus = [each for each in policy if f":event-bus/{SOURCE}" in text(each)]
    assert len(of_bus) == 1
    assert of_bus[0]["Action"] == "sqs:SendMessage"


def test_without_a_key_there_is_no_trace_of_one(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, archive=EventArchive())
    bus.log("Everything")
    template = text(Template.from_stack(stack).to_json())
    assert "kms" not in template.lower()
    assert "DeadLetterConfig" not in properties(stack, "AWS::Events::EventBus")


def test_a_functions_role_may_encrypt_the_failures_that_it_sends(stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Run", ANY, new_function(stack))
    policy = properties(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    of_key = [each for each in policy if "kms:" in text(each["Action"])]
    assert [each["Action"] for each in of_key] == [["kms:Decrypt", "kms:GenerateDataKey"]]
    assert all(uses_the_key(stack, each["Resource"]) for each in of_key)


def test_the_key_of_a_users_own_queue_is_opened_for_eventbridge_too(stack: Stack) -> None:
    queue = sqs.Queue(stack, "Queue", encryption=sqs.QueueEncryption.KMS)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    bus.route("Metering", ANY, targets.SqsQueue(queue))
    assert set(statements(stack)) == {"SaasusEventsToQueues"}


def test_a_queue_with_awss_own_kms_key_is_warned_of(stack: Stack) -> None:
    queue = sqs.Queue(stack, "Queue", encryption=sqs.QueueEncryption.KMS_MANAGED)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    bus.route("Metering", ANY, targets.SqsQueue(queue))
    assert "SQS_MANAGED" in text([each for each in warnings(stack) if "@saasus/events:queueKey" in each])


def test_two_buses_can_share_it(app: App, stack: Stack, key: kms.Key, bus: SaasusEventBus) -> None:
    SaasusEventBus(stack, "Other", event_source_name=OTHER_SOURCE, encryption_key=key, archive=EventArchive()).log("X")
    bus.log("Everything")
    sids = [each.get("Sid") for each in properties(stack, "AWS::KMS::Key")["KeyPolicy"]["Statement"]]
    assert len(sids) == len(set(sids))
    assert sum("SaasusLogGroups" in str(sid) for sid in sids) == 2


def test_of_an_alias_the_key_itself_is_used(stack: Stack, key: kms.Key) -> None:
    """CloudWatch Logs takes no alias, and in an IAM policy its ARN matches nothing."""
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=key.add_alias("alias/mine"))
    bus.log("Everything")
    bus.invoke("Run", ANY, new_function(stack))
    [group] = [group for id, group in resources(stack, "AWS::Logs::LogGroup").items() if id.startswith("Saasus")]
    assert uses_the_key(stack, group["Properties"]["KmsKeyId"])
    assert "alias" not in text(properties(stack, "AWS::IAM::Policy"))


class TestImportedKey:
    @pytest.mark.parametrize(
        "give",
        [
            lambda stack: kms.Alias.from_alias_name(stack, "Theirs", "alias/theirs"),
            lambda stack: kms.Key.from_key_arn(stack, "Theirs", "arn:aws:kms:us-east-1:111122223333:alias/theirs"),
        ],
    )
    def test_an_alias_is_refused_for_log_groups(self, stack: Stack, give: Callable[[Stack], kms.IKey]) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=give(stack))
        with pytest.raises(InvalidConfiguration, match="by a key's own ARN only"):
            bus.log("Everything")

    def test_one_warning_holds_all_statements_to_add(self, app: App, stack: Stack) -> None:
        bus = SaasusEventBus(
            stack,
            "Saasus",
            event_source_name=SOURCE,
            encryption_key=kms.Key.from_key_arn(stack, "Theirs", THEIRS),
            dead_letter_queue=sqs.Queue(stack, "Failed"),
            archive=EventArchive(),
            event_logging=EventLogging(),
        )
        bus.log("Everything")
        [warning] = [each for each in warnings(stack) if "@saasus/events:keyPolicy" in each]
        told = {each["Sid"][:-8] for each in json.JSONDecoder().raw_decode(warning[warning.index("[{") :])[0]}
        assert told == {
            "SaasusEventsDescribe",
            "SaasusEventBus",
            "SaasusEventArchive",
            "SaasusLogGroups",
            "SaasusBusLogs",
            "SaasusBusLogDelivery",
        }

    def test_its_queue_says_what_it_needs(self, stack: Stack) -> None:
        key = kms.Key.from_key_arn(stack, "Theirs", THEIRS)
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=key).log("Everything")
        assert "SaasusEventsToQueues" in text(warnings(stack))


class TestKeysThatCannotDo:
    def test_an_imported_alias_for_log_groups(self, stack: Stack) -> None:
        alias = kms.Alias.from_alias_name(stack, "Alias", "alias/theirs")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=alias)
        with pytest.raises(InvalidConfiguration, match=r"imported alias.*Key.from_key_arn"):
            bus.log("Everything")
        mine = kms.Key(stack, "Key").add_alias("alias/mine")
        SaasusEventBus(stack, "Other", event_source_name=OTHER_SOURCE, encryption_key=mine).log("Everything")

    @pytest.mark.parametrize("imported", [True, False])
    def test_one_of_another_region(self, app: App, stack_in_tokyo: Stack, *, imported: bool) -> None:
        there = Stack(app, "There", env=Environment(account="111122223333", region="us-east-1"))
        key = kms.Key.from_key_arn(stack_in_tokyo, "Theirs", THEIRS) if imported else kms.Key(there, "Key")
        with pytest.raises(InvalidConfiguration, match="is in us-east-1, and the bus is in ap-northeast-1"):
            SaasusEventBus(stack_in_tokyo, "Saasus", event_source_name=SOURCE, encryption_key=key)

    def test_an_asymmetric_one(self, stack: Stack) -> None:
        key = kms.Key(stack, "Signs", key_spec=kms.KeySpec.RSA_4096, key_usage=kms.KeyUsage.SIGN_VERIFY)
        with pytest.raises(InvalidConfiguration, match="RSA_4096"):
            SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=key)

    @pytest.mark.parametrize("region", ["us-east-1", None])
    def test_one_of_the_same_or_an_unknown_region_is_fine(self, app: App, region: str | None) -> None:
        env = None if region is None else Environment(account="111122223333", region=region)
        stack = Stack(app, "Here", env=env)
        key = kms.Key.from_key_arn(stack, "Theirs", THEIRS)
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=key)
        app.synth()
        assert properties(stack, "AWS::Events::EventBus")["KmsKeyIdentifier"] == THEIRS


class TestNoDependencyCycle:
    def test_with_everything_on_and_a_name_from_a_custom_resource(self, app: App) -> None:
        stack = FullApp(app, "Full")
        app.synth()
        assert cycle(Template.from_stack(stack).to_json()["Resources"]) == []
        key = text(properties(stack, "AWS::KMS::Key"))
        assert "EventSourceName" not in key
        assert ":event-bus/aws.partner/saasus.io/*" in key

    def test_the_check_sees_a_cycle(self) -> None:
        resources = {"A": {"Properties": {"X": {"Ref": "B"}}}, "B": {"Properties": {"Y": {"Fn::Sub": "${A.Arn}-x"}}}}
        assert set(cycle(resources)) == {"A", "B"}

    def test_with_the_key_in_another_stack(self, app: App) -> None:
        key = kms.Key(Stack(app, "Keys"), "Key")
        FullApp(app, "Full", key=key)
        app.synth()
        assert "SaasusEventBus" in statements(Stack.of(key))

    def test_in_a_nested_stack_with_the_key_outside(self, app: App, stack: Stack, key: kms.Key) -> None:
        nested = NestedStack(stack, "Inner")
        bus = SaasusEventBus(nested, "Saasus", event_source_name=SOURCE, encryption_key=key)
        bus.log("Everything")
        app.synth()
        assert cycle(Template.from_stack(stack).to_json()["Resources"]) == []
        assert ":log-group:/aws/events/*/Saasus-Everything" in text(statements(stack)["SaasusLogGroups"])

    def test_on_a_bus_that_exists(self, app: App, stack: Stack, key: kms.Key) -> None:
        arn = CfnParameter(stack, "BusArn").value_as_string
        imported = events.EventBus.from_event_bus_arn(stack, "Imported", arn)
        bus = SaasusEventBus.from_event_bus(stack, "Saasus", imported, encryption_key=key, archive=EventArchive())
        bus.log("Everything")
        app.synth()
        assert "SaasusEventBus" not in statements(stack)
        assert "BusArn" not in text(only(stack, "AWS::KMS::Key"))


def cycle(resources: dict[str, Any]) -> list[str]:
    """Return the resources of a template that wait for each other."""
    waiting = {id: _needs(resource, set(resources)) - {id} for id, resource in resources.items()}
    while ready := [id for id, needs in waiting.items() if not needs]:
        for id in ready:
            del waiting[id]
        waiting = {id: needs.difference(ready) for id, needs in waiting.items()}
    return list(waiting)


def _needs(value: Any, ids: set[str]) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_needs(each, ids) for each in value))
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for name, given in value.items():
        if name == "Ref" or name == "DependsOn":
            found.update({given} if isinstance(given, str) else given)
        elif name == "Fn::GetAtt":
            found.add(given[0] if isinstance(given, list) else given.partition(".")[0])
        elif name == "Fn::Sub":
            pattern = given if isinstance(given, str) else given[0]
            found.update(part.partition("}")[0].partition(".")[0] for part in pattern.split("${")[1:])
        found |= _needs(given, ids)
    return found & ids
