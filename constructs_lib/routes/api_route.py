"""Routes to HTTP APIs: an EventBridge API destination and the connection that authorizes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import SecretValue
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets

from constructs_lib.checks.retry_policy import check_number
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.filters.event_form import EventForm
from constructs_lib.payload import reference_only
from constructs_lib.routes.route import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from constructs_lib.routes.route import RouteProps


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
        rate_limit_per_second: float | None,
        header_parameters: Mapping[str, str | SecretValue] | None,
        path_parameter_values: Sequence[str] | None,
        query_string_parameters: Mapping[str, str | SecretValue] | None,
        event: events.RuleTargetInput | None,
        secret_version: str | None,
    ) -> None:
        super().__init__(scope, id, props)
        check_number("rate_limit_per_second", rate_limit_per_second)
        path_values = _texts(path_parameter_values)
        headers, secret_headers = _split(header_parameters, "header_parameters")
        query, secret_query = _split(query_string_parameters, "query_string_parameters")
        self._connection = events.Connection(
            self,
            "Connection",
            authorization=authorization,
            # CloudFormation reads the secrets again when any property of the connection changes (CloudFormation User
            # Guide, "Secrets Manager dynamic references").
            description=None if secret_version is None else f"Secrets of version {secret_version}",
            header_parameters=secret_headers,
            query_string_parameters=secret_query,
        )
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
                event=event or reference_only(decoded=props.form is EventForm.DECODED),
                header_parameters=headers,
                path_parameter_values=path_values,
                query_string_parameters=query,
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


def _texts(values: object) -> list[str] | None:
    if values is None:
        return None
    if isinstance(values, str) or not isinstance(values, Sequence) or not all(isinstance(each, str) for each in values):
        is_list = isinstance(values, Sequence) and not isinstance(values, str)
        shown = "list of other values" if is_list else type(values).__name__
        raise InvalidRoute(
            f"path_parameter_values= got a {shown}. Expected a list of strings, one for each `*` in the endpoint, such "
            'as ["$.detail.trace_id"]. A secret cannot be part of a path: pass it in header_parameters=.'
        )
    return list(values)


def _split(
    parameters: Mapping[str, str | SecretValue] | None, keyword: str
) -> tuple[dict[str, str] | None, dict[str, events.HttpParameter] | None]:
    """Separate what the target sends from the secrets, which the connection keeps."""
    plain: dict[str, str] = {}
    secret: dict[str, events.HttpParameter] = {}
    for name, value in (parameters or {}).items():
        if isinstance(value, SecretValue):
            secret[name] = events.HttpParameter.from_secret(value)
        elif isinstance(value, str):
            plain[name] = value
        else:
            raise InvalidRoute(
                f"{keyword} has a {type(value).__name__} for {name!r}. Expected text, a path into the event such as "
                "$.detail.trace_id, or a SecretValue. Convert other values with str(…)."
            )
    return plain or None, secret or None
