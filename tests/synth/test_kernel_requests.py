"""What a route costs: each request to the CDK's kernel, another process, takes a part of a synth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from jsii._kernel.providers import process

from constructs_lib import EventFilter, SaasusEventBus, targets
from constructs_lib import operations as op
from constructs_lib.filters import rule_patterns
from tests.synth.apps import SOURCE, new_app, new_function

if TYPE_CHECKING:
    from collections.abc import Callable

    Route = Callable[[int, EventFilter], object]
    Prepare = Callable[[Stack, SaasusEventBus], Route]

MOST_REQUESTS = 12


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take note of every request that goes to the kernel."""
    sent: list[str] = []
    send = process._NodeProcess.send

    def note_and_send(node: Any, request: Any, response_type: Any) -> Any:
        sent.append(type(request).__name__)
        return send(node, request, response_type)

    monkeypatch.setattr(process._NodeProcess, "send", note_and_send)
    return sent


def _one_function(stack: Stack, bus: SaasusEventBus) -> Route:
    function = new_function(stack)
    return lambda number, taken: bus.invoke(f"Route{number}", taken, function)


def _one_function_with_options(stack: Stack, bus: SaasusEventBus) -> Route:
    function, failed = new_function(stack), sqs.Queue(stack, "Failed")
    options = {"on_failure": failed, "dead_letter_queue": failed, "description": "Mine", "retry_attempts": 3}
    return lambda number, taken: bus.invoke(f"Route{number}", taken, function, **options)  # type: ignore[arg-type]


def _one_queue(stack: Stack, bus: SaasusEventBus) -> Route:
    queue = sqs.Queue(stack, "Queue")
    return lambda number, taken: bus.route(f"Route{number}", taken, targets.SqsQueue(queue))


def _one_log_group(stack: Stack, bus: SaasusEventBus) -> Route:
    group = logs.LogGroup(stack, "Log")
    return lambda number, taken: bus.route(f"Route{number}", taken, targets.CloudWatchLogGroup(group))


def _three_targets(stack: Stack, bus: SaasusEventBus) -> Route:
    function, queue, group = new_function(stack), sqs.Queue(stack, "Queue"), logs.LogGroup(stack, "Log")
    return lambda number, taken: bus.route(
        f"Route{number}",
        taken,
        targets.LambdaFunction(function),
        targets.SqsQueue(queue),
        targets.CloudWatchLogGroup(group),
    )


def _spent(requests: list[str], prepare: Prepare, routes: int) -> int:
    app = new_app()
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    route = prepare(stack, bus)
    requests.clear()
    for number in range(routes):
        route(number, EventFilter.all().event_type(f"type_{number}"))
    app.synth()
    return len(requests)


@pytest.mark.parametrize(
    "prepare", [_one_function, _one_function_with_options, _one_queue, _one_log_group, _three_targets]
)
def test_a_route_asks_the_kernel_at_most_12_times(requests: list[str], prepare: Prepare) -> None:
    few, many = (10, 200) if prepare is _one_function else (10, 40)
    for_each = (_spent(requests, prepare, many) - _spent(requests, prepare, few)) / (many - few)
    assert for_each <= MOST_REQUESTS


def test_what_a_route_costs_does_not_grow_with_the_routes_before_it(app: App, requests: list[str]) -> None:
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    counts = []
    for number in range(60):
        requests.clear()
        function = cdk_targets.LambdaFunction(new_function(stack, f"Function{number}"))
        bus.route(f"Route{number}", EventFilter.all().event_type(f"type_{number}"), function)
        counts.append(len(requests))
    assert counts[-1] <= counts[1]


def test_a_filter_is_compiled_once_for_a_route(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    split = rule_patterns.split_patterns

    def note_and_split(*arguments: Any) -> Any:
        compiled.append(arguments)
        return split(*arguments)

    monkeypatch.setattr(rule_patterns, "split_patterns", note_and_split)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    function = new_function(stack)
    bus.invoke("Plans", EventFilter.of(op.pricing.create_pricing_plan), function)
    bus.invoke("Tenants", EventFilter.of(op.auth.create_tenant).succeeded(), function)
    App.of(stack).synth()  # type: ignore[union-attr]
    assert len(compiled) == 2
