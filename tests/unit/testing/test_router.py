"""The router: which rules of a template fire for an event, and what their targets get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import EventFilter
from constructs_lib import operations as op
from constructs_lib.events.errors import InvalidEvent, InvalidPattern
from constructs_lib.testing import InvalidTemplate, Router, UnknownBus, sample_event

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
OTHER = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"


def rule(pattern: Any = None, *targets: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": pattern or EventFilter.all().to_pattern(),
            "State": "ENABLED",
            "Targets": [{"Id": "Target0", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}, *targets],
            **properties,
        },
    }


def template(**rules: Any) -> dict[str, Any]:
    return {
        "Resources": {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": SOURCE, "EventSourceName": SOURCE}},
            "Queue": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Events/Jobs/Resource"}},
            "Api": {
                "Type": "AWS::Events::ApiDestination",
                "Properties": {"HttpMethod": "PUT", "InvocationEndpoint": "https://example.com/*/of/*?a=1"},
            },
            **rules,
        }
    }


def fired(router: Router, event: Any, **options: Any) -> list[str]:
    return [firing.rule.logical_id for firing in router.firings(event, **options)]


CREATED = sample_event(op.auth.create_tenant, source=SOURCE)


def test_the_rules_that_match_fire_and_the_others_say_why_not() -> None:
    created = rule(EventFilter.of(op.auth.create_tenant).failed().to_pattern())
    router = Router.from_template(template(All=rule(), Created=created))
    [firing] = router.firings(CREATED)
    assert firing.rule.logical_id == "All"
    [delivery] = firing.targets
    assert delivery.payload.body == CREATED
    assert (delivery.target.type, delivery.target.construct_path) == ("AWS::SQS::Queue", "Events/Jobs")
    assert str(firing) == "All -> Events/Jobs"
    [_, explained] = router.explain(CREATED)
    assert not explained.fires
    assert explained.reasons == (
        (
            "detail.event: none of: http_status should start with '4', the event has '201'; "
            "http_status should start with '5', the event has '201'"
        ),
    )


def test_json_text_is_an_event_too() -> None:
    assert fired(Router.from_template(template(All=rule())), json.dumps(CREATED)) == ["All"]


def test_a_disabled_rule_and_a_schedule_do_not_fire() -> None:
    schedule = {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}}
    router = Router.from_template(template(Off=rule(State="DISABLED"), Daily=schedule))
    assert fired(router, CREATED) == []
    assert [explained.reasons for explained in router.explain(CREATED)] == [
        ("it is disabled",),
        ("it is a schedule: it has no event pattern",),
    ]


def test_a_partner_bus_gets_the_events_of_its_own_source_only() -> None:
    router = Router.from_template(template(All=rule()))
    assert router.partner_sources == (SOURCE,)
    other = sample_event(op.auth.create_tenant, source=OTHER)
    assert fired(router, other) == []
    assert OTHER in router.explain(other)[0].reasons[0]
    assert fired(router, other, any_source=True) == ["All"]


def test_a_bus_whose_name_only_the_deployment_knows_gets_any_source() -> None:
    content = template(All=rule(EventBusName={"Fn::GetAtt": ["Integration", "EventSourceName"]}))
    router = Router.from_template(content)
    assert router.partner_sources == ()
    assert fired(router, sample_event(op.auth.create_tenant, source=OTHER)) == ["All"]


def test_one_bus_can_be_asked_for() -> None:
    router = Router.from_template(template(All=rule(), Default=rule(EventBusName="default")))
    assert fired(router, CREATED) == ["All", "Default"]
    assert fired(router, CREATED, bus="default") == ["Default"]
    with pytest.raises(UnknownBus, match="Did you mean 'default'"):
        router.firings(CREATED, bus="defualt")


def test_http_parameters_are_filled_in_from_the_original_event() -> None:
    target = {
        "Id": "Api",
        "Arn": {"Fn::GetAtt": ["Api", "Arn"]},
        "Input": "{}",
        "HttpParameters": {
            "PathParameterValues": ["fixed", "$.detail.event_type"],
            "HeaderParameters": {"x-trace": "$.detail.trace_id", "x-fixed": "1", "x-list": "$.resources"},
            "QueryStringParameters": {"at": "$.time", "gone": "$.detail.gone"},
        },
    }
    event = CREATED | {"resources": ["a", "b"]}
    [firing] = Router.from_template(template(All=rule(None, target))).firings(event)
    http = firing.targets[1].http
    assert http is not None
    assert (http.method, http.url) == (
        "PUT",
        "https://example.com/fixed/of/create_tenant?a=1&at=2026-05-19T02%3A22%3A58Z&gone=",
    )
    assert http.headers == (("x-trace", CREATED["detail"]["trace_id"]), ("x-fixed", "1"), ("x-list", "[a,b]"))
    assert len(firing.targets[1].problems) == 1
    assert firing.targets[0].http is None


def test_names_and_arns_reach_the_template() -> None:
    transformer = {"InputTemplate": '{"rule": <aws.events.rule-name>, "arn": <aws.events.rule-arn>}'}
    target = {"Id": "1", "Arn": "arn:aws:sqs:ap-northeast-1:111122223333:q", "InputTransformer": transformer}
    content = template(All=rule(None, target, Name="everything"))
    router = Router.from_template(content, account="111122223333", region="ap-northeast-1")
    [firing] = router.firings(CREATED)
    assert firing.targets[1].payload.body == {
        "rule": "everything",
        "arn": f"arn:aws:events:ap-northeast-1:111122223333:rule/{SOURCE}/everything",
    }
    assert firing.targets[1].target.type == "AWS::SQS::Queue"


def test_parameters_name_the_bus() -> None:
    content = template(All=rule(EventBusName={"Ref": "BusName"}))
    content["Parameters"] = {"BusName": {"Type": "String"}}
    assert Router.from_template(content, parameters={"BusName": OTHER}).partner_sources == (OTHER,)


def test_a_bus_given_by_its_arn_is_the_bus_of_that_name() -> None:
    content = template(All=rule(EventBusName=f"arn:aws:events:ap-northeast-1:111122223333:event-bus/{SOURCE}"))
    assert Router.from_template(content).rules[0].bus == SOURCE


def test_the_stack_s_own_account_is_the_event_s() -> None:
    pattern = {"account": [{"Ref": "AWS::AccountId"}]}
    assert fired(Router.from_template(template(All=rule(pattern))), CREATED) == ["All"]


def test_reasons_hold_no_secrets() -> None:
    event = json.loads((Path(__file__).parents[2] / "fixtures/events/create_saas_user.json").read_text("utf-8"))
    text = {"event": [{"wildcard": '*"api_key":"x*'}, {"wildcard": '*"password\\\\":\\\\"y*'}, {"prefix": "z"}]}
    patterns = [
        {"detail": text},
        {"detail": {"event": text["event"][:1]}},
        {"detail": {"event": text["event"][1:2]}},
        {"detail": {"event": {"api_key": ["x"]}}},
    ]
    router = Router.from_template(template(**{f"Rule{n}": rule(pattern) for n, pattern in enumerate(patterns)}))
    documented = json.loads(
        (Path(__file__).parents[2] / "fixtures/events/create_saas_user.2023-docs-object-form.json").read_text("utf-8")
    )
    said = " ".join(str(explained) for sent in (event, documented) for explained in router.explain(sent))
    assert "sample_api_key_sample" not in said
    assert "xxxxx" not in said
    assert "AmazonEventBridgeTest" not in said


def test_readable_reasons() -> None:
    patterns = {
        "Names": {"detail": {"event_type": [{"anything-but": ["create_tenant", "x"]}]}},
        "Prefix": {"detail": {"trace_id": [{"prefix": "job-"}]}},
        "Exists": {"detail": {"gone": [{"exists": True}]}},
        "Method": {"detail": {"event": [{"wildcard": '*"uri":"/v1/auth/tenants*"request_method":"DELETE"*'}]}},
    }
    router = Router.from_template(template(**{name: rule(pattern) for name, pattern in patterns.items()}))
    assert {e.rule.logical_id: e.reasons[0] for e in router.explain(CREATED)} == {
        "Names": "detail.event_type: the rule takes anything but 'create_tenant' or 'x', the event has 'create_tenant'",
        "Prefix": f"detail.trace_id: the rule takes what starts with 'job-', the event has "
        f"'{CREATED['detail']['trace_id']}'",
        "Exists": "detail.gone: the rule takes any value, the event has nothing",
        "Method": "detail.event: request_method should be 'DELETE', the event has 'POST'",
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [({}, r"\({}\)"), ({"Resources": []}, "'Resources'"), ({"b": 1, "a": 2}, "object with 'a', 'b'")],
)
def test_what_is_no_template_is_refused(given: dict[str, Any], shown: str) -> None:
    with pytest.raises(InvalidTemplate, match=rf"{shown}.*it has no 'Resources'"):
        Router.from_template(given)


def test_a_folder_that_is_no_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTemplate, match="cdk synth"):
        Router.from_assembly(tmp_path)
    (tmp_path / "t.json").write_text("{", "utf-8")
    with pytest.raises(InvalidTemplate, match="not JSON"):
        Router.from_template(tmp_path / "t.json")


def test_a_bad_pattern_is_named_with_its_rule() -> None:
    with pytest.raises(InvalidPattern, match=r"Bad: source"):
        Router.from_template(template(Bad=rule({"source": "x"})))


@pytest.mark.parametrize("event", ["[", "[]"])
def test_what_is_no_event_is_refused(event: str) -> None:
    with pytest.raises(InvalidEvent):
        Router.from_template(template(All=rule())).firings(event)
