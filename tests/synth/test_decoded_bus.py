"""The decoded bus: what is made for it, and that it is used like the first one, with exact patterns."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Duration, NestedStack, SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from constructs_lib import (
    DecodedEventBus,
    EventArchive,
    EventBridgeQuotas,
    EventFilter,
    EventLogging,
    InvalidAlarm,
    InvalidConfiguration,
    InvalidRoute,
    SaasusEventBus,
    SaasusEventsError,
    UnknownOption,
    filters,
    payload,
    targets,
)
from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.testing import sample_event
from tests.synth.apps import HERE, SOURCE, new_app, new_function, only, properties, resources, text, warnings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm"))
CREATED = EventFilter.of(op.auth.create_tenant).succeeded()


@pytest.fixture
def bus(stack: Stack) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)


def rules_on(stack: Stack, decoded: DecodedEventBus) -> list[dict[str, Any]]:
    name = stack.resolve(decoded.event_bus.event_bus_name)
    rules = resources(stack, "AWS::Events::Rule").values()
    return [rule["Properties"] for rule in rules if rule["Properties"].get("EventBusName") == name]


def statements_of_the_decoder(stack: Stack) -> list[dict[str, Any]]:
    [role] = [each for id, each in resources(stack, "AWS::IAM::Role").items() if "Decoder" in id]
    [policy] = role["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def test_a_rule_brings_all_events_through_a_queue_to_a_function(stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded()
    [rule] = [each["Properties"] for each in resources(stack, "AWS::Events::Rule").values()]
    assert rule["EventPattern"] == EventFilter.all().to_pattern()
    [target] = rule["Targets"]
    assert target["Arn"] == stack.resolve(decoded.decoder_queue.queue_arn)
    assert target["DeadLetterConfig"]["Arn"] == stack.resolve(bus.dead_letter_queue.queue_arn)
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}

    queues = resources(stack, "AWS::SQS::Queue")
    [queue] = [each["Properties"] for id, each in queues.items() if "Decoder" in id]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": stack.resolve(bus.dead_letter_queue.queue_arn),
        "maxReceiveCount": 10,
    }
    function = properties(stack, "AWS::Lambda::Function")
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    mapping = properties(stack, "AWS::Lambda::EventSourceMapping")
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (10, 1)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    [policy] = [each for id, each in resources(stack, "AWS::SQS::QueuePolicy").items() if "Decoder" in id]
    assert {"aws:SecureTransport": "false"} in [
        statement.get("Condition", {}).get("Bool") for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_the_decoder_may_do_what_it_does_and_nothing_else(stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded()
    allowed = {
        action: statement["Resource"]
        for statement in statements_of_the_decoder(stack)
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    log_group = only(stack, "AWS::Logs::LogGroup")
    assert log_group["Properties"]["RetentionInDays"] == 90
    [log_id] = resources(stack, "AWS::Logs::LogGroup")
    queue = stack.resolve(decoded.decoder_queue.queue_arn)
    assert allowed == {
        "sqs:ReceiveMessage": queue,
        "sqs:DeleteMessage": queue,
        "sqs:GetQueueAttributes": queue,
        "events:PutEvents": stack.resolve(decoded.event_bus.event_bus_arn),
        "sqs:SendMessage": stack.resolve(bus.dead_letter_queue.queue_arn),
        "logs:CreateLogStream": {"Fn::GetAtt": [log_id, "Arn"]},
        "logs:PutLogEvents": {"Fn::GetAtt": [log_id, "Arn"]},
    }
    [role] = resources(stack, "AWS::IAM::Role").values()
    assert "ManagedPolicyArns" not in role["Properties"]


def test_routes_have_exact_patterns_and_there_can_be_more_than_30(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded()
    function = new_function(stack)
    many = [operation for operation in op if operation.method != "GET"][:32]
    for operation in many:
        decoded.invoke(operation.name, EventFilter.of(operation).failed(), function)
    rules = rules_on(stack, decoded)
    assert len(rules) == len(many)
    assert "wildcard" not in text(rules)
    app.synth()
    for operation, rule in zip(many, rules, strict=True):
        for other in many:
            event = decode(sample_event(other, status=400))
            assert filters.matches(rule["EventPattern"], event) is (other is operation)


def test_all_verbs_are_there_with_the_same_defaults(stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded(archive=EventArchive(event_filter=CREATED), event_logging=EventLogging())
    log = decoded.log("Everything")
    decoded.route("Queue", CREATED, targets.SqsQueue(sqs.Queue(stack, "Mine")))
    decoded.invoke("Invoke", CREATED, new_function(stack))
    decoded.call("Call", CREATED, endpoint="https://crm.example.com/x", authorization=KEY)
    rules = rules_on(stack, decoded)
    for rule in rules:
        [target] = rule["Targets"]
        assert target["DeadLetterConfig"]["Arn"] == stack.resolve(bus.dead_letter_queue.queue_arn)
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert log.patterns == ({"source": [{"prefix": "saasus."}]},)
    archive = properties(stack, "AWS::Events::Archive")
    assert archive["EventPattern"] == CREATED.to_decoded_pattern()
    assert archive["SourceArn"] == stack.resolve(decoded.event_bus.event_bus_arn)
    assert decoded.archive is not None
    assert decoded.event_log_group is not None
    assert not hasattr(decoded, "verify")
    metric = stack.resolve(decoded.metric_invocations())
    assert decoded.metric_events() is not None
    assert metric is not None


def test_a_call_identifies_the_event_that_was_decoded(stack: Stack, bus: SaasusEventBus) -> None:
    bus.decoded().call("Call", CREATED, endpoint="https://crm.example.com/x", authorization=KEY)
    [sent] = [
        target["InputTransformer"]
        for rule in resources(stack, "AWS::Events::Rule").values()
        for target in rule["Properties"]["Targets"]
        if "InputTransformer" in target
    ]
    assert sorted(sent["InputPathsMap"].values()) == [
        "$.detail.event_type",
        "$.detail.id",
        "$.detail.trace_id",
        "$.time",
    ]


def test_only_some_events_can_be_decoded(stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded(event_filter=EventFilter.of(op.auth))
    rules = resources(stack, "AWS::Events::Rule").values()
    assert [rule["Properties"]["EventPattern"] for rule in rules] == [
        json.loads(json.dumps(each)) for each in EventFilter.of(op.auth).to_patterns()
    ]
    assert decoded.source_route.event_filter == EventFilter.of(op.auth)


def test_the_key_of_the_bus_encrypts_the_queue_the_bus_and_the_log(stack: Stack) -> None:
    key = kms.Key(stack, "Key")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, encryption_key=key)
    decoded = bus.decoded()
    decoded.queue("PerTenant", ordered_by="tenant")
    arn = stack.resolve(key.key_arn)
    for kind, field in (
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::Events::EventBus", "KmsKeyIdentifier"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
    ):
        made = resources(stack, kind).values()
        assert [each["Properties"][field] for each in made] == [arn] * len(made)
    uses = [each for each in statements_of_the_decoder(stack) if "kms:Decrypt" in text(each["Action"])]
    assert {text(each["Resource"]) for each in uses} == {text(arn)}
    policy = text(only(stack, "AWS::KMS::Key")["Properties"]["KeyPolicy"])
    name = decoded.event_bus.event_bus_name
    assert f":event-bus/{properties_of_decoded_bus(stack)['Name']}" in policy, name
    assert "log-group:/aws/lambda/" in policy


def properties_of_decoded_bus(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [
        each["Properties"]
        for each in resources(stack, "AWS::Events::EventBus").values()
        if "EventSourceName" not in each["Properties"]
    ]
    return found


def test_it_has_options_of_its_own(stack: Stack, bus: SaasusEventBus) -> None:
    own = sqs.Queue(stack, "Own")
    decoded = bus.decoded(dead_letter_queue=own, retry_attempts=3, description="Mine", max_concurrency=2)
    decoded.log("Everything")
    [rule] = rules_on(stack, decoded)
    assert rule["Targets"][0]["DeadLetterConfig"]["Arn"] == stack.resolve(own.queue_arn)
    assert rule["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    assert properties_of_decoded_bus(stack)["Description"] == "Mine"
    assert properties(stack, "AWS::Lambda::EventSourceMapping")["ScalingConfig"] == {"MaximumConcurrency": 2}
    # What cannot be decoded is raw, with secrets, so it stays where those are.
    assert decoded.decoder_dead_letter_queue is bus.dead_letter_queue
    with pytest.raises(UnknownOption, match=r"'dead_leter_queue' is not an option of SaasusEventBus\.decoded.*'dead_"):
        bus.decoded("Other", dead_leter_queue=own)  # type: ignore[call-arg]


def test_the_quotas_of_the_account_hold_for_both_buses(app: App, stack: Stack) -> None:
    quotas = EventBridgeQuotas(rules_per_bus=2)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, quotas=quotas)
    decoded = bus.decoded()
    for number in range(3):
        decoded.invoke(f"Route{number}", EventFilter.all().event_type(f"a_{number}"), new_function(stack, f"F{number}"))
    with pytest.raises(RuntimeError, match="The bus has 3 rules; EventBridge accepts 2"):
        app.synth()


def test_dead_letters_of_another_account_are_kept_here(app: App) -> None:
    stack = Stack(app, "Here", env=HERE)
    theirs = sqs.Queue.from_queue_arn(stack, "Theirs", "arn:aws:sqs:ap-northeast-1:444455556666:theirs")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, dead_letter_queue=theirs)
    decoded = bus.decoded()
    [queue] = [
        each["Properties"]
        for each in resources(stack, "AWS::SQS::Queue").values()
        if "RedrivePolicy" in each["Properties"]
    ]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == stack.resolve(decoded.decoder_dead_letter_queue.queue_arn)
    assert decoded.decoder_dead_letter_queue is not theirs


SENT: dict[str, Callable[[], events.RuleTargetInput]] = {
    "text": lambda: payload.text("{operation}"),
    "slack": lambda: payload.slack("{request.name}"),
    "teams": lambda: payload.teams("{request.name}"),
    "json": lambda: payload.json({"a": "{request}"}),
}


@pytest.mark.parametrize("kind", SENT)
def test_a_payload_is_for_the_decoded_bus_only(stack: Stack, bus: SaasusEventBus, kind: str) -> None:
    decoded = bus.decoded()
    function, queue = new_function(stack), sqs.Queue(stack, "Queue")

    def call(on: SaasusEventBus | DecodedEventBus) -> None:
        on.call("Call", CREATED, endpoint="https://crm.example.com/x", authorization=KEY, event=SENT[kind]())

    def invoke(on: SaasusEventBus | DecodedEventBus) -> None:
        on.invoke("Invoke", CREATED, function, event=SENT[kind]())

    def route(on: SaasusEventBus | DecodedEventBus) -> None:
        on.route("Theirs", CREATED, cdk_targets.SqsQueue(queue, message=SENT[kind]()))

    for add in (call, invoke, route):
        add(decoded)
        with pytest.raises(InvalidRoute, match=r"on SaaSus's own bus.*bus\.decoded"):
            add(bus)
    assert len(rules_on(stack, decoded)) == 3


def sending(path: str) -> events.RuleTargetInput:
    return events.RuleTargetInput.from_object({"a": events.EventField.from_path(path)})


@pytest.mark.parametrize(
    ("path", "is_raw", "is_decoded"),
    [
        ("$.detail.event_type", True, True),
        ("$.detail.event", True, False),
        ("$.detail.request.name", False, True),
        ("$.detail.response.users[0].id", False, True),
        ("$.detail.path.3", False, True),
        ("$.detail.status", False, True),
        ("$.detail.statuss", False, False),
        ("$.detail.status.code", False, False),
    ],
)
def test_paths_reach_the_fields_that_the_bus_has(
    stack: Stack, bus: SaasusEventBus, path: str, is_raw: bool, is_decoded: bool
) -> None:
    decoded = bus.decoded()
    function = new_function(stack)
    bus.invoke("Raw", CREATED, function, event=sending(path))
    decoded.invoke("Plain", CREATED, function, event=sending(path))
    found = [each for each in warnings(stack) if "is nowhere in" in each]
    assert [each for each in found if "an event of SaaSus" in each] == [] if is_raw else found[:1]
    assert any("a decoded event" in each for each in found) is not is_decoded
    if is_decoded and not is_raw:
        assert "bus.decoded(…)" in found[0]


@pytest.mark.parametrize(
    ("event_filter", "field", "says"),
    [
        (CREATED, "request.nmae", "Did you mean 'name'"),
        (CREATED, "response.nmae", "Did you mean"),
        (EventFilter.of(op.auth.create_tenant, op.auth.update_tenant), "request.nmae", "any of the 2 operations"),
        (EventFilter.of(op.auth.create_saas_user), "request.password", "is a secret of the request"),
        (CREATED, "request.name", ""),
        (EventFilter.of(op.auth.create_tenant, op.auth.update_tenant), "response.id", ""),
        (EventFilter.all().failed(), "request.nmae", ""),
        (EventFilter.all().route("POST", "/v1/auth/tenants"), "response.message", ""),
    ],
)
def test_a_field_that_the_operations_do_not_have_warns_with_the_nearest(
    app: App, stack: Stack, bus: SaasusEventBus, event_filter: EventFilter, field: str, says: str
) -> None:
    decoded = bus.decoded()
    call = {"endpoint": "https://x.example.com/x", "authorization": KEY}
    decoded.call("Payload", event_filter, **call, event=payload.slack(f"New: {{{field}}}"))  # type: ignore[arg-type]
    decoded.call("Header", event_filter, **call, header_parameters={"x-name": f"$.detail.{field}"})  # type: ignore[arg-type]
    app.synth()
    found = [each for each in warnings(stack) if "@saasus/events:emptyPath" in each]
    assert len(found) == (2 if says else 0)
    assert all(says in each and f"'$.detail.{field}'" in each for each in found)


@pytest.mark.parametrize(
    ("field", "warns"), [("request.env_id", True), ("request.user_id", False), ("trace_id", False)]
)
@pytest.mark.parametrize("make", [payload.slack, payload.teams])
def test_a_message_with_a_number_in_the_place_of_a_text_warns(
    app: App, stack: Stack, bus: SaasusEventBus, make: Callable[[str], events.RuleTargetInput], field: str, warns: bool
) -> None:
    decoded = bus.decoded()
    sent = make(f"New: {{{field}}}")
    created = EventFilter.of(op.apigateway.create_api_key)
    decoded.call("Call", created, endpoint="https://x.example.com/x", authorization=KEY, event=sent)
    app.synth()
    found = [each for each in warnings(stack) if "@saasus/events:messageNeedsText" in each]
    assert len(found) == warns
    assert all("integer" in each and "payload.json" in each for each in found)


def test_a_body_field_inside_a_text_warns(stack: Stack, bus: SaasusEventBus) -> None:
    sent = events.RuleTargetInput.from_object({"a": f"Hello {events.EventField.from_path('$.detail.request.name')}"})
    bus.decoded().invoke("Plain", CREATED, new_function(stack), event=sent)
    [found] = [each for each in warnings(stack) if "inputNotEscaped" in each]
    assert "payload.slack" in found


@pytest.mark.parametrize(
    ("sent", "warns"),
    [
        (payload.raw_event(), True),
        (events.RuleTargetInput.from_event_path("$.detail"), True),
        (sending("$.detail.request"), True),
        (payload.json({"a": "{response}"}), True),
        (payload.json({"a": "{response.id}", "b": "{trace_id}", "c": "{message}"}), False),
        (None, False),
    ],
)
def test_whole_bodies_that_leave_the_account_warn(
    stack: Stack, bus: SaasusEventBus, sent: events.RuleTargetInput | None, warns: bool
) -> None:
    bus.decoded().call("Call", CREATED, endpoint="https://x.example.com/x", authorization=KEY, event=sent)
    assert any("@saasus/events:personalData" in each for each in warnings(stack)) is warns
    assert not any("@saasus/events:rawEvent" in each for each in warnings(stack))


def test_two_routes_that_bring_an_event_to_one_target_warn(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded()
    function = new_function(stack)
    decoded.invoke("Tenants", EventFilter.of(op.auth.create_tenant), function)
    decoded.invoke("Failures", EventFilter.all().failed(), function)
    app.synth()
    [found] = [each for each in warnings(stack) if "overlappingRoutes" in each]
    assert "'Events/Saasus/Decoded/Failures' and 'Events/Saasus/Decoded/Tenants'" in found


def test_a_rule_of_ones_own_that_never_fires_warns(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded()
    queue = cdk_targets.SqsQueue(sqs.Queue(stack, "Queue"))
    for id, detail in {"Right": {"method": ["DELETE"]}, "Wrong": {"method": ["delete"]}}.items():
        pattern = events.EventPattern(detail=detail)
        events.Rule(stack, id, event_bus=decoded.event_bus, event_pattern=pattern, targets=[queue])
    app.synth()
    [found] = [each for each in warnings(stack) if "ruleNeverFires" in each]
    assert "detail.method" in found


def test_the_first_bus_counts_the_decoded_one_as_a_route(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    bus.invoke("Some", CREATED, new_function(stack))
    bus.monitor()
    bus.decoded()
    app.synth()
    assert not any("silenceOfSome" in each for each in warnings(stack))


def test_monitoring_watches_the_decoder(app: App, stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded()
    decoded.log("Everything")
    decoded.monitor()
    app.synth()
    alarms = {id: each["Properties"] for id, each in resources(stack, "AWS::CloudWatch::Alarm").items()}
    [errors] = [each for id, each in alarms.items() if "DecoderErrors" in id]
    assert errors["MetricName"] == "Errors"
    assert errors["Dimensions"][0]["Name"] == "FunctionName"
    [late] = [each for id, each in alarms.items() if "DecodingLate" in id]
    assert (late["MetricName"], late["Threshold"]) == ("ApproximateAgeOfOldestMessage", 600)
    assert "Queue of the decoder" in text(only(stack, "AWS::CloudWatch::Dashboard"))
    assert not any("silenceOfSome" in each for each in warnings(stack))


@pytest.mark.parametrize("monitored_first", [True, False])
def test_monitoring_watches_the_dead_letters_of_ordered_queues(
    app: App, stack: Stack, bus: SaasusEventBus, monitored_first: bool
) -> None:
    decoded = bus.decoded()
    decoded.log("Everything")
    monitoring = decoded.monitor() if monitored_first else None
    queue = decoded.queue("PerTenant", ordered_by="tenant")
    monitoring = monitoring or decoded.monitor()
    app.synth()
    [alarm] = [each for id, each in resources(stack, "AWS::CloudWatch::Alarm").items() if "LettersOfPerTenant" in id]
    watched = stack.resolve(queue.dead_letter_queue.queue_name)
    assert alarm["Properties"]["Dimensions"] == [{"Name": "QueueName", "Value": watched}]
    for given in (("PerTenant", queue.dead_letter_queue), ("Other", "queue")):
        with pytest.raises(InvalidAlarm, match=r"already has|is not a queue"):
            monitoring.add_dead_letter_alarm(*given)


def test_names_of_buses_are_unique_known_and_valid(tmp_path: Path) -> None:
    app = new_app(outdir=tmp_path)
    for stack_name in ("One", "Two"):
        stack = Stack(app, stack_name, stack_name=f"{stack_name}-{'x' * 100}")
        for scope in (stack, NestedStack(stack, "Nested")):
            bus = SaasusEventBus.from_event_bus(scope, "Saasus", events.EventBus(scope, "Bus"))
            for id in ("A", "B" * 150):
                bus.decoded(id).log("Everything")
    app.synth()
    made = [
        each["Properties"]["Name"]
        for file in tmp_path.glob("*.template.json")
        for each in json.loads(file.read_text("utf-8"))["Resources"].values()
        if each["Type"] == "AWS::Events::EventBus"
    ]
    names = [name for name in made if "Saasus" in name]
    assert len(names) == len(set(names)) == 8
    assert all(re.fullmatch(r"[.\-_A-Za-z0-9]{1,256}", name) for name in names)


def test_its_id_is_free(bus: SaasusEventBus) -> None:
    bus.decoded()
    bus.decoded("Second")
    with pytest.raises(SaasusEventsError, match=r"already.*keep what the first call returned"):
        bus.decoded()


@pytest.mark.parametrize("given", [0, 1, 1001, "2"])
def test_a_concurrency_out_of_range_is_refused(bus: SaasusEventBus, given: Any) -> None:
    with pytest.raises(InvalidConfiguration, match=r"max_concurrency=.*2 to 1,000"):
        bus.decoded(max_concurrency=given)


class TestBusThatExists:
    """A bus that decoded events are forwarded to, such as one in another account."""

    def test_has_the_verbs_with_exact_patterns_and_no_decoder(self, app: App, stack: Stack) -> None:
        forwarded = events.EventBus(stack, "Bus", event_bus_name="saasus-events")
        routes = DecodedEventBus.from_event_bus(stack, "Saasus", forwarded, retry_attempts=3)
        routes.log("Log", CREATED)
        routes.call("Tell", CREATED, endpoint="https://crm.example.com", authorization=KEY, event=payload.text("{id}"))
        app.synth()
        rules = [rule["Properties"] for rule in resources(stack, "AWS::Events::Rule").values()]
        assert [rule["EventPattern"] for rule in rules] == list(CREATED.to_decoded_patterns()) * 2
        assert {text(rule["EventBusName"]) for rule in rules} == {text(stack.resolve(forwarded.event_bus_name))}
        assert {target["RetryPolicy"]["MaximumRetryAttempts"] for rule in rules for target in rule["Targets"]} == {3}
        assert resources(stack, "AWS::Lambda::Function") == {}
        assert warnings(stack) == []

    def test_can_be_imported(self, stack: Stack) -> None:
        theirs = events.EventBus.from_event_bus_name(stack, "Theirs", "saasus-events")
        DecodedEventBus.from_event_bus(stack, "Saasus", theirs).log("Log")
        assert properties(stack, "AWS::Events::Rule")["EventBusName"] == "saasus-events"

    def test_elsewhere_or_something_else_is_refused(self) -> None:
        stack = Stack(new_app(), "Here", env=HERE)
        elsewhere = events.EventBus.from_event_bus_arn(stack, "Theirs", "arn:aws:events:eu-west-1:1:event-bus/x")
        with pytest.raises(InvalidConfiguration, match="eu-west-1"):
            DecodedEventBus.from_event_bus(stack, "Saasus", elsewhere)
        with pytest.raises(InvalidConfiguration, match="is not an event bus"):
            DecodedEventBus.from_event_bus(stack, "Other", "saasus-events")  # type: ignore[arg-type]


def test_numbers_can_be_known_only_at_deployment(stack: Stack, bus: SaasusEventBus) -> None:
    number = CfnParameter(stack, "Number", type="Number").value_as_number
    decoded = bus.decoded(max_concurrency=number)  # type: ignore[arg-type]
    decoded.queue("PerTenant", ordered_by="tenant", max_receive_count=number)  # type: ignore[arg-type]
    assert properties(stack, "AWS::Lambda::EventSourceMapping")["ScalingConfig"] == {
        "MaximumConcurrency": {"Ref": "Number"}
    }


class TestOrderedQueue:
    def test_the_decoder_sends_to_a_fifo_queue(self, stack: Stack, bus: SaasusEventBus) -> None:
        decoded = bus.decoded()
        tenants = decoded.queue("PerTenant", CREATED, ordered_by="tenant", visibility_timeout=Duration.minutes(6))
        everything = decoded.queue("Users", ordered_by="user", max_receive_count=7)
        template = Template.from_stack(stack)
        queue = template.to_json()["Resources"][stack.get_logical_id(tenants.queue.node.default_child)]["Properties"]  # type: ignore[arg-type]
        assert queue["FifoQueue"] is True
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
        assert queue["VisibilityTimeout"] == 360
        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": stack.resolve(tenants.dead_letter_queue.queue_arn),
            "maxReceiveCount": 5,
        }
        variables = properties(stack, "AWS::Lambda::Function")["Environment"]["Variables"]
        assert text(variables["SAASUS_ORDERED_QUEUE_1"]).count("PerTenant") == 1
        patterns = text(json.dumps(list(CREATED.to_decoded_patterns()), separators=(",", ":")))[1:-1]
        assert patterns in text(variables["SAASUS_ORDERED_QUEUE_1"])
        assert '\\"patterns\\":[]' in text(variables["SAASUS_ORDERED_QUEUE_2"])
        [sends] = [each["Resource"] for each in statements_of_the_decoder(stack) if each["Action"] == "sqs:SendMessage"]
        assert stack.resolve(tenants.queue.queue_arn) in sends
        assert stack.resolve(everything.queue.queue_arn) in sends

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"ordered_by": "tennant"}, "Did you mean 'tenant'"),
            ({"ordered_by": "tenant", "max_receive_count": 0}, "from 1 to 1,000"),
            ({"ordered_by": "tenant", "visibility_timeout": 30}, "30, not a Duration"),
            ({"ordered_by": "tenant", "visibility_timeout": Duration.hours(13)}, "up to 12 hours"),
            ({"ordered_by": "tenant", "visibility_timeout": Duration.millis(1500)}, "whole seconds"),
            ({"ordered_by": "tenant", "event_filter": "all"}, "is not an EventFilter"),
        ],
    )
    def test_a_wrong_argument_is_refused(self, bus: SaasusEventBus, given: dict[str, Any], says: str) -> None:
        with pytest.raises(InvalidRoute, match=says):
            bus.decoded().queue("PerTenant", **given)

    def test_filters_that_do_not_fit_the_environment_are_refused(self, bus: SaasusEventBus) -> None:
        decoded = bus.decoded()
        long = EventFilter.of(*(each for each in op.auth if each.path_params)).failed()
        decoded.queue("First", long, ordered_by="tenant")
        with pytest.raises(InvalidConfiguration, match=r"have [\d,]+ characters together.*SqsEventSource"):
            decoded.queue("Second", long, ordered_by="tenant")

    def test_its_id_is_free(self, bus: SaasusEventBus) -> None:
        decoded = bus.decoded()
        decoded.log("Everything")
        with pytest.raises(SaasusEventsError, match="already"):
            decoded.queue("Everything", ordered_by="tenant")
