"""Credentials: the official SDK's signature, and no secret where it does not belong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from saasus_sdk_python.client.client import Client  # type: ignore[import-untyped]

from constructs_lib import SaasusEventsError
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.saasus_errors import InvalidCredentials

CREDENTIALS = SaasusCredentials("jCxty/gm2Ci6nbgGnlAedQ==", "5i+zMyZ8kcvvbWHZI3SMWT7w0rHw", "a-Secret/Key+of=ours")
MOMENT = datetime(2026, 5, 19, 2, 22, 58, tzinfo=timezone.utc)

keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=","), min_size=1)
hosts = st.sampled_from(["api.saasus.io", "127.0.0.1:8080", "localhost", "api.dev.saasus.io:443"])
texts = st.text(st.characters(exclude_categories=["Cs"]))
paths = st.lists(st.one_of(texts, st.sampled_from(["v1", "%E6%97%A5", "a;b", ""])), max_size=5).map("/".join)
queries = st.one_of(texts, st.sampled_from(["", "?a=1&b=2", "?", "?a=%20+&b=日本", "#fragment", "?a=1#b"]))
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@dataclass
class Model:
    """A body as the SDK takes it."""

    text: str

    def to_json(self) -> str:
        return self.text


def signed_by_the_sdk(credentials: SaasusCredentials, method: str, url: str, text: str | None, moment: datetime) -> str:
    client: Any = Client()
    client.saas_id, client.api_key, client.secret_key = (
        credentials.saas_id,
        credentials.api_key,
        credentials.secret_key,
    )
    client.time_provider = lambda: f"{moment.astimezone(timezone.utc):%Y%m%d%H%M}"
    headers = client.generate_signature(method, url, None if text is None else Model(text))
    authorization: str = headers["Authorization"]
    return authorization


@given(
    credentials=st.builds(SaasusCredentials, keys, keys, keys),
    method=st.sampled_from(["GET", "post", "Put", "DELETE", "patch"]),
    url=st.builds("{}://{}/{}{}".format, st.sampled_from(["https", "http"]), hosts, paths, queries),
    body=st.none() | bodies.map(json.dumps) | bodies.map(lambda body: json.dumps(body, ensure_ascii=False)),
    moment=st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001 - has one
)
@example(CREDENTIALS, "POST", "https://api.saasus.io/v1/auth/tenants", '{"name": "日本"}', MOMENT)
@example(CREDENTIALS, "GET", "https://api.saasus.io/v1/auth/credentials?code=a&auth-flow=tempCodeAuth", None, MOMENT)
def test_the_signature_is_the_official_sdks(
    credentials: SaasusCredentials, method: str, url: str, body: str | None, moment: datetime
) -> None:
    ours = credentials.authorization(method, url, (body or "").encode(), now=moment)
    assert ours == signed_by_the_sdk(credentials, method, url, body, moment)


def test_a_body_is_signed_as_text_or_as_bytes() -> None:
    url = "https://api.saasus.io/v1/auth/tenants"
    as_text = CREDENTIALS.authorization("POST", url, '{"name":"日本"}', now=MOMENT)
    assert as_text == CREDENTIALS.authorization("POST", url, '{"name":"日本"}'.encode(), now=MOMENT)


def test_the_utc_minute_is_signed_wherever_the_clock_is() -> None:
    url = "https://api.saasus.io/v1/auth/tenants"
    in_tokyo = MOMENT.astimezone(timezone(timedelta(hours=9)))
    without_zone = MOMENT.replace(tzinfo=None)
    later = MOMENT + timedelta(minutes=1)
    expected = CREDENTIALS.authorization("GET", url, now=MOMENT)
    assert CREDENTIALS.authorization("GET", url, now=in_tokyo) == expected
    assert CREDENTIALS.authorization("GET", url, now=without_zone) == expected
    assert CREDENTIALS.authorization("GET", url, now=later) != expected


def test_the_clock_is_used_when_no_time_is_given() -> None:
    url = "https://api.saasus.io/v1/auth/tenants"
    before = CREDENTIALS.authorization("GET", url, now=datetime.now(timezone.utc))
    given = CREDENTIALS.authorization("GET", url)
    assert given in (before, CREDENTIALS.authorization("GET", url, now=datetime.now(timezone.utc)))


def test_no_text_form_shows_a_secret() -> None:
    for text in (repr(CREDENTIALS), str(CREDENTIALS), f"{CREDENTIALS}"):
        assert CREDENTIALS.saas_id in text
        assert CREDENTIALS.api_key not in text
        assert CREDENTIALS.secret_key not in text


@pytest.mark.parametrize("name", ["saas_id", "api_key", "secret_key"])
@pytest.mark.parametrize("bad", ["", " hush-hush", "hush-hush\n", "hush\nhush", "hush\x00hush", 17, None])
def test_a_value_that_cannot_be_one_is_refused_and_not_repeated(name: str, bad: Any) -> None:
    values: Any = {"saas_id": "id", "api_key": "key", "secret_key": "secret", name: bad}
    with pytest.raises(InvalidCredentials, match=name) as caught:
        SaasusCredentials(**values)
    assert "hush" not in str(caught.value)
    assert "17" not in str(caught.value)


@pytest.mark.parametrize("name", ["saas_id", "api_key"])
@pytest.mark.parametrize("bad", ["hush,hush", "hush hush", "hush日本"])
def test_a_value_that_no_header_can_carry_is_refused(name: str, bad: str) -> None:
    values = {"saas_id": "id", "api_key": "key", "secret_key": "secret", name: bad}
    with pytest.raises(InvalidCredentials, match="sent in a header") as caught:
        SaasusCredentials(**values)
    assert "hush" not in str(caught.value)


def test_the_environment_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAASUS_SAAS_ID", "id")
    monkeypatch.setenv("SAASUS_API_KEY", "key")
    monkeypatch.setenv("SAASUS_SECRET_KEY", "secret")
    assert SaasusCredentials.from_environment() == SaasusCredentials("id", "key", "secret")


@pytest.mark.parametrize("name", ["saas_id", "api_key", "secret_key"])
@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "\t{} \n"])
def test_white_space_around_a_value_is_dropped(name: str, around: str) -> None:
    """`$(cat key.txt)` in a script and pasting leave some; no credential has any."""
    values = {"saas_id": "id", "api_key": "key", "secret_key": "secret"}
    spaced = values | {name: around.format(values[name])}
    variables = {f"SAASUS_{key.upper()}": value for key, value in spaced.items()}
    assert SaasusCredentials.from_secret_string(json.dumps(spaced)) == SaasusCredentials(**values)
    assert SaasusCredentials.from_environment(variables) == SaasusCredentials(**values)


@pytest.mark.parametrize("text", ["{}\n", "\ufeff{}", "\n {} \r\n"], ids=["newline", "byte order mark", "spaces"])
def test_so_is_what_a_file_has_around_the_json(text: str) -> None:
    values = {"saas_id": "id", "api_key": "key", "secret_key": "secret"}
    assert SaasusCredentials.from_secret_string(text.format(json.dumps(values))) == SaasusCredentials(**values)


@pytest.mark.parametrize("name", ["saas_id", "api_key", "secret_key"])
def test_a_value_of_white_space_is_missing(name: str) -> None:
    values = {"saas_id": "id", "api_key": "key", "secret_key": "secret", name: " \n"}
    with pytest.raises(InvalidCredentials, match=f"no {name}"):
        SaasusCredentials.from_secret_string(json.dumps(values))


def test_a_key_may_have_a_colon_and_whatever_else_a_header_can_carry() -> None:
    values = {"saas_id": "a:b", "api_key": "c:d/+=", "secret_key": "e:f g"}
    credentials = SaasusCredentials.from_secret_string(json.dumps(values))
    assert (credentials.saas_id, credentials.api_key, credentials.secret_key) == tuple(values.values())


def test_what_the_environment_lacks_is_named() -> None:
    with pytest.raises(InvalidCredentials, match="no SAASUS_SAAS_ID and no SAASUS_SECRET_KEY") as caught:
        SaasusCredentials.from_environment({"SAASUS_API_KEY": "hush", "SAASUS_SECRET_KEY": ""})
    assert "hush" not in str(caught.value)


def test_a_secret_gives_them_and_may_hold_more() -> None:
    text = json.dumps({"saas_id": "id", "api_key": "key", "secret_key": "secret", "note": "staging"})
    assert SaasusCredentials.from_secret_string(text) == SaasusCredentials("id", "key", "secret")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hush", "not a JSON object"),
        ('"hush"', "not a JSON object"),
        ('["hush"]', "not a JSON object"),
        ('{"hush', "not a JSON object"),
        (None, "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('"{\\"saas_id\\": \\"hush\\"}"', "not a JSON object"),
        ('{"saas_id": "id", "hush": "hush"}', "no api_key and no secret_key"),
        ('{"saas_id": "id", "api_key": "hush", "secret_key": ""}', "no secret_key"),
        ('{"saas_id": "id", "api_key": "hush", "secret_key": ["hush"]}', "secret_key .* is of type list, not text"),
        ('{"saas_id": "id", "api_key": "hush hush", "secret_key": "hush"}', "api_key .* a character"),
    ],
)
def test_a_secret_that_is_none_is_refused_and_not_repeated(text: Any, complaint: str) -> None:
    with pytest.raises(InvalidCredentials, match=complaint) as caught:
        SaasusCredentials.from_secret_string(text)
    assert isinstance(caught.value, SaasusEventsError)
    error: BaseException | None = caught.value
    while error is not None:  # nor in what it came from, which a traceback shows
        assert "hush" not in repr(error)
        assert "hush" not in str(vars(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
