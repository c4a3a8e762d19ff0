"""`HttpsEndpoint`: an HTTPS server on this machine that plays the API that an API destination calls."""

from __future__ import annotations

import hmac
import json
import secrets
import ssl
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from constructs_lib.local.errors import LocalAwsError
from constructs_lib.local.http_server import HOST, Answer, LocalHttpServer, Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    import trustme
    from typing_extensions import Self

_MASK = "(checked)"


@dataclass(frozen=True)
class Hang:
    """A late answer: nothing for some seconds, then the status."""

    seconds: float
    status: int = 200


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived. Its text form shows no header and no body, which can contain secrets."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    authorized: bool
    arrived: float

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.body)


class HttpsEndpoint:
    """An HTTPS endpoint that records its requests and gives the answers that you choose.

    It has its own certificate; callers have to trust `ca_file`.

    ```python
    with HttpsEndpoint(api_key=("x-api-key", key)) as api, LocalAws(ca_file=api.ca_file) as aws:
        ...
        api.wait_for(1)
        assert api.requests[0].authorized
    ```

    Args:
        answers: The answers in the order of the requests: each a status or a `Hang`. The last one is repeated. A single
            one is for all requests.
        api_key: Name and value of a header that requests need; without it they get 403. The value is
            compared, but neither kept nor shown.
        basic: User name and password that requests need; without them they get 403.
        oauth: Client id and secret. `POST /token` returns an access token for them, which requests need; without it
            they get 401.
        authority: The `trustme.CA` that signs the certificate, for several endpoints with the same `ca_file`. Default:
            the endpoint has its own.
    """

    def __init__(
        self,
        answers: int | Hang | Sequence[int | Hang] = 200,
        *,
        api_key: tuple[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        oauth: tuple[str, str] | None = None,
        authority: trustme.CA | None = None,
    ) -> None:
        if sum(method is not None for method in (api_key, basic, oauth)) > 1:
            raise LocalAwsError(
                "An HttpsEndpoint checks one kind of authorization. Expected only one of api_key, basic and oauth."
            )
        self._api_key, self._basic, self._oauth = api_key, basic, oauth
        self._authority = authority
        self._tokens: set[str] = set()
        self._tokens_given = 0
        self._requests: list[ReceivedRequest] = []
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._answers: list[int | Hang] = []
        self._server: LocalHttpServer | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None
        self.answer(answers)

    def __repr__(self) -> str:
        """Show where it is and how many requests arrived, and nothing secret."""
        where = "stopped" if self._server is None else self.url()
        return f"HttpsEndpoint({where}, {len(self._requests)} requests)"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Make the certificate, and listen on a free port."""
        import trustme

        self._files = tempfile.TemporaryDirectory(prefix="saasus-https-")
        authority = self._authority or trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST, "localhost").configure_cert(context)
        self._closing.clear()
        self._server = LocalHttpServer(self._respond, name="https-endpoint", tls=context)
        return self

    def stop(self) -> None:
        """Stop listening, and give up answers that hang."""
        self._closing.set()
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        files, self._files = self._files, None
        if files is not None:
            files.cleanup()

    @property
    def ca_file(self) -> Path:
        """The PEM file of the authority that signed the certificate."""
        if self._files is None:
            raise LocalAwsError("This HttpsEndpoint is not running. Use it in a `with` block, or call start() first.")
        return Path(self._files.name) / "ca.pem"

    def url(self, path: str = "/") -> str:
        """Return the URL of a path."""
        if self._server is None:
            raise LocalAwsError("This HttpsEndpoint is not running. Use it in a `with` block, or call start() first.")
        return f"https://{HOST}:{self._server.port}{path}"

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """The requests so far, in order, without those for a token."""
        with self._changed:
            return tuple(self._requests)

    @property
    def tokens_given(self) -> int:
        """How many access tokens were issued."""
        return self._tokens_given

    def answer(self, answers: int | Hang | Sequence[int | Hang]) -> None:
        """Change the answers to the requests from now on."""
        listed = [answers] if isinstance(answers, (int, Hang)) else list(answers)
        if not listed:
            raise LocalAwsError("An HttpsEndpoint needs at least one answer, such as 200.")
        with self._changed:
            self._answers = listed

    def forget_token(self) -> None:
        """Revoke the access tokens that were issued."""
        self._tokens.clear()

    def wait_for(self, count: int, timeout: float = 10.0) -> tuple[ReceivedRequest, ...]:
        """Wait until so many requests have arrived, and return them.

        Raises:
            LocalAwsError: They did not arrive in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._requests) >= count, timeout):
                raise LocalAwsError(f"{len(self._requests)} of {count} requests arrived within {timeout} s.")
            return tuple(self._requests)

    # ---------------------------------------------------------- what the server calls

    def _respond(self, request: Request) -> Answer:
        """Record a request and make its answer."""
        if self._oauth is not None and request.method == "POST" and request.path == "/token":
            return self._issue_token(request.body)
        headers = dict(request.headers)
        refusal = self._check(headers)
        received = ReceivedRequest(
            method=request.method,
            path=request.path,
            query={name: tuple(values) for name, values in parse_qs(request.query, keep_blank_values=True).items()},
            headers=headers,
            body=request.body,
            authorized=not refusal,
            arrived=time.time(),
        )
        with self._changed:
            answer = self._answers.pop(0) if len(self._answers) > 1 and not refusal else self._answers[0]
            self._requests.append(received)
            self._changed.notify_all()
        if refusal:
            return Answer(refusal)
        if isinstance(answer, Hang):
            self._closing.wait(answer.seconds)
            return Answer(answer.status)
        return Answer(answer)

    def _check(self, headers: dict[str, str]) -> int:
        """Check the authorization, remove its value from the headers, and return the status of a refusal or 0."""
        if self._api_key is not None:
            return 0 if _take(headers, self._api_key[0], self._api_key[1]) else 403
        if self._basic is not None:
            import base64

            wanted = "Basic " + base64.b64encode(":".join(self._basic).encode()).decode()
            return 0 if _take(headers, "authorization", wanted) else 403
        if self._oauth is not None:
            # An authorization server issues a token without revoking the ones before.
            token = headers.get("authorization", "").removeprefix("Bearer ")
            return 0 if _take(headers, "authorization", f"Bearer {token}") and token in self._tokens else 401
        return 0

    def _issue_token(self, body: bytes) -> Answer:
        assert self._oauth is not None  # noqa: S101 - the caller checked; this is for the type checker
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        given = "\n".join([form.get("grant_type", ""), form.get("client_id", ""), form.get("client_secret", "")])
        if not hmac.compare_digest(given.encode(), "\n".join(["client_credentials", *self._oauth]).encode()):
            return Answer(401, {"error": "invalid_client"})
        token = secrets.token_hex(16)
        self._tokens.add(token)
        self._tokens_given += 1
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})


def _take(headers: dict[str, str], name: str, wanted: str) -> bool:
    given = headers.get(name.lower())
    if given is None:
        return False
    headers[name.lower()] = _MASK
    return hmac.compare_digest(given.encode(), wanted.encode())
