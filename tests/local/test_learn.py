"""`saasus-events learn --log-group` on the local AWS."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import operations as op
from constructs_lib.cli import main
from constructs_lib.events.known_events import KnownEvents
from constructs_lib.testing import sample_event
from tests.local.resources import new_log_group

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.local import LocalAws

DAY = 24 * 3600 * 1000


@pytest.fixture
def environment(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    for name, value in aws.variables().items():
        monkeypatch.setenv(name, value)
    return aws


def put(aws: LocalAws, group: str, *messages: str, days_ago: float = 0) -> None:
    logs = aws.client("logs")
    stream = f"stream-{time.monotonic_ns()}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    at = int(time.time() * 1000 - days_ago * DAY)
    events: Any = [{"timestamp": at, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def test_the_events_of_a_log_route_are_learned(
    environment: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_log_group(environment)
    renamed = sample_event(op.auth.delete_tenant, event_type="RemoveTenant")
    many = [json.dumps(sample_event(op.auth.create_tenant, trace_id=f"t-{number}")) for number in range(300)]
    put(environment, group, json.dumps(renamed), "a line of something else")
    put(environment, group, *many, days_ago=1)
    put(environment, group, json.dumps(sample_event(op.auth.delete_saas_user)), days_ago=10)
    written = tmp_path / "saasus-events.json"
    assert main(["learn", "--log-group", group, "--since", "2d", "--write", str(written)]) == 0
    printed = capsys.readouterr()
    assert "301 events of 2 kinds: 1 as in the catalog, 1 new or different" in printed.out
    assert f"Read 302 log lines from {group}" in printed.err
    assert "1 entry could not be read as SaaSus events" in printed.err
    assert dict(KnownEvents.from_file(written).event_types) == {
        "auth.create_tenant": ("create_tenant",),
        "auth.delete_tenant": ("RemoveTenant",),
    }


def test_a_log_group_that_is_not_there_is_named_with_those_that_are(
    environment: LocalAws, capsys: pytest.CaptureFixture[str]
) -> None:
    group = new_log_group(environment)
    assert main(["learn", "--log-group", f"{group}x"]) == 2
    assert f"Did you mean '{group}'" in capsys.readouterr().err


def test_a_profile_that_is_not_there_is_named(environment: LocalAws, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--log-group", "x", "--profile", "nobody-has-this"]) == 2
    said = capsys.readouterr().err
    assert "nobody-has-this" in said
    assert "--profile" in said
