"""Whether EventBridge accepts the URL of an HTTP API, and whether there is a secret in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations

from constructs_lib.checks import aws_fields
from constructs_lib.checks.plain_secrets import secret_in_url
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute

if TYPE_CHECKING:
    from constructs import IConstruct

    from constructs_lib.checks.aws_fields import KnownText

_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}|\$\.\w[\w.]*")


def check_endpoint(construct: IConstruct, what: str, endpoint: KnownText, *, filled_in: str | None = None) -> None:
    """Refuse an endpoint that EventBridge would refuse, and warn about a secret in it.

    Args:
        construct: The construct with the endpoint.
        what: The name of the endpoint in errors.
        endpoint: The URL.
        filled_in: The URL with a value in place of each `*`. Default: it has none.

    Raises:
        InvalidRoute: It is certain to be refused.
    """
    first = endpoint.pieces[0]
    secret = secret_in_url(filled_in or "".join(endpoint.pieces))
    shown = f"{what}={endpoint.text[:100]!r}" if endpoint.whole and not secret else f"{what} of {construct.node.path!r}"
    if first and not first.startswith("https://"):
        raise InvalidRoute(
            f"{shown} is not HTTPS. EventBridge calls HTTPS endpoints only (EventBridge User Guide, API destinations). "
            "Pass a URL that starts with https://."
        )
    if endpoint.whole and not re.match(r"https://[^/?#]", endpoint.text):
        raise InvalidRoute(f"{shown} names no host. Expected https://host/path. Pass a URL of that form.")
    placeholder = _PLACEHOLDER.search(endpoint.text)
    if placeholder is not None:
        raise InvalidRoute(
            f"{shown} has {placeholder[0]!r}, which EventBridge does not fill in. Write `*` in its place in the "
            'endpoint of a call, and pass its value as path_parameter_values=["$.detail.trace_id"].'
        )
    problem = aws_fields.HTTPS_ENDPOINT.problem(endpoint)
    if problem is not None:
        raise InvalidRoute(
            f"{shown} {problem}. Percent-encode other characters (urllib.parse.quote), write an international host "
            "name in its xn-- form, and remove what follows a #."
        )
    if secret is not None:
        Annotations.of(construct).add_warning_v2(
            warning_ids.SECRET_IN_ENDPOINT,
            f"The {what} of {construct.node.path} has what looks like a secret in {secret}. It is in the clear in the "
            "template, and in what events:DescribeApiDestination returns. If the API accepts the secret in a header or "
            "query parameter, pass it there as SecretValue.secrets_manager(…) (a connection does not show it again): "
            "Slack, for example, accepts a bot's token in the Authorization header of "
            "https://slack.com/api/chat.postMessage. If it has to be in the URL, let a Lambda function read it from "
            "Secrets Manager and make the call (`bus.invoke`), or pass SecretValue.secrets_manager(…).unsafe_unwrap() "
            "as the endpoint, which keeps it out of the template only.",
        )
