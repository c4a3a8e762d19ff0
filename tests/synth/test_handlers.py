"""The routes that a function's handlers make: each event invokes the function once, and nothing else changes."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, HandlersRoute, InvalidAlarm, InvalidRoute, SaasusEventBus, UnknownOption
from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.filters import Matcher, matches
from constructs_lib.filters.ruler.complexity import has_wildcard
from constructs_lib.runtime import EventHandlers
from constructs_lib.testing import sample_event, variants
from tests.synth.apps import SOURCE, new_function, resources, rule_targets, warnings

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "a_name_that_nobody_knows"
TENANT = "fc84307d-e285-4854-8c16-21a6871a2a13"
CREATED = EventFilter.of(op.auth.create_tenant).succeeded()
DELETED = EventFilter.of(op.auth.delete_tenant)
FAILED = EventFilter.all().failed()
PRICED = EventFilter.of(op.pricing)


def of(declared: Mapping[str, EventFilter], *, fallback: bool = False) -> EventHandlers:
    handlers = EventHandlers()
    for name, event_filter in declared.items():
        handlers.on(event_filter, name=name)(lambda event: event.id)
    if fallback:
        handlers.fallback(lambda event: event.id)
    return handlers


def handled(declared: Mapping[str, EventFilter], **options: Any) -> tuple[Stack, HandlersRoute]:
    stack = Stack(App(), "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    return stack, bus.handle("Handlers", of(declared), new_function(stack), **options)


def rules(stack: Stack) -> dict[str, Any]:
    return {id: rule["Properties"]["EventPattern"] for id, rule in resources(stack, "AWS::Events::Rule").items()}


def test_each_handler_has_a_route_with_its_name_and_its_filter(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    made = bus.handle("Handlers", of({"onboard": CREATED, "offboard": DELETED}, fallback=True), function)

    assert [route.node.id for route in made.routes] == ["offboard", "onboard"]
    assert [route.event_filter for route in made.routes] == [DELETED, CREATED]
    assert made.routes[0].node.path == "Events/Saasus/Handlers/offboard"
    assert made.function is function
    assert list(rules(stack).values()) == [pattern for route in made.routes for pattern in route.patterns]
    assert len(made.rules) == len(rules(stack)) == len(rule_targets(stack)) == 2
    assert warnings(stack) == []


OVERLAPPING = {
    "everything and some": {"all": EventFilter.all(), "created": CREATED, "failed": FAILED},
    "a chain": {"created": EventFilter.of(op.auth.create_tenant), "failed": FAILED, "tenant": DELETED},
    "an API and its operations": {"api": EventFilter.of(op.auth), "created": CREATED, "price": PRICED},
    "two pairs": {
        "a": EventFilter.of(op.auth.create_tenant),
        "b": EventFilter.of(op.auth.create_tenant).succeeded(),
        "c": EventFilter.of(op.pricing.create_tax_rate),
        "d": EventFilter.of(op.pricing).failed(),
    },
    "only where the name is unknown": {
        "user": EventFilter.of(op.auth.delete_saas_user),
        "provider": EventFilter.of(op.auth.unlink_provider),
    },
    "none": {"created": CREATED, "deleted": DELETED, "priced": PRICED},
}


@pytest.mark.parametrize("declared", OVERLAPPING.values(), ids=OVERLAPPING)
def test_an_event_invokes_the_function_once_whatever_the_handlers_share(declared: dict[str, EventFilter]) -> None:
    stack, made = handled(declared)
    # What the docs say of several rules of one filter: an event with an unknown name can match two.
    names = (None, UNKNOWN) if len(made.rules) == len(made.routes) else (None,)
    chosen = [*[*op][::3], op.auth.create_tenant, op.auth.unlink_provider, op.auth.delete_tenant_user]
    for operation, status, name in itertools.product(chosen, (None, 404), names):
        event = sample_event(operation, status=status, event_type=name)
        taken = sum(matches(pattern, event) for pattern in rules(stack).values())
        wanted = any(each.matches(event) for each in declared.values())
        assert taken == (1 if wanted else 0), (operation, name)


@pytest.mark.parametrize("declared", OVERLAPPING.values(), ids=OVERLAPPING)
def test_the_order_of_declaration_changes_nothing(declared: dict[str, EventFilter]) -> None:
    expected = rules(handled(declared)[0])
    for order in [*itertools.permutations(declared)][1::5]:
        assert rules(handled({name: declared[name] for name in order})[0]) == expected


def test_another_handler_changes_no_other_rule() -> None:
    before = rules(handled({"onboard": CREATED, "priced": PRICED})[0])
    for position in range(3):
        declared = [("onboard", CREATED), ("priced", PRICED)]
        declared.insert(position, ("deleted", DELETED))
        after = rules(handled(dict(declared))[0])
        assert before.items() <= after.items()
        assert len(after) == len(before) + 1


def test_a_handler_of_the_same_events_joins_the_others_in_the_route_of_the_first_name() -> None:
    before = {"onboard": EventFilter.of(op.auth.create_tenant), "priced": PRICED.succeeded()}
    after = {**before, "watch": FAILED}
    ids, ids_after = (rules(handled(declared)[0]) for declared in (before, after))

    assert ids_after.keys() == ids.keys()
    assert [route.node.id for route in handled(after)[1].routes] == ["onboard", "priced"]


def test_options_are_those_of_invoke() -> None:
    stack = Stack(App(), "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    queue = sqs.Queue(stack, "Failed")
    bus.handle(
        "Handlers",
        of({"a": CREATED, "b": DELETED}),
        new_function(stack),
        description="ours",
        enabled=False,
        dead_letter_queue=queue,
        retry_attempts=3,
        max_event_age=Duration.hours(1),
        on_failure=queue,
    )
    for rule in resources(stack, "AWS::Events::Rule").values():
        [target] = rule["Properties"]["Targets"]
        assert (rule["Properties"]["Description"], rule["Properties"]["State"]) == ("ours", "DISABLED")
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3}
    [configuration] = resources(stack, "AWS::Lambda::EventInvokeConfig").values()
    assert "OnFailure" in configuration["Properties"]["DestinationConfig"]
    with pytest.raises(UnknownOption, match="Did you mean 'retry_attempts'"):
        bus.handle("Other", of({"a": CREATED}), new_function(stack, "F2"), retry_attemps=3)  # type: ignore[call-arg]
    only_detail = events.RuleTargetInput.from_event_path("$.detail")
    with pytest.raises(UnknownOption, match="'event' is not an option of"):
        bus.handle("Other", of({"a": CREATED}), new_function(stack, "F3"), event=only_detail)  # type: ignore[call-arg]


def module() -> types.ModuleType:
    made = types.ModuleType("my_handlers")
    made.handlers = of({"a": CREATED})  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (EventHandlers(), "have no filter"),
        (of({}, fallback=True), "a fallback alone makes no route"),
        (module(), "Did you mean its 'handlers'"),
        (CREATED, "not an EventHandlers"),
        (None, "not an EventHandlers"),
        (lambda event: event, "not an EventHandlers"),
    ],
)
def test_what_makes_no_route_is_refused(stack: Stack, bus: SaasusEventBus, given: Any, words: str) -> None:
    function = new_function(stack)
    with pytest.raises(InvalidRoute) as error:
        bus.handle("Handlers", given, function)
    assert words in str(error.value)
    assert "Expected" in str(error.value)
    bus.handle("Handlers", of({"a": CREATED}), function)  # nothing was left behind
    with pytest.raises(InvalidRoute, match="has 'Handlers' already"):
        bus.handle("Handlers", of({"a": CREATED}), function)


def test_a_handler_that_is_declared_too_late_is_an_error_at_synth(stack: Stack, bus: SaasusEventBus) -> None:
    handlers = of({"a": CREATED})
    bus.handle("Handlers", handlers, new_function(stack))
    handlers.on(DELETED, name="late")(lambda event: event.id)

    with pytest.raises(RuntimeError, match=r"No route reaches the handler 'late'.*'Events/Saasus/Handlers'"):
        stack.node.root.synth()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("declared", "never", "before"),
    [
        ({"all": EventFilter.all(), "created": CREATED}, "'created'", "goes to 'all'"),
        ({"x": PRICED, "api": EventFilter.of(op.auth), "created": CREATED}, "'created'", "goes to 'api'"),
        (
            {"good": EventFilter.all().succeeded(), "bad": FAILED, "x": PRICED.status(200, 500)},
            "'x'",
            "goes to 'good' or 'bad'",
        ),
    ],
)
def test_a_handler_that_never_runs_is_said(declared: dict[str, EventFilter], never: str, before: str) -> None:
    [warning] = [w for w in warnings(handled(declared)[0]) if "@saasus/events:handlerNeverRuns" in w]

    assert f"The handler {never} never runs" in warning
    assert before in warning
    turned = dict(reversed(declared.items()))
    assert [w for w in warnings(handled(turned)[0]) if "handlerNeverRuns" in w] == []


def test_on_a_decoded_bus_the_same_handlers_have_exact_patterns(stack: Stack, bus: SaasusEventBus) -> None:
    decoded = bus.decoded("Plain")
    declared = {"tenant": EventFilter.all().tenant(TENANT), "failed": FAILED, "created": CREATED}
    made = decoded.handle("Handlers", of(declared), new_function(stack))

    assert [route.node.path for route in made.routes] == ["Events/Saasus/Plain/Handlers/created"]
    assert [p for route in made.routes for p in route.patterns if has_wildcard(p)] == []
    assert not any("manyRules" in warning for warning in warnings(stack))
    for operation, status in itertools.product([*op][::5], (None, 404)):
        event = decode(sample_event(operation, status=status, path_params={}))
        taken = sum(matches(pattern, event) for route in made.routes for pattern in route.patterns)
        assert taken == any(each.matches(event) for each in declared.values())


def test_a_filter_that_takes_many_rules_is_said_with_the_way_out() -> None:
    declared = {"tenant": EventFilter.all().tenant(TENANT), "created": EventFilter.of(op.auth.create_env)}
    stack, made = handled(declared)
    many = max(len(route.rules) for route in made.routes)
    [warning] = [w for w in warnings(stack) if "@saasus/events:manyRules" in w]

    assert f"takes {many} rules" in warning
    assert "bus.decoded(" in warning


def test_rules_that_overlap_because_a_union_had_to_be_split_are_said() -> None:
    stack, _ = handled({"tenant": EventFilter.all().tenant(TENANT), "failed": FAILED})

    assert any("@saasus/events:overlappingRules" in warning for warning in warnings(stack))


@pytest.mark.parametrize("reports", [True, False])
def test_a_queue_whose_failed_messages_would_be_lost_is_said(stack: Stack, bus: SaasusEventBus, reports: bool) -> None:
    function, other = new_function(stack), new_function(stack, "Other")
    bus.handle("Handlers", of({"a": CREATED}), function)
    queue = sqs.Queue(stack, "Queue")
    function.add_event_source(sources.SqsEventSource(queue, report_batch_item_failures=reports))
    other.add_event_source(sources.SqsEventSource(queue))
    stream = kinesis.Stream(stack, "Stream")
    latest = lambda_.StartingPosition.LATEST
    function.add_event_source(sources.KinesisEventSource(stream, starting_position=latest))

    said = [warning for warning in warnings(stack) if "@saasus/events:failedMessagesLost" in warning]
    assert len(said) == (0 if reports else 1)
    assert reports or "'Events/Function/SqsEventSource:" in said[0]


def test_the_routes_are_watched_like_others(stack: Stack, bus: SaasusEventBus) -> None:
    function = new_function(stack)
    made = bus.handle("Handlers", of({"everything": EventFilter.all(), "created": CREATED}), function)
    bus.invoke("created", DELETED, new_function(stack, "Other"))
    monitoring = bus.monitor(silence=Duration.days(1))
    monitoring.add_silence_alarm(made.routes[0], Duration.days(1))

    assert any("SilenceOfHandlerscreated" in id for id in resources(stack, "AWS::CloudWatch::Alarm"))
    assert not any("silenceOfSome" in warning for warning in warnings(stack))
    with pytest.raises(InvalidAlarm, match="already has a silence alarm"):
        monitoring.add_silence_alarm(made.routes[0], Duration.days(1))


def test_what_the_routes_bring_has_a_handler_whatever_its_form() -> None:
    chosen = [*op][::20]
    declared = {str(o).replace(".", "-"): EventFilter.of(o) for o in chosen}
    handlers = of(declared)
    matchers = [Matcher(pattern) for pattern in rules(handled(declared)[0]).values()]
    brought = [
        variant.event
        for operation in chosen
        for variant in list(variants(operation))[::2]
        if any(matcher.matches(variant.event) for matcher in matchers)
    ]
    assert len(brought) > 50
    assert [handlers(event) for event in brought] == [event["id"] for event in brought]


PROGRAM = """
import handlers_of_app
from aws_cdk import App, Stack, aws_lambda as lambda_
from constructs_lib import SaasusEventBus
assert "boto3" not in __import__("sys").modules
stack = Stack(App(), "Events")
source = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
bus = SaasusEventBus(stack, "Saasus", event_source_name=source)
function = lambda_.Function(
    stack, "F", runtime=lambda_.Runtime.PYTHON_3_13, handler="i.h", code=lambda_.Code.from_inline("x = 1")
)
made = bus.handle("Handlers", handlers_of_app.handlers, function)
print([route.node.id for route in made.routes])
"""
MODULE = """
from constructs_lib import EventFilter, SaasusEvent, operations as op
from constructs_lib.runtime import EventHandlers, Ledger, SaasusClient
handlers = EventHandlers()
ledger = Ledger.from_env()

@handlers.on(EventFilter.of(op.auth.create_tenant).succeeded())
@ledger.once
def onboard(event: SaasusEvent) -> None:
    print(event.tenant_id)

lambda_handler = handlers
"""


def test_the_app_imports_a_module_with_handlers_and_a_ledger_without_any_environment(tmp_path: Path) -> None:
    (tmp_path / "handlers_of_app.py").write_text(MODULE, "utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.stdout, done.returncode) == ("['onboard']\n", 0), done.stderr[-2000:]
