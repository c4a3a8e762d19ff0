"""SaaSus's EventBridge setting as a resource: saved by this stack, adopted, or taken over; never taken by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from constructs_lib.functions.custom_resource import Done, Request, RequestFailed
from constructs_lib.functions.event_source import Waiting, event_sources, wait_for_source
from constructs_lib.functions.ownership import Ownership, short_hash
from constructs_lib.runtime.saasus_api import EventBridgeSettings, IntegrationApi

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING_MADE = "nothing-made"
"""The physical id of a create that changed nothing."""


class Journal(Protocol):
    """What an earlier delivery of a request did: Lambda delivers a request again when the function crashed."""

    def read(self, request_id: str) -> str | None:
        """Give what was written for the request."""

    def write(self, request_id: str, text: str) -> None:
        """Write what is about to be done for the request."""


class Setting:
    """Handles the requests for the setting of one SaaS."""

    def __init__(
        self,
        api: IntegrationApi,
        saas_id: str,
        events: Any,
        *,
        journal: Journal,
        is_rolling_back: Callable[[str], bool],
        waiting: Waiting,
    ) -> None:
        """Prepare.

        Args:
            api: SaaSus's API, as that SaaS.
            saas_id: The SaaS.
            events: A boto3 client of EventBridge.
            journal: What an earlier delivery of a request did.
            is_rolling_back: Tells by its id whether a stack is rolling back.
            waiting: How long to wait for the partner event source.
        """
        self._api = api
        self._saas = short_hash(saas_id)
        self._events = events
        self._journal = journal
        self._is_rolling_back = is_rolling_back
        self._waiting = waiting

    def handle(self, request: Request) -> Done:
        """Create, update or delete.

        Raises:
            RequestFailed: The setting is somebody else's, or its source did not come.
            SaasusApiError: SaaSus refused.
            SaasusUnreachable: SaaSus did not answer.
        """
        if request.kind == "Delete":
            return self._delete(request)
        ours = EventBridgeSettings(request.properties["Account"], request.properties["Region"])
        known = Ownership.parse(request.physical_id)
        if known is not None and (known.saas, known.settings) != (self._saas, ours):
            known = None  # the secret is of another SaaS now: CloudFormation deletes the old one by its own id
        sources = event_sources(self._events)
        current = self._api.get_settings()
        if current == ours:
            ownership = known or Ownership.parse(self._journal.read(request.id) or "")
            ownership = ownership or Ownership(self._saas, ours, owned=False)
            before = None
        else:
            ownership = self._save(request, ours, current, known)
            before = sources
        wanted = request.properties.get("EventSourceName", "")
        try:
            name = wait_for_source(self._events, before, wanted, self._waiting)
        except Exception as error:
            raise RequestFailed(str(error), physical_id=ownership.physical_id) from error
        return Done(ownership.physical_id, {"EventSourceName": name})

    def _save(
        self,
        request: Request,
        ours: EventBridgeSettings,
        current: EventBridgeSettings | None,
        known: Ownership | None,
    ) -> Ownership:
        if current is not None and request.properties.get("TakeOver") != "true":
            raise RequestFailed(
                f"SaaSus sends this SaaS's events to account {current.aws_account_id}, region {current.aws_region}, "
                f"and not to this stack's account {ours.aws_account_id}, region {ours.aws_region}. There is one "
                "setting for a SaaS, so saving this one would end the other. Delete it there (SaaSus console, event "
                "integration), use the credentials of another SaaS, or pass SaasusIntegration(take_over=True).",
                physical_id=request.physical_id or NOTHING_MADE,
            )
        # What an earlier request of this stack saved stays its own, with what it had found before.
        ownership = known if known is not None and known.owned else Ownership(self._saas, ours, True, current)
        self._journal.write(request.id, ownership.physical_id)
        try:
            self._api.save_settings(ours)
        except Exception as error:
            # It may be saved all the same; deleting looks before it deletes.
            raise RequestFailed(str(error), physical_id=ownership.physical_id) from error
        return ownership

    def _delete(self, request: Request) -> Done:
        known = Ownership.parse(request.physical_id)
        if known is None or not known.owned or known.saas != self._saas:
            return Done(request.physical_id)
        if self._api.get_settings() != known.settings:
            return Done(request.physical_id)  # somebody else has saved another in the meantime: it is theirs
        if known.before is not None and self._is_rolling_back(request.stack_id):
            self._api.save_settings(known.before)
        else:
            self._api.delete_settings()
        return Done(request.physical_id)
