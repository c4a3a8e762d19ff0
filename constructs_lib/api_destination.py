"""Routes to HTTP APIs: an EventBridge API destination and the connection that authorizes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.payload import reference_only
from constructs_lib.route import Route

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct

    from constructs_lib.route import RouteProps

DEFAULT_RATE_QUOTA = 300
"""Invocations a second of one API destination (EventBridge quotas; can be raised)."""


class ApiRoute(Route):
    """A route to an HTTP API. Made by `SaasusEventBus.call`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        props: RouteProps,
        *,
        endpoint: str,
        authorization: events.Authorization,
        http_method: events.HttpMethod,
        rate_limit_per_second: int | None,
        header_parameters: Mapping[str, str] | None,
        path_parameter_values: Sequence[str] | None,
        query_string_parameters: Mapping[str, str] | None,
        event: events.RuleTargetInput | None,
    ) -> None:
        super().__init__(scope, id, props)
        _check_endpoint(endpoint, path_parameter_values or [])
        _check_rate(self, rate_limit_per_second)
        self._connection = events.Connection(self, "Connection", authorization=authorization)
        _check_secrets(self._connection)
        self._api_destination = events.ApiDestination(
            self,
            "ApiDestination",
            connection=self._connection,
            endpoint=endpoint,
            http_method=http_method,
            rate_limit_per_second=rate_limit_per_second,
        )
        self.add_target(
            cdk_targets.ApiDestination(
                self._api_destination,
                event=event or reference_only(),
                header_parameters=header_parameters,
                path_parameter_values=path_parameter_values,
                query_string_parameters=query_string_parameters,
            )
        )

    @property
    def api_destination(self) -> events.ApiDestination:
        """The API destination that is invoked."""
        return self._api_destination

    @property
    def connection(self) -> events.Connection:
        """The connection that authorizes the calls."""
        return self._connection


def _check_endpoint(endpoint: str, path_parameter_values: Sequence[str]) -> None:
    if Token.is_unresolved(endpoint):
        return
    if not endpoint.startswith("https://"):
        raise InvalidRoute(
            f"endpoint={endpoint!r} is not HTTPS. EventBridge calls HTTPS endpoints only (EventBridge User Guide, API "
            "destinations). Give a URL that starts with https://."
        )
    wildcards = endpoint.count("*")
    if wildcards != len(path_parameter_values):
        raise InvalidRoute(
            f"endpoint={endpoint!r} has {wildcards} `*` and path_parameter_values has {len(path_parameter_values)} "
            "values; each `*` takes one value, in order."
        )


def _check_rate(route: ApiRoute, rate: int | None) -> None:
    if rate is None or Token.is_unresolved(rate):
        return
    if rate < 1:
        raise InvalidRoute(f"rate_limit_per_second={rate} is too low: EventBridge takes 1 invocation a second or more.")
    if rate > DEFAULT_RATE_QUOTA:
        Annotations.of(route).add_warning_v2(
            "@saasus/events:rateAboveQuota",
            f"rate_limit_per_second={rate} is above {DEFAULT_RATE_QUOTA}, the default quota for one API destination. "
            "Without a raised quota (Service Quotas, EventBridge) invocations past it wait and are tried again.",
        )


def _check_secrets(connection: events.Connection) -> None:
    """Refuse a secret that would stand in the template, where everybody who may read the stack can read it."""
    [resource] = [child for child in connection.node.children if isinstance(child, events.CfnConnection)]
    parameters: dict[str, Any] = Stack.of(connection).resolve(resource.auth_parameters) or {}
    secrets = {
        "the API key": parameters.get("apiKeyAuthParameters", {}).get("apiKeyValue"),
        "the password": parameters.get("basicAuthParameters", {}).get("password"),
        "the client secret": parameters.get("oAuthParameters", {}).get("clientParameters", {}).get("clientSecret"),
    }
    for what, value in secrets.items():
        # A reference is resolved at deploy: text with `{{resolve:…}}`, or an intrinsic (a secret of this app).
        if isinstance(value, str) and "{{resolve:" not in value:
            raise InvalidRoute(
                f"{what} of connection {connection.node.path!r} is plain text, which would stand in the template. "
                'Keep it in Secrets Manager and pass SecretValue.secrets_manager("name of the secret").'
            )
