"""`saasus-events send-test`: exactly the event that was sent, and nothing else, ends the waiting."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.cli.send_test import TRACE_ID_PREFIX
from constructs_lib.events.operations import operations
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing import sample_event
from tests.unit.cli import connected_account as fakes
from tests.unit.cli.connected_account import GROUP, OTHER_SOURCE, Clock, Run
from tests.unit.cli.fake_aws import refusal

if TYPE_CHECKING:
    from tests.unit.cli.connected_account import Account

account, clock, run = fakes.account, fakes.clock, fakes.run
EVENT: dict[str, Any] = sample_event(operations.integration.create_eventbridge_test_event)
EARLIER = f"{TRACE_ID_PREFIX}of-somebody-else"


def line(trace_id: str) -> str:
    made = copy.deepcopy(EVENT)
    made["detail"]["trace_id"] = trace_id
    return json.dumps(made)


def sent(account: Account) -> list[str]:
    requests = account.saasus.requests
    return [request.headers["x-saasus-trace-id"] for request in requests if request.method == "POST"]


@pytest.fixture
def arrives_from(account: Account, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which of the events that are sent arrive, by their number: those from this one on."""
    account.make_well()
    account.logs.add(GROUP, line(EARLIER))
    first = [0]
    real = clock.sleep

    def sleep(seconds: float) -> None:
        for number, trace_id in enumerate(sent(account)):
            if number >= first[0] and line(trace_id) not in [found["message"] for found in account.logs.groups[GROUP]]:
                account.logs.add(GROUP, line(trace_id))
        real(seconds)

    monkeypatch.setattr(clock, "sleep", sleep)
    return first


def test_it_prints_the_trace_id_that_it_sends(account: Account, run: Run) -> None:
    ran = run("send-test")
    [trace_id] = sent(account)
    assert ran.code == 0
    assert trace_id.startswith(TRACE_ID_PREFIX)
    assert trace_id in ran.out


@pytest.mark.parametrize("where", [["--log-group", GROUP], ["--stack", "Events"], []])
def test_it_waits_until_that_event_is_there(
    account: Account, run: Run, arrives_from: list[int], where: list[str]
) -> None:
    ran = run("send-test", "--wait", *where)
    [trace_id] = sent(account)
    assert ran.code == 0
    assert f"{trace_id} arrived in {GROUP}" in ran.out
    assert "Waiting for the event" in ran.err


def test_when_the_first_is_dropped_another_is_sent(
    account: Account, run: Run, arrives_from: list[int], clock: Clock
) -> None:
    arrives_from[0] = 1
    ran = run("send-test", "--wait")
    assert ran.code == 0
    assert len(set(sent(account))) == 2
    assert f"{sent(account)[1]} arrived" in ran.out
    assert 20 <= clock.now < 30


def test_when_none_comes_it_says_what_to_do(account: Account, run: Run, arrives_from: list[int]) -> None:
    arrives_from[0] = 100
    ran = run("send-test", "--wait", "--timeout", "30s")
    assert ran.code == 1
    assert "No test event reached" in ran.err
    assert len(sent(account)) == 2
    assert all(trace_id in ran.err for trace_id in sent(account))
    assert "As far as can be seen, nothing is wrong" in ran.err
    assert "aws logs describe-resource-policies" in ran.err
    assert "saasus-events" not in ran.err.partition("No test event reached")[2], "it does not send to and fro"


def test_when_none_comes_it_says_what_is_seen_to_be_wrong(account: Account, run: Run, arrives_from: list[int]) -> None:
    arrives_from[0] = 100
    account.sqs.put("{}")
    ran = run("send-test", "--wait", "--timeout", "30s")
    assert ran.code == 1
    assert "1 in dead-letters: events that did not reach their target" in ran.err
    assert "saasus-events dlq list dead-letters" in ran.err
    assert "nothing is wrong" not in ran.err


FAILED = EventFilter.all().failed()
OTHER = "/aws/events/Events/Saasus-Other"


