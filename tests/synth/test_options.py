"""Options that buses, routes and targets share: described once, with one default, and a slip is an error."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from constructs_lib import (
    DecodedEventBus,
    EventFilter,
    SaasusEventBus,
    SaasusEventsError,
    UnknownOption,
    options,
    targets,
)
from constructs_lib.checks.retry_policy import MAX_EVENT_AGE, MAX_RETRY_ATTEMPTS
from tests.synth.apps import SOURCE, new_app, new_function, new_handlers, rule_targets
from tests.synth.callables import keywords

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = {
    kind: getattr(options, kind.replace("Options", "Settings"))
    for kind, value in vars(options).items()
    if kind.endswith("Options") and value.__module__ == options.__name__
}
CALLS: dict[str, Callable[..., Any]] = {
    "SaasusEventBus": SaasusEventBus.__init__,
    "from_event_bus": SaasusEventBus.from_event_bus,
    "route": SaasusEventBus.route,
    "log": SaasusEventBus.log,
    "invoke": SaasusEventBus.invoke,
    "handle": SaasusEventBus.handle,
    "call": SaasusEventBus.call,
    "decoded": SaasusEventBus.decoded,
    "DecodedEventBus": DecodedEventBus.from_event_bus,
    **{target.__name__: target.__init__ for target in targets.SharedTarget.__subclasses__()},
}


def described() -> dict[str, str]:
    """Return the text under each option, by `Kind.option`."""
    tree = ast.parse(inspect.getsource(options))
    return {
        f"{kind.name}.{option.target.id}": " ".join(text.value.value.split())
        for kind in tree.body
        if isinstance(kind, ast.ClassDef) and kind.name in PAIRS
        for option, text in zip(kind.body, kind.body[1:], strict=False)
        if isinstance(option, ast.AnnAssign) and isinstance(option.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


@pytest.mark.parametrize("kind", PAIRS)
def test_options_and_settings_have_the_same_fields(kind: str) -> None:
    annotated = {name: each.__forward_arg__ for name, each in getattr(options, kind).__annotations__.items()}
    assert {field.name: field.type for field in fields(PAIRS[kind])} == annotated
    assert getattr(options, kind).__required_keys__ == frozenset()


def test_every_option_is_described_once_with_its_default() -> None:
    texts = described()
    names = [key.partition(".")[2] for key in texts]
    assert sorted(names) == sorted({name for kind in PAIRS for name in getattr(options, kind).__annotations__})
    assert [key for key, text in texts.items() if not re.search(r"\. Default: .+\.$", text)] == []


def test_a_documented_default_is_the_default() -> None:
    stack = Stack(new_app(), "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    bus.route("Route", EventFilter.all(), targets.SqsQueue(sqs.Queue(stack, "Queue")))
    [target] = rule_targets(stack)
    [rule] = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    deployed = {
        "DeliveryOptions.retry_attempts": str(target["RetryPolicy"]["MaximumRetryAttempts"]),
        "DeliveryOptions.max_event_age": f"{target['RetryPolicy']['MaximumEventAgeInSeconds'] // 3600} hours",
        "RouteOptions.enabled": str(rule["Properties"]["State"] == "ENABLED"),
    }
    texts = described()
    assert {key: texts[key].rpartition("Default: ")[2].removesuffix(".") for key in deployed} == deployed
    # What is left out otherwise is made for the user, and so nothing in itself.
    defaults = {f"{kind}.{field.name}": field.default for kind in PAIRS for field in fields(PAIRS[kind])}
    own = {key: value for key, value in defaults.items() if key in texts and value is not None}
    assert own == {"RouteOptions.enabled": True, "BusOptions.quotas": options.EventBridgeQuotas()}


def test_a_documented_maximum_is_the_one_that_is_checked() -> None:
    texts = described()
    assert f"0 to {MAX_RETRY_ATTEMPTS} " in texts["DeliveryOptions.retry_attempts"]
    assert f" to {MAX_EVENT_AGE.to_hours():g} hours " in texts["DeliveryOptions.max_event_age"]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_names_its_options_where_it_is_documented(name: str) -> None:
    documented = inspect.getdoc(CALLS[name]) or ""
    missing = [
        each for each in keywords(CALLS[name]) if f"`{each}`" not in documented and f"    {each}: " not in documented
    ]
    assert missing == []


def calls(stack: Stack) -> dict[str, Callable[..., Any]]:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    function, queue, everything = new_function(stack), sqs.Queue(stack, "Queue"), EventFilter.all()
    log_group = logs.LogGroup(stack, "LogGroup")
    other = events.EventBus(stack, "Bus")
    call: dict[str, Any] = {"endpoint": "https://crm.example.com", "authorization": None}
    return {
        "SaasusEventBus": lambda **given: SaasusEventBus(stack, "Other", event_source_name=SOURCE, **given),
        "from_event_bus": lambda **given: SaasusEventBus.from_event_bus(stack, "Other", other, **given),
        "route": lambda **given: bus.route("Route", everything, targets.SqsQueue(queue), **given),
        "log": lambda **given: bus.log("Route", **given),
        "invoke": lambda **given: bus.invoke("Route", everything, function, **given),
        "handle": lambda **given: bus.handle("Handlers", new_handlers(), function, **given),
        "call": lambda **given: bus.call("Route", everything, **call, **given),
        "decoded": lambda **given: bus.decoded(**given),
        "DecodedEventBus": lambda **given: DecodedEventBus.from_event_bus(stack, "Other", other, **given),
        "LambdaFunction": lambda **given: targets.LambdaFunction(function, **given),
        "SqsQueue": lambda **given: targets.SqsQueue(queue, **given),
        "CloudWatchLogGroup": lambda **given: targets.CloudWatchLogGroup(log_group, **given),
    }


@pytest.mark.parametrize("name", CALLS)
def test_a_slip_in_an_option_is_an_error_with_the_nearest_name(name: str) -> None:
    stack = Stack(new_app(), "Events")
    call = calls(stack)[name]
    before = len(stack.node.find_all())
    for option in keywords(CALLS[name]):
        slip = option[:-2] + option[-1] + option[-2]
        with pytest.raises(UnknownOption, match=re.escape(f"{slip!r} is not an option of ")) as raised:
            call(**{slip: None})
        assert isinstance(raised.value, TypeError)
        assert isinstance(raised.value, SaasusEventsError)
        assert f"Did you mean {option!r}" in str(raised.value)
        assert name in str(raised.value).partition(".")[0] or f".{name}." in str(raised.value)
    assert len(stack.node.find_all()) == before


def test_an_existing_bus_takes_nothing_that_changes_the_bus(stack: Stack) -> None:
    other = events.EventBus(stack, "Bus")
    for option in ("description", "event_logging"):
        given: dict[str, Any] = {option: None}
        with pytest.raises(UnknownOption, match=f"'{option}' is not an option of SaasusEventBus.from_event_bus"):
            SaasusEventBus.from_event_bus(stack, "Other", other, **given)


def test_a_bus_that_exists_is_as_whole_as_a_new_one(stack: Stack) -> None:
    made = SaasusEventBus(stack, "Made", event_source_name=SOURCE)
    existing = SaasusEventBus.from_event_bus(stack, "Existing", events.EventBus(stack, "Bus"))
    assert type(existing) is type(made) is SaasusEventBus
    assert vars(existing).keys() == vars(made).keys()


def test_what_a_target_does_not_specify_is_the_routes_and_what_that_does_not_the_buss(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, retry_attempts=3, max_event_age=Duration.hours(3))
    target = targets.SqsQueue(sqs.Queue(stack, "Queue"), retry_attempts=1)
    bus.route("Route", EventFilter.all(), target, retry_attempts=2, max_event_age=Duration.hours(2))
    bus.log("Log", retry_attempts=4)
    said = {
        (each["RetryPolicy"]["MaximumRetryAttempts"], each["RetryPolicy"]["MaximumEventAgeInSeconds"] // 3600)
        for each in rule_targets(stack)
    }
    assert said == {(1, 2), (4, 3)}
