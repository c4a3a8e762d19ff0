"""SaaSus's EventBridge setting as a resource: saved by this stack, adopted, or taken over, but never by accident."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.custom_resource import note, reason
from constructs_lib.functions.journal import ROLLBACK, write
from constructs_lib.functions.ownership import Ownership
from constructs_lib.functions.request import Done, RequestFailed, ResourceRequest
from constructs_lib.functions.stack_status import Phase
from constructs_lib.runtime.event_source import KnownSource, event_sources, source_without_waiting, wait_for_source
from constructs_lib.runtime.saasus_api import EventBridgeSettings, IntegrationApi
from constructs_lib.runtime.saasus_errors import SaasusApiError, SaasusUnreachable
from constructs_lib.runtime.waiting import may_pass

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.functions.journal import Journal, JournalEntry
    from constructs_lib.runtime.waiting import Deadline

NOTHING_MADE = "nothing-made"
"""The physical id of a create that changed nothing."""

_TIME_TO_RESTORE = 30.0
"""Seconds that are reserved for restoring what was taken over, in case its source does not appear."""
_INTERVAL = 10.0


class PhaseUnknown(SaasusEventsError):
    """It is unknown whether the stack is rolling back, and so also what to do."""


@dataclass(frozen=True)
class ConnectedSaas:
    """SaaSus's API as one SaaS."""

    api: IntegrationApi
    id: str
    """Which SaaS, as in a physical id."""


class Setting:
    """Handles the requests for the setting of one SaaS."""

    def __init__(
        self, connect: Callable[[dict[str, Any]], ConnectedSaas], events: Any, *, journal: Journal, deadline: Deadline
    ) -> None:
        """Prepare for the requests.

        Args:
            connect: Returns SaaSus's API for the SaaS that the resource's properties name.
            events: A boto3 client of EventBridge.
            journal: What earlier requests did.
            deadline: When everything must be done.
        """
        self._connect = connect
        self._events = events
        self._journal = journal
        self._deadline = deadline

    def save(self, request: ResourceRequest, earlier: JournalEntry | None = None) -> Done:
        """Create or update: make the setting name this account and region, and find its source.

        A failure leaves SaaSus as it was. The physical id stays the same unless this is another setting now:
        CloudFormation deletes the resource with the id that was replaced.

        Args:
            request: The request.
            earlier: What an earlier delivery of it did before it ended without an answer.

        Raises:
            RequestFailed: The setting belongs to somebody else, its source did not appear, or SaaSus refused it.
            SaasusApiError: SaaSus refused to return it.
            SaasusUnreachable: SaaSus did not answer.
        """
        saas = self._connect(request.properties)
        ours = EventBridgeSettings(request.properties["Account"], request.properties["Region"])
        known = Ownership.parse(request.physical_id)
        of_another = ""
        if known is not None and (known.saas, known.settings) != (saas.id, ours):
            # The secret belongs to another SaaS now. CloudFormation deletes the old setting by the old id.
            of_another, known = known.source, None
        before = self._sources()
        current = saas.api.get_settings()
        saved = _saved(earlier) if current == ours else _to_save(request, saas, ours, current)
        if saved is not None and current == ours:
            before = (earlier.seen if earlier is not None else None) or before
        keeps = known is not None and (known.owned or saved is None)
        ownership = known if known is not None and keeps else saved or Ownership(saas.id, ours, owned=False)
        source = KnownSource(request.properties.get("EventSourceName", ""), known.source if known else "", of_another)
        try:
            if saved is not None and current != ours:
                write(request, saving=saved.physical_id, seen=before)
                saas.api.save_settings(ours)
            leave = _TIME_TO_RESTORE if saved is not None and saved.before is not None else 0.0
            waiting = self._deadline.waiting(request.timeout, leave=leave)
            name = wait_for_source(self._events, None if saved is None else before, source, waiting)
        except Exception as error:
            is_restored = saved is not None and self._try_to_restore(saas.api, saved)
            physical_id = request.physical_id or (NOTHING_MADE if is_restored else ownership.physical_id)
            raise RequestFailed(reason(error), physical_id=physical_id) from error
        physical_id = request.physical_id if keeps else replace(ownership, source=name).physical_id
        return Done(physical_id, {"EventSourceName": name})

    def roll_back(self, request: ResourceRequest) -> Done:
        """Revert an update. This always succeeds, because a stack that cannot roll back is stuck.

        What the update took over is restored. The answer is the same as before the update.
        """
        last = self._last(request)
        saved = _saved(last)
        if saved is not None and saved.before is not None:
            self._undo_with_retries(request, lambda: self._restore_previous(request, saved))
        physical_id = request.physical_id
        if last is not None:
            undone = last.physical_id if last.kind == ROLLBACK else last.was
            physical_id = undone if Ownership.parse(undone) else physical_id
        known = Ownership.parse(physical_id)
        source = KnownSource(request.properties.get("EventSourceName", ""), known.source if known else "")
        try:
            seen = {} if source.wanted else self._sources()
        except Exception as error:  # noqa: BLE001 - see above
            note(request, error)
            seen = {}
        return Done(physical_id, {"EventSourceName": source_without_waiting(seen, source)}, rolled_back=True)

    def delete(self, request: ResourceRequest, phase: Phase) -> Done:
        """Delete the setting, if this stack saved it and it has not changed since.

        When the stack rolls back, what was taken over is restored, and a refusal by SaaSus does not stop the rollback.

        Raises:
            PhaseUnknown: It is unknown whether to delete or to restore.
            SaasusApiError: SaaSus refused.
            SaasusUnreachable: SaaSus did not answer.
        """
        known = Ownership.parse(request.physical_id)
        if known is None or not known.owned:
            return Done(request.physical_id)
        if phase is Phase.ROLLING_BACK:
            self._undo_with_retries(request, lambda: self._undo(request, known))
        elif phase is Phase.UNKNOWN and known.before is not None:
            raise PhaseUnknown(
                "CloudFormation does not say whether the stack is rolling back, so it is unknown whether SaaSus's "
                f"setting must be deleted or restored to account {known.before.aws_account_id}, region "
                f"{known.before.aws_region}. Allow the role of SaasusIntegration cloudformation:DescribeStacks on the "
                "stack and on the stacks that it is nested in, and delete the stack again."
            )
        elif phase is not Phase.CLEANING_UP or not self._is_needed(request, known):
            self._undo(request, replace(known, before=None))
        return Done(request.physical_id)

    def _is_needed(self, request: ResourceRequest, known: Ownership) -> bool:
        """Return whether a stack that continues without this resource still has a bus for its source.

        That is the case when the construct got another id: the new resource has adopted the setting.
        """
        last = self._journal.before(request)
        is_replaced = last is not None and last.physical_id != request.physical_id
        return not is_replaced and bool(known.source) and self._sources().get(known.source) == "ACTIVE"

    def _sources(self) -> dict[str, str]:
        return self._deadline.with_retries(lambda: event_sources(self._events))

    def _last(self, request: ResourceRequest) -> JournalEntry | None:
        try:
            last = self._journal.before(request)
        except Exception as error:  # noqa: BLE001 - the rollback has to end anyway
            note(request, error)
            return None
        return last if last is not None and last.is_undone_by(request) else None

    def _undo(self, request: ResourceRequest, known: Ownership) -> None:
        saas = self._connect(request.properties)
        if saas.id == known.saas:
            _restore(saas.api, known)

    def _restore_previous(self, request: ResourceRequest, saved: Ownership) -> None:
        for properties in (request.properties, request.old_properties):
            if not properties:
                continue
            saas = self._connect(properties)
            if saas.id == saved.saas:
                _restore(saas.api, saved)
                return

    def _try_to_restore(self, api: IntegrationApi, saved: Ownership) -> bool:
        try:
            _restore(api, saved)
        except SaasusEventsError:  # the rollback tries again
            return False
        return True

    def _undo_with_retries(self, request: ResourceRequest, undo: Callable[[], None]) -> None:
        """Undo something while the stack rolls back: retry while it may succeed, and never fail."""
        while (error := _error_of(undo)) is not None:
            if not _may_pass(error) or self._deadline.left() <= _INTERVAL:
                note(request, error)
                return
            self._deadline.pause(_INTERVAL)


