"""Whether EventBridge accepts an API destination: the endpoint, the values that fill it in, the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Stack, Token
from aws_cdk import aws_events as events

from constructs_lib.checks.aws_fields import KnownText, known_text
from constructs_lib.checks.connection import check_connection
from constructs_lib.checks.endpoint import check_endpoint
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute

if TYPE_CHECKING:
    from constructs import IConstruct

    from constructs_lib.checks.http_parameters import HttpParameters

DEFAULT_RATE_QUOTA: Final = 300
"""Invocations per second of one API destination (EventBridge quotas; can be raised)."""


def check_api_destination(destination: IConstruct, parameters: HttpParameters) -> None:
    """Refuse what EventBridge would refuse about an API destination of the app, and warn about secrets in the clear.

    Raises:
        InvalidRoute: Something is certain to fail, or a secret is plain text.
    """
    for resource in destination.node.children:
        if isinstance(resource, events.CfnApiDestination):
            endpoint = known_text(Stack.of(resource).resolve(resource.invocation_endpoint))
            check_endpoint(destination, "endpoint", endpoint, filled_in=_filled_in(endpoint, parameters))
            _check_wildcards(destination, endpoint, parameters)
            _check_rate(destination, resource.invocation_rate_limit_per_second)
    connection = getattr(destination, "connection", None)
    if connection is not None:
        for resource in connection.node.children:
            if isinstance(resource, events.CfnConnection):
                check_connection(connection, resource)


def _filled_in(endpoint: KnownText, parameters: HttpParameters) -> str:
    """Return the URL with the path parameters that are known now: a secret can be in either."""
    values = iter(parameters.path or ())
    pieces = "".join(endpoint.pieces).split("*")
    return pieces[0] + "".join(getattr(next(values, None), "text", "*") + piece for piece in pieces[1:])


def _check_wildcards(destination: IConstruct, endpoint: KnownText, parameters: HttpParameters) -> None:
    if not endpoint.whole or parameters.path is None:
        return
    wildcards = endpoint.text.count("*")
    if wildcards != len(parameters.path):
        raise InvalidRoute(
            f"The endpoint of {destination.node.path!r} has {wildcards} `*` and path_parameter_values has "
            f"{len(parameters.path)} values. Expected one value for each `*`, in order. Add or remove values."
        )


def _check_rate(destination: IConstruct, rate: float | None) -> None:
    if rate is None or Token.is_unresolved(rate):
        return
    if rate < 1 or rate != int(rate):
        raise InvalidRoute(
            f"rate_limit_per_second={rate:g} is out of range. Expected a whole number of invocations per second, 1 or "
            "more. Pass one."
        )
    if rate > DEFAULT_RATE_QUOTA:
        Annotations.of(destination).add_warning_v2(
            warning_ids.RATE_ABOVE_QUOTA,
            f"rate_limit_per_second={rate:g} is above {DEFAULT_RATE_QUOTA}, the default quota for one API destination. "
            "Unless the quota is raised (Service Quotas, EventBridge), invocations above it wait and are retried.",
        )
