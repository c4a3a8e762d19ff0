"""API destinations: the request to one, and what its answer means for the delivery.

AWS: user guide, "API destinations as targets": 5 seconds to answer; 409, 429 and 5xx are retried, and with OAuth also
401 and 407, because a new token may help; other answers are not; Retry-After is honoured; the target's role needs
events:InvokeApiDestination.
"""

from __future__ import annotations

import urllib.error
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from constructs_lib.local.adapter.delivery import DeliveryError, PendingDelivery, require_role
from constructs_lib.local.adapter.emulator import EVENTS, account, region

_OAUTH = "OAUTH_CLIENT_CREDENTIALS"


def send(delivery: PendingDelivery) -> None:
    """Call the API destination once."""
    arn = delivery.target_arn
    name = arn.partition(":api-destination/")[2].split("/")[0]
    destination = EVENTS.api_destinations.get(name)
    if destination is None or destination["ApiDestinationArn"] != arn:
        raise DeliveryError("NO_RESOURCE", f"The API destination {arn} does not exist.")
    # The policies in the user guide name the destination without the id at the end of its ARN; the CDK has used both.
    short = f"arn:aws:events:{region()}:{account()}:api-destination/{name}"
    require_role(delivery, str(delivery.target.get("RoleArn", "")), "events:InvokeApiDestination", [short, arn])
    connection_name = str(destination["ConnectionArn"]).partition(":connection/")[2].split("/")[0]
    connection = EVENTS.connections.get(connection_name)
    if connection is None or connection.get("ConnectionState") != "AUTHORIZED":
        raise DeliveryError("NO_RESOURCE", f"The connection {connection_name!r} of {arn} is not authorized.")
    parameters = EVENTS.resolve_http_parameters(delivery.target.get("HttpParameters") or {}, delivery.event)
    request = EVENTS.build_api_destination_request(destination, connection, parameters, delivery.payload)
    token_key = (account(), region(), connection_name)
    try:
        _call(request, connection, token_key)
    except urllib.error.HTTPError as error:
        raise _refused(error, request, connection) from error
    except OSError as error:
        raise _unreachable(error, str(destination["InvocationEndpoint"])) from error


def _refused(error: urllib.error.HTTPError, request: dict[str, Any], connection: dict[str, Any]) -> DeliveryError:
    retried = {401, 407, 409, 429} if connection.get("AuthorizationType") == _OAUTH else {409, 429}
    return DeliveryError(
        "ERROR_FROM_TARGET",
        f"HTTP {error.code} in answer to {request['method']} of the API destination",
        retry=error.code in retried or error.code >= 500,
        after=_retry_after(error),
    )


def _unreachable(error: OSError, endpoint: str) -> DeliveryError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return DeliveryError("TIMEOUT", f"No answer from {endpoint} within 5 s", retry=True)
    return DeliveryError("CONNECTION_FAILURE", f"{endpoint}: {reason}", retry=True)


def _call(request: dict[str, Any], connection: dict[str, Any], token_key: tuple[str, str, str]) -> None:
    """Send the request; an OAuth token that is refused is fetched again, once, as AWS does."""
    try:
        _send(request, EVENTS.connection_auth_headers(connection, token_key))
    except urllib.error.HTTPError as error:
        if error.code not in (401, 407) or connection.get("AuthorizationType") != _OAUTH:
            raise
        _send(request, EVENTS.connection_auth_headers(connection, token_key, force_refresh=True))


def _send(request: dict[str, Any], authorization: dict[str, str]) -> None:
    headers = EVENTS.finalize_api_dest_headers({**request["headers"], **authorization})
    body = request["body"]
    with EVENTS.http_open(
        EVENTS.urllib.request.Request(
            request["url"],
            data=None if body is None else body.encode(),
            headers=headers,
            method=request["method"],
        )
    ):
        pass


def _retry_after(error: urllib.error.HTTPError) -> float:
    value = error.headers.get("Retry-After") if error.headers else None
    if not value:
        return 0.0
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
