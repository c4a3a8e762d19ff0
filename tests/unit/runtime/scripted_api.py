"""An HTTP server that answers as a test says, and keeps what it was sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from constructs_lib.local.http_server import HOST, Answer, LocalHttpServer, Request

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


@dataclass(frozen=True)
class Reply:
    """An answer. Without a status the connection is broken off."""

    status: int | None = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    late: float = 0.0
    cut: int = 0
    """How many bytes of the body never come."""


class ScriptedApi:
    def __init__(self) -> None:
        self.replies: list[Reply] = [Reply()]
        self.requests: list[Request] = []
        self._server = LocalHttpServer(self._respond, name="scripted-api")

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self._server.port}/v1"

    def reply(self, *replies: Reply) -> None:
        """Set the answers to the requests, in order; the last one is repeated."""
        self.replies = list(replies)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def _respond(self, request: Request) -> Answer | None:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        time.sleep(reply.late)
        if reply.status is None:
            return None
        whole = {"Content-Length": str(len(reply.body))}
        return Answer(reply.status, reply.body[: len(reply.body) - reply.cut], whole | reply.headers)
