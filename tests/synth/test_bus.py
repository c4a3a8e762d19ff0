"""The bus: associated with its source, imported, several in an app."""

from __future__ import annotations

import pytest
from aws_cdk import App, CfnParameter, NestedStack, Stack, Stage, Tags
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from constructs_lib import EventFilter, InvalidEventSource, InvalidRoute, PartnerEventSource, SaasusEventBus, targets
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_function, only, properties, resources, rule_targets, text


def test_the_bus_has_exactly_the_sources_name(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    bus = properties(stack, "AWS::Events::EventBus")
    assert bus["Name"] == SOURCE
    assert bus["EventSourceName"] == SOURCE


def test_the_source_can_be_given_as_a_value_object(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=PartnerEventSource(SOURCE))
    assert properties(stack, "AWS::Events::EventBus")["Name"] == SOURCE


def test_description_and_tags_reach_the_bus(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, description="Production")
    Tags.of(bus).add("team", "platform")
    made = properties(stack, "AWS::Events::EventBus")
    assert made["Description"] == "Production"
    assert {"Key": "team", "Value": "platform"} in made["Tags"]


@pytest.mark.parametrize("name", ["default", "aws.partner/example.com/1/event", SOURCE + "s", "", "736385ec-1"])
def test_a_name_that_is_no_saasus_source_is_refused_with_a_right_one(stack: Stack, name: str) -> None:
    with pytest.raises(InvalidEventSource, match=r"aws\.partner/saasus\.io/[0-9a-f-]{36}-\d/event"):
        SaasusEventBus(stack, "Saasus", event_source_name=name)


def test_a_name_known_only_at_deploy_is_accepted(stack: Stack) -> None:
    name = CfnParameter(stack, "SourceName").value_as_string
    bus = SaasusEventBus(stack, "Saasus", event_source_name=name)
    bus.log("Everything")
    bus.invoke("Function", EventFilter.all(), new_function(stack))
    bus.route("Queue", EventFilter.all(), targets.SqsQueue(sqs.Queue(stack, "Queue")))
    assert properties(stack, "AWS::Events::EventBus")["EventSourceName"] == {"Ref": "SourceName"}


def test_dead_letters_are_encrypted_tls_only_and_kept_for_14_days(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).log("Everything")
    queue = properties(stack, "AWS::SQS::Queue")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    statements = properties(stack, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert [statement["Effect"] for statement in statements] == ["Deny", "Allow"]
    assert statements[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_dead_letter_queue_takes_from_the_rules_of_this_bus_only(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).log("Everything")
    allow = properties(stack, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"][1]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert allow["Action"] == "sqs:SendMessage"
    source_arn = allow["Condition"]["ArnLike"]["aws:SourceArn"]
    assert text(source_arn).endswith(f':rule/{SOURCE}/*"]]}}')


def test_a_bus_of_ones_own_dead_letter_queue(stack: Stack) -> None:
    queue = sqs.Queue(stack, "Failed")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, dead_letter_queue=queue)
    bus.log("Everything")
    assert bus.dead_letter_queue is queue
    assert len(resources(stack, "AWS::SQS::Queue")) == 1


class TestFromEventBus:
    def test_routes_go_on_a_bus_imported_by_name(self, stack: Stack) -> None:
        imported = events.EventBus.from_event_bus_name(stack, "Imported", SOURCE)
        SaasusEventBus.from_event_bus(stack, "Saasus", imported).log("Everything")
        assert resources(stack, "AWS::Events::EventBus") == {}
        assert properties(stack, "AWS::Events::Rule")["EventBusName"] == SOURCE
        assert f":rule/{SOURCE}/*" in text(properties(stack, "AWS::SQS::QueuePolicy"))

    def test_a_literal_arn_keeps_its_whole_name(self, stack: Stack) -> None:
        arn = f"arn:aws:events:us-east-1:111122223333:event-bus/{SOURCE}"
        imported = events.EventBus.from_event_bus_arn(stack, "Imported", arn)
        SaasusEventBus.from_event_bus(stack, "Saasus", imported).log("Everything")
        assert properties(stack, "AWS::Events::Rule")["EventBusName"] == SOURCE

    def test_a_token_arn_keeps_everything_after_event_bus(self, stack: Stack) -> None:
        arn = CfnParameter(stack, "BusArn").value_as_string
        imported = events.EventBus.from_event_bus_arn(stack, "Imported", arn)
        SaasusEventBus.from_event_bus(stack, "Saasus", imported).log("Everything")
        whole_name = {"Fn::Select": [1, {"Fn::Split": [":event-bus/", {"Ref": "BusArn"}]}]}
        assert properties(stack, "AWS::Events::Rule")["EventBusName"] == whole_name
        assert text(whole_name) in text(properties(stack, "AWS::SQS::QueuePolicy"))

    def test_a_bus_of_another_stack_of_the_app(self, app: App, stack: Stack) -> None:
        first = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        second_stack = Stack(app, "More")
        queue = sqs.Queue(Stack(app, "Queues"), "Queue")
        more = SaasusEventBus.from_event_bus(second_stack, "Saasus", first.event_bus)
        more.route("Audit", EventFilter.all(), targets.SqsQueue(queue))
        app.synth()
        assert only(second_stack, "AWS::Events::Rule")
        assert f":rule/{SOURCE}/*" in text(properties(Stack.of(queue), "AWS::SQS::QueuePolicy"))


class TestSeveralBuses:
    def test_two_in_one_stack_that_each_log_everything_do_not_collide(self, stack: Stack) -> None:
        SaasusEventBus(stack, "Production", event_source_name=SOURCE).log("Everything")
        SaasusEventBus(stack, "Staging", event_source_name=OTHER_SOURCE).log("Everything")
        names = [group["Properties"]["LogGroupName"] for group in resources(stack, "AWS::Logs::LogGroup").values()]
        assert names == ["/aws/events/Events/Production-Everything", "/aws/events/Events/Staging-Everything"]
        assert len(resources(stack, "AWS::Logs::ResourcePolicy")) == 1

    def test_each_bus_may_invoke_a_function_that_they_share(self, stack: Stack) -> None:
        function = new_function(stack)
        for id, source in (("Production", SOURCE), ("Staging", OTHER_SOURCE)):
            SaasusEventBus(stack, id, event_source_name=source).invoke("Run", EventFilter.all(), function)
        arns = text([p["Properties"]["SourceArn"] for p in resources(stack, "AWS::Lambda::Permission").values()])
        assert f":rule/{SOURCE}/*" in arns
        assert f":rule/{OTHER_SOURCE}/*" in arns

    def test_in_nested_stacks(self, stack: Stack) -> None:
        inner = {NestedStack(stack, "Production"): SOURCE, NestedStack(stack, "Staging"): OTHER_SOURCE}
        for nested, source in inner.items():
            bus = SaasusEventBus(nested, "Saasus", event_source_name=source)
            bus.log("Everything")
            bus.invoke("Run", EventFilter.all(), new_function(nested))
        for nested, source in inner.items():
            template = Template.from_stack(nested)
            template.resource_count_is("AWS::Logs::ResourcePolicy", 1)
            template.has_resource_properties("AWS::Events::EventBus", {"Name": source})

    def test_in_a_stage(self, app: App) -> None:
        stage = Stage(app, "Prod")
        stack = Stack(stage, "Events")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        bus.log("Everything")
        bus.invoke("Run", EventFilter.all(), new_function(stack))
        template = stage.synth().get_stack_by_name("Prod-Events").template
        groups = [r for r in template["Resources"].values() if r["Type"] == "AWS::Logs::LogGroup"]
        assert "/aws/events/Prod-Events/Saasus-Everything" in [g["Properties"].get("LogGroupName") for g in groups]
        assert "AWS::Lambda::EventInvokeConfig" in [r["Type"] for r in template["Resources"].values()]


class TestAcrossStacks:
    @pytest.fixture
    def app(self, any_app: App) -> App:
        return any_app

    def test_a_queue_of_another_stack_names_the_source_literally(self, app: App, stack: Stack) -> None:
        queues = Stack(app, "Queues")
        queue = sqs.Queue(queues, "Queue")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        bus.route("Audit", EventFilter.all(), targets.SqsQueue(queue))
        app.synth()  # no dependency cycle
        policy = text(properties(queues, "AWS::SQS::QueuePolicy"))
        assert f":rule/{SOURCE}/*" in policy
        assert "Fn::ImportValue" not in policy
        assert "Fn::GetStackOutput" not in policy

    def test_with_a_token_name_the_error_says_to_put_queue_and_bus_together(self, app: App, stack: Stack) -> None:
        queue = sqs.Queue(Stack(app, "Queues"), "Queue")
        name = CfnParameter(stack, "SourceName").value_as_string
        bus = SaasusEventBus(stack, "Saasus", event_source_name=name)
        with pytest.raises(InvalidRoute, match="Put queue and bus in one stack"):
            bus.route("Audit", EventFilter.all(), targets.SqsQueue(queue))

    def test_a_bus_of_one_stack_and_everything_else_in_others(self, app: App, stack: Stack) -> None:
        other = Stack(app, "Other")
        bus = SaasusEventBus(
            stack, "Saasus", event_source_name=SOURCE, dead_letter_queue=sqs.Queue(other, "DeadLetters")
        )
        bus.invoke("Run", EventFilter.all(), new_function(other))
        bus.route("Queue", EventFilter.all(), targets.SqsQueue(sqs.Queue(other, "Queue")))
        app.synth()
        assert len(rule_targets(stack)) == 2
