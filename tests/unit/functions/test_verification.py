"""The proof by a test event: exactly the one that was asked for, sent again when the first was dropped."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.functions.custom_resource import Request, RequestFailed
from constructs_lib.functions.verification import verify
from constructs_lib.runtime.saasus_errors import SaasusApiError, SaasusUnreachable
from tests.unit.functions.fakes import SOURCE, STACK, Clock, Saasus

PROPERTIES = {"LogGroupName": "/aws/events/Events/Saasus-Everything", "EventSourceName": SOURCE}


class Logs:
    """A log group that gets a test event only when it was sent at or after a time."""

    def __init__(self, saasus: Saasus, *, takes_from: int = 0, lines: list[str] | None = None) -> None:
        self._saasus = saasus
        self._takes_from = takes_from
        self._lines = lines

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"events": []}, self._page()])

    def _page(self) -> dict[str, Any]:
        arrived = self._saasus.tested[self._takes_from :]
        lines = [json.dumps({"detail": {"trace_id": trace_id}}) for trace_id in arrived]
        return {"events": [{"message": line} for line in (lines if self._lines is None else self._lines)]}


def asked(kind: str = "Create") -> Request:
    return Request(kind, "r1", STACK, "Custom::SaasusVerification", "", PROPERTIES)


def test_the_event_that_arrives_is_the_one_that_was_sent() -> None:
    saasus = Saasus()
    done = verify(asked(), saasus, Logs(saasus), Clock().waiting())
    assert saasus.tested == [done.data["TraceId"]]
    assert done.data["TraceId"].startswith("saasus-verify-")


def test_when_the_first_is_dropped_another_is_sent_with_a_trace_id_of_its_own() -> None:
    saasus = Saasus()
    done = verify(asked(), saasus, Logs(saasus, takes_from=1), Clock().waiting())
    assert len(set(saasus.tested)) == 2
    assert done.data["TraceId"] == saasus.tested[1]


@pytest.mark.parametrize(
    "lines",
    [
        [json.dumps({"detail": {"trace_id": "somebody-elses"}})],
        ["no JSON", "[]", json.dumps({"detail": "text"})],
        [],
    ],
)
def test_no_other_line_is_taken_for_it(lines: list[str]) -> None:
    saasus = Saasus()
    with pytest.raises(RequestFailed, match=r"none arrived in log group.*dead-letter queue") as failed:
        verify(asked(), saasus, Logs(saasus, lines=lines), Clock().waiting())
    assert saasus.tested[0] in str(failed.value)


def test_deleting_sends_nothing() -> None:
    saasus = Saasus()
    verify(asked("Delete"), saasus, Logs(saasus), Clock().waiting())
    assert saasus.calls == []


def test_an_update_that_rolls_back_proves_nothing_and_cannot_get_stuck() -> None:
    saasus = Saasus()
    verify(asked("Update"), saasus, Logs(saasus, lines=[]), Clock().waiting(), is_rolling_back=lambda _: True)
    assert saasus.calls == []


def test_what_may_pass_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    saasus, failures = Saasus(), [SaasusApiError("busy", status=503), SaasusUnreachable("silent", trace_id="t")]

    def sometimes(*, trace_id: str | None = None) -> str:
        if failures:
            raise failures.pop(0)
        return Saasus.create_test_event(saasus, trace_id=trace_id)

    monkeypatch.setattr(saasus, "create_test_event", sometimes)
    assert verify(asked(), saasus, Logs(saasus), Clock().waiting()).data["TraceId"] == saasus.tested[0]


def test_what_does_not_pass_is_said_at_once() -> None:
    saasus = Saasus()
    saasus.fail_on["test"] = SaasusApiError("not allowed", status=403)
    with pytest.raises(SaasusApiError, match="not allowed"):
        verify(asked(), saasus, Logs(saasus), Clock().waiting())
    assert saasus.calls == ["test"]