def _error_of(undo: Callable[[], None]) -> Exception | None:
    try:
        undo()
    except Exception as error:  # noqa: BLE001 - whatever it is, the rollback has to end
        return error
    return None


def _to_save(
    request: ResourceRequest, saas: ConnectedSaas, ours: EventBridgeSettings, current: EventBridgeSettings | None
) -> Ownership:
    if current is not None and request.properties.get("TakeOver") != "true":
        raise RequestFailed(
            f"SaaSus sends this SaaS's events to account {current.aws_account_id}, region {current.aws_region}, "
            f"and not to this stack's account {ours.aws_account_id}, region {ours.aws_region}. A SaaS has one "
            "setting, so saving this one would replace the other. Delete it there (SaaSus console, event "
            "integration), use the credentials of another SaaS, or pass SaasusIntegration(take_over=True).",
            physical_id=request.physical_id or NOTHING_MADE,
        )
    return Ownership(saas.id, ours, owned=True, before=current)


def _saved(entry: JournalEntry | None) -> Ownership | None:
    return Ownership.parse(entry.saving or "") if entry is not None else None


def _restore(api: IntegrationApi, saved: Ownership) -> None:
    """Restore SaaSus's previous setting, unless somebody else has saved another one in the meantime."""
    if api.get_settings() != saved.settings:
        return
    if saved.before is None:
        api.delete_settings()
    else:
        api.save_settings(saved.before)


def _may_pass(error: Exception) -> bool:
    if isinstance(error, SaasusApiError):
        return error.may_pass
    return isinstance(error, SaasusUnreachable) or may_pass(error)
