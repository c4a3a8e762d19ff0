"""The partner's side of EventBridge: the one source of a SaaS, in the place that its setting names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutPartnerEventsRequestEntryTypeDef

    from constructs_lib.local.local_aws import LocalAws
    from constructs_lib.local.saasus.schedule import Schedule
    from constructs_lib.runtime.saasus_api import EventBridgeSettings


class PartnerSource:
    """The partner event source of a SaaS in the local AWS; in one account and region at a time.

    Args:
        aws: Where it is created.
        name: Its name.
        delay: Seconds until it appears; None for never.
        schedule: Makes it appear.
    """

    def __init__(self, aws: LocalAws, name: str, delay: float | None, schedule: Schedule) -> None:
        self.name = name
        self.delay = delay
        self._aws = aws
        self._schedule = schedule
        self._place: EventBridgeSettings | None = None
        self._lock = threading.RLock()

    def move(self, place: EventBridgeSettings | None) -> None:
        """Delete the source where it is, and make it appear in another place, or nowhere.

        Raises:
            botocore.exceptions.ClientError: AWS does not accept the account.
        """
        with self._lock:
            old, self._place = self._place, place
            if old is not None and old != place:
                self._client(old).delete_partner_event_source(Name=self.name, Account=old.aws_account_id)
            if place is not None and self.delay is not None:
                try:
                    self._schedule.run(self.delay, lambda: self._appear(place))
                except Exception:
                    self._place = None
                    raise

    def put(self, entry: PutPartnerEventsRequestEntryTypeDef) -> bool:
        """Put an event on the source, and return whether AWS accepted it, which needs a source."""
        from botocore.exceptions import BotoCoreError, ClientError

        place = self._place
        if place is None:
            return False
        try:
            answer = self._client(place).put_partner_events(Entries=[{**entry, "Source": self.name}])
        except (BotoCoreError, ClientError):  # too large, or the local AWS has ended: SaaSus does not tell its caller
            return False
        return answer["FailedEntryCount"] == 0

    def _appear(self, place: EventBridgeSettings) -> None:
        with self._lock:
            if self._place != place:
                return
            events = self._client(place)
            try:
                events.create_partner_event_source(Name=self.name, Account=place.aws_account_id)
            except events.exceptions.ResourceAlreadyExistsException:
                return

    def _client(self, place: EventBridgeSettings) -> EventBridgeClient:
        return self._aws.client("events", region=place.aws_region)
