"""`saasus-events explain` on SaaSus's documented events against the reference app; and the router on larger apps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, NestedStack, Stack, Stage
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, SaasusEventBus
from constructs_lib import operations as op
from constructs_lib.cli import main
from constructs_lib.testing import Router, sample_event
from tests.synth.apps import SOURCE
from tests.synth.test_reference_app import synthesize

EVENTS = Path(__file__).parents[1] / "fixtures" / "events"
EVERYTHING = "SaasusEvents/Saasus/Everything/Rule"
TENANT_CREATED = "SaasusEvents/Saasus/TenantCreated/Rule"
USER_DELETED = "SaasusEvents/Saasus/UserDeleted/Rule"
USER_DELETED_2 = "SaasusEvents/Saasus/UserDeleted/Rule2"


@pytest.fixture(scope="module")
def app_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Synthesize the reference app for an event source, once for each."""
    folders: dict[str, str] = {}

    def folder(source: str) -> str:
        if source not in folders:
            made = tmp_path_factory.mktemp("cdk.out")
            done = synthesize(made, **{"saasus:eventSourceName": source})
            assert done.returncode == 0, done.stderr
            folders[source] = str(made)
        return folders[source]

    return folder


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["explain", *arguments, "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {rule["rule"]: rule for rule in printed["rules"]}


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("create_tenant", "/v1/auth/tenants"),
        ("create_saas_user", "/v1/auth/users"),
        ("create_eventbridge_test_event", "/v1/integration/eventbridge/test-event"),
    ],
)
def test_a_documented_event_is_explained(name: str, uri: str, app_of: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = EVENTS / f"{name}.json"
    event = json.loads(path.read_text())
    rules = explain(capsys, str(path), "--app", app_of(event["source"]), "--raw")
    reasons = {
        EVERYTHING: [],
        TENANT_CREATED: [f"detail.event_type: the rule takes 'create_tenant', the event has '{name}'"],
        USER_DELETED: [f"detail.event_type: the rule takes 'delete_saas_user', the event has '{name}'"],
        USER_DELETED_2: [f"detail.event: uri should start with '/v1/auth/users/', the event has '{uri}'"],
    }
    if name == "create_tenant":
        reasons[TENANT_CREATED] = []
        [function] = rules[TENANT_CREATED]["targets"]
        assert (function["type"], function["construct_path"]) == ("AWS::Lambda::Function", "SaasusEvents/OnboardTenant")
        assert function["payload"] == event
    assert {rule: said["reasons"] for rule, said in rules.items()} == reasons
    assert all(said["fires"] == (not said["reasons"]) for said in rules.values())
    [log] = rules[EVERYTHING]["targets"]
    assert (log["type"], log["payload"], log["problems"]) == ("AWS::Logs::LogGroup", event, [])


def test_an_event_of_another_source_fires_nothing_and_says_so(app_of: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = EVENTS / "create_tenant.json"
    rules = explain(capsys, str(event), "--app", app_of(SOURCE))
    assert not any(rule["fires"] for rule in rules.values())
    assert f"its bus gets only the events of '{SOURCE}'" in rules[TENANT_CREATED]["reasons"][0]
    assert explain(capsys, str(event), "--app", app_of(SOURCE), "--any-source")[TENANT_CREATED]["fires"]


@pytest.mark.parametrize(
    ("event_type", "rule"), [("delete_saas_user", USER_DELETED), ("DeleteSaasUser", USER_DELETED_2)]
)
def test_a_deleted_user_is_told_to_the_api_without_the_event_s_secrets(
    event_type: str, rule: str, app_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = sample_event(op.auth.delete_saas_user, event_type=event_type, source=SOURCE)
    (tmp_path / "event.json").write_text(json.dumps(event))
    rules = explain(capsys, str(tmp_path / "event.json"), "--app", app_of(SOURCE))
    assert {rule for rule, said in rules.items() if said["fires"]} == {EVERYTHING, rule}
    [call] = rules[rule]["targets"]
    assert call["http"] == {"method": "POST", "url": "https://crm.example.com/hooks", "headers": {}}
    assert call["payload"] == {
        "id": event["id"],
        "time": event["time"],
        "event_type": event_type,
        "trace_id": event["detail"]["trace_id"],
    }


@pytest.mark.parametrize("references", ["strong", "weak"])
def test_the_buses_of_other_stacks_nested_stacks_and_stages_are_found(references: str, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context={"@aws-cdk/core:defaultCrossStackReferences": references})
    environment = Environment(account="111122223333", region="ap-northeast-1")
    first = Stack(app, "First", env=environment)
    bus = SaasusEventBus(first, "Saasus", event_source_name=SOURCE)
    bus.log("Everything")
    second = Stack(app, "Second", env=environment)
    SaasusEventBus.from_event_bus(second, "Saasus", bus.event_bus).route(
        "Route", EventFilter.of(op.auth.create_tenant), targets.SqsQueue(sqs.Queue(second, "Queue"))
    )
    nested = NestedStack(first, "Nested")
    _rule(nested, "Rule", bus.event_bus)
    inner_bus = events.EventBus(nested, "InnerBus", event_bus_name="inner")
    _rule(first, "OnInnerBus", inner_bus)
    stage = Stage(app, "Stage", env=environment)
    _rule(Stack(stage, "Third"), "Rule", None)
    router = Router.from_assembly(app.synth().directory)
    assert {rule.construct_path: rule.bus for rule in router.rules} == {
        "First/Saasus/Everything/Rule": SOURCE,
        "First/Nested/Rule": SOURCE,
        "First/OnInnerBus": "inner",
        "Second/Saasus/Route/Rule": SOURCE,
        "Stage/Third/Rule": "default",
    }
    event = sample_event(op.auth.create_tenant, source=SOURCE)
    assert {firing.rule.construct_path for firing in router.firings(event, bus=SOURCE)} == {
        "First/Saasus/Everything/Rule",
        "First/Nested/Rule",
        "Second/Saasus/Route/Rule",
    }
    paths = {target.construct_path for rule in router.rules for target in rule.targets}
    assert {"First/Nested/Queue", "Second/Queue", "Stage/Third/Queue"} <= paths


def _rule(stack: Stack, id: str, bus: events.IEventBus | None) -> None:
    queue = stack.node.try_find_child("Queue") or sqs.Queue(stack, "Queue")
    assert isinstance(queue, sqs.Queue)
    pattern = events.EventPattern(source=events.Match.prefix("aws.partner/"))
    events.Rule(stack, id, event_bus=bus, event_pattern=pattern, targets=[targets.SqsQueue(queue)])


@pytest.fixture(scope="module")
def decoded_app() -> str:
    app = App()
    bus = SaasusEventBus(Stack(app, "Events"), "Saasus", event_source_name=SOURCE)
    decoded = bus.decoded("Decoded", event_filter=EventFilter.of(op.auth))
    decoded.log("Failed", EventFilter.all().failed().request(name="x"))
    return app.synth().directory


def test_an_event_is_followed_to_the_decoded_bus(decoded_app: str) -> None:
    router = Router.from_assembly(decoded_app)
    event = sample_event(op.auth.create_tenant, status=404, request={"name": "x"}, source=SOURCE)
    decoded = sample_event(op.auth.create_tenant, status=404, request={"name": "x"}, source=SOURCE, decoded=True)
    feed, log = "Events/Saasus/Decoded/Decoder/Events/Rule", "Events/Saasus/Decoded/Failed/Rule"

    fired = {firing.rule.construct_path: firing for firing in router.firings(event)}
    assert set(fired) == {feed, log}
    assert fired[feed].targets[0].payload.body == event
    assert fired[log].targets[0].payload.body == decoded
    assert fired[feed].rule.decodes_to == fired[log].rule.bus
    assert [firing.rule.construct_path for firing in router.firings(decoded)] == [log]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (
            sample_event(op.auth.create_tenant, request={"name": "x"}, source=SOURCE),
            "detail.status: the rule takes a number from 400 to 599, the event has 201",
        ),
        (
            sample_event(op.auth.create_tenant, status=404, request={"name": "Jo"}, source=SOURCE),
            "detail.request.name: the rule takes 'x', the event has another value",
        ),
        (
            sample_event(op.pricing.delete_pricing_plan, status=404, source=SOURCE),
            "its bus has only what the decoder gets, and Events/Saasus/Decoded/Decoder/Events/Rule does not fire",
        ),
        (
            {
                **sample_event(op.auth.create_tenant, source=SOURCE),
                "detail": {"event_type": "create_tenant", "event": '{"uri":"/v1/auth/te'},
            },
            "the decoder cannot decode the event, so it goes to the dead-letter queue: 'detail.event' begins as a JSON",
        ),
    ],
)
def test_why_a_rule_of_the_decoded_bus_does_not_fire(decoded_app: str, event: dict[str, Any], reason: str) -> None:
    [explained] = [each for each in Router.from_assembly(decoded_app).explain(event) if "Failed" in str(each.rule)]

    assert not explained.fires
    assert reason in "; ".join(explained.reasons)


def test_the_command_shows_what_the_decoded_bus_delivers(
    decoded_app: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"name": "x", "email": "jo@example.com"}
    event = sample_event(op.auth.create_tenant, status=404, request=body, source=SOURCE)
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")

    assert main(["explain", str(tmp_path / "event.json"), "--app", decoded_app]) == 0
    shown = capsys.readouterr().out
    assert "2 of 2 rules" in shown
    assert "receives the whole event, decoded" in shown
    assert main(["explain", str(tmp_path / "event.json"), "--app", decoded_app, "--json"]) == 0
    text = capsys.readouterr().out
    [target] = json.loads(text)["rules"][1]["targets"]
    assert target["payload"]["detail"]["status"] == 404
    assert target["payload"]["detail"]["request"] == {
        "attributes": {},
        "back_office_staff_email": "[redacted]",
        "email": "[redacted]",
        "name": "x",
    }
    assert "jo@example.com" not in text