@pytest.mark.parametrize("where", [["--stack", "Events"], [], ["--stack", "Events", "--stack", "More"]])
def test_of_several_log_routes_those_that_take_test_events_are_waited_for(
    account: Account, run: Run, arrives_from: list[int], where: list[str]
) -> None:
    account.add_log_route("failed", OTHER, FAILED)
    account.stacks.resources["Events"].append(("Failed", "AWS::Logs::LogGroup", OTHER))
    account.stacks.resources["More"] = [("Failed", "AWS::Logs::LogGroup", OTHER)]
    ran = run("send-test", "--wait", *where)
    assert ran.code == 0, ran.err
    assert f"arrived in {GROUP}" in ran.out
    assert OTHER not in ran.out


def test_log_routes_of_a_decoded_bus_are_judged_by_their_filters(
    account: Account, run: Run, arrives_from: list[int]
) -> None:
    decoded = "Events-Saasus-Decoded-0a1b2c3d"
    account.stacks.resources["Events"] += [("Bus", "AWS::Events::EventBus", decoded)]
    account.stacks.resources["Events"] += [("Decoded", "AWS::Logs::LogGroup", OTHER)]
    account.add_log_route("failed", OTHER, FAILED, decoded_bus=decoded)
    ran = run("send-test", "--wait", "--stack", "Events")
    assert ran.code == 0, ran.err
    assert OTHER not in ran.out

    account.add_log_route("all", OTHER, EventFilter.all(), decoded_bus=decoded)
    ran = run("send-test", "--wait", "--stack", "Events", "--timeout", "30s")
    assert ran.code == 1, "events come into the first group only"
    assert f"No test event reached the log group '{OTHER}'" in ran.err


def test_each_route_that_takes_test_events_must_get_one(account: Account, run: Run, arrives_from: list[int]) -> None:
    account.add_log_route("too", OTHER, EventFilter.of(operations.integration))
    ran = run("send-test", "--wait", "--timeout", "30s")
    assert ran.code == 1, "events come into the first group only"
    assert f"arrived in {GROUP}" in ran.out
    assert f"No test event reached the log group '{OTHER}'" in ran.err


@pytest.mark.parametrize("where", [["--log-group", OTHER], ["--stack", "Events"]])
def test_a_route_that_leaves_test_events_out_is_told_before_anything_is_sent(
    account: Account, run: Run, where: list[str]
) -> None:
    account.make_well()
    account.add_log_route("failed", OTHER, FAILED)
    account.stacks.resources["Events"] = [("Failed", "AWS::Logs::LogGroup", OTHER)]
    ran = run("send-test", "--wait", *where)
    assert ran.code == 2
    assert f"{OTHER} (the rule failed)" in ran.err
    assert not sent(account)


def test_a_stack_that_is_not_there_is_told(account: Account, run: Run) -> None:
    ran = run("send-test", "--wait", "--stack", "Event")
    assert ran.code == 2
    assert "There is no stack 'Event' in us-east-1. Did you mean 'Events'?" in ran.err


def test_without_a_setting_nothing_is_sent(account: Account, run: Run) -> None:
    account.saved(None)
    ran = run("send-test")
    assert ran.code == 1
    assert "saasus-events connect" in ran.err
    assert not sent(account)


def no_log_target(account: Account) -> None:
    account.bridge.targets = {}


def not_active(account: Account) -> None:
    account.bridge.sources = {OTHER_SOURCE: "PENDING"}


def denied(account: Account) -> None:
    account.bridge.refuses = {"list_rules": refusal("AccessDeniedException", "not authorized")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (no_log_target, "No rule on a SaaSus bus sends to a log group"),
        (not_active, "--log-group NAME"),
        (denied, "events:ListRules"),
    ],
)
def test_without_a_log_group_nothing_is_sent(account: Account, run: Run, change: Any, said: str) -> None:
    account.make_well()
    change(account)
    ran = run("send-test", "--wait")
    assert ran.code == 2
    assert said in ran.err
    assert not sent(account)


def test_a_log_group_that_is_not_there_is_told_before_anything_is_sent(account: Account, run: Run) -> None:
    ran = run("send-test", "--wait", "--log-group", f"{GROUP}x")
    assert ran.code == 2
    assert f"Did you mean '{GROUP}'" in ran.err
    assert not sent(account)


def test_credentials_that_are_missing_are_named(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAASUS_API_KEY")
    ran = run("send-test")
    assert ran.code == 2
    assert "SAASUS_API_KEY" in ran.err
    assert "--secret NAME" in ran.err
