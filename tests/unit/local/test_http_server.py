"""The HTTP server on this machine: what it takes, what it refuses, and that nothing of it is left."""

from __future__ import annotations

import logging
import re
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.local import http_server
from constructs_lib.local.http_server import HOST, Answer, LocalHttpServer, Request
from tests.documents import REPOSITORY
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "server-of-this-test"


class Echo:
    """Remembers requests, and answers with their bodies."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        return Answer(200, request.body)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def server(echo: Echo) -> Iterator[LocalHttpServer]:
    with LocalHttpServer(echo, name=NAME) as running:
        yield running


def exchange(server: LocalHttpServer, sent: bytes) -> bytes:
    """Send bytes, close the sending side, and return what came back until the server closed."""
    with socket.create_connection((HOST, server.port), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def status(answer: bytes) -> int:
    return int(answer.split()[1])


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def test_a_request_arrives_as_it_was_sent(server: LocalHttpServer, echo: Echo) -> None:
    answer = exchange(
        server, b"put /a%20b?x=1&x=2 HTTP/1.1\r\nHost: h\r\nX-Extra: yes\r\nContent-Length: 2\r\n\r\n\xff!"
    )
    [request] = echo.requests
    assert (request.method, request.path, request.query) == ("PUT", "/a%20b", "x=1&x=2")
    assert request.target == "/a%20b?x=1&x=2"
    assert request.headers["x-extra"] == "yes"
    assert request.body == b"\xff!"
    assert request.client.startswith(f"{HOST}:")
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n\xff!")


def test_a_requests_text_form_shows_neither_query_nor_header_nor_body(server: LocalHttpServer, echo: Echo) -> None:
    exchange(server, b"GET /path?s3cr3t HTTP/1.1\r\nAuthorization: s3cr3t\r\nContent-Length: 6\r\n\r\ns3cr3t")
    assert "s3cr3t" not in repr(echo.requests)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 411),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET / HTTP/one\r\n\r\n", 400),
        (b"not a request at all\r\n\r\n", 400),
    ],
)
def test_a_bad_request_is_refused_and_does_not_arrive(
    server: LocalHttpServer, echo: Echo, sent: bytes, expected: int
) -> None:
    assert status(exchange(server, sent)) == expected
    assert echo.requests == []


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"])
def test_a_request_that_ends_too_early_does_not_arrive(server: LocalHttpServer, echo: Echo, sent: bytes) -> None:
    exchange(server, sent)
    assert echo.requests == []


@pytest.fixture(scope="module")
def patient() -> Iterator[LocalHttpServer]:
    with LocalHttpServer(lambda _: Answer(200)) as running:
        yield running


@given(noise=st.binary(max_size=200))
def test_no_bytes_whatever_stop_it(patient: LocalHttpServer, noise: bytes) -> None:
    exchange(patient, noise + b"\r\n\r\n")
    assert status(exchange(patient, b"GET / HTTP/1.1\r\n\r\n")) == 200


def test_an_answer_of_none_closes_the_connection() -> None:
    with LocalHttpServer(lambda _: None) as server:
        assert exchange(server, b"GET / HTTP/1.1\r\n\r\n") == b""


def test_a_function_that_raises_answers_500_and_its_text_is_logged_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    def respond(request: Request) -> Answer:
        raise KeyError(request.headers["authorization"])

    with caplog.at_level(logging.DEBUG), LocalHttpServer(respond) as server:
        answer = exchange(server, b"GET / HTTP/1.1\r\nAuthorization: s3cr3t\r\n\r\n")
    assert status(answer) == 500
    assert "KeyError" in caplog.text
    assert "s3cr3t" not in caplog.text + answer.decode()


def test_headers_of_an_answer_stand_in_place_of_the_servers_own() -> None:
    answer = Answer(200, {"a": "é"}, {"date": "", "X-Extra": "yes"})
    with LocalHttpServer(lambda _: answer, clock=lambda: 0) as server:
        head, _, body = exchange(server, b"GET / HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")
    assert sorted(line.lower() for line in head.split(b"\r\n")[1:]) == [
        b"content-length: 11",
        b"content-type: application/json",
        b"date: ",
        b"x-extra: yes",
    ]
    assert body == '{"a": "é"}'.encode()


def test_the_date_is_the_clocks() -> None:
    with LocalHttpServer(lambda _: Answer(200), clock=lambda: 0) as server:
        assert b"Date: Thu, 01 Jan 1970 00:00:00 GMT" in exchange(server, b"GET / HTTP/1.1\r\n\r\n")


def test_it_listens_on_one_address_of_this_machine_only(server: LocalHttpServer) -> None:
    assert server._server.socket.getsockname() == ("127.0.0.1", server.port)


@pytest.mark.skipif(sys.platform == "win32", reason="there a port can be bound twice")
def test_a_port_that_is_taken_is_an_error(server: LocalHttpServer, echo: Echo) -> None:
    with pytest.raises(OSError, match="in use"):
        LocalHttpServer(echo, port=server.port)


@pytest.mark.parametrize("encrypted", [False, True])
def test_nothing_is_left_when_it_stops(echo: Echo, *, encrypted: bool) -> None:
    """Neither its own thread nor those of callers that say nothing, or have not finished."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    server = LocalHttpServer(echo, name=NAME, tls=context if encrypted else None)
    callers = [socket.create_connection((HOST, server.port)) for _ in range(3)]
    # A TLS record of 32 bytes is announced and never comes.
    callers[0].sendall(b"\x16\x03\x01\x00\x20" if encrypted else b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc")
    eventually(lambda: len(threads()) == 1 + len(callers))
    started = time.monotonic()
    server.stop()
    assert threads() == []
    assert time.monotonic() - started < 3
    with pytest.raises(OSError, match=r"refused|reset"):
        socket.create_connection((HOST, server.port))
    for caller in callers:
        caller.close()


def test_it_is_the_only_one() -> None:
    files = [
        file
        for folder in ("constructs_lib", "tests", "scripts", "benchmarks")
        for file in (REPOSITORY / folder).rglob("*.py")
        if re.search(r"^\s*(from|import) (http\.server|socketserver)\b", file.read_text("utf-8"), re.MULTILINE)
    ]
    assert files == [Path(http_server.__file__)]
