"""A ledger over a table in memory, with a clock that the test sets."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from constructs_lib import SaasusEvent
from constructs_lib.runtime import Ledger
from tests.unit.runtime.ledger.strict_dynamodb import StrictDynamoDb

TABLE = "ledger"
USERS = "users"
FIRST = datetime(2026, 5, 19, 2, 22, 58, tzinfo=timezone.utc)


def event_at(second: int, id: str = "", *, uri: str = "/v1/auth/tenants/t-1", method: str = "PATCH") -> dict[str, Any]:
    """Return an event of a second, as Lambda receives it."""
    record = {"log_id": id or f"log-{second}", "uri": uri, "request_method": method, "http_status": "200"}
    return {
        "id": f"event-{second}-{id}",
        "source": "aws.partner/saasus.io/x",
        "time": (FIRST + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detail": {"event_type": "update_tenant", "trace_id": "t", "event": record},
    }


def parsed(second: int, id: str = "", **options: Any) -> SaasusEvent[Any, Any]:
    return SaasusEvent.from_dict(event_at(second, id, **options))


class Context:
    """Lambda's context, as far as time goes."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class Clock:
    def __init__(self) -> None:
        self.seconds = FIRST.timestamp()

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dynamodb() -> StrictDynamoDb:
    return StrictDynamoDb(ledger="pk", users="id")


@pytest.fixture
def ledger(dynamodb: StrictDynamoDb, clock: Clock) -> Ledger:
    return Ledger(TABLE, client=dynamodb, lock_seconds=60, now=clock)
