"""What is wrong about a bus, its key, its log or an integration is an InvalidConfiguration; a route's own is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    EventBridgeQuotas,
    EventFilter,
    EventLogging,
    InvalidConfiguration,
    InvalidRoute,
    SaasusEventBus,
    SaasusIntegration,
    targets,
)
from tests.synth.apps import SOURCE, new_app, new_function

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG: Any = "saasus"


def bus(stack: Stack, **options: Any) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, **options)


def integrate(stack: Stack, **options: Any) -> SaasusIntegration:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "saasus")
    return SaasusIntegration(stack, "Integration", **{"credentials": secret, **options})


def verify(stack: Stack, **options: Any) -> None:
    made = bus(stack)
    made.verify("Verify", integrate(stack), made.log("Log"), **options)


def join(stack: Stack, arn: str) -> SaasusEventBus:
    return SaasusEventBus.from_event_bus(stack, "Saasus", events.EventBus.from_event_bus_arn(stack, "Bus", arn))


def key_elsewhere(stack: Stack) -> kms.IKey:
    return kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/1")


CONFIGURATION: dict[str, Callable[[Stack], object]] = {
    "a bus's description": lambda stack: bus(stack, description="d" * 513),
    "a bus twice": lambda stack: [SaasusEventBus(stack, id, event_source_name=SOURCE) for id in ("One", "Two")],
    "a bus that is not one": lambda stack: SaasusEventBus.from_event_bus(stack, "Saasus", WRONG),
    "a bus in another region": lambda stack: join(stack, f"arn:aws:events:us-east-1:111122223333:event-bus/{SOURCE}"),
    "a bus of another partner": lambda stack: join(
        stack, "arn:aws:events:ap-northeast-1:111122223333:event-bus/aws.partner/example.com/1"
    ),
    "a key that is not one": lambda stack: bus(stack, encryption_key=WRONG),
    "a key in another region": lambda stack: bus(stack, encryption_key=key_elsewhere(stack)),
    "a key of another kind": lambda stack: bus(
        stack,
        encryption_key=kms.Key(stack, "Key", key_spec=kms.KeySpec.RSA_4096, key_usage=kms.KeyUsage.ENCRYPT_DECRYPT),
    ),
    "a log that is not one": lambda stack: bus(stack, event_logging=WRONG),
    "a log's level": lambda _: EventLogging(level=WRONG),
    "a log's removal policy": lambda stack: bus(
        stack, event_logging=EventLogging(removal_policy=RemovalPolicy.SNAPSHOT)
    ),
    "a log group's name": lambda stack: bus(stack).log("日"),
    "a quota": lambda _: EventBridgeQuotas(rules_per_bus=0),
    "credentials": lambda stack: integrate(stack, credentials=WRONG),
    "a take-over": lambda stack: integrate(stack, take_over=WRONG),
    "a timeout": lambda stack: integrate(stack, timeout=Duration.hours(1)),
    "a timeout that is not a duration": lambda stack: integrate(stack, timeout=60),
    "an address": lambda stack: integrate(stack, base_url="http://api.example.com"),
    "a verification's timeout": lambda stack: verify(stack, timeout=Duration.hours(1)),
}
OF_A_ROUTE: dict[str, Callable[[Stack], object]] = {
    "a filter": lambda stack: bus(stack).route("Route", WRONG),
    "a target": lambda stack: bus(stack).route("Route", EventFilter.all(), WRONG),
    "a description": lambda stack: bus(stack).log("Log", description="d" * 513),
    "an id": lambda stack: [bus(stack).log("") for _ in "1"],
    "attempts": lambda stack: bus(stack).log("Log", retry_attempts=186),
    "an age": lambda stack: bus(stack).log("Log", max_event_age=Duration.days(2)),
    "a queue in another region": lambda stack: bus(stack).route(
        "Route",
        EventFilter.all(),
        targets.SqsQueue(sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:us-east-1:111122223333:theirs")),
    ),
    "a FIFO dead-letter queue": lambda stack: bus(stack).invoke(
        "Route", EventFilter.all(), new_function(stack), dead_letter_queue=sqs.Queue(stack, "Fifo", fifo=True)
    ),
}


@pytest.fixture
def here() -> Stack:
    return Stack(new_app(), "Events", env=Environment(account="111122223333", region="ap-northeast-1"))


@pytest.mark.parametrize("what", CONFIGURATION)
def test_a_wrong_configuration(here: Stack, what: str) -> None:
    with pytest.raises(InvalidConfiguration):
        CONFIGURATION[what](here)


def test_a_region_that_saasus_does_not_send_to() -> None:
    with pytest.raises(InvalidConfiguration):
        integrate(Stack(new_app(), "Events", env=Environment(account="111122223333", region="cn-north-1")))


@pytest.mark.parametrize("what", OF_A_ROUTE)
def test_a_wrong_route(here: Stack, what: str) -> None:
    with pytest.raises(InvalidRoute) as raised:
        OF_A_ROUTE[what](here)
    assert not isinstance(raised.value, InvalidConfiguration)


def test_one_except_catches_both() -> None:
    assert issubclass(InvalidConfiguration, InvalidRoute)
    assert issubclass(InvalidConfiguration, ValueError)
