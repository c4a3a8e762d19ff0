"""What looks like a secret that would be in a template, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.checks.plain_secrets import secret_in_parameter, secret_in_url


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T000/B000/XXXX",
        "https://hooks.slack.com/workflows/T000/A000/1/x",
        "https://discord.com/api/webhooks/123/abc",
        "https://discord.com/api/v10/webhooks/123/abc",
        "https://acme.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d",
        "https://hook.eu1.make.com/abcdefghij",
        "https://maker.ifttt.com/trigger/created/with/key/abc",
        "https://api.telegram.org/bot123:abc/sendMessage",
        "https://chat.example.com/hooks/a1b2c3d4e5",
        "https://chat.example.com/webhook/6b1f5d0e-0000-4000-8000-123456789abc",
        "https://example.com/a/k3JdF92mXlq0Zt7R",
        "https://example.com/v1/token/a1b2c3d4",
    ],
)
def test_a_secret_in_the_path(url: str) -> None:
    assert secret_in_url(url) == "its path"


QUERY_NAMES = ["key", "token", "code", "sig", "api_key", "apikey", "access_token", "secret", "X-Amz-Signature"]


@pytest.mark.parametrize("name", QUERY_NAMES)
def test_a_secret_in_the_query(name: str) -> None:
    assert secret_in_url(f"https://example.com/a?v=1&{name}=abc") == f"its query parameter {name!r}"


@pytest.mark.parametrize("url", ["https://user:word@example.com/", "https://token@example.com/a"])
def test_a_secret_before_the_host(url: str) -> None:
    assert secret_in_url(url) == "the user name or password before its host"


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/hooks",
        "https://crm.example.com/hooks/saasus-events",
        "https://hooks.example.com/v2/tenants",
        "https://api.example.com/v1/users/*",
        "https://abcdefghij.execute-api.ap-northeast-1.amazonaws.com/prod/events",
        "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws/",
        "https://example.com/tenants/6b1f5d0e-0000-4000-8000-123456789abc/events",
        "https://example.com/2026-11-25/customer-notifications-v2-production",
        "https://example.com/oauth/token",
        "https://example.com/?token=&v=2",
        "https://slack.com/api/chat.postMessage",
        "https://[::1/broken",
    ],
)
def test_no_secret(url: str) -> None:
    assert secret_in_url(url) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "abc"),
        ("x-api-key", "k"),
        ("X-Auth-Token", "k"),
        ("accessToken", "k"),
        ("client_secret", "k"),
        ("PASSWORD", "k"),
        ("code", "k"),
        ("x-note", "Bearer abcdefgh"),
        ("x-note", "Basic dXNlcjpwYXNz"),
        ("x-note", "sk_live_abc"),
        ("x-note", "eyJhbGciOiJub25lIn0.e30."),
        ("x-note", "k3JdF92mXlq0Zt7R"),
    ],
)
def test_a_secret_by_its_name_or_its_shape(name: str, value: str) -> None:
    assert secret_in_parameter(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-source", "saasus"),
        ("content-type", "application/json; charset=utf-8"),
        ("audience", "https://api.example.com/v1"),
        ("grant_type", "client_credentials"),
        ("scope", "users:read users:write"),
        ("x-tenant", "6b1f5d0e-0000-4000-8000-123456789abc"),
        ("idempotency-key", "a"),
        ("postal_code", "100"),
        ("x-keyboard", "jp"),
        ("api_key", ""),
    ],
)
def test_no_secret_by_name_or_shape(name: str, value: str) -> None:
    assert not secret_in_parameter(name, value)


@given(st.text(max_size=40))
def test_any_text_is_judged(text: str) -> None:
    for url in (text, f"https://example.com/{text}"):
        assert secret_in_url(url) is None or str(secret_in_url(url)).startswith(("its ", "the "))
    assert secret_in_parameter(text, text) in (True, False)
