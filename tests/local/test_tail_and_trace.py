"""`saasus-events tail` and `trace` on the local AWS."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.operations import operations
from tests.eventually import eventually
from tests.local.resources import (
    EVENTS_SERVICE,
    Bus,
    allow,
    log_group_arn,
    log_lines,
    new_function,
    new_log_group,
    policy,
    unique,
)
from tests.local.running import Running
from tests.local.sent_events import API_KEY, SECRETS, created_tenant, new_event, put, trace_id_of
from tests.local.stacks import deploy

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws
    from tests.local.command import Command


@pytest.fixture
def logs_policy(aws: LocalAws) -> None:
    resource = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/aws/events/*"
    statement = allow(EVENTS_SERVICE, ["logs:CreateLogStream", "logs:PutLogEvents"], resource)
    aws.client("logs").put_resource_policy(policyName="tail-and-trace", policyDocument=policy(statement))


@pytest.fixture
def group(aws: LocalAws, bus: Bus, logs_policy: None) -> str:
    """A log group with every event of the bus."""
    name = new_log_group(aws)
    bus.route(log_group_arn(aws, name), rule="log")
    return name


def wait_for_lines(aws: LocalAws, group: str, count: int) -> None:
    eventually(lambda: len(log_lines(aws, group)) == count)


def test_tail_shows_one_line_for_each_event_without_secrets(
    aws: LocalAws, bus: Bus, group: str, command: Command
) -> None:
    created = created_tenant(response={"id": "the-tenant"})
    deleted = new_event(operations.auth.delete_saas_user, path_params={"user_id": "the-user"})
    put(aws, bus.name, [created, deleted])
    wait_for_lines(aws, group, 2)
    aws.client("logs").create_log_stream(logGroupName=group, logStreamName="other")
    line = {"timestamp": int(time.time() * 1000), "message": "no event"}
    aws.client("logs").put_log_events(logGroupName=group, logStreamName="other", logEvents=[line])  # type: ignore[list-item]
    ran = command("tail", group, "--no-follow")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 2
    assert "create_tenant  201  POST /v1/auth/tenants  tenant=the-tenant" in ran.out
    assert f"user=the-user  trace={trace_id_of(deleted)}" in ran.out
    assert "2 events shown, 0 not selected, 1 other line" in ran.err
    listed = command("tail", group, "--no-follow", "--json", "--of", "auth.create_tenant", "--succeeded")
    [event] = map(json.loads, listed.out.splitlines())
    assert event["detail"]["trace_id"] == trace_id_of(created)
    for text in (ran.out, listed.out):
        assert not [secret for secret in SECRETS if secret in text]


def test_tail_follows_without_duplicates_and_gaps_until_it_is_stopped(aws: LocalAws, bus: Bus, group: str) -> None:
    before = put(aws, bus.name, [created_tenant() for _ in range(3)])
    with Running(aws.environment(), "tail", group) as running:
        running.wait_for("trace=")
        while_running = []
        for _ in range(4):
            while_running += put(aws, bus.name, [created_tenant()])
            time.sleep(0.4)
        eventually(lambda: running.shown.count("trace=") >= 7, 20)
        time.sleep(2.5)
        assert running.stop() == 130
    assert "7 events shown" in running.shown
    lines = [line for line in running.shown.splitlines() if "trace=" in line]
    traces = [line.rpartition("trace=")[2] for line in lines]
    assert sorted(traces) == sorted([*before, *while_running])


def test_trace_shows_an_event_of_several_groups_once_and_the_functions_lines(
    aws: LocalAws, bus: Bus, group: str, command: Command
) -> None:
    second = new_log_group(aws)
    bus.route(log_group_arn(aws, second), rule="log-again")
    function = new_function(aws, "print('started', event['detail']['trace_id'])\nprint('got', event)")
    function.allow_events(bus.route(function.arn, rule="run"))
    created = created_tenant()
    trace_id = trace_id_of(created)
    followed = new_event(operations.auth.update_tenant, trace_id=trace_id)
    put(aws, bus.name, [created, followed, new_event(operations.auth.delete_saas_user)])
    wait_for_lines(aws, group, 3)
    wait_for_lines(aws, second, 3)
    logged = f"/aws/lambda/{function.name}"
    eventually(lambda: len([line for line in function.logged() if trace_id in line]) == 4)
    ran = command("trace", trace_id, group, second, logged)
    assert ran.code == 0
    assert "2 events and 4 other log lines" in ran.out
    assert "same second" in ran.out
    assert "which came first is uncertain" in ran.out
    assert ran.out.count("create_tenant  201") == 1
    assert f"{group}, {second}" in ran.out or f"{second}, {group}" in ran.out
    assert f"started {trace_id}" in ran.out
    listed = [json.loads(line) for line in command("trace", trace_id, group, logged, "--json").out.splitlines()]
    assert [entry["time"] for entry in listed] == sorted(entry["time"] for entry in listed)
    assert sum("event" in entry for entry in listed) == 2
    for text in (ran.out, json.dumps(listed)):
        assert not [secret for secret in SECRETS if secret in text]
    assert API_KEY in command("trace", trace_id, logged, "--raw").out


def test_the_groups_of_a_stack_are_found(aws: LocalAws, bus: Bus, logs_policy: None, command: Command) -> None:
    stack = unique("stack")
    name = f"/aws/events/{stack}/Saasus-Everything"
    deploy(aws, {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}}, stack=stack)
    bus.route(log_group_arn(aws, name))
    [trace_id] = put(aws, bus.name, [created_tenant()])
    wait_for_lines(aws, name, 1)
    assert trace_id in command("tail", "--stack", stack, "--no-follow").out
    assert "create_tenant" in command("trace", trace_id, "--stack", stack).out


def test_what_is_not_there_is_said(aws: LocalAws, group: str, command: Command) -> None:
    missing = command("tail", f"{group}x", "--no-follow")
    assert missing.code == 2
    assert f"Did you mean '{group}'" in missing.err
    nothing = command("trace", "never-sent", group)
    assert nothing.code == 1
    assert "Nothing has the trace id 'never-sent'" in nothing.err
    no_stack = command("tail", "--stack", unique("nowhere"), "--no-follow")
    assert no_stack.code == 2
    assert "There is no stack" in no_stack.err
