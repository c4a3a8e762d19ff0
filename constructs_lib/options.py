"""The options that buses, routes and targets share: what each means, and what holds where it is left out.

An option is described once, in a TypedDict that type checkers and editors read (`**options: Unpack[RouteOptions]`), and
has its default once, in the dataclass of the same fields that `read_options` makes of what a user passed.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from constructs_lib.events.errors import InvalidConfiguration, UnknownOption, nearest
from constructs_lib.filters import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs

    from constructs_lib.monitoring.archive import EventArchive

Settings = TypeVar("Settings", bound="DeliverySettings")


@dataclass(frozen=True, kw_only=True)
class EventBridgeQuotas:
    """EventBridge's adjustable quotas that a synth checks; the defaults are AWS's own ("Amazon EventBridge quotas").

    Args:
        rules_per_bus: Rules on one event bus. Default: AWS's own for the stack's region, which is 300, and 100 in
            Cape Town and Milan (af-south-1, eu-south-1).
        event_pattern_characters: Length of an event pattern, at most 4,096, the limit of the API.
            Default: 2,048.

    Raises:
        InvalidConfiguration: A quota is not a whole number, 1 or more, that is known at synth.

    Example:
        >>> SaasusEventBus(self, "Saasus", event_source_name=name, quotas=EventBridgeQuotas(rules_per_bus=500))
    """

    rules_per_bus: int | None = None
    event_pattern_characters: int = limits.PATTERN_CHARACTERS

    def __post_init__(self) -> None:
        """Check that rules can be counted against the quotas at synth."""
        for name in ("rules_per_bus", "event_pattern_characters"):
            value = getattr(self, name)
            if value is None and name == "rules_per_bus":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidConfiguration(
                    f"EventBridgeQuotas({name}={_shown(value)}) cannot be checked at synth. Expected a whole number, 1 "
                    "or more. Use the applied quota value that Service Quotas shows."
                )


def _shown(value: object) -> str:
    return "<a token, known only at deployment>" if isinstance(value, float) and value < -1e200 else repr(value)


class DeliveryOptions(TypedDict, total=False):
    """How hard EventBridge tries to reach a target, and where an event goes that could not be delivered.

    A target takes what it does not specify from its route, and a route from its bus.
    """

    dead_letter_queue: sqs.IQueue | None
    """The queue for events that a target did not accept; a standard queue (FIFO: InvalidRoute). Default: the route's
    for a target, the bus's for a route; a bus makes its own, encrypted and TLS only, which keeps messages for 14
    days."""
    retry_attempts: float | None
    """How many times EventBridge tries again, 0 to 185 (otherwise: InvalidRoute). Default: 185."""
    max_event_age: Duration | None
    """How long EventBridge keeps trying, 1 minute to 24 hours (otherwise: InvalidRoute). Default: 24 hours."""


class BusOptions(DeliveryOptions, total=False):
    """The options of a bus, whether it is made here or exists already."""

    archive: EventArchive | None
    """Which events to keep for a replay, and for how long. Default: none."""
    encryption_key: kms.IKey | None
    """A KMS key of yours for everything that the bus keeps: its events and rules, the archive, the dead-letter queue
    and the log groups that are made here. An existing bus keeps its own key. The key's policy gets the statements that
    are needed; for an imported key, a warning shows them. Events that cannot be encrypted go to the dead-letter queue.
    It is a symmetric key of the bus's region (otherwise: InvalidConfiguration). Default: keys that AWS owns."""
    quotas: EventBridgeQuotas
    """The account's quotas, where they were raised. Default: AWS's own."""


class RouteOptions(DeliveryOptions, total=False):
    """The options of every route, whatever its targets are."""

    description: str | None
    """The description of the route's rules, up to 512 characters (otherwise: InvalidRoute). Default: the filter."""
    enabled: bool
    """Whether the rules are on. Default: True."""


class InvocationOptions(DeliveryOptions, total=False):
    """How EventBridge invokes a Lambda function, and where an event goes on which it failed."""

    on_failure: sqs.IQueue | lambda_.IDestination | None
    """Where an event goes on which the function raised, after Lambda's own retries; one destination per function
    (otherwise: InvalidRoute). Default: on a route, the dead-letter queue of the first bus that routes to the function,
    unless the function has a failure destination or a dead-letter queue of its own; elsewhere, nowhere."""
    role: iam.IRole | None
    """The role with which EventBridge invokes a function in another account; it belongs to the rule's account. Default:
    a new one for such a function, and none within an account."""


class FunctionOptions(InvocationOptions, total=False):
    """The options of a Lambda function as a target."""

    event: events.RuleTargetInput | None
    """What the function receives. Default: the whole event."""


class HandleOptions(RouteOptions, InvocationOptions, total=False):
    """The options of `SaasusEventBus.handle`: those of routes and of the function, which receives the whole event."""


class InvokeOptions(RouteOptions, FunctionOptions, total=False):
    """The options of `SaasusEventBus.invoke`: those of a route and of its function."""


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """DeliveryOptions as given: None leaves it to the route, then to the bus, then to EventBridge."""

    dead_letter_queue: sqs.IQueue | None = None
    retry_attempts: float | None = None
    max_event_age: Duration | None = None


@dataclass(frozen=True, kw_only=True)
class BusSettings(DeliverySettings):
    """BusOptions, complete."""

    archive: EventArchive | None = None
    encryption_key: kms.IKey | None = None
    quotas: EventBridgeQuotas = EventBridgeQuotas()


@dataclass(frozen=True, kw_only=True)
class RouteSettings(DeliverySettings):
    """RouteOptions, complete."""

    description: str | None = None
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class InvocationSettings(DeliverySettings):
    """InvocationOptions, complete."""

    on_failure: sqs.IQueue | lambda_.IDestination | None = None
    role: iam.IRole | None = None


@dataclass(frozen=True, kw_only=True)
class FunctionSettings(InvocationSettings):
    """FunctionOptions, complete."""

    event: events.RuleTargetInput | None = None


@dataclass(frozen=True, kw_only=True)
class HandleSettings(RouteSettings, InvocationSettings):
    """HandleOptions, complete."""


@dataclass(frozen=True, kw_only=True)
class InvokeSettings(RouteSettings, FunctionSettings):
    """InvokeOptions, complete."""


def read_options(settings: type[Settings], options: Mapping[str, Any], call: Callable[..., object]) -> Settings:
    """Return the settings that a call's `**options` make, with the defaults of those that were left out.

    Args:
        settings: The settings to make.
        options: What the call got beyond the parameters in its signature.
        call: The function or method that the user called, which the error names.

    Raises:
        UnknownOption: One of the options does not exist.
    """
    shared = [field.name for field in fields(settings)]
    for name in options:
        if name not in shared:
            parameters = inspect.signature(call).parameters.values()
            own = [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]
            known = sorted({*own, *shared})
            of = _name_of(call)
            raise UnknownOption(
                f"{name!r} is not an option of {of}.{nearest(name, known)} Expected one of: {', '.join(known)}."
            )
    return settings(**options)


def _name_of(call: Callable[..., object]) -> str:
    """Return a method's name with the class on which it was called, which can be one that inherits the method."""
    called_on = getattr(call, "__self__", None)
    name = call.__qualname__ if called_on is None else f"{type(called_on).__name__}.{call.__name__}"
    return name.removesuffix(".__init__")
