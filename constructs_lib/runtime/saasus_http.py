"""Signed HTTP calls of SaaSus's API, with timeouts and retries: what the calls of every API have in common."""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import re
import ssl
import time
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.runtime.saasus_address import BASE_URL, BASE_URL_VARIABLE, is_on_this_machine, require_address
from constructs_lib.runtime.saasus_errors import (
    NOT_IMPLEMENTED,
    InvalidApiCall,
    SaasusApiError,
    SaasusUnreachable,
    status_may_pass,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.runtime.saasus_credentials import SaasusCredentials

TRACE_ID_HEADER: Final = "X-SaaSus-Trace-Id"
REFERER_HEADER: Final = "X-SaaSus-Referer"

NOT_FOUND: Final = 404
_FIRST_REDIRECT, _FIRST_ERROR = 300, 400
_UNAUTHORIZED = 401
_LONGEST_QUOTE: Final = 300
_SHORTEST_SECRET: Final = 6
"""A shorter one, which occurs only in tests, would remove ordinary words from an error."""
_CHECK_KEYS: Final = "Check saas_id, api_key and secret_key against the API keys page of the SaaSus console."


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a call is tried, and how long to wait in between.

    Args:
        attempts: The number of attempts in all.
        first_wait: Seconds before the second attempt. Later waits double; jitter shortens each by up to a half.
        longest_wait: Seconds that no wait exceeds, even when SaaSus asks for more with `Retry-After`.
        sleep: Waits.
        seconds_left: Returns how much time is left; without any, a call is not retried.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    seconds_left: Callable[[], float] = lambda: math.inf

    def is_last(self, attempt: int) -> bool:
        """Return whether there is no attempt after the one with this number."""
        return attempt >= self.attempts or self.seconds_left() <= 0

    def wait(self, attempt: int, asked_for: float = 0.0) -> None:
        """Wait after the attempt with this number, the first being 1."""
        planned = self.first_wait * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads load
        self.sleep(min(self.longest_wait, max(planned, asked_for)))


@dataclass(frozen=True, slots=True)
class SaasusAnswer:
    """What SaaSus answered to a call."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    signed_at: datetime


class SignedHttp:
    """Sends signed calls to SaaSus's API and returns their answers.

    A call is retried after 429, 5xx other than 501, and broken connections. Redirects are not followed, so that a
    signature is never sent elsewhere; certificates are always checked.

    Args:
        credentials: They sign the calls.
        base_url: The address, with `/v1`. HTTP without TLS is allowed only to this machine, for the local SaaSus.
            Default: SAASUS_BASE_URL if it is set, otherwise SaaSus's own.
        timeout: The seconds that a connection may be silent.
        retries: How calls are retried.
        referer: The `X-SaaSus-Referer` of all calls, which appears in their events.
        now: Returns the current time. Default: the system clock.

    Raises:
        InvalidSaasusUrl: The address is not HTTPS.
        InvalidApiCall: The referer cannot be sent in a header.
    """

    def __init__(
        self,
        credentials: SaasusCredentials,
        *,
        base_url: str | None = None,
        timeout: float = 10.0,
        retries: Retries | None = None,
        referer: str = "",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._credentials = credentials
        self._base_url = (base_url or os.environ.get(BASE_URL_VARIABLE) or BASE_URL).rstrip("/")
        self._opener = _opener(self._base_url)
        self._timeout = timeout
        self._retries = retries or Retries()
        self._referer = referer and _header_text("referer", referer)
        self._now = now or (lambda: datetime.now(timezone.utc))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r}, {self._credentials!r})"

    def call(self, method: str, path: str, body: Any = None, *, trace_id: str) -> SaasusAnswer:
        """Make a call and return its answer, with a status from 200 to 299 or 404.

        Raises:
            SaasusApiError: The answer has another status.
            SaasusUnreachable: There was no answer.
            InvalidApiCall: The trace id cannot be sent in a header.
        """
        _header_text("trace id", trace_id)
        content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        answer = self._with_retries(method, path, content, trace_id)
        # The signature is valid for a minute, which can end while the call is on its way: that is nobody's mistake.
        if answer.status == _UNAUTHORIZED and not _same_minute(answer.signed_at, self._now()):
            answer = self._with_retries(method, path, content, trace_id)
        if answer.status < _FIRST_REDIRECT or answer.status == NOT_FOUND:
            return answer
        raise self.error(method, path, answer, trace_id, advice=_advice(answer))

    def error(self, method: str, path: str, answer: SaasusAnswer, trace_id: str, *, advice: str = "") -> SaasusApiError:
        """Make the error for an answer, with what SaaSus says in it and without any secret."""
        type_, message = (self._without_secrets(text) for text in _said(answer.body))
        said = ": ".join(text for text in (type_, message) if text)
        sentences = [
            f"SaaSus answered {answer.status} to {method} {self._base_url}{path}{f' ({said})' if said else ''}.",
            advice,
            f"The call's trace id is {trace_id}.",
        ]
        text = " ".join(sentence for sentence in sentences if sentence)
        return SaasusApiError(text, status=answer.status, kind=type_, message=message, trace_id=trace_id)

    def _with_retries(self, method: str, path: str, content: bytes, trace_id: str) -> SaasusAnswer:
        attempt = 1
        while True:
            try:
                answer = self._once(method, path, content, trace_id)
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                if self._retries.is_last(attempt) or isinstance(reason, ssl.SSLCertVerificationError):
                    raise self._unreachable(method, path, reason, attempt, trace_id) from None
                asked_for = 0.0
            else:
                if self._retries.is_last(attempt) or not status_may_pass(answer.status):
                    return answer
                asked_for = _seconds(answer.headers.get("Retry-After"))
            self._retries.wait(attempt, asked_for)
            attempt += 1

    def _once(self, method: str, path: str, content: bytes, trace_id: str) -> SaasusAnswer:
        url, signed_at = self._base_url + path, self._now()
        headers = {
            "Accept": "application/json",
            "Authorization": self._credentials.authorization(method, url, content, now=signed_at),
            TRACE_ID_HEADER: trace_id,
            "User-Agent": "saasus-eventbridge-constructs",
        }
        if content:
            headers["Content-Type"] = "application/json"
        if self._referer:
            headers[REFERER_HEADER] = self._referer
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked when this object was made
            url, data=content or None, headers=headers, method=method
        )
        with self._opener.open(request, timeout=self._timeout) as answer:
            # read() with a size would mistake an answer that breaks off for a whole one, and thus for "no setting".
            return SaasusAnswer(answer.status, answer.read(), answer.headers, signed_at)

    def _unreachable(self, method: str, path: str, reason: object, attempts: int, trace_id: str) -> SaasusUnreachable:
        if isinstance(reason, ssl.SSLCertVerificationError):
            advice = "Its certificate is not trusted, so nothing was sent. Check the address, and what is in between."
        else:
            advice = "Check the address, the route to it (DNS, proxy, the NAT of a VPC), and whether SaaSus is up."
        said = self._without_secrets(str(reason)) or type(reason).__name__
        return SaasusUnreachable(
            f"SaaSus did not answer {method} {self._base_url}{path} ({said}; {attempts} of "
            f"{self._retries.attempts} attempts, up to {self._timeout:g} s each). {advice} "
            f"The call's trace id is {trace_id}.",
            trace_id=trace_id,
        )

    def _without_secrets(self, text: str) -> str:
        for secret in (self._credentials.secret_key, self._credentials.api_key):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "[redacted]")
        return " ".join(text.split())[:_LONGEST_QUOTE]


def _opener(base_url: str) -> urllib.request.OpenerDirector:
    """Return an opener for URLs of this kind of address only, or raise for a wrong address."""
    require_address(base_url)
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    # A call to this machine never goes to a proxy, which could not reach it.
    opener.add_handler(urllib.request.HTTPHandler() if is_on_this_machine(base_url) else urllib.request.ProxyHandler())
    return opener


def _header_text(name: str, text: str) -> str:
    if re.fullmatch(r"[!-~]+( [!-~]+)*", text):
        return text
    raise InvalidApiCall(
        f"The {name} {text!r} cannot be sent in a header. Expected printable ASCII on one line. Pass another one."
    )


def _said(body: bytes) -> tuple[str, str]:
    """Return the `type` and the `message` of SaaSus's errors; any other body (a gateway's page) is the message."""
    text = body.decode(errors="replace")
    try:
        value = json.loads(text)
    except ValueError:
        return "", text
    if not isinstance(value, dict):
        return "", text
    return str(value.get("type") or ""), str(value.get("message") or "")


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after is not None and re.fullmatch(r"\d{1,6}", retry_after) else 0.0


def _same_minute(one: datetime, other: datetime) -> bool:
    return int(one.timestamp()) // 60 == int(other.timestamp()) // 60


def _advice(answer: SaasusAnswer) -> str:
    if answer.status < _FIRST_ERROR:
        return f"Redirects are not followed. Use the API's actual address, or unset {BASE_URL_VARIABLE}."
    if answer.status == NOT_IMPLEMENTED:
        return "SaaSus has not implemented this call, so trying again does not help."
    if answer.status != _UNAUTHORIZED:
        return ""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date") or "")
    except ValueError:
        return f"{_CHECK_KEYS} A signature is valid only for its UTC minute: check this machine's clock, too."
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=timezone.utc)
    if _same_minute(answer.signed_at, theirs):
        return f"{_CHECK_KEYS} This machine's clock agrees with SaaSus's."
    ahead = (answer.signed_at - theirs).total_seconds()
    return (
        f"A signature is valid only for its UTC minute, and this machine's clock is {abs(ahead):.0f} s "
        f"{'ahead of' if ahead > 0 else 'behind'} SaaSus's: set the clock. If that is not it: {_CHECK_KEYS}"
    )
