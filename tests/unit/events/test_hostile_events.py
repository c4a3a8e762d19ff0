"""Whatever AWS delivers, an event is read and redacted, or refused with the library's own error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.events.errors import InvalidEvent, SaasusEventsError
from constructs_lib.events.json_values import read_json
from constructs_lib.events.known_events import KnownEvents
from constructs_lib.events.saasus_event import SaasusEvent
from tests.hostile_json import HOSTILE_EVENTS, HOSTILE_VALUES, hostile_events, hostile_texts, nested

if TYPE_CHECKING:
    from pathlib import Path


def parsed_or_refused(value: Any) -> tuple[SaasusEvent | None, str]:
    try:
        return SaasusEvent.from_dict(value), ""
    except InvalidEvent as error:
        return None, str(error)


def known_or_refused(file: Path) -> str:
    try:
        KnownEvents.from_file(file)
    except SaasusEventsError as error:
        return str(error)
    return ""


def read_all_of(value: Any) -> None:
    """Ask an event for everything; what it gives for printing can be printed."""
    event, refusal = parsed_or_refused(value)
    if event is None:
        assert 0 < len(refusal) < 2_000
        return
    assert event.operation is None or event.operation.method == event.method or not event.method
    for found in (event.id, event.log_id, event.trace_id, event.method, event.uri, event.message):
        assert isinstance(found, str)
    assert event.tenant_id != ""
    assert event.user_id != ""
    assert event.http_status == 0 or 100 <= event.http_status <= 999
    assert repr(event)
    again = SaasusEvent.from_dict(event.redacted())
    assert again.operation == event.operation or event.operation is None or "[redacted]" in again.uri
    shown = json.dumps(event.redacted())
    inner = event.redacted()["detail"].get("event")
    assert not inner or not isinstance(inner, str) or inner.encode("utf-8")
    assert "sample_api_key_sample" not in shown


@pytest.mark.parametrize("text", HOSTILE_EVENTS.values(), ids=HOSTILE_EVENTS)
def test_is_read_or_refused(text: str) -> None:
    try:
        value = read_json(text)
    except ValueError:
        return  # what AWS would not deliver
    read_all_of(value)


@given(hostile_events())
def test_any_event_is_read_or_refused(text: str) -> None:
    try:
        value = read_json(text)
    except ValueError:
        return
    read_all_of(value)


@given(st.sampled_from(["uri", "request_method", "http_status", "request_body", "new"]), hostile_texts())
def test_any_field_of_the_call_is_read_or_refused(name: str, text: str) -> None:
    record = {"uri": "/v1/auth/tenants", "request_method": "POST", "http_status": "201", name: text}
    read_all_of(
        {
            "time": "2026-05-19T02:22:58Z",
            "detail": {"event_type": "create_tenant", "event": json.dumps(record), "trace_id": "t"},
        }
    )


@pytest.mark.parametrize("text", HOSTILE_VALUES.values(), ids=HOSTILE_VALUES)
def test_a_file_of_known_events_is_read_or_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    for content in (text, f'{{"saasus:eventTypes":{text}}}', f'{{"saasus:bodyForms":{text}}}'):
        file.write_text(content, encoding="utf-8", errors="surrogatepass")
        assert len(known_or_refused(file)) < 2_000


@pytest.mark.parametrize("depth", [20, 90, 150, 1_100, 10_000])
def test_a_secret_is_hidden_at_any_depth(depth: int) -> None:
    body = nested(depth, opening='{"a":[', core='{"password":"canary","b":"shown"}', closing="]}")
    record = {"uri": "/v1/auth/tenants", "request_method": "POST", "request_body": body, "response_body": body}
    event = {
        "time": "2026-05-19T02:22:58Z",
        "detail": {"event_type": "create_tenant", "event": json.dumps(record), "trace_id": "t"},
    }
    shown = json.dumps(SaasusEvent.from_dict(event).redacted())

    assert "canary" not in shown
    assert ("shown" in shown) == (depth < 50)
