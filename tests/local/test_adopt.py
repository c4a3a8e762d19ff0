"""A bus that was associated by hand, taken over in the two ways that the README gives."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from constructs_lib.local.saasus_calls import create_tenant
from tests.local.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
START = """
from aws_cdk import App, Stack, aws_events
from constructs_lib import SaasusEventBus

app = App()
stack = Stack(app, "Adopt")
source = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
"""
NEW = 'bus = SaasusEventBus(stack, "Saasus", event_source_name=source)\n'
EXISTING = """
existing = aws_events.EventBus.from_event_bus_name(stack, "Existing", source)
bus = SaasusEventBus.from_event_bus(stack, "Saasus", existing)
"""
LOG, END = 'bus.log("Everything")\n', "app.synth()\n"


@pytest.fixture
def associated_by_hand() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        bootstrap(aws)
        events = aws.client("events")
        events.create_partner_event_source(Name=SOURCE, Account=aws.account)
        events.create_event_bus(Name=SOURCE, EventSourceName=SOURCE)
        yield aws


def cdk(aws: LocalAws, folder: Path, code: str, *arguments: str) -> None:
    (folder / "app.py").write_text(code)
    (folder / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py"}))
    environment = aws.environment() | {"PYTHONPATH": str(Path(__file__).parents[2])}
    run_cdk(arguments, cwd=folder, environment=environment)


def event_is_logged(aws: LocalAws) -> bool:
    call = create_tenant()
    aws.client("events").put_partner_events(Entries=[call.entry(SOURCE)])
    group = "/aws/events/Adopt/Saasus-Everything"
    return eventually(lambda: call.trace_id in str(aws.client("logs").filter_log_events(logGroupName=group)["events"]))


def test_routes_on_the_bus_as_it_is(associated_by_hand: LocalAws, tmp_path: Path) -> None:
    cdk(associated_by_hand, tmp_path, START + EXISTING + LOG + END, "deploy", "--require-approval", "never")
    assert event_is_logged(associated_by_hand)


def test_the_bus_brought_into_the_stack_by_cdk_import(associated_by_hand: LocalAws, tmp_path: Path) -> None:
    cdk(associated_by_hand, tmp_path, START + NEW + END, "synth", "--quiet")
    template = json.loads((tmp_path / "cdk.out" / "Adopt.template.json").read_text())
    [bus] = [id for id, made in template["Resources"].items() if made["Type"] == "AWS::Events::EventBus"]
    (tmp_path / "mapping.json").write_text(json.dumps({bus: {"Name": SOURCE}}))
    cdk(associated_by_hand, tmp_path, START + NEW + END, "import", "--resource-mapping", "mapping.json")
    cdk(associated_by_hand, tmp_path, START + NEW + LOG + END, "deploy", "--require-approval", "never")
    assert event_is_logged(associated_by_hand)
    assert associated_by_hand.client("events").describe_event_source(Name=SOURCE)["State"] == "ACTIVE"
