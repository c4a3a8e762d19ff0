"""SaaSus's Integration API: the setting that sends a SaaS's events to Amazon EventBridge, and events on request."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.runtime.saasus_errors import NOT_IMPLEMENTED, InvalidApiCall, SaasusApiError
from constructs_lib.runtime.saasus_http import NOT_FOUND, Answer, Retries, SignedHttp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from constructs_lib.runtime.saasus_credentials import SaasusCredentials

INFO: Final = "/integration/eventbridge/info"
EVENT: Final = "/integration/eventbridge/event"
TEST_EVENT: Final = "/integration/eventbridge/test-event"


@dataclass(frozen=True, slots=True)
class EventBridgeSettings:
    """Where SaaSus sends a SaaS's events; there is one setting for each SaaS.

    Args:
        aws_account_id: the AWS account, 12 digits.
        aws_region: the region's name.
    """

    aws_account_id: str
    aws_region: str


@dataclass(frozen=True, slots=True)
class EventMessage:
    """An event of the SaaS's own, to be sent through SaaSus once SaaSus takes such: see `create_event`.

    Args:
        event_type: by SaaSus's examples, what becomes the event's `detail-type`.
        event_detail_type: alike, `detail.event_type`.
        message: alike, `detail.event`; any text, JSON by SaaSus's example.
    """

    event_type: str
    event_detail_type: str
    message: str


class IntegrationApi:
    """The five calls of SaaSus's Integration API.

    >>> from constructs_lib.runtime.saasus_credentials import SaasusCredentials
    >>> IntegrationApi(SaasusCredentials("my-saas", "key", "secret"), base_url="https://api.saasus.io/v1")
    IntegrationApi('https://api.saasus.io/v1', SaasusCredentials(saas_id='my-saas'))

    Every call carries a trace id, of its own or the one it is given; its retries carry the same. SaaSus keeps it in
    the call's event, and errors name it.

    Args:
        credentials: what signs.
        base_url: the address, with `/v1`; by default SAASUS_BASE_URL, or else SaaSus's own.
        timeout: seconds that a connection may be silent.
        retries: how calls are tried again after 429, 5xx and broken connections.
        referer: the `X-SaaSus-Referer` of all calls, which their events show.
        now: what tells the time.

    Raises:
        InvalidSaasusUrl: the address is not HTTPS, nor on this machine.
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
        self._http = SignedHttp(
            credentials, base_url=base_url, timeout=timeout, retries=retries, referer=referer, now=now
        )

    def __repr__(self) -> str:
        return repr(self._http).replace(type(self._http).__name__, type(self).__name__, 1)

    def get_settings(self, *, trace_id: str | None = None) -> EventBridgeSettings | None:
        """Give the setting; None when nothing is saved.

        SaaSus then answers 200 with empty fields (its SDKs' tests). 404 and an empty body are taken as nothing, too.

        Raises:
            SaasusApiError: SaaSus answered with an error, or half a setting.
            SaasusUnreachable: SaaSus did not answer.
        """
        trace = trace_id or str(uuid.uuid4())
        answer = self._http.call("GET", INFO, trace_id=trace)
        if answer.status == NOT_FOUND or not answer.body.strip():
            return None
        try:
            fields = _fields(answer.body)
        except ValueError:
            advice = "That is neither a setting nor nothing; see whether the address is SaaSus's API."
            raise self._http.error("GET", INFO, answer, trace, advice=advice) from None
        return EventBridgeSettings(*fields) if all(fields) else None

    def save_settings(self, settings: EventBridgeSettings, *, trace_id: str | None = None) -> None:
        """Save the setting; it replaces whatever was saved before, somebody else's, too.

        SaaSus answers 200 with an empty body, before the partner event source is there.

        Raises:
            InvalidApiCall: the account or the region has not the form of one.
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        if not re.fullmatch(r"[0-9]{12}", settings.aws_account_id):
            raise InvalidApiCall(
                f"{settings.aws_account_id!r} is no AWS account. Allowed are 12 digits as text. Give the account's id."
            )
        if not re.fullmatch(r"[a-z]+(-[a-z]+)+-[0-9]+", settings.aws_region):
            raise InvalidApiCall(
                f"{settings.aws_region!r} is no AWS region. Allowed is a name such as 'ap-northeast-1'. Give the "
                "region that the partner event source is wanted in."
            )
        self._call("PUT", INFO, asdict(settings), trace_id)

    def delete_settings(self, *, trace_id: str | None = None) -> None:
        """Delete the setting; that there is none (404) is no error.

        Raises:
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        self._call("DELETE", INFO, None, trace_id, none_is_fine=True)

    def create_event(self, messages: Iterable[EventMessage], *, trace_id: str | None = None) -> str:
        """Send events of the SaaS's own, and give the call's trace id.

        SaaSus's API file has this call, and SaaSus has not implemented it: it answers 501 (2026; SaaSus's SDKs test
        for it). After a broken connection the call is tried again: an event can come twice, as any event of SaaSus can.

        Raises:
            InvalidApiCall: there is no message.
            SaasusApiError: SaaSus answered with an error, 501 for now.
            SaasusUnreachable: SaaSus did not answer.
        """
        listed = [asdict(message) for message in messages]
        if not listed:
            raise InvalidApiCall("No event was given to send. Allowed is one EventMessage or more. Give one.")
        try:
            return self._call("POST", EVENT, {"event_messages": listed}, trace_id)
        except SaasusApiError as error:
            if error.status != NOT_IMPLEMENTED:
                raise
            raise SaasusApiError(
                f"SaaSus has not implemented events of one's own: it answered 501 to POST {EVENT}. Until it has, send "
                "them to an event bus of your own (EventBridge's PutEvents), and route them there. "
                f"The call's trace id is {error.trace_id}.",
                status=error.status,
                kind=error.type,
                message=error.message,
                trace_id=error.trace_id,
            ) from None

    def create_test_event(self, *, trace_id: str | None = None) -> str:
        """Have SaaSus send its test event, and give the trace id that the event carries.

        SaaSus answers 201 as soon as a setting is saved, whether or not the event can arrive anywhere: only the event
        itself proves something.

        Raises:
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        return self._call("POST", TEST_EVENT, None, trace_id)

    def _call(self, method: str, path: str, body: Any, trace_id: str | None, *, none_is_fine: bool = False) -> str:
        trace = trace_id or str(uuid.uuid4())
        answer = self._http.call(method, path, body, trace_id=trace)
        if answer.status == NOT_FOUND and not none_is_fine:
            raise self._not_found(method, path, answer, trace)
        return trace

    def _not_found(self, method: str, path: str, answer: Answer, trace_id: str) -> SaasusApiError:
        advice = "See whether the address is that of SaaSus's API, with /v1 at its end."
        return self._http.error(method, path, answer, trace_id, advice=advice)


def _fields(body: bytes) -> tuple[str, str]:
    """Give the account and the region of an answer, both empty when nothing is saved."""
    value = json.loads(body)
    given = {} if value is None else value
    if not isinstance(given, dict):
        raise ValueError
    account, region = given.get("aws_account_id") or "", given.get("aws_region") or ""
    if isinstance(account, int):  # as the API file's own example, where leading zeros are lost
        account = f"{account:012d}"
    if not isinstance(account, str) or not isinstance(region, str) or bool(account) != bool(region):
        raise ValueError
    return account, region
