"""Events that should not arrive, or that nobody announced: nothing may break or leak when one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.operations import operations
from constructs_lib.events.source_name import EXAMPLE
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE, Variant
from constructs_lib.testing.samples import envelope, record_of_call, sample_uri, write_as_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TENANT: Final = "/v1/auth/tenants/9f8e7d6c-1111-4222-8333-444455556666"


def unexpected_events(secret: Callable[[str], str] = "sample-{}".format) -> tuple[Variant, ...]:
    """Return events that a SaaS could get although SaaSus should not send them, or the catalog lacks their operation.

    GETs (SaaSus says that it omits them), with the secrets in their uris, queries and answers; the operations that
    SaaSus removed from its API files; an unknown call; a custom event of a SaaS; and the event of the call that sends
    one, which SaaSus answers with 501 so far.

    Args:
        secret: Returns the value of each secret for its name, so that a test can look for it.
    """
    return tuple(_events(secret))


def _events(secret: Callable[[str], str]) -> Iterator[Variant]:
    for event_type, uri, answer in _gets(secret):
        yield _call(f"{event_type}, a GET", event_type, "GET", uri, 200, None, answer)
    names = ("api_key", "client_secret", "saas_id", "code_verifier", "refresh_token")
    own = {**{name: secret(name) for name in names}, "api_keys": [secret("api_keys"), secret("api_keys")]}
    # In an unknown call these are secrets, too; in a custom event they are ordinary words.
    body = {**own, "code": secret("code"), "session": secret("session")}
    for operation in operations.retired:
        uri = sample_uri(operation, {name: secret(name) for name in operation.path_params if name == "api_key"})
        yield _call(str(operation), operation.event_types[0], operation.method, uri, 200, body, body)
    unknown = f"/v1/new/things/7/api-keys/{secret('api_key')}?token={secret('token')}"
    yield _call("a call that nobody knows", UNKNOWN_EVENT_TYPE, "POST", unknown, 201, body, body)
    message = write_as_go({"event_messages": [{"event_type": "mine", "message": write_as_go(own)}]})
    sending = operations.integration.create_eventbridge_event
    name, method, path = sending.event_types[0], sending.method, sending.path
    yield _call("a SaaS's own event, not implemented", name, method, path, 501, message, None)
    event = _envelope(secret("message"), "user_moved")
    event["detail-type"] = "mine"
    yield Variant("a SaaS's own event", event)


def _gets(secret: Callable[[str], str]) -> Iterator[tuple[str, str, Any]]:
    """Yield name, uri and answer of GETs that contain secrets or personal data."""
    tokens = {name: secret(name) for name in ("id_token", "access_token", "refresh_token")}
    invitation = {
        "id": secret("id"),
        "invitation_url": f"https://auth.example.com/invite?id={secret('invitation_url')}",
        "email": secret("email"),
        "status": "pending",
    }
    key = {"api_key": secret("api_key"), "client_secret": secret("client_secret"), "env_id": 1}
    query = f"code={secret('code')}&auth-flow=tempCodeAuth&refresh-token={secret('refresh_token')}"
    yield "get_auth_credentials", f"/v1/auth/credentials?{query}", tokens
    yield "get_user_info", f"/v1/auth/userinfo?token={secret('token')}", {"id": "u-1", "email": secret("email")}
    yield "get_user_info_by_email", f"/v1/auth/userinfo/search/email?email={secret('email')}", None
    yield "get_tenant_invitations", f"{_TENANT}/invitations", {"invitations": [invitation]}
    yield "get_tenant_invitation", f"{_TENANT}/invitations/{secret('invitation_id')}", invitation
    yield "get_invitation_validity", f"/v1/auth/invitations/{secret('invitation_id')}/validity", {"is_valid": True}
    yield "get_api_keys", "/v1/apigateway/api-keys", {"api_keys": [key]}
    yield "get_api_key", f"/v1/apigateway/api-keys/{secret('api_key')}", key
    yield "get_api_keys", "/v1/auth/apikeys", {"api_keys": [secret("api_keys"), secret("api_keys")]}
    yield "get_client_secret", "/v1/auth/client-secret", {"client_secret": secret("client_secret")}
    yield "get_saas_id", "/v1/auth/saasid", {"tenant_id": "t-1", "env_id": 1, "saas_id": secret("saas_id")}


def _call(name: str, event_type: str, method: str, uri: str, status: int, request: Any, response: Any) -> Variant:
    record = record_of_call(
        method,
        uri,
        status=status,
        request_body=request if isinstance(request, str) else write_as_go(request) if request else "",
        response_body=write_as_go(response) if response else "",
        log_id="0b1c2d3e-4f50-4a61-8b72-9c83ad94be05",
        time="2026-05-19T02:22:58Z",
        referer="https://example.com/",
    )
    return Variant(name, _envelope(write_as_go(record), event_type))


def _envelope(text: str, event_type: str) -> dict[str, Any]:
    return envelope(
        {},
        event_type=event_type,
        trace_id="6aae5af4-7ee4-4de3-bd1d-5ebf13767cbf",
        time="2026-05-19T02:22:58Z",
        source=EXAMPLE,
        write=lambda _: text,
    )
