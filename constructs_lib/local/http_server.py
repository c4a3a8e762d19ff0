"""The HTTP server on this machine behind everything that listens here: the local SaaSus, endpoints, and tests.

It reads requests and sends the answers that a function makes; what they mean is up to that function.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from wsgiref.handlers import format_date_time

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from typing_extensions import Self

HOST: Final = "127.0.0.1"

_LONGEST_BODY: Final = 16 * 1024 * 1024
_LONGEST_LINE: Final = 64 * 1024
_SECONDS_TO_END: Final = 5.0
_SECONDS_TO_LINGER: Final = 0.5
_log = logging.getLogger("constructs_lib.local.http_server")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived. Its text form shows no header, no query and no body, which can hold secrets."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """By name in lower case."""
    body: bytes = field(repr=False)
    client: str

    @property
    def target(self) -> str:
        """Path and query, as they were sent."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    Args:
        status: The HTTP status.
        body: Bytes are sent as they are, None as nothing, and any other value as JSON.
        headers: Added to `Content-Type`, `Content-Length` and `Date`, or in place of these.
    """

    status: int
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body as it is sent."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body, ensure_ascii=False).encode()


class LocalHttpServer:
    """A server on 127.0.0.1 that passes each request to a function, from when it is made until `stop()`.

    What is not an HTTP request, or has a body of unknown or excessive length, gets a 4xx and never reaches the
    function. A `with` block stops the server at its end.

    Args:
        respond: Makes the answers; called from several threads. None closes the connection without an answer.
        port: The port; 0 takes a free one.
        name: The name of its threads.
        tls: Makes it an HTTPS server.
        clock: The time, in seconds since the epoch, for the `Date` of the answers.

    Raises:
        OSError: The port is taken.
    """

    def __init__(
        self,
        respond: Callable[[Request], Answer | None],
        *,
        port: int = 0,
        name: str = "local-http",
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._server = _Server((HOST, port), respond, name, clock)
        if tls is not None:
            # The handshake is left to the connection's own thread: a caller that breaks it off must not block others.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name=name)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Stop listening, close the open connections, and wait for their threads."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_SECONDS_TO_END)
        self._server.close_connections()


class _Server(ThreadingHTTPServer):
    # A function that never returns does not keep the process from ending.
    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        respond: Callable[[Request], Answer | None],
        name: str,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(address, _Handler)
        self.respond, self.clock = respond, clock
        self._name = name
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True, name=self._name)
        with self._lock:
            self._connections[thread] = request
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and forget it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.pop(threading.current_thread(), None)

    def close_connections(self) -> None:
        """Close the connections that are still open, and wait for their threads to end."""
        with self._lock:
            connections = list(self._connections.items())
        for _, connection in connections:
            with contextlib.suppress(OSError):
                # The socket's own, not that of TLS, whose state the thread is using.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        ends = time.monotonic() + _SECONDS_TO_END
        for thread, _ in connections:
            thread.join(max(0.0, ends - time.monotonic()))

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore what is wrong with a connection: a caller that breaks it off is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30

    def handle_one_request(self) -> None:
        """Read one request and answer it, whatever its method is."""
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif self.raw_requestline and self.parse_request():
            status = self._refusal_of_body()
            if status is None:
                self._answer(self._respond())
            else:
                self._refuse(status)

    def _refusal_of_body(self) -> HTTPStatus | None:
        if "Transfer-Encoding" in self.headers:
            return HTTPStatus.LENGTH_REQUIRED
        length = self.headers.get("Content-Length", "0").strip()
        if re.fullmatch(r"[0-9]{1,18}", length) is None:
            return HTTPStatus.BAD_REQUEST
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length) > _LONGEST_BODY else None

    def _respond(self) -> Answer | None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            return None
        path, _, query = self.path.partition("?")
        host, port = self.client_address[:2]
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            return self.server.respond(
                Request(self.command.upper(), path, query, headers, body, client=f"{host}:{port}")
            )
        except Exception as error:  # noqa: BLE001 - a bug in it must show as an answer
            # Only its kind: the text could hold a secret of the request.
            _log.error("no answer to %s: %s", self.command, type(error).__name__)
            return _answer_of(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _refuse(self, status: HTTPStatus) -> None:
        self._answer(_answer_of(status))
        # Closing with unread input resets the connection, which can lose the answer.
        ends = time.monotonic() + _SECONDS_TO_LINGER
        self.connection.settimeout(_SECONDS_TO_LINGER)
        with contextlib.suppress(OSError):
            while time.monotonic() < ends and self.rfile.read1():
                pass

    def _answer(self, answer: Answer | None) -> None:
        if answer is None:
            return
        content = answer.content()
        self.send_response_only(answer.status)
        given = {name.lower() for name in answer.headers}
        defaults = {
            "Date": format_date_time(self.server.clock()),
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
        }
        for name, value in defaults.items():
            if name.lower() not in given:
                self.send_header(name, value)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what is not an HTTP request, as `parse_request` asks for; its texts repeat what was sent."""
        self.command, self.request_version = "", self.protocol_version
        self._refuse(HTTPStatus(code))

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: a path or a header can hold a secret."""


def _answer_of(status: HTTPStatus) -> Answer:
    return Answer(status.value, {"message": status.phrase})
