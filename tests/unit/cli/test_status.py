"""`saasus-events status`: what is wrong comes out, with the step that comes first, whatever else cannot be seen."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import NoCredentialsError

from constructs_lib.events.operations import operations
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing import sample_event
from tests.unit.cli import connected_account as fakes
from tests.unit.cli.connected_account import ACCOUNT, GROUP, OTHER_SOURCE, SECRETS, SOURCE, Run
from tests.unit.cli.fake_aws import refusal
from tests.unit.runtime.scripted_api import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.connected_account import Account

account, clock, run = fakes.account, fakes.clock, fakes.run
EVENT: dict[str, Any] = sample_event(operations.auth.create_tenant, trace_id="trace-of-it")
DENIED = refusal("AccessDeniedException", "you are not authorized")
CONNECT, AGAIN = "saasus-events connect", "run saasus-events status again"


@pytest.fixture
def well(account: Account) -> Account:
    account.make_well()
    account.logs.add(GROUP, json.dumps(EVENT), ago=30)
    return account


def state_of(out: str, part: str) -> str:
    [found] = re.findall(rf"^(\w+) +{part} ", out, re.MULTILINE)
    return str(found)


def next_of(out: str) -> str:
    return out.splitlines()[-1].removeprefix("Next: ")


def test_when_all_is_well_it_says_so(well: Account, run: Run) -> None:
    ran = run("status")
    assert ran.code == 0, ran.out
    assert {line.split()[0] for line in ran.out.splitlines()[3:-2]} == {"ok"}
    assert "create_tenant" in ran.out
    assert "trace=trace-of-it" in ran.out
    assert next_of(ran.out).startswith("nothing to do")
    assert [method for method, _ in well.calls] == ["GET"]


def test_json_has_the_same_for_programs(well: Account, run: Run) -> None:
    found = json.loads(run("status", "--json").out)
    assert (found["ok"], found["account"], found["region"], found["next"]) == (True, ACCOUNT, "us-east-1", "")
    parts = {finding["part"]: finding for finding in found["findings"]}
    assert parts["Rules"]["count"] == parts["Rules"]["enabled"] == parts["Rules"]["targets"] == 1
    assert parts["Rules"]["wildcard_limit"] == 30
    assert parts["Last event"]["trace_id"] == "trace-of-it"
    assert parts["Dead letters"]["messages"] == 0


@pytest.mark.parametrize(
    ("saved", "said", "step"),
    [
        ((None,), "nothing is saved", CONNECT),
        (("444455556666", "us-east-1"), "account 444455556666, region us-east-1, not to account 1", "--take-over"),
        ((ACCOUNT, "eu-west-1"), "region eu-west-1, not", "saasus-events status --region eu-west-1"),
    ],
)
def test_a_setting_that_is_not_ours_comes_first(
    well: Account, run: Run, saved: tuple[Any, ...], said: str, step: str
) -> None:
    well.saved(*saved)
    ran = run("status")
    assert ran.code == 1
    assert said in ran.out
    assert step in next_of(ran.out)


def no_source(account: Account) -> None:
    account.bridge.sources = {}


def pending(account: Account) -> None:
    account.bridge.sources, account.bridge.buses = {SOURCE: "PENDING"}, set()


def deactivated(account: Account) -> None:
    account.bridge.sources = {SOURCE: "PENDING"}


def deleted(account: Account) -> None:
    account.bridge.sources = {SOURCE: "DELETED"}


def no_rules(account: Account) -> None:
    account.bridge.rules = []


def disabled(account: Account) -> None:
    account.bridge.rules[0]["State"] = "DISABLED"


def no_targets(account: Account) -> None:
    account.bridge.rules.append({"Name": "empty", "State": "ENABLED", "EventPattern": "{}"})


def dead_letters(account: Account) -> None:
    account.sqs.put("{}")


def no_event(account: Account) -> None:
    account.logs.groups[GROUP] = []


@pytest.mark.parametrize(
    ("change", "said", "step"),
    [
        (no_source, "SaaSus has no event source", CONNECT),
        (pending, "AWS deletes it on 2026-06-01T12:00:00Z", f"cdk deploy -c saasus:eventSourceName={SOURCE}"),
        (deactivated, "it is deactivated", f"aws events activate-event-source --name {SOURCE}"),
        (deleted, "is DELETED", "saasus-events connect --yes"),
        (no_rules, "events reach the bus and go nowhere", "cdk deploy"),
        (disabled, "0 enabled", f"aws events enable-rule --event-bus-name {SOURCE} --name log"),
        (no_targets, "without a target: empty", "deploy the stack of empty again"),
        (dead_letters, "1 in dead-letters: events that did not reach", "saasus-events dlq list dead-letters"),
        (no_event, f"none yet in {GROUP}", f"saasus-events send-test --wait --log-group {GROUP}"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(well: Account, run: Run, change: Any, said: str, step: str) -> None:
    change(well)
    ran = run("status")
    assert ran.code == 1
    assert said in ran.out
    assert step in next_of(ran.out)


def test_a_rule_that_is_off_and_one_with_a_wildcard_are_only_noted(well: Account, run: Run) -> None:
    pattern = json.dumps({"detail": {"event": [{"wildcard": "*x*"}]}})
    well.bridge.rules.append({"Name": "off", "State": "DISABLED", "EventPattern": pattern})
    ran = run("status")
    assert ran.code == 0
    assert "2, 1 enabled, 1 target; 1 of 30 with a wildcard; disabled: off" in ran.out


def test_without_saasus_credentials_the_rest_is_shown(well: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAASUS_SECRET_KEY")
    ran = run("status")
    assert ran.code == 1
    assert state_of(ran.out, "SaaSus setting") == "unknown"
    assert "no SAASUS_SECRET_KEY" in ran.out
    assert [state_of(ran.out, part) for part in ("Event source", "Rules", "Last event")] == ["ok", "ok", "ok"]
    assert "--secret NAME" in next_of(ran.out)


def test_what_is_wrong_goes_before_what_is_unknown(well: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAASUS_SECRET_KEY")
    pending(well)
    assert "cdk deploy" in next_of(run("status").out)


def test_the_credentials_can_be_in_a_secret(well: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SAASUS_SAAS_ID", "SAASUS_API_KEY", "SAASUS_SECRET_KEY"):
        monkeypatch.delenv(name)
    well.secrets["saasus"] = json.dumps({"saas_id": "s", "api_key": SECRETS[0], "secret_key": SECRETS[1]})
    assert run("status", "--secret", "saasus").code == 0
    missing = run("status", "--secret", "sasus")
    assert state_of(missing.out, "SaaSus setting") == "unknown"
    assert "'sasus' cannot be read" in missing.out


def test_saasus_refusing_leaves_the_rest(well: Account, run: Run) -> None:
    well.saasus.reply(Reply(401, b'{"type": "unauthorized", "message": "bad the-api-key"}'))
    ran = run("status")
    assert ran.code == 1
    assert "SaaSus answered 401" in ran.out
    assert state_of(ran.out, "Rules") == "ok"


@pytest.mark.parametrize(
    ("denied", "part", "still"),
    [
        ("list_event_sources", "Event source", "SaaSus setting"),
        ("describe_event_bus", "Event bus", "Rules"),
        ("list_rules", "Rules", "Event bus"),
        ("list_targets_by_rule", "Rules", "Event source"),
    ],
)
def test_a_refusal_of_aws_leaves_the_rest(well: Account, run: Run, denied: str, part: str, still: str) -> None:
    well.bridge.refuses = {denied: DENIED}
    ran = run("status")
    assert ran.code == 1
    assert state_of(ran.out, part) == "unknown"
    assert "not authorized" in ran.out
    assert state_of(ran.out, still) == "ok"
    assert AGAIN in next_of(ran.out)


def test_a_source_that_is_named_needs_not_be_listed(well: Account, run: Run) -> None:
    well.bridge.refuses = {"list_event_sources": DENIED}
    ran = run("status", "--source", SOURCE)
    assert [state_of(ran.out, part) for part in ("Event source", "Rules", "Last event")] == ["unknown", "ok", "ok"]


def test_queue_and_log_group_that_cannot_be_read(well: Account, run: Run) -> None:
    well.sqs.refuses["get_queue_url"] = DENIED
    well.logs.errors = [DENIED]
    ran = run("status")
    assert [state_of(ran.out, part) for part in ("Dead letters", "Last event")] == ["unknown", "unknown"]


def test_without_aws_credentials_saasus_is_asked_all_the_same(account: Account, run: Run) -> None:
    def none() -> None:
        raise NoCredentialsError

    account.identity = SimpleNamespace(get_caller_identity=none)
    ran = run("status")
    assert ran.code == 1
    assert "whether that is this account is unknown" in ran.out
    assert "Event source" not in ran.out
    named = run("status", "--account", ACCOUNT)
    assert state_of(named.out, "SaaSus setting") == "ok"


def test_credentials_of_another_account_are_told(well: Account, run: Run) -> None:
    ran = run("status", "--account", "444455556666")
    assert ran.code == 1
    assert f"for account {ACCOUNT}, not 444455556666" in ran.out
    assert "--profile of account 444455556666" in next_of(ran.out)


def test_of_several_sources_one_can_be_chosen(well: Account, run: Run) -> None:
    well.bridge.sources[OTHER_SOURCE] = "DELETED"
    assert run("status").code == 1
    ran = run("status", "--source", SOURCE)
    assert ran.code == 0
    assert OTHER_SOURCE not in ran.out
    assert run("status", "--source", "not-one").code == 2


def test_the_stack_names_queue_and_log_group(well: Account, run: Run) -> None:
    well.bridge.targets["log"] = [{"Id": "1", "Arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}]
    assert state_of(run("status").out, "Last event") == "note"
    ran = run("status", "--stack", "Events")
    assert ran.code == 0, ran.out
    assert [state_of(ran.out, part) for part in ("Dead letters", "Last event")] == ["ok", "ok"]


def test_the_last_event_is_found_however_old_and_whatever_it_is(well: Account, run: Run) -> None:
    well.logs.groups[GROUP] = []
    well.logs.add(GROUP, json.dumps(EVENT), ago=3 * 24 * 3600)
    assert "trace=trace-of-it" in run("status", "--log-group", GROUP).out
    well.logs.add(GROUP, "secret stuff", ago=5)
    assert "a line that is not a SaaSus event" in run("status").out


def test_a_log_group_that_is_not_there_is_unknown(well: Account, run: Run) -> None:
    ran = run("status", "--log-group", "/aws/events/gone")
    assert state_of(ran.out, "Last event") == "unknown"
    assert "There is no log group '/aws/events/gone'" in ran.out


# ---------------------------------------------------------------------- routes that let little in

QUIET = "/aws/events/Events/Saasus-Failed"


@pytest.mark.parametrize(
    "event_filter",
    [
        EventFilter.all().failed(),
        EventFilter.of(operations.auth.create_tenant),
        EventFilter.of(operations.pricing).succeeded(),
        EventFilter.all().trace_id_prefix("batch-"),
    ],
    ids=repr,
)
def test_an_empty_log_of_a_route_that_leaves_test_events_out_is_no_fault(
    well: Account, run: Run, event_filter: EventFilter
) -> None:
    well.add_log_route("quiet", QUIET, event_filter)
    ran = run("status")
    assert ran.code == 0, ran.out
    assert f"none yet in {QUIET}: its filter leaves out SaaSus's test event" in ran.out
    assert "the rule quiet" in ran.out


@pytest.mark.parametrize("event_filter", [EventFilter.all().succeeded(), EventFilter.of(operations.integration)])
def test_an_empty_log_of_a_route_that_takes_test_events_is_one(
    well: Account, run: Run, event_filter: EventFilter
) -> None:
    well.add_log_route("busy", QUIET, event_filter)
    ran = run("status")
    assert ran.code == 1
    assert next_of(ran.out) == f"saasus-events send-test --wait --log-group {QUIET}"


def test_one_of_two_rules_that_takes_test_events_is_enough(well: Account, run: Run) -> None:
    well.add_log_route("quiet", QUIET, EventFilter.all().failed())
    well.add_log_route("busy", QUIET, EventFilter.all())
    assert run("status").code == 1
    well.bridge.rules[-1]["State"] = "DISABLED"
    assert run("status").code == 0, "a rule that is off lets nothing in"


def test_a_log_group_that_rules_send_to_and_is_not_there_is_wrong(well: Account, run: Run) -> None:
    well.add_log_route("lost", QUIET, EventFilter.all())
    del well.logs.groups[QUIET]
    ran = run("status")
    assert ran.code == 1
    assert "deploy the stack of the rule lost again" in next_of(ran.out)


def test_an_archives_own_rule_is_no_route(well: Account, run: Run) -> None:
    well.bridge.rules.append({"Name": "Events-Archive-a", "State": "ENABLED", "ManagedBy": "aws", "EventPattern": "{}"})
    ran = run("status")
    assert ran.code == 0, ran.out
    assert "1, 1 enabled, 1 target;" in ran.out
    del well.bridge.rules[0]
    assert "none: events reach the bus and go nowhere" in run("status").out


# ---------------------------------------------------------------------- stacks


def test_a_stack_that_is_not_there_is_said_once_and_the_rest_is_shown(well: Account, run: Run) -> None:
    ran = run("status", "--stack", "Event")
    assert ran.code == 1
    assert state_of(ran.out, "Stack") == "WRONG"
    assert ran.out.count("There is no stack 'Event'") == 1
    assert "Did you mean 'Events'?" in ran.out
    assert "Gone" not in ran.out
    assert [state_of(ran.out, part) for part in ("Rules", "Dead letters", "Last event")] == ["ok", "ok", "ok"]
    assert next_of(ran.out).startswith("correct --stack Event")


def test_several_stacks_are_all_looked_at(well: Account, run: Run) -> None:
    well.add_log_route("quiet", QUIET, EventFilter.all().failed())
    well.stacks.resources["More"] = [
        ("Failed", "AWS::Logs::LogGroup", QUIET),
        ("DeadLetterQueue", "AWS::SQS::Queue", "https://sqs.us-east-1.amazonaws.com/111122223333/more-letters"),
        ("DeadLetterQueue2", "AWS::SQS::Queue", "https://sqs.us-east-1.amazonaws.com/111122223333/other-letters"),
    ]
    ran = run("status", "--stack", "Events", "--stack", "More")
    assert ran.code == 0, ran.out
    for what in (GROUP, QUIET, "dead-letters", "more-letters", "other-letters"):
        assert ran.out.count(f" {what}") == 1, (what, ran.out)
    only = run("status", "--stack", "More").out
    assert GROUP not in only
    assert "dead-letters" not in only


def test_the_dead_letters_of_an_ordered_queue_are_counted_and_sqs_moves_them_back(well: Account, run: Run) -> None:
    name = "Events-PerTenantDeadLetterQueue.fifo"
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}"
    well.sqs.attributes["QueueArn"] = arn
    well.stacks.resources["Ordered"] = [
        ("PerTenantQueue", "AWS::SQS::Queue", f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/Events-PerTenant.fifo"),
        ("PerTenantDeadLetterQueue", "AWS::SQS::Queue", url),
    ]
    ran = run("status", "--stack", "Ordered")
    assert f"none in {name}" in ran.out
    assert "Events-PerTenant.fifo" not in ran.out

    well.sqs.put("{}")
    ran = run("status", "--stack", "Ordered")
    assert ran.code == 1
    assert f"1 in {name}" in ran.out
    assert next_of(ran.out).endswith(f"aws sqs start-message-move-task --source-arn {arn}")


def test_a_queue_that_stacks_know_by_url_and_by_arn_is_looked_at_once(well: Account, run: Run) -> None:
    well.stacks.resources["Other"] = [("Log", "AWS::Logs::LogGroup", GROUP)]
    well.stacks.outputs["Other"] = {"DeadLetterQueue": "arn:aws:sqs:us-east-1:111122223333:dead-letters"}
    ran = run("status", "--stack", "Events", "--stack", "Other")
    assert ran.code == 0, ran.out
    assert ran.out.count("Dead letters") == 1


def test_nothing_stands_there_twice(well: Account, run: Run) -> None:
    """A queue is known by its ARN in rules and by its URL in stacks; a group by several rules."""
    well.add_log_route("again", GROUP, EventFilter.all().failed())
    for arguments in ([], ["--stack", "Events"], ["--stack", "Events", "--stack", "Events"]):
        lines = run("status", *arguments).out.splitlines()
        parts = [line.split("  ")[0:2] for line in lines if line.startswith(("ok", "note", "WRONG", "unknown"))]
        assert len([part for part in parts if "Dead letters" in part[1]]) <= 1
        shown = [line for line in lines if line]
        assert len(shown) == len(set(shown))


# ---------------------------------------------------------------------- words for one's own app


@pytest.mark.parametrize("change", [pending, no_rules])
def test_the_next_step_is_in_the_words_of_the_users_own_app(
    well: Account, run: Run, change: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change(well)
    monkeypatch.chdir(tmp_path)
    own = next_of(run("status").out)
    assert "saasus:eventSourceName" not in own
    assert "SaasusEventBus" in own
    assert own.endswith("then cdk deploy")
    (tmp_path / "cdk.json").write_text("{}", "utf-8")
    (tmp_path / "app.py").write_text("print('mine')", "utf-8")
    assert next_of(run("status").out) == own
    (tmp_path / "app.py").write_text('app.node.try_get_context("saasus:eventSourceName")', "utf-8")
    assert next_of(run("status").out) == f"cdk deploy -c saasus:eventSourceName={SOURCE}"
