"""SaaSus's Integration API: the setting that sends a SaaS's events to Amazon EventBridge, and events on request."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.runtime.saasus_errors import NOT_IMPLEMENTED, InvalidApiCall, SaasusApiError
from constructs_lib.runtime.saasus_http import NOT_FOUND, Retries, SaasusAnswer, SignedHttp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from constructs_lib.runtime.saasus_credentials import SaasusCredentials

INFO: Final = "/integration/eventbridge/info"
EVENT: Final = "/integration/eventbridge/event"
TEST_EVENT: Final = "/integration/eventbridge/test-event"


@dataclass(frozen=True, slots=True)
class EventBridgeSettings:
    """Where SaaSus sends the events of a SaaS. Each SaaS has one setting.

    Args:
        aws_account_id: The AWS account id, 12 digits.
        aws_region: The name of the region.
    """

    aws_account_id: str
    aws_region: str


@dataclass(frozen=True, slots=True)
class EventMessage:
    """A custom event of the SaaS, to be sent through SaaSus once SaaSus supports that: see `create_event`.

    Args:
        event_type: According to SaaSus's examples, the event's `detail-type`.
        event_detail_type: Likewise, its `detail.event_type`.
        message: Likewise, its `detail.event`. Any text; JSON in SaaSus's example.
    """

    event_type: str
    event_detail_type: str
    message: str


class IntegrationApi:
    """The five calls of SaaSus's Integration API.

    >>> from constructs_lib.runtime.saasus_credentials import SaasusCredentials
    >>> IntegrationApi(SaasusCredentials("my-saas", "key", "secret"), base_url="https://api.saasus.io/v1")
    IntegrationApi('https://api.saasus.io/v1', SaasusCredentials(saas_id='my-saas'))

    Every call has a trace id, which is generated unless you pass one; its retries have the same. SaaSus includes it in
    the call's event, and errors name it.

    Args:
        credentials: They sign the calls.
        base_url: The address, with `/v1`. Default: SAASUS_BASE_URL if it is set, otherwise SaaSus's own.
        timeout: The seconds that a connection may be silent.
        retries: How calls are retried after 429, 5xx and broken connections.
        referer: The `X-SaaSus-Referer` of all calls, which appears in their events.
        now: Returns the current time. Default: the system clock.

    Raises:
        InvalidSaasusUrl: The address is neither HTTPS nor on this machine.
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
        """Return the setting; None when nothing is saved.

        SaaSus then answers 200 with empty fields (its SDKs' tests). A 404 and an empty body also mean None.

        Raises:
            SaasusApiError: SaaSus answered with an error, or with half a setting.
            SaasusUnreachable: SaaSus did not answer.
        """
        trace = trace_id or str(uuid.uuid4())
        answer = self._http.call("GET", INFO, trace_id=trace)
        if answer.status == NOT_FOUND or not answer.body.strip():
            return None
        try:
            fields = _fields(answer.body)
        except ValueError:
            advice = "That is neither a setting nor empty. Check that the address is that of SaaSus's API."
            raise self._http.error("GET", INFO, answer, trace, advice=advice) from None
        return EventBridgeSettings(*fields) if all(fields) else None

    def save_settings(self, settings: EventBridgeSettings, *, trace_id: str | None = None) -> None:
        """Save the setting. It replaces whatever was saved before, even by somebody else.

        SaaSus answers 200 with an empty body, before the partner event source exists.

        Raises:
            InvalidApiCall: The account or the region does not have a valid form.
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        if not re.fullmatch(r"[0-9]{12}", settings.aws_account_id):
            raise InvalidApiCall(
                f"{settings.aws_account_id!r} is not an AWS account id. Expected 12 digits as text. Correct it."
            )
        if not re.fullmatch(r"[a-z]+(-[a-z]+)+-[0-9]+", settings.aws_region):
            raise InvalidApiCall(
                f"{settings.aws_region!r} is not an AWS region. Expected a name such as 'ap-northeast-1'. Pass the "
                "region in which the partner event source should be created."
            )
        self._call("PUT", INFO, asdict(settings), trace_id)

    def delete_settings(self, *, trace_id: str | None = None) -> None:
        """Delete the setting. It is not an error when there is none (404).

        Raises:
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        self._call("DELETE", INFO, None, trace_id, none_is_fine=True)

    def create_event(self, messages: Iterable[EventMessage], *, trace_id: str | None = None) -> str:
        """Send custom events of the SaaS, and return the call's trace id.

        SaaSus's API file has this call, but SaaSus has not implemented it: it answers 501 (2026; SaaSus's SDKs test
        for it). The call is retried after a broken connection, so that an event can arrive twice, as any event of
        SaaSus can.

        Raises:
            InvalidApiCall: There are no messages.
            SaasusApiError: SaaSus answered with an error, 501 for now.
            SaasusUnreachable: SaaSus did not answer.
        """
        listed = [asdict(message) for message in messages]
        if not listed:
            raise InvalidApiCall("There are no events to send. Expected at least one EventMessage. Pass one.")
        try:
            return self._call("POST", EVENT, {"event_messages": listed}, trace_id)
        except SaasusApiError as error:
            if error.status != NOT_IMPLEMENTED:
                raise
            raise SaasusApiError(
                f"SaaSus has not implemented custom events: it answered 501 to POST {EVENT}. Until it does, send them "
                "to an event bus of your own (EventBridge's PutEvents), and route them there. "
                f"The call's trace id is {error.trace_id}.",
                status=error.status,
                kind=error.type,
                message=error.message,
                trace_id=error.trace_id,
            ) from None

    def create_test_event(self, *, trace_id: str | None = None) -> str:
        """Have SaaSus send its test event, and return the event's trace id.

        SaaSus answers 201 as soon as a setting is saved, whether or not the event can arrive anywhere. Only the event
        itself proves that it does.

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

    def _not_found(self, method: str, path: str, answer: SaasusAnswer, trace_id: str) -> SaasusApiError:
        advice = "Check that the address is that of SaaSus's API, with /v1 at its end."
        return self._http.error(method, path, answer, trace_id, advice=advice)


def _fields(body: bytes) -> tuple[str, str]:
    """Return the account and the region of an answer, both empty when nothing is saved."""
    value = json.loads(body)
    given = {} if value is None else value
    if not isinstance(given, dict):
        raise ValueError
    account, region = given.get("aws_account_id") or "", given.get("aws_region") or ""
    if isinstance(account, int):  # as in the API file's own example, where leading zeros are lost
        account = f"{account:012d}"
    if not isinstance(account, str) or not isinstance(region, str) or bool(account) != bool(region):
        raise ValueError
    return account, region
