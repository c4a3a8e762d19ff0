"""A bus that was associated by hand, taken over in the two ways that the README gives, by its own code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import bootstrap
from tests.documents import code
from tests.eventually import eventually
from tests.local.readme_shell import Terminal
from tests.local.sent_events import created_tenant, put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
TITLE = "Adopt a bus that you associated by hand"


@pytest.fixture
def associated_by_hand() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        bootstrap(aws)
        events = aws.client("events")
        events.create_partner_event_source(Name=SOURCE, Account=aws.account)
        events.create_event_bus(Name=SOURCE, EventSourceName=SOURCE)
        yield aws


@pytest.fixture
def terminal(associated_by_hand: LocalAws, tmp_path: Path) -> Terminal:
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "python3 app.py"}))
    return Terminal(associated_by_hand, tmp_path)


def event_is_logged(aws: LocalAws) -> bool:
    [trace_id] = put(aws, SOURCE, [created_tenant()])
    group = "/aws/events/Adopted/Saasus-Everything"
    return eventually(lambda: trace_id in str(aws.client("logs").filter_log_events(logGroupName=group)["events"]))


def test_routes_are_added_to_the_bus_where_it_is(associated_by_hand: LocalAws, terminal: Terminal) -> None:
    [app] = code("README.md", TITLE, "python")
    (terminal.folder / "app.py").write_text(app)
    terminal.run("cdk deploy")
    assert event_is_logged(associated_by_hand)


def test_the_bus_is_brought_into_a_stack(associated_by_hand: LocalAws, terminal: Terminal) -> None:
    [app], [bring_in] = code("README.md", TITLE, "python"), code("README.md", TITLE, "bash")
    lines = [line for line in app.splitlines() if not line.startswith("existing = ")]
    owned = "\n".join(lines).replace(
        'SaasusEventBus.from_event_bus(stack, "Saasus", existing)',
        'SaasusEventBus(stack, "Saasus", event_source_name=source)',
    )
    assert "existing" not in owned
    (terminal.folder / "app.py").write_text(owned.replace('bus.log("Everything")\n', ""))
    terminal.run(bring_in)
    (terminal.folder / "app.py").write_text(owned)
    terminal.run("cdk deploy")
    assert event_is_logged(associated_by_hand)
    assert associated_by_hand.client("events").describe_event_source(Name=SOURCE)["State"] == "ACTIVE"
