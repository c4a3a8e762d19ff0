"""What `saasus-events local` shows of a stack of one's own: log lines, function runs and HTTP bodies, each once."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.cli.local_arrivals import Arrivals, message_lines
from constructs_lib.events.operations import operations
from constructs_lib.local import LocalAws, LocalAwsError, ReceivedRequest
from constructs_lib.testing import sample_event
from tests.unit.cli.fake_aws import FakeLogs

EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant, trace_id="the-trace")
SECRET = json.loads(EVENT["detail"]["event"])["api_key"]


class Logs(FakeLogs):
    """Log groups that are listed, too, one a page."""

    def get_paginator(self, name: str) -> Any:
        if name == "filter_log_events":
            return super().get_paginator(name)
        return SimpleNamespace(paginate=lambda: [{"logGroups": [{"logGroupName": name}]} for name in self.groups])


class Here:
    """A local AWS, a SaaSus and an API, and what is shown of them."""

    def __init__(self) -> None:
        self.logs = Logs()
        self.logs.groups = {"/aws/events/Old": []}
        self.logs.add("/aws/events/Old", json.dumps(EVENT), ago=30)
        self.saasus = SimpleNamespace(events=())
        self.api = SimpleNamespace(requests=())
        self.shown: list[str] = []
        aws = SimpleNamespace(client=lambda _: self.logs)
        self.arrivals = Arrivals(self.shown.append, aws, self.saasus, self.api)  # type: ignore[arg-type]

    def new(self) -> str:
        self.shown.clear()
        self.arrivals.show_new()
        return "\n".join(self.shown)


def request(body: bytes, *, authorized: bool = True) -> ReceivedRequest:
    return ReceivedRequest("POST", "/mine", {}, {}, body, authorized, time.time())


def test_events_are_shown_in_any_log_group_also_in_one_that_is_made_later() -> None:
    here = Here()
    assert here.new() == "", "what was there before is not news"
    here.logs.add("/aws/events/Mine/Saasus-Everything", json.dumps(EVENT))
    shown = here.new()
    assert "CloudWatch Logs" in shown
    assert "/aws/events/Mine/Saasus-Everything" in shown
    assert "create_tenant  201  POST /v1/auth/tenants" in shown
    assert SECRET not in shown
    assert here.new() == "", "each once"
    del here.logs.groups["/aws/events/Old"]
    assert here.new() == "", "a log group that is gone is not an error"


def test_a_functions_run_and_what_it_wrote_are_shown() -> None:
    here = Here()
    for line in (
        "START RequestId: 1 Version: $LATEST",
        "onboarding",
        json.dumps({"tenant": "t-1", "password": "hunter2"}),
        "END RequestId: 1",
        "REPORT RequestId: 1\tDuration: 12.5 ms\tBilled Duration: 13 ms",
    ):
        here.logs.add("/aws/lambda/Mine", line)
    shown = here.new()
    assert "RequestId" not in shown
    assert "Function         Mine  onboarding" in shown
    assert "Function         Mine  ran for 12.5 ms" in shown
    assert '"tenant": "t-1"' in shown
    assert "hunter2" not in shown


def test_requests_are_shown_with_their_bodies() -> None:
    here = Here()
    here.api.requests = (request(b'{"event_type":"create_tenant","trace_id":"t"}'), request(b"", authorized=False))
    shown = here.new()
    assert "HTTPS API        POST /mine  (API key checked)" in shown
    assert '"event_type": "create_tenant"' in shown
    assert "(API KEY MISSING OR WRONG)" in shown
    here.api.requests += (request(json.dumps(EVENT).encode()),)
    whole = here.new()
    assert SECRET not in whole
    assert "the-trace" not in whole
    assert "a whole event" in whole


@pytest.mark.parametrize("text", ["", " \n", "a" * 10_000, "[" * 20_000, '"\\ud83d"', "\x1b[2J", '{"a":1}'])
def test_a_message_of_any_kind_has_lines_that_a_terminal_can_show(text: str) -> None:
    lines = message_lines(text)
    assert sum(map(len, lines)) < 3_000
    assert all(line.isprintable() for line in lines)


def test_a_missing_emulator_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(LocalAwsError, match=r"'ministack'.*pip install 'saasus-eventbridge-constructs\[local\]'"):
        LocalAws().start()


def test_a_json_message_is_whole_but_for_the_values_of_secrets() -> None:
    sent = {
        "id": "t-1",
        "email": "hush@example.com",
        "name": "Ann",
        "in": [{"password": "hush", "note": "password: hush"}],
    }

    shown = json.loads("\n".join(message_lines(json.dumps(sent))))

    assert "hush" not in json.dumps(shown)
    assert (list(shown), shown["id"], shown["name"]) == (list(sent), "t-1", "Ann")
    assert list(shown["in"][0]) == ["password", "note"]


def test_what_is_cut_does_not_name_an_option_that_is_not_there() -> None:
    [line] = message_lines("failed with password=hush")

    assert "hush" not in line
    assert "--raw" not in line
