"""The HTTPS endpoint of the tests and of the demo."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from constructs_lib.local import Hang, HttpsEndpoint, LocalAwsError

if TYPE_CHECKING:
    from http.client import HTTPResponse


def call(
    endpoint: HttpsEndpoint, path: str = "/", body: bytes | None = None, header: tuple[str, str] | None = None
) -> int:
    request = urllib.request.Request(endpoint.url(path), data=body, headers=dict([header] if header else []))
    try:
        answer: HTTPResponse
        with urllib.request.urlopen(request, context=trusting(endpoint), timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def trusting(endpoint: HttpsEndpoint) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(endpoint.ca_file))


def test_a_request_is_recorded() -> None:
    with HttpsEndpoint() as endpoint:
        before = time.time()
        assert call(endpoint, "/a/b?x=1&x=2", b'{"n": 1}', ("Extra", "yes")) == 200
        (request,) = endpoint.wait_for(1)
    assert (request.method, request.path, request.json()) == ("POST", "/a/b", {"n": 1})
    assert request.query == {"x": ("1", "2")}
    assert request.headers["extra"] == "yes"
    assert before <= request.arrived <= time.time()


def test_answers_come_in_their_order_and_the_last_one_stays() -> None:
    with HttpsEndpoint([500, 404, 201]) as endpoint:
        assert [call(endpoint) for _ in range(4)] == [500, 404, 201, 201]
        endpoint.answer(503)
        assert call(endpoint) == 503


def test_an_api_key_is_checked_and_neither_kept_nor_shown() -> None:
    with HttpsEndpoint(api_key=("X-Api-Key", "s3cr3t")) as endpoint:
        assert call(endpoint, header=("x-api-key", "s3cr3t")) == 200
        assert call(endpoint, header=("x-api-key", "wrong")) == 403
        assert call(endpoint) == 403
        assert [request.authorized for request in endpoint.requests] == [True, False, False]
        seen = repr(endpoint) + repr(endpoint.requests) + str([request.headers for request in endpoint.requests])
    assert "s3cr3t" not in seen
    assert "wrong" not in seen


def test_a_requests_text_form_shows_no_header_and_no_body() -> None:
    with HttpsEndpoint() as endpoint:
        call(endpoint, body=b"private", header=("Authorization", "private"))
        assert "private" not in repr(endpoint.wait_for(1)[0])


def test_a_token_is_given_for_the_right_client_only() -> None:
    with HttpsEndpoint(oauth=("client", "s3cr3t")) as endpoint:
        form = b"grant_type=client_credentials&client_id=client&client_secret="
        assert call(endpoint, "/token", form + b"wrong") == 401
        request = urllib.request.Request(endpoint.url("/token"), data=form + b"s3cr3t")
        with urllib.request.urlopen(request, context=trusting(endpoint)) as answer:
            token = json.load(answer)["access_token"]
        assert call(endpoint, header=("Authorization", f"Bearer {token}")) == 200
        assert call(endpoint, header=("Authorization", "Bearer other")) == 401
        assert call(endpoint, header=("Authorization", "Bearer ")) == 401
        assert endpoint.tokens_given == 1
        assert len(endpoint.requests) == 3


def test_an_answer_that_hangs_does_not_hold_up_others_nor_the_end() -> None:
    with HttpsEndpoint([Hang(60), 200]) as endpoint:
        started = time.monotonic()
        request = urllib.request.Request(endpoint.url())
        with pytest.raises(OSError, match="timed out"):
            urllib.request.urlopen(request, context=trusting(endpoint), timeout=0.2)
        assert call(endpoint) == 200
    assert time.monotonic() - started < 5


def test_nobody_trusts_it_without_its_authority() -> None:
    with HttpsEndpoint() as endpoint, pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(endpoint.url(), timeout=5)


def test_waiting_ends_with_an_error_that_says_what_came() -> None:
    with HttpsEndpoint() as endpoint:
        call(endpoint)
        with pytest.raises(LocalAwsError, match="1 of 2 requests"):
            endpoint.wait_for(2, timeout=0.05)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(LocalAwsError, match="one kind"):
        HttpsEndpoint(api_key=("a", "b"), basic=("c", "d"))
    with pytest.raises(LocalAwsError, match="at least one"):
        HttpsEndpoint([])
    with pytest.raises(LocalAwsError, match="is not running"):
        HttpsEndpoint().url()
