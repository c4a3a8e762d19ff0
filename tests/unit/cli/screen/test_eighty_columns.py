"""On a screen of 80 columns no command breaks a word; commands to copy are whole, on lines of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.events.operations import operations
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing import sample_event
from tests.unit.cli import connected_account as fakes
from tests.unit.cli.connected_account import GROUP, OTHER_SOURCE, SOURCE, Run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.connected_account import Account

account, clock, run = fakes.account, fakes.clock, fakes.run
EVENT: dict[str, Any] = sample_event(operations.auth.update_tenant_plan)
TO_COPY = ("Next: ", "    saasus-events", "  saasus-events", "  cdk ", "  aws ")


@pytest.fixture
def screen(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(EVENT), "utf-8")
    (tmp_path / "other.json").write_text(json.dumps({"source": "mine", "detail": {}}), "utf-8")
    account.make_well()
    account.add_log_route("a-rule-with-a-long-name", "/aws/events/Events/Saasus-Failed", EventFilter.all().failed())
    account.logs.add(GROUP, json.dumps(EVENT), ago=5)
    account.logs.add(GROUP, "a line that a function wrote, and that is longer than a screen has columns " * 3, ago=4)
    account.logs.add(GROUP, f"{EVENT['detail']['trace_id']} and more words than fit into one line of it " * 4, ago=3)
    account.bridge.sources[OTHER_SOURCE] = "DELETED"
    account.sqs.put("{}")
    return account


def assert_fits(text: str) -> None:
    for line in text.splitlines():
        if len(line) > 80 and not line.startswith(TO_COPY):
            # What is left is one word, or the word that a column's text cannot do without.
            longest = max(line.split(), key=len)
            assert len(line.strip()) - len(longest) < 34, line


@pytest.mark.parametrize(
    "arguments",
    [
        "status",
        "status --stack Events --stack Nope",
        "status --account 444455556666",
        "connect",
        "connect --region eu-west-1",
        "connect --region eu-west-1 --take-over",
        "disconnect",
        "disconnect --region eu-west-1",
        "tail --stack Events --no-follow",
        "tail --stack Nope --no-follow",
        f"trace {EVENT['detail']['trace_id']} --stack Events",
        "trace nothing --stack Events",
        "learn --stack Events",
        "learn event.json --write known.json",
        "catalog",
        "catalog nothing",
        "filter --of pricing --failed",
        "explain event.json",
        "explain other.json",
        "permissions status",
        "dlq list dead-letters",
    ],
)
def test_it_fits(screen: Account, run: Run, arguments: str) -> None:
    ran = run(*arguments.split())
    text = ran.out if not ran.out.startswith("{") else ""
    assert_fits("\n".join(line for line in text.splitlines() if not line.lstrip().startswith(('"', "{", "}"))))
    assert_fits("\n".join(line for line in ran.err.splitlines() if not line.startswith("saasus-events:")))


def test_the_next_step_is_never_broken(screen: Account, run: Run) -> None:
    screen.bridge.sources = {SOURCE: "PENDING"}
    screen.bridge.buses = set()
    assert f'event_source_name="{SOURCE}"' in run("status").out.splitlines()[-1]


def test_what_is_said_of_a_queue_fits(screen: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    screen.sqs.put("{}")
    said = run("dlq", "list", "dead-letters", "--limit", "1").err.splitlines()
    assert "shows all." in said
    assert max(map(len, said)) <= 40
