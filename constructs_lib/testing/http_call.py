"""The HTTP call that a rule makes for an event: an API destination's, with the target's HTTP parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from constructs_lib.events.event_path import find, is_path
from constructs_lib.events.input_transformer import compact

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One call to an API. What its connection adds (the authorization) is neither in a template nor here."""

    method: str
    """The HTTP method."""
    url: str
    """The URL, with path parameters and the query filled in."""
    headers: tuple[tuple[str, str], ...] = ()
    """The headers that the target adds."""
    problems: tuple[str, ...] = ()
    """The JSON paths at which the event has no value."""


def http_call(destination: Mapping[str, Any], parameters: Mapping[str, Any], event: Mapping[str, Any]) -> HttpCall:
    """Return the call for an event.

    Args:
        destination: The properties of the `AWS::Events::ApiDestination`; empty if it is not in the template.
        parameters: The target's `HttpParameters`: constants, or JSON paths into the original event.
        event: The whole event.
    """
    problems: list[str] = []

    def value_of(given: object) -> str:
        if not is_path(given):
            return str(given)
        found = find(event, str(given))
        if found is None:
            problems.append(f"The event has nothing at {given!r}, which the HTTP parameters refer to.")
            return ""
        # EventBridge sends an object or a list as JSON without its quotes.
        return found.value if isinstance(found.value, str) else compact(found.value).replace('"', "")

    url = str(destination.get("InvocationEndpoint", ""))
    for parameter in parameters.get("PathParameterValues") or ():
        url = url.replace("*", quote(value_of(parameter), safe=""), 1)
    query = {name: value_of(value) for name, value in (parameters.get("QueryStringParameters") or {}).items()}
    if query:
        url += f"{'&' if '?' in url else '?'}{urlencode(query)}"
    headers = tuple((name, value_of(value)) for name, value in (parameters.get("HeaderParameters") or {}).items())
    return HttpCall(str(destination.get("HttpMethod", "")), url, headers, tuple(problems))
