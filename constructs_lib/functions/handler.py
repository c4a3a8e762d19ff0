"""The handler that Lambda calls: it passes the request to the code for its kind of resource."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from constructs_lib.functions.custom_resource import answer, note
from constructs_lib.functions.journal import LogJournal
from constructs_lib.functions.ownership import Ownership, short_hash
from constructs_lib.functions.request import Done, ResourceRequest
from constructs_lib.functions.secret import read_credentials
from constructs_lib.functions.setting import ConnectedSaas, Setting
from constructs_lib.functions.stack_status import Phase, phase_of
from constructs_lib.functions.verification import verify
from constructs_lib.runtime.saasus_api import IntegrationApi
from constructs_lib.runtime.saasus_http import Retries
from constructs_lib.runtime.waiting import Deadline

if TYPE_CHECKING:
    from constructs_lib.functions.journal import JournalEntry

SETTING = "Custom::SaasusEventBridgeSetting"
VERIFICATION = "Custom::SaasusVerification"
LOG_GROUP_VARIABLE = "SAASUS_LOG_GROUP"
_TIME_TO_ANSWER = 20.0
"""Seconds before the function's own timeout that are reserved for the answer."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Handle one request of CloudFormation."""
    deadline = Deadline(context.get_remaining_time_in_millis() / 1000 - _TIME_TO_ANSWER)
    handling = _Handling(deadline)
    answer(event, handling.handle, deadline, earlier=handling.earlier)


class _Handling:
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def earlier(self, request: ResourceRequest) -> JournalEntry | None:
        if _changes_nothing(request):
            return None
        try:
            return self._journal().of_request(request.id)
        except Exception as error:  # noqa: BLE001 - there hardly ever is one, and a rollback has to end
            note(request, error)
            return None

    def handle(self, request: ResourceRequest, earlier: JournalEntry | None) -> Done:
        if _changes_nothing(request):
            return Done(request.physical_id)
        phase = Phase.GOING_ON
        if request.kind != "Create":
            phase = phase_of(self._client("cloudformation"), request.stack_id, self._deadline)
        goes_back = request.kind == "Update" and phase is Phase.ROLLING_BACK
        if request.resource_type == VERIFICATION:
            return Done(request.physical_id, rolled_back=True) if goes_back else self._verify(request)
        setting = Setting(self._connect, self._client("events"), journal=self._journal(), deadline=self._deadline)
        if request.kind == "Delete":
            return setting.delete(request, phase)
        return setting.roll_back(request) if goes_back else setting.save(request, earlier)

    def _client(self, service: str, **options: str) -> Any:
        import boto3

        return boto3.client(service, **options)  # type: ignore[call-overload]

    def _journal(self) -> LogJournal:
        return LogJournal(self._client("logs"), os.environ[LOG_GROUP_VARIABLE], self._deadline)

    def _verify(self, request: ResourceRequest) -> Done:
        saas = self._connect(request.properties)
        return verify(request, saas.api, self._client("logs"), self._deadline.waiting(request.timeout))

    def _connect(self, properties: dict[str, Any]) -> ConnectedSaas:
        credentials = read_credentials(
            self._client, properties["SecretArn"], self._deadline, region=os.environ.get("AWS_REGION")
        )
        retries = Retries(sleep=self._deadline.pause, seconds_left=self._deadline.left)
        api = IntegrationApi(credentials, base_url=properties.get("BaseUrl") or None, retries=retries)
        return ConnectedSaas(api, short_hash(credentials.saas_id))


def _changes_nothing(request: ResourceRequest) -> bool:
    """Return whether it deletes what does not exist: then nothing is called that may be gone by then."""
    known = Ownership.parse(request.physical_id) if request.resource_type == SETTING else None
    return request.kind == "Delete" and (known is None or not known.owned)
