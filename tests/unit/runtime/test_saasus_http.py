"""Signed calls: which are tried again and which are not, and what the errors say."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
import trustme

from constructs_lib.local.http_server import HOST, LocalHttpServer, Request
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.saasus_errors import InvalidApiCall, InvalidSaasusUrl, SaasusApiError, SaasusUnreachable
from constructs_lib.runtime.saasus_http import Retries, SignedHttp
from tests.unit.runtime.scripted_api import Reply, ScriptedApi

if TYPE_CHECKING:
    from collections.abc import Iterator


BROKEN_OFF = Reply(None)
MOMENT = datetime(2026, 5, 19, 2, 22, 58, tzinfo=timezone.utc)


@pytest.fixture
def http(server: ScriptedApi, credentials: SaasusCredentials, retries: Retries) -> SignedHttp:
    return SignedHttp(credentials, base_url=server.base_url, timeout=5, retries=retries)


@pytest.mark.parametrize(
    "trouble",
    [Reply(429), Reply(500), Reply(502), Reply(503, b"<html>"), Reply(504), BROKEN_OFF, Reply(200, b"{}", cut=1)],
    ids=["429", "500", "502", "503", "504", "broken off", "an answer that breaks off"],
)
def test_what_may_pass_is_tried_again_with_the_same_trace_id(
    server: ScriptedApi, http: SignedHttp, waits: list[float], trouble: Reply
) -> None:
    server.reply(trouble, trouble, Reply(200, b"done"))
    assert http.call("POST", "/x", {"a": 1}, trace_id="trace").body == b"done"
    assert len(server.requests) == 3
    assert {request.headers["x-saasus-trace-id"] for request in server.requests} == {"trace"}
    assert {request.body for request in server.requests} == {b'{"a":1}'}
    assert 0.25 <= waits[0] <= 0.5 <= waits[1] <= 1.0


def test_a_silent_server_is_given_up_and_tried_again(
    server: ScriptedApi, credentials: SaasusCredentials, retries: Retries
) -> None:
    server.reply(Reply(200, late=0.5), Reply(200, b"done"))
    http = SignedHttp(credentials, base_url=server.base_url, timeout=0.1, retries=retries)
    assert http.call("GET", "/x", trace_id="trace").body == b"done"
    assert len(server.requests) == 2


def test_attempts_are_bounded_and_waits_grow_to_a_limit(
    server: ScriptedApi, credentials: SaasusCredentials, waits: list[float]
) -> None:
    server.reply(Reply(503, b'{"type":"unavailable","message":"later"}'))
    retries = Retries(attempts=8, first_wait=1.0, longest_wait=5.0, sleep=waits.append)
    with pytest.raises(SaasusApiError, match=r"503 .*unavailable: later"):
        SignedHttp(credentials, base_url=server.base_url, retries=retries).call("GET", "/x", trace_id="trace")
    assert len(server.requests) == 8
    assert len(waits) == 7
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits[:3]))
    assert waits[-3:] == [5.0, 5.0, 5.0]


def test_what_saasus_cannot_do_is_said(server: ScriptedApi, http: SignedHttp, waits: list[float]) -> None:
    server.reply(Reply(501, b"Not Implemented"))
    with pytest.raises(SaasusApiError, match=r"501 .*has not implemented this call") as caught:
        http.call("POST", "/x", trace_id="trace")
    assert not caught.value.may_pass
    assert waits == []


@pytest.mark.parametrize(("status", "may_pass"), [(429, True), (500, True), (503, True), (501, False), (403, False)])
def test_an_error_says_whether_it_may_pass(
    server: ScriptedApi, credentials: SaasusCredentials, status: int, may_pass: bool
) -> None:
    server.reply(Reply(status))
    http = SignedHttp(credentials, base_url=server.base_url, retries=Retries(attempts=1))
    with pytest.raises(SaasusApiError) as caught:
        http.call("GET", "/x", trace_id="trace")
    assert caught.value.may_pass == may_pass


@pytest.mark.parametrize("trouble", [Reply(503), BROKEN_OFF], ids=["503", "broken off"])
def test_without_time_left_nothing_is_tried_again(
    server: ScriptedApi, credentials: SaasusCredentials, waits: list[float], trouble: Reply
) -> None:
    left = [30.0, 20.0, 0.0]
    server.reply(trouble)
    retries = Retries(attempts=9, sleep=waits.append, seconds_left=lambda: left.pop(0))
    with pytest.raises((SaasusApiError, SaasusUnreachable)):
        SignedHttp(credentials, base_url=server.base_url, timeout=5, retries=retries).call("GET", "/x", trace_id="t")
    assert len(server.requests) == 3


def test_waits_differ_by_chance() -> None:
    waits: list[float] = []
    for _ in range(20):
        Retries(sleep=waits.append).wait(1)
    assert len(set(waits)) > 1


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("9999", 20.0), ("tomorrow", 0.5), ("-3", 0.5), ("", 0.5)])
def test_the_wait_that_saasus_asks_for_is_kept_up_to_the_limit(
    server: ScriptedApi, http: SignedHttp, waits: list[float], asked: str, waited: float
) -> None:
    server.reply(Reply(429, headers={"Retry-After": asked}), Reply(200))
    http.call("GET", "/x", trace_id="trace")
    assert waited / 2 <= waits[0] <= waited


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 501])
def test_a_callers_mistake_is_not_tried_again(server: ScriptedApi, credentials: SaasusCredentials, status: int) -> None:
    server.reply(Reply(status, b'{"type":"t","message":"m"}'))
    http = SignedHttp(credentials, base_url=server.base_url, now=lambda: MOMENT)
    with pytest.raises(SaasusApiError, match=f"{status} to POST .*t: m") as caught:
        http.call("POST", "/x", trace_id="trace")
    assert caught.value.status == status
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed(server: ScriptedApi, http: SignedHttp) -> None:
    server.reply(Reply(302, headers={"Location": f"{server.base_url}/elsewhere"}), Reply(200))
    with pytest.raises(SaasusApiError, match="Redirects are not followed"):
        http.call("GET", "/x", trace_id="trace")
    assert [request.path for request in server.requests] == ["/v1/x"]


def test_nobody_there_is_said_with_the_trace_id_and_what_to_do(
    credentials: SaasusCredentials, retries: Retries, waits: list[float]
) -> None:
    with ScriptedApi() as server:
        gone = server.base_url
    with pytest.raises(SaasusUnreachable, match=r"refused.*4 of 4 attempts.*Check the address.*trace-7") as caught:
        SignedHttp(credentials, base_url=gone, retries=retries).call("GET", "/x", trace_id="trace-7")
    assert caught.value.trace_id == "trace-7"
    assert len(waits) == 3


def test_a_key_as_short_as_a_word_leaves_the_words_alone(server: ScriptedApi, retries: Retries) -> None:
    server.reply(Reply(403, b'{"message":"a key is bad: longer"}'))
    keys = SaasusCredentials(saas_id="the-saas", api_key="key", secret_key="longer")
    with pytest.raises(SaasusApiError) as caught:
        SignedHttp(keys, base_url=server.base_url, retries=retries).call("GET", "/x", trace_id="trace")
    assert caught.value.message == "a key is bad: [redacted]"


def test_errors_hold_no_secret_even_when_saasus_repeats_one(server: ScriptedApi, http: SignedHttp) -> None:
    server.reply(Reply(403, b'{"type":"the-secret-key","message":"bad \\u0074he-api-key of the-saas"}'))
    with pytest.raises(SaasusApiError) as caught:
        http.call("GET", "/x", trace_id="trace")
    shown = f"{caught.value} {vars(caught.value)}"
    assert "the-api-key" not in shown
    assert "the-secret-key" not in shown
    assert caught.value.message == "bad [redacted] of the-saas"


def test_a_gateways_page_is_quoted_shortly(server: ScriptedApi, http: SignedHttp) -> None:
    server.reply(Reply(403, b"<html>\n  Forbidden \xff" + b"x" * 5000))
    with pytest.raises(SaasusApiError, match="<html> Forbidden") as caught:
        http.call("GET", "/x", trace_id="trace")
    assert len(str(caught.value)) < 600


# ------------------------------------------------------------------ the clock


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (MOMENT + timedelta(minutes=10), "clock is 600 s behind SaaSus's: set the clock"),
        (MOMENT - timedelta(hours=9), "clock is 32400 s ahead of SaaSus's: set the clock"),
        (MOMENT + timedelta(seconds=1), "clock agrees with SaaSus's"),
    ],
)
def test_a_401_tells_whether_the_clock_is_wrong(
    server: ScriptedApi, credentials: SaasusCredentials, theirs: datetime, expected: str
) -> None:
    server.reply(Reply(401, headers={"Date": format_datetime(theirs, usegmt=True)}))
    http = SignedHttp(credentials, base_url=server.base_url, now=lambda: MOMENT)
    with pytest.raises(SaasusApiError, match=expected) as caught:
        http.call("GET", "/x", trace_id="trace")
    assert "Check saas_id, api_key and secret_key" in str(caught.value)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_401_without_a_date_names_the_clock_too(
    server: ScriptedApi, credentials: SaasusCredentials, date: str
) -> None:
    server.reply(Reply(401, headers={"Date": date}))
    http = SignedHttp(credentials, base_url=server.base_url, now=lambda: MOMENT)
    with pytest.raises(SaasusApiError, match="check this machine's clock, too"):
        http.call("GET", "/x", trace_id="trace")


def test_a_minute_that_ended_on_the_way_is_signed_anew_once(
    server: ScriptedApi, credentials: SaasusCredentials
) -> None:
    times = iter([MOMENT + timedelta(seconds=n) for n in (1.9, 2.1, 2.2, 70, 130)])
    http = SignedHttp(credentials, base_url=server.base_url, now=lambda: next(times))
    server.reply(Reply(401), Reply(200, b"done"))
    assert http.call("GET", "/x", trace_id="trace").body == b"done"
    assert len({request.headers["authorization"] for request in server.requests}) == 2
    server.reply(Reply(401))
    times = iter([MOMENT + timedelta(seconds=n) for n in (0, 60, 120, 180)])
    with pytest.raises(SaasusApiError):
        http.call("GET", "/x", trace_id="trace")
    assert len(server.requests) == 4


# ------------------------------------------------------------------ where a signature may go


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.saasus.io/v1",
        "http://127.0.0.1.example.com/v1",
        "ftp://api.saasus.io/v1",
        "file:///etc/hosts",
        "api.saasus.io/v1",
        "https://",
        "https://user:hush@api.saasus.io/v1",
        "https://api.saasus.io/v1?x=hush",
        "https://[::1/v1",
    ],
)
def test_an_address_that_is_not_safe_is_refused(credentials: SaasusCredentials, base_url: str) -> None:
    with pytest.raises(InvalidSaasusUrl, match="Expected https://<host>/v1") as caught:
        SignedHttp(credentials, base_url=base_url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["https://api.saasus.io/v1", "https://127.0.0.1/v1", "http://localhost:1/v1", "http://[::1]:1/v1"]
)
def test_https_and_this_machine_are_allowed(credentials: SaasusCredentials, base_url: str) -> None:
    assert base_url in repr(SignedHttp(credentials, base_url=base_url))


def test_a_referer_that_breaks_a_header_is_refused(credentials: SaasusCredentials) -> None:
    with pytest.raises(InvalidApiCall, match="referer"):
        SignedHttp(credentials, referer="a\nb")


def test_a_proxy_never_gets_the_calls_to_this_machine(
    server: ScriptedApi, credentials: SaasusCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert SignedHttp(credentials, base_url=server.base_url).call("GET", "/x", trace_id="trace").status == 200


@pytest.fixture
def untrusted() -> Iterator[str]:
    """The address of a server whose certificate nobody signed that anybody trusts."""
    received: list[Request] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    with LocalHttpServer(received.append, tls=context) as server:
        yield f"https://{HOST}:{server.port}/v1"
    assert received == []


def test_a_certificate_that_is_not_trusted_ends_the_call_at_once(
    credentials: SaasusCredentials, retries: Retries, waits: list[float], untrusted: str
) -> None:
    with pytest.raises(SaasusUnreachable, match="certificate is not trusted"):
        SignedHttp(credentials, base_url=untrusted, timeout=5, retries=retries).call("GET", "/x", trace_id="trace")
    assert waits == []
