"""Every keyword of every construct and verb does something: given a value of its own, another template comes out.

The keywords are those of the signatures and of the options that these unpack, so that a new one fails here until it
has a value below.
"""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration, Environment, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import (
    DecodedEventBus,
    EventArchive,
    EventBridgeQuotas,
    EventFilter,
    EventLedger,
    EventLogging,
    LogLevel,
    SaasusEventBus,
    SaasusIntegration,
    SaasusRuntime,
    targets,
)
from constructs_lib import operations as op
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_app, new_function, new_handlers
from tests.synth.callables import keywords

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED = EventFilter.of(op.auth.create_tenant)
FAILED = EventFilter.all().failed()


class World:
    """A stack with all that can be a value, used or not, so that only its use makes a difference."""

    def __init__(self) -> None:
        self.stack = Stack(new_app(), "Events", env=Environment(account="111122223333", region="ap-northeast-1"))
        self.function = new_function(self.stack)
        self.queue = sqs.Queue(self.stack, "Queue")
        self.fifo = sqs.Queue(self.stack, "Fifo", fifo=True, content_based_deduplication=True)
        self.other_queue = sqs.Queue(self.stack, "OtherQueue")
        self.log_group = logs.LogGroup(self.stack, "LogGroup")
        self.key = kms.Key(self.stack, "Key")
        self.topic = sns.Topic(self.stack, "Topic")
        self.roles = [
            iam.Role(self.stack, id, assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
            for id in ("Role", "OtherRole")
        ]
        self.lambda_role = iam.Role(self.stack, "LambdaRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        theirs = "ap-northeast-1:444455556666"
        self.their_queue = sqs.Queue.from_queue_arn(self.stack, "TheirQueue", f"arn:aws:sqs:{theirs}:theirs")
        self.their_function = lambda_.Function.from_function_arn(
            self.stack, "TheirFunction", f"arn:aws:lambda:{theirs}:function:theirs"
        )
        self.user_bus = events.EventBus(self.stack, "Bus")
        self.secret = secretsmanager.Secret.from_secret_name_v2(self.stack, "Secret", "saasus")
        self.other_secret = secretsmanager.Secret.from_secret_name_v2(self.stack, "OtherSecret", "other")

    def bus(self, **options: Any) -> SaasusEventBus:
        return SaasusEventBus(self.stack, "Saasus", **{"event_source_name": SOURCE, **options})

    def integration(self, **options: Any) -> SaasusIntegration:
        return SaasusIntegration(self.stack, "Integration", **{"credentials": self.secret, **options})


def use(bus: SaasusEventBus, world: World) -> None:
    """Add routes to a bus, for what shows on them only."""
    bus.log("Log", FAILED)
    bus.invoke("Invoke", FAILED, world.function)


def make_bus(world: World, **options: Any) -> None:
    use(world.bus(**options), world)


def from_event_bus(world: World, **options: Any) -> None:
    use(SaasusEventBus.from_event_bus(world.stack, "Saasus", world.user_bus, **options), world)


def decoded_from_event_bus(world: World, **options: Any) -> None:
    routes = DecodedEventBus.from_event_bus(world.stack, "Saasus", world.user_bus, **options)
    routes.log("Log", FAILED)
    routes.invoke("Invoke", FAILED, world.function)


def route(world: World, **options: Any) -> None:
    world.bus().route("Route", CREATED, targets.SqsQueue(world.queue), **options)


def log(world: World, **options: Any) -> None:
    world.bus().log("Route", **options)


def invoke(world: World, **options: Any) -> None:
    function = world.their_function if "role" in options else world.function
    world.bus().invoke("Route", CREATED, function, **options)


def handle(world: World, **options: Any) -> None:
    function = world.their_function if "role" in options else world.function
    world.bus().handle("Handlers", new_handlers(), function, **options)


def call(world: World, **options: Any) -> None:
    given = {
        "endpoint": "https://crm.example.com/*" if "path_parameter_values" in options else "https://crm.example.com/x",
        "authorization": events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm")),
    }
    world.bus().call("Route", CREATED, **{**given, **options})


def verify(world: World, **options: Any) -> None:
    bus = world.bus()
    bus.verify("Verify", world.integration(), bus.log("Log"), **options)


def monitor(world: World, **options: Any) -> None:
    bus = world.bus()
    use(bus, world)
    bus.monitor(**options)


def integration(world: World, **options: Any) -> None:
    world.integration(**options)


def runtime_layer(world: World, **options: Any) -> None:
    SaasusRuntime(world.stack, "SaasusRuntime", **options)


def decoded(world: World, **options: Any) -> None:
    bus = world.bus().decoded(**options)
    bus.log("Log", FAILED)
    bus.invoke("Invoke", FAILED, world.function)


def ordered_queue(world: World, **options: Any) -> None:
    world.bus().decoded().queue("Queue", **{"ordered_by": "tenant", **options})


def archive(world: World, **options: Any) -> None:
    world.bus(archive=EventArchive(**options))


def logging(world: World, **options: Any) -> None:
    world.bus(event_logging=EventLogging(**options))


def ledger(world: World, **options: Any) -> None:
    EventLedger(world.stack, "Ledger", **options).grant_use(world.function)


def quotas(world: World, **options: Any) -> None:
    names = [f"an_event_type_of_its_own_{number}" for number in range(90)]
    kept = EventArchive(event_filter=EventFilter.all().event_type(*names))
    make_bus(world, quotas=EventBridgeQuotas(**options), archive=kept)


def to_function(world: World, **options: Any) -> None:
    function = world.their_function if "role" in options else world.function
    world.bus().route("Route", CREATED, targets.LambdaFunction(function, **options))


def to_queue(world: World, **options: Any) -> None:
    queue = world.fifo if "message_group_id" in options else world.their_queue if "role" in options else world.queue
    world.bus().route("Route", CREATED, targets.SqsQueue(queue, **options))


def to_log_group(world: World, **options: Any) -> None:
    world.bus().route("Route", CREATED, targets.CloudWatchLogGroup(world.log_group, **options))


SUBJECTS: dict[str, tuple[Callable[..., Any], Callable[..., None]]] = {
    "SaasusEventBus": (SaasusEventBus.__init__, make_bus),
    "from_event_bus": (SaasusEventBus.from_event_bus, from_event_bus),
    "route": (SaasusEventBus.route, route),
    "log": (SaasusEventBus.log, log),
    "invoke": (SaasusEventBus.invoke, invoke),
    "handle": (SaasusEventBus.handle, handle),
    "call": (SaasusEventBus.call, call),
    "verify": (SaasusEventBus.verify, verify),
    "monitor": (SaasusEventBus.monitor, monitor),
    "decoded": (SaasusEventBus.decoded, decoded),
    "decoded_from_event_bus": (DecodedEventBus.from_event_bus, decoded_from_event_bus),
    "queue": (DecodedEventBus.queue, ordered_queue),
    "SaasusIntegration": (SaasusIntegration.__init__, integration),
    "SaasusRuntime": (SaasusRuntime.__init__, runtime_layer),
    "EventArchive": (EventArchive, archive),
    "EventLedger": (EventLedger.__init__, ledger),
    "EventLogging": (EventLogging, logging),
    "EventBridgeQuotas": (EventBridgeQuotas, quotas),
    "LambdaFunction": (targets.LambdaFunction.__init__, to_function),
    "SqsQueue": (targets.SqsQueue.__init__, to_queue),
    "CloudWatchLogGroup": (targets.CloudWatchLogGroup.__init__, to_log_group),
}
VALUES: dict[str, Callable[[World], Any]] = {
    "alarm_actions": lambda world: [world.topic],
    "archive": lambda _: EventArchive(),
    "authorization": lambda _: events.Authorization.basic("saasus", SecretValue.secrets_manager("crm")),
    "base_url": lambda _: "https://api.example.com/v1",
    "credentials": lambda world: world.other_secret,
    "dead_letter_age": lambda _: Duration.hours(30),
    "dead_letter_queue": lambda world: world.other_queue,
    "deletion_protection": lambda _: False,
    "description": lambda _: "A description of its own",
    "enabled": lambda _: False,
    "encryption_key": lambda world: world.key,
    "endpoint": lambda _: "https://crm.example.com/other",
    "event": lambda _: events.RuleTargetInput.from_text("an input of its own"),
    "event_filter": lambda _: CREATED,
    "event_logging": lambda _: EventLogging(),
    "event_pattern_characters": lambda _: 4096,
    "event_source_name": lambda _: OTHER_SOURCE,
    "header_parameters": lambda _: {"x-source": "saasus"},
    "http_method": lambda _: events.HttpMethod.PUT,
    "include_detail": lambda _: True,
    "level": lambda _: LogLevel.TRACE,
    "layer_version_name": lambda _: "saasus",
    "log_group": lambda world: world.log_group,
    "mask": lambda _: False,
    "max_concurrency": lambda _: 7,
    "max_receive_count": lambda _: 7,
    "max_event_age": lambda _: Duration.hours(5),
    "message": lambda _: events.RuleTargetInput.from_text("an input of its own"),
    "on_failure": lambda world: world.other_queue,
    "ordered_by": lambda _: "user",
    "point_in_time_recovery": lambda _: False,
    "query_string_parameters": lambda _: {"source": "saasus"},
    "quotas": lambda _: EventBridgeQuotas(rules_per_bus=1),
    "rate_limit_per_second": lambda _: 7,
    "removal_policy": lambda _: RemovalPolicy.RETAIN,
    "retention": lambda _: logs.RetentionDays.TWO_WEEKS,
    "retry_attempts": lambda _: 7,
    "rules_per_bus": lambda _: 1,
    "secret_version": lambda _: "2026-12-01",
    "silence": lambda _: Duration.hours(5),
    "take_over": lambda _: True,
    "timeout": lambda _: Duration.minutes(5),
    "visibility_timeout": lambda _: Duration.minutes(7),
    "SaasusIntegration.role": lambda world: world.lambda_role,
    "EventLedger.removal_policy": lambda _: RemovalPolicy.DESTROY,
    "EventArchive.retention": lambda _: Duration.days(77),
}
"""By keyword, or by subject and keyword where it means something else there."""
SAID = {
    "SaasusEventBus.quotas",
    "from_event_bus.quotas",
    "decoded.quotas",
    "decoded_from_event_bus.quotas",
    "EventBridgeQuotas.rules_per_bus",
    "EventBridgeQuotas.event_pattern_characters",
}
"""What changes what is said at synth, and not the template."""
TWO_VALUES: dict[str, tuple[Callable[[World], Any], Callable[[World], Any]]] = {
    "call.path_parameter_values": (lambda _: ["a"], lambda _: ["b"]),
    "handle.role": (lambda world: world.roles[0], lambda world: world.roles[1]),
    "invoke.role": (lambda world: world.roles[0], lambda world: world.roles[1]),
    "LambdaFunction.role": (lambda world: world.roles[0], lambda world: world.roles[1]),
    "SqsQueue.message_group_id": (lambda _: "one", lambda _: "two"),
    "SqsQueue.role": (lambda world: world.roles[0], lambda world: world.roles[1]),
}
"""Keywords that go with something else, and are tried with two values."""


CASES = [f"{subject}.{keyword}" for subject, (signed, _) in SUBJECTS.items() for keyword in keywords(signed)]


@cache
def without(subject: str) -> tuple[str, str]:
    return outcome(subject, lambda _: {})


def outcome(subject: str, options: Callable[[World], dict[str, Any]]) -> tuple[str, str]:
    """Return the template that comes out, and what is said."""
    world = World()
    SUBJECTS[subject][1](world, **options(world))
    try:
        template = json.dumps(Template.from_stack(world.stack).to_json(), sort_keys=True)
    except RuntimeError as error:
        return "", str(error)
    said = Annotations.from_stack(world.stack).find_warning("*", Match.any_value())
    return template, " ".join(sorted(str(message.entry.data) for message in said))


@pytest.mark.parametrize("case", CASES)
def test_a_keyword_changes_what_is_deployed(case: str) -> None:
    subject, _, keyword = case.partition(".")
    if case in TWO_VALUES:
        one, two = TWO_VALUES[case]
        before = outcome(subject, lambda world: {keyword: one(world)})
        after = outcome(subject, lambda world: {keyword: two(world)})
    else:
        value = VALUES.get(case) or VALUES.get(keyword)
        assert value is not None, f"{case} has no value here: give it one, to see that it does something"
        before, after = without(subject), outcome(subject, lambda world: {keyword: value(world)})
    if case in SAID:
        assert before[1] != after[1]
    else:
        assert before[0] != after[0]


def test_the_same_gives_the_same() -> None:
    for subject in ("SaasusEventBus", "verify"):
        assert outcome(subject, lambda _: {}) == without(subject)


def test_every_construct_and_verb_is_here() -> None:
    verbs = {
        name
        for kind in (SaasusEventBus, DecodedEventBus)
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith(("_", "metric")) and keywords(method)
    }
    kinds = {name for name, kind in vars(targets).items() if inspect.isclass(kind) and hasattr(kind, "bind")}
    assert verbs | kinds - {"SharedTarget"} <= set(SUBJECTS)


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    world = World()
    bus = world.bus()
    return {"bus": bus, "route": bus.log("Log")}


METRICS = [
    (of, name, keyword)
    for of, kind in (("bus", SaasusEventBus), ("route", type(World().bus().log("Log"))))
    for name, method in inspect.getmembers(kind, inspect.isfunction)
    if name.startswith("metric")
    for keyword in keywords(method)
]


@pytest.mark.parametrize(("of", "name", "keyword"), METRICS)
def test_a_metric_s_keyword_shows_in_its_graph(measured: dict[str, Any], of: str, name: str, keyword: str) -> None:
    values = {"period": Duration.minutes(7), "label": "a label of its own", "statistic": "p77"}

    def graph(**options: Any) -> str:
        # What EventBridge reports by bus: of what it reports by rule only, the bus's metric is the sum over all rules.
        arguments = ("MatchedEvents",) if name == "metric" else ()
        metric = getattr(measured[of], name)(*arguments, **options)
        widget = cloudwatch.GraphWidget(left=[metric])
        return json.dumps(Stack.of(measured["bus"]).resolve(widget.to_json()))

    assert graph() != graph(**{keyword: values[keyword]})
