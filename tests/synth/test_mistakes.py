"""Mistakes that the CDK answers in its own words, or not at all: named with the construct and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, targets
from tests.synth.apps import SOURCE, new_function, only, properties, resources, rule_targets, text, warnings
from tests.synth.dependencies import assert_no_cycle
from tests.synth.test_other_places import json_in

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = EventFilter.all()


class TestIds:
    @pytest.mark.parametrize("id", ["Everything", "DeadLetterQueue", "Rules", "Functions", "EventBus", "Deliveries"])
    def test_a_taken_one_is_refused_by_name(self, bus: SaasusEventBus, id: str) -> None:
        bus.log("Everything")
        with pytest.raises(InvalidRoute, match=rf"'Events/Saasus' has '{id}' already.*an id of its own"):
            bus.invoke(id, ANY, new_function(Stack.of(bus)))

    @pytest.mark.parametrize("id", ["", None, 5])
    def test_what_is_none_is_refused(self, bus: SaasusEventBus, id: Any) -> None:
        with pytest.raises(InvalidRoute, match="cannot be the id of a route"):
            bus.log(id)

    def test_any_other_one_is_free(self, app: App, bus: SaasusEventBus) -> None:
        """Whatever the library makes later in the bus, it does not meet the ids of routes."""
        names = ["AnyRule", "Waiting", "Queues", "LogGroups", "Imported", "Permission", "Rule", "Target1", "LogGroup"]
        function, queue = new_function(Stack.of(bus)), sqs.Queue(Stack.of(bus), "Queue")
        failed = sqs.Queue.from_queue_arn(bus, "Failed", "arn:aws:sqs:us-east-1:111122223333:failed")
        group = logs.LogGroup.from_log_group_name(bus, "Log", "arn:aws:logs:us-east-1:111122223333:log-group:theirs")
        for number, name in enumerate(names):
            bus.route(
                name,
                ANY.event_type(f"type_{number}"),
                cdk_targets.LambdaFunction(function, dead_letter_queue=failed),
                cdk_targets.SqsQueue(queue),
                targets.CloudWatchLogGroup(group),
            )
        app.synth()
        assert len(resources(Stack.of(bus), "AWS::Events::Rule")) == len(names)


class TestWhatIsNoTarget:
    @pytest.mark.parametrize("kind", [list, tuple])
    def test_several_in_the_place_of_one(self, stack: Stack, bus: SaasusEventBus, kind: Callable[..., Any]) -> None:
        several = kind([targets.SqsQueue(sqs.Queue(stack, "Queue"))])
        with pytest.raises(InvalidRoute, match=rf"A {kind.__name__} of 1 is not a target of .*Route'.*\*targets"):
            bus.route("Route", ANY, several)

    @pytest.mark.parametrize(
        ("use", "match"),
        [
            (
                lambda bus, wrong: bus.invoke("R", ANY, wrong),
                "the Bucket 'Events/Wrong' is not a Lambda function",
            ),
            (lambda bus, wrong: bus.route("R", ANY, targets.SqsQueue(wrong)), "is not an SQS queue"),
            (lambda bus, wrong: bus.log("R", log_group=wrong), "log_group=: .* is not a log group"),
            (lambda bus, wrong: bus.log("R", dead_letter_queue=wrong), "dead_letter_queue=: .* is not an SQS queue"),
            (
                lambda bus, wrong: bus.invoke("R", ANY, new_function(Stack.of(bus)), on_failure=wrong),
                "on_failure=: .* is not an SQS queue",
            ),
            (
                lambda bus, wrong: bus.invoke("R", ANY, new_function(Stack.of(bus)), role=wrong),
                "role=: .* not an IAM role",
            ),
        ],
    )
    def test_another_resource(self, stack: Stack, bus: SaasusEventBus, use: Callable[..., Any], match: str) -> None:
        with pytest.raises(InvalidRoute, match=match):
            use(bus, s3.Bucket(stack, "Wrong"))

    @pytest.mark.parametrize("service", ["states", "lambda", "sqs", "sns", "logs", "iam"])
    @pytest.mark.parametrize("module", [targets, cdk_targets], ids=["ours", "the CDK's"])
    @pytest.mark.parametrize(
        ("give", "takes"),
        [
            (lambda to, here, arn: to.LambdaFunction(lambda_.Function.from_function_arn(here, "It", arn)), "lambda"),
            (
                lambda to, here, arn: to.SqsQueue(
                    sqs.Queue.from_queue_attributes(here, "It", queue_arn=arn, queue_name="it")
                ),
                "sqs",
            ),
            (lambda _, here, arn: cdk_targets.SnsTopic(sns.Topic.from_topic_arn(here, "It", arn)), "sns"),
            (
                lambda to, here, arn: to.CloudWatchLogGroup(logs.LogGroup.from_log_group_arn(here, "It", arn)),
                "logs",
            ),
            (
                lambda _, here, arn: targets.SqsQueue(
                    sqs.Queue.from_queue_arn(here, "Queue", f"arn:aws:sqs:{here.region}:444455556666:theirs"),
                    role=iam.Role.from_role_arn(here, "It", arn),
                ),
                "iam",
            ),
        ],
    )
    def test_an_import_by_another_services_arn(
        self, app: App, give: Callable[..., Any], takes: str, module: object, service: str
    ) -> None:
        here = Stack(app, "Here", env=Environment(account="111122223333", region="ap-northeast-1"))
        bus = SaasusEventBus(here, "Saasus", event_source_name=SOURCE)
        kind = {"lambda": "function:it", "logs": "log-group:it", "iam": "role/it"}.get(
            service, "role/it" if takes == "iam" else "it"
        )
        arn = f"arn:aws:{service}:ap-northeast-1:111122223333:{kind}"
        if service == takes:
            bus.route("R", ANY, give(module, here, arn))
        else:
            with pytest.raises(InvalidRoute, match=rf"'Here/It' has the ARN '{arn}.*', which is .*Expected a"):
                bus.route("R", ANY, give(module, here, arn))

    def test_an_import_by_the_arn_of_another_resource_of_the_service(self, stack: Stack, bus: SaasusEventBus) -> None:
        layer = lambda_.Function.from_function_arn(stack, "It", "arn:aws:lambda:us-east-1:111122223333:layer:it")
        with pytest.raises(InvalidRoute, match=r"layer:it', which is not that of a Lambda function"):
            bus.invoke("R", ANY, layer)

    def test_a_class_in_the_place_of_its_instance(self, bus: SaasusEventBus) -> None:
        with pytest.raises(InvalidRoute, match="is not a Lambda function"):
            bus.invoke("R", ANY, lambda_.Function)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "pattern", [{"source": "aws.partner"}, {"detail": {"event": [{"wildcard": 5}]}}, {"detail": "x"}]
    )
    def test_a_pattern_without_lists_is_refused_with_its_rule(
        self, app: App, bus: SaasusEventBus, pattern: Any
    ) -> None:
        events.CfnRule(Stack.of(bus), "Mine", event_bus_name=bus.event_bus.event_bus_name, event_pattern=pattern)
        with pytest.raises(RuntimeError, match="'Events/Mine'"):
            app.synth()


class TestARouteThatWasTakenAway:
    @pytest.mark.parametrize(
        "make",
        [
            lambda bus, _: bus.log("Route"),
            lambda bus, stack: bus.invoke("Route", ANY, stack.node.find_child("Function")),
            lambda bus, stack: bus.route("Route", ANY, cdk_targets.CloudWatchLogGroup(stack.node.find_child("Log"))),
            lambda bus, stack: bus.route("Route", ANY, cdk_targets.SnsTopic(stack.node.find_child("Topic"))),
            lambda bus, _: bus.route("Route", ANY, cdk_targets.AwsApi(service="S3", action="listBuckets")),
        ],
    )
    def test_can_come_back(self, app: App, stack: Stack, bus: SaasusEventBus, make: Callable[..., Any]) -> None:
        new_function(stack)
        logs.LogGroup(stack, "Log")
        sns.Topic(stack, "Topic")
        make(bus, stack)
        bus.node.try_remove_child("Route")
        make(bus, stack)
        template: dict[str, Any] = app.synth().get_stack_by_name("Events").template
        assert_no_cycle(template["Resources"])
        assert len(rule_targets(stack)) == 1

    def test_has_no_say_in_where_failures_go(self, stack: Stack, bus: SaasusEventBus) -> None:
        function = new_function(stack)
        bus.invoke("Route", ANY, function, on_failure=sqs.Queue(stack, "Before"))
        bus.node.try_remove_child("Route")
        bus.invoke("Route", ANY, function, on_failure=sqs.Queue(stack, "After"))
        assert "After" in text(properties(stack, "AWS::Lambda::EventInvokeConfig"))

    def test_leaves_no_failure_destination(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.invoke("Route", ANY, new_function(stack))
        bus.node.try_remove_child("Route")
        bus.log("Other")
        assert resources(stack, "AWS::Lambda::EventInvokeConfig") == {}


class TestDestinations:
    def test_one_object_for_two_functions(self, stack: Stack, bus: SaasusEventBus) -> None:
        failed = destinations.SqsDestination(sqs.Queue(stack, "Failed"))
        bus.invoke("One", ANY.succeeded(), new_function(stack, "One"), on_failure=failed)
        bus.invoke("Two", ANY.failed(), new_function(stack, "Two"), on_failure=failed)
        configs = resources(stack, "AWS::Lambda::EventInvokeConfig").values()
        assert ["Failed" in text(config) for config in configs] == [True, True]

    @pytest.mark.parametrize("response_only", [True, False])
    def test_one_object_for_one_function_twice(
        self, app: App, stack: Stack, bus: SaasusEventBus, *, response_only: bool
    ) -> None:
        other = new_function(stack, "Other")
        on_failure = destinations.LambdaDestination(other, response_only=response_only)
        function = new_function(stack)
        bus.invoke("One", ANY.succeeded(), function, on_failure=on_failure)
        bus.invoke("Two", ANY.failed(), function, on_failure=on_failure)
        assert "OnFailure" in text(only(stack, "AWS::Lambda::EventInvokeConfig"))

    def test_two_objects_for_one_queue_are_one_destination(self, stack: Stack, bus: SaasusEventBus) -> None:
        queue, function = sqs.Queue(stack, "Failed"), new_function(stack)
        again = sqs.Queue.from_queue_arn(stack, "Again", queue.queue_arn)
        wishes: list[sqs.IQueue | lambda_.IDestination] = [
            queue,
            again,
            destinations.SqsDestination(queue),
            destinations.SqsDestination(queue),
        ]
        for number, wish in enumerate(wishes):
            bus.invoke(f"Run{number}", ANY.event_type(f"type_{number}"), function, on_failure=wish)
        assert "Failed" in text(only(stack, "AWS::Lambda::EventInvokeConfig"))

    def test_two_objects_for_two_queues_are_refused(self, app: App, stack: Stack, bus: SaasusEventBus) -> None:
        function = new_function(stack)
        for number in (1, 2):
            failed = destinations.SqsDestination(sqs.Queue(stack, f"Failed{number}"))
            bus.invoke(f"Run{number}", ANY.event_type(f"type_{number}"), function, on_failure=failed)
        with pytest.raises(RuntimeError, match="'Events/Function' has two failure destinations"):
            app.synth()


class TestStacksThatNeedEachOther:
    @pytest.mark.parametrize("routed_first", [True, False])
    def test_a_functions_own_destination_in_the_buss_stack(
        self, app: App, bus: SaasusEventBus, *, routed_first: bool
    ) -> None:
        function = new_function(Stack(app, "Functions"))
        if routed_first:
            bus.invoke("Run", ANY, function)
        function.configure_async_invoke(on_failure=destinations.SqsDestination(bus.dead_letter_queue))
        if not routed_first:
            bus.invoke("Run", ANY, function)
        with pytest.raises(
            RuntimeError, match=r"'Functions/Function/EventInvokeConfig/Resource'.*`on_failure=` of `inv"
        ):
            app.synth()

    def test_a_functions_own_dead_letter_queue_in_the_buss_stack(self, app: App, bus: SaasusEventBus) -> None:
        function = lambda_.Function(
            Stack(app, "Functions"),
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): pass"),
            dead_letter_queue=bus.dead_letter_queue,
        )
        bus.invoke("Run", ANY, function)
        with pytest.raises(RuntimeError, match="each stack would need the other first"):
            app.synth()

    def test_a_queues_own_dead_letter_queue_in_the_buss_stack(self, app: App, bus: SaasusEventBus) -> None:
        failed = sqs.DeadLetterQueue(queue=bus.dead_letter_queue, max_receive_count=3)
        queue = sqs.Queue(Stack(app, "Queues"), "Queue", dead_letter_queue=failed)
        with pytest.raises(InvalidRoute, match=r"'Queues/Queue'.*each stack would need the other first"):
            bus.route("Send", ANY, targets.SqsQueue(queue))

    def test_the_same_by_a_route_works(self, any_app: App) -> None:
        theirs, ours = Stack(any_app, "Functions"), Stack(any_app, "Ours")
        bus = SaasusEventBus(ours, "Saasus", event_source_name=SOURCE)
        on_failure = destinations.SqsDestination(bus.dead_letter_queue)
        bus.invoke("Run", ANY, new_function(theirs), on_failure=on_failure)
        any_app.synth()
        assert "DeadLetterQueue" in text(properties(ours, "AWS::Lambda::EventInvokeConfig"))
        grant = text(properties(ours, "AWS::IAM::Policy"))
        assert "sqs:SendMessage" in grant
        assert "DeadLetterQueue" in grant
        assert resources(theirs, "AWS::IAM::Policy") == {}


class TestRolesThatAreNotToBeChanged:
    def function_with(self, role: iam.IRole) -> lambda_.Function:
        return lambda_.Function(
            Stack.of(role),
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): pass"),
            role=role,
        )

    @pytest.mark.parametrize("by_destination", [True, False])
    def test_an_immutable_one_gets_no_policy_and_the_warning_holds_it(
        self, stack: Stack, bus: SaasusEventBus, *, by_destination: bool
    ) -> None:
        role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/theirs", mutable=False)
        failed = sqs.Queue(stack, "Failed")
        on_failure = destinations.SqsDestination(failed) if by_destination else failed
        bus.invoke("Run", ANY, self.function_with(role), on_failure=on_failure)
        assert resources(stack, "AWS::IAM::Policy") == {}
        [warning] = [each for each in warnings(stack) if "@saasus/events:rolePolicy" in each]
        [statement] = json_in(warning)
        assert "sqs:SendMessage" in statement["Action"]
        assert "Fn::" not in warning
        assert "Failed" in text(properties(stack, "AWS::Lambda::EventInvokeConfig"))

    @pytest.mark.parametrize("by_destination", [True, False])
    def test_customized_ones_get_no_policy_either(self, app: App, *, by_destination: bool) -> None:
        stack = Stack(app, "Customized")
        iam.Role.customize_roles(stack, use_precreated_roles={"Customized/Function/ServiceRole": "theirs"})
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        failed = sqs.Queue(stack, "Failed")
        on_failure = destinations.SqsDestination(failed) if by_destination else failed
        bus.invoke("Run", ANY, new_function(stack), on_failure=on_failure)
        assert resources(stack, "AWS::IAM::Policy") == {}
        assert resources(stack, "AWS::IAM::Role") == {}
        [warning] = [each for each in warnings(stack) if "@saasus/events:rolePolicy" in each]
        assert "'theirs'" in warning
        assert "sqs:SendMessage" in json_in(warning)[0]["Action"]

    def test_one_imported_to_be_changed_gets_its_policy(self, stack: Stack, bus: SaasusEventBus) -> None:
        role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/theirs")
        bus.invoke("Run", ANY, self.function_with(role))
        assert properties(stack, "AWS::IAM::Policy")["Roles"] == ["theirs"]
        assert [each for each in warnings(stack) if "rolePolicy" in each] == []
