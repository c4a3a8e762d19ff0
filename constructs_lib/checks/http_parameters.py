"""Whether EventBridge sends the headers, query and path parameters of a target that is an HTTP API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, Stack

from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import Field, KnownText, known_text
from constructs_lib.checks.plain_secrets import secret_in_parameter
from constructs_lib.checks.target_input import PATH_IN_TEXT, check_path
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.events.event_path import is_path

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_events import IRuleRef

    from constructs_lib.filters.event_form import EventForm

SET_BY_EVENTBRIDGE: Final = frozenset({
    "a-im", "accept-charset", "accept-datetime", "accept-encoding", "cache-control", "connection", "content-encoding",
    "content-length", "content-md5", "date", "expect", "forwarded", "from", "host", "http2-settings", "if-match",
    "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma",
    "proxy-authorization", "range", "referer", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "via",
    "warning",
})  # fmt: skip
"""Headers that EventBridge sets itself or removes from a call to an API destination (EventBridge User Guide, "API
destinations as targets", headers)."""
_REFUSED_BY_API_GATEWAY: Final = frozenset({
    "authorization", "connection", "content-encoding", "content-length", "host", "max-forwards", "te", "trailer",
    "transfer-encoding", "upgrade", "via", "www-authenticate", "x-forwarded-for",
})  # fmt: skip
"""For a target that is an API Gateway API (EventBridge User Guide, "Amazon API Gateway targets"), besides `x-amz…`."""


@dataclass(frozen=True)
class HttpParameters:
    """The headers, query and path parameters of one target, as far as they are known."""

    headers: dict[str, KnownText] = field(default_factory=dict)
    query: dict[str, KnownText] = field(default_factory=dict)
    path: tuple[KnownText, ...] | None = None
    """None if even their number is known only at deployment."""

    @property
    def event_paths(self) -> set[str]:
        """The paths into the event whose values are sent."""
        texts = [*self.headers.values(), *self.query.values(), *(self.path or ())]
        return {text.text for text in texts if text.whole and is_path(text.text)}


def read_http_parameters(rule: IRuleRef, given: object) -> HttpParameters:
    """Return what is known of the `http_parameters` of a target on a rule."""
    resolved: Any = Stack.of(rule).resolve(given) or {}
    path = resolved.get("pathParameterValues") or ()
    return HttpParameters(
        _known(resolved.get("headerParameters")),
        _known(resolved.get("queryStringParameters")),
        tuple(map(known_text, path)) if isinstance(path, (list, tuple)) else None,
    )


def _known(parameters: object) -> dict[str, KnownText]:
    if not isinstance(parameters, dict):
        return {}
    return {name: known_text(value) for name, value in parameters.items()}


def check_http_parameters(rule: IRuleRef, given: HttpParameters, form: EventForm, *, api_gateway: bool) -> None:
    """Refuse what EventBridge would refuse or not send, and warn about secrets in the clear and empty paths.

    Raises:
        InvalidRoute: A parameter that is certain to fail.
    """
    whose = f"the target of {rule.node.path!r}"
    for name, value in given.headers.items():
        check_header_name(whose, name, api_gateway=api_gateway)
        _check_value(rule, f"the header {name!r}", name, value, aws_fields.HEADER_VALUE, form)
    for name, value in given.query.items():
        require(aws_fields.QUERY_NAME, known_text(name), f"{whose}: the name of a query parameter")
        _check_value(rule, f"the query parameter {name!r}", name, value, aws_fields.QUERY_VALUE, form)
    for number, value in enumerate(given.path or (), start=1):
        _check_value(rule, f"path parameter {number}", "", value, aws_fields.PATH_VALUE, form)


def check_header_name(whose: str, name: str, *, api_gateway: bool = False) -> None:
    """Refuse a header that EventBridge does not send.

    Raises:
        InvalidRoute: It is not the name of a header, or EventBridge sets or removes it.
    """
    require(aws_fields.HEADER_NAME, known_text(name), f"{whose}: the header name {name[:50]!r}")
    lower = name.lower()
    refused = _REFUSED_BY_API_GATEWAY if api_gateway else SET_BY_EVENTBRIDGE
    if lower in refused or (api_gateway and lower.startswith("x-amz")):
        raise InvalidRoute(
            f"{_sentence(whose)}: the header {name!r} is one that EventBridge sets itself or does not send. Remove "
            "it, or agree on another name with the API, such as one that starts with x-."
        )


def require(taken: Field, text: KnownText, what: str) -> None:
    """Refuse a text that does not fit an AWS field.

    Raises:
        InvalidRoute: It does not fit.
    """
    problem = taken.problem(text)
    if problem is not None:
        raise InvalidRoute(f"{_sentence(what)} {problem}. Pass a text that fits.")


def _check_value(rule: IRuleRef, what: str, name: str, value: KnownText, taken: Field, form: EventForm) -> None:
    if value.whole and is_path(value.text):
        check_path(rule, what, value.text, form)
        return
    require(taken, value, f"the target of {rule.node.path!r}: {what}")
    if PATH_IN_TEXT.search(value.text):
        raise InvalidRoute(
            f"The target of {rule.node.path!r}: {what} has a path into the event inside a text. EventBridge fills in a "
            "path only if it is the whole value, and would send this one unchanged. Pass the path alone, such as "
            "$.detail.trace_id, or send the text in the body with `event=`."
        )
    if value.whole and secret_in_parameter(name, value.text):
        Annotations.of(rule).add_warning_v2(
            warning_ids.PLAIN_TEXT_SECRET,
            f"{_sentence(what)} of {rule.node.path} looks like a secret, and is in the template in the clear. Keep it "
            "in Secrets Manager: a header or query parameter of `call(…)` accepts SecretValue.secrets_manager(…) as "
            "its value, and an aws_events.Connection accepts HttpParameter.from_secret(…). Acknowledge this warning "
            "if it is not a secret.",
        )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
