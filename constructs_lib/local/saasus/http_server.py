"""The HTTP server of the simulator: reads requests, writes answers, and knows nothing of SaaSus."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from wsgiref.handlers import format_date_time

from constructs_lib.local.saasus.errors import LocalSaasusError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; its text form shows neither header nor query nor body, which can hold secrets."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    client: str

    @property
    def target(self) -> str:
        """Path and query, as they were sent."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets. A body of None is an empty one."""

    status: int
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Give the body as it is sent."""
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


class LocalHttpServer:
    """A thread that hands each request to a function. An answer of None breaks the connection off.

    Args:
        port: the port on 127.0.0.1; 0 takes a free one.
        respond: what makes the answers; it is called from several threads.
        clock: what the answers' `Date` is from.
    """

    def __init__(self, port: int, respond: Callable[[Request], Answer | None], clock: Callable[[], datetime]) -> None:
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError as error:
            raise LocalSaasusError(
                f"The local SaaSus cannot use port {port} on {HOST} ({error.strerror}). "
                "Choose another port, or port 0 for any free one."
            ) from error
        self._server.respond, self._server.clock = respond, clock
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="local-saasus").start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    respond: Callable[[Request], Answer | None]
    clock: Callable[[], datetime]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a caller that breaks a connection off is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30

    def handle_one_request(self) -> None:
        """Read one request and answer it, whatever its method is."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        host, port = self.client_address[:2]
        request = Request(
            method=self.command.upper(),
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            client=f"{host}:{port}",
        )
        answer = self.server.respond(request)
        if answer is None:
            self.close_connection = True
            return
        content = answer.content()
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the time for `Date`, by the simulator's clock."""
        return format_date_time(self.server.clock().timestamp() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: a path can hold a secret."""
