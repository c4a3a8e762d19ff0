"""On decoded events a filter means exactly what it says, held against what the event itself says.

All 120 operations against the events of all, of retired ones, of GETs and of unknown paths: 0 wrong.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from constructs_lib.events.decoded_event import decode
from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.operation import Operation
from constructs_lib.events.operations import operations
from constructs_lib.events.operations import operations as op
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.filters import matches, meaning
from constructs_lib.filters.conditions import (
    BodyCondition,
    Condition,
    CustomCondition,
    EventTypeCondition,
    IdentityCondition,
    OperationCondition,
    RouteCondition,
    StatusCondition,
    TraceIdCondition,
)
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.filters.limits import PATTERN_CHARACTERS, pattern_size
from constructs_lib.filters.ruler.complexity import wildcard_complexity
from constructs_lib.filters.ruler.matcher import Matcher
from constructs_lib.filters.ruler.rule_set import RuleSet
from constructs_lib.testing import sample_event, variants
from constructs_lib.testing.event_variants import UNKNOWN_EVENT_TYPE
from tests.unit.filters.strategies import OTHER, TENANT, filters

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW_PATHS = (
    "/v1/auth/tenants/{0}/a-new-thing",
    "/v1/auth/a-new-thing/{0}",
    "/v1/new/things",
    "/v1/auth",
    "/v2/auth/tenants",
    "v1/auth/tenants",
    "x/v1/auth/tenants",
    "//v1/auth/tenants",
    "/v1/pricing/plans/used/used",
    "",
)


def changed(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an event with other fields in the text of the call."""
    record = {**json.loads(event["detail"]["event"]), **fields}
    return {**event, "detail": {**event["detail"], "event": json.dumps(record)}}


def calls(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield events of an operation, and of calls that only look like its own."""
    about = {name: TENANT for name in operation.path_params if name in ("tenant_id", "user_id")}
    event = sample_event(operation, path_params=about, response={"id": TENANT}, trace_id="a-1")
    uri = json.loads(event["detail"]["event"])["uri"]
    yield event
    yield sample_event(operation, status=404, trace_id="b")
    yield sample_event(operation, event_type=UNKNOWN_EVENT_TYPE, trace_id="")
    yield changed(event, uri=f"{uri}?a=/v1/auth/tenants&b=1", http_status="302")
    yield changed(event, uri=f"{uri}/")
    yield changed(event, uri=f"{uri}/more")
    yield changed(event, uri=uri.replace("/v1/", "/v1//"))
    yield changed(event, request_method="GET")
    yield changed(event, request_method=operation.method.lower())
    if operation.path_params:
        yield changed(event, uri=re.sub(r"{\w+}", "", operation.path))
        yield changed(event, uri=re.sub(r"{\w+}", "used", operation.path))


EVENTS = [event for operation in [*operations, *operations.retired] for event in calls(operation)]
EVENTS += [
    changed(sample_event(op.auth.create_tenant, event_type=name), uri=path.format(TENANT), request_method=method)
    for path in NEW_PATHS
    for method in ("POST", "PUT", "DELETE", "")
    for name in ("create_tenant", UNKNOWN_EVENT_TYPE)
]
EVENTS += [
    {**sample_event(op.auth.create_tenant, event_type="paid"), "detail-type": detail_type, "detail": detail}
    for detail_type in ("orders", "api_call")
    for detail in ({"event_type": "paid", "event": "Order 7"}, {"event_type": "paid", "event": "", "trace_id": "a-2"})
]
SAID = [(event, decode(event), SaasusEvent.from_dict(event)) for event in EVENTS]


def is_meant(event_filter: EventFilter, event: dict[str, Any], said: SaasusEvent) -> bool:
    """Check whether an event is what a filter asks for, by what the event says of itself."""
    return any(
        all(_is_met(condition, alternative.conditions, event, said) for condition in alternative.conditions)
        for alternative in event_filter.alternatives
    )


def _is_met(condition: Condition, others: tuple[Condition, ...], event: dict[str, Any], said: SaasusEvent) -> bool:
    path = said.uri.partition("?")[0]
    if isinstance(condition, OperationCondition):
        is_call = path.startswith("/") and bool(said.method)
        return any(
            is_call and said.operation == target
            if isinstance(target, Operation)
            else path.startswith(target.path_prefix)
            for target in condition.targets
        )
    if isinstance(condition, RouteCondition):
        return _is_of_route(condition, path, said)
    if isinstance(condition, IdentityCondition):
        templates = [o.path for o in operations] + [c.template for c in others if isinstance(c, RouteCondition)]
        found = (
            {said.tenant_id if condition.parameter == "tenant_id" else said.user_id} if said.method and path else set()
        )
        found |= {m[1] for t in templates if (m := _beginning(t, condition.parameter).match(path))}
        return condition.value in found
    if isinstance(condition, StatusCondition):
        return said.http_status in condition.codes
    if isinstance(condition, BodyCondition):
        body = said.request if condition.side == "request" else said.response
        return all(isinstance(body, dict) and name in body and _equal(body[name], v) for name, v in condition.fields)
    if isinstance(condition, EventTypeCondition):
        return said.event_type in condition.names
    if isinstance(condition, CustomCondition):
        return (event["detail-type"], said.event_type) == (condition.detail_type, condition.event_type)
    assert isinstance(condition, TraceIdCondition)
    given = condition.arguments
    if "trace_id" not in event["detail"]:
        return False
    if condition.call == "trace_id":
        return said.trace_id in given
    return said.trace_id.startswith(given) is (condition.call == "trace_id_prefix")


def _beginning(template: str, parameter: str) -> re.Pattern[str]:
    before, found, _ = template.partition(f"{{{parameter}}}")
    return re.compile(re.sub(r"{\w+}", "[^/]+", before) + "([^/]+)(?:/|$)" if found else "(?!)")


def _is_of_route(condition: RouteCondition, path: str, said: SaasusEvent) -> bool:
    fits = re.fullmatch(re.sub(r"{\w+}", "[^/]+", condition.template), path) and said.method == condition.method
    operation = said.operation if path else None
    return bool(fits) and (operation is None or _literals(operation.path) >= _literals(condition.template))


def _literals(template: str) -> list[bool]:
    return [segment.startswith("{") for segment in template.split("/")]


def _equal(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def disagreements(event_filter: EventFilter) -> list[str]:
    """Return the events about which a filter's patterns, all and each, say something else than the event itself."""
    try:
        patterns = event_filter.to_decoded_patterns()
    except InvalidFilter:
        patterns = ()
    parts = [Matcher(pattern) for pattern in patterns]
    may_be_two = len(event_filter.alternatives) > 1  # filters of any_of that overlap, and do not fit one pattern
    wrong = []
    for event, decoded, said in SAID:
        expected = is_meant(event_filter, event, said)
        taken = [part.matches(decoded) for part in parts]
        if (
            event_filter.matches(decoded) is not expected
            or meaning.is_meant(event_filter.conditions, said) is not expected
            or meaning.is_meant(event_filter.conditions, SaasusEvent.from_dict(decoded)) is not expected
            or any(taken) is not expected
            or (sum(taken) > 1 and not may_be_two)
        ):
            wrong.append(f"{said.event_type} {said.method} {said.uri} {said.http_status}: {taken}, not {expected}")
    return wrong


def test_of_all_pairs_only_the_operation_itself_matches() -> None:
    for operation in operations:
        event_filter = EventFilter.of(operation)
        taken = [said for _, decoded, said in SAID if event_filter.matches(decoded)]
        expected = [said for _, _, said in SAID if said.operation is operation and said.uri and said.method]
        assert taken == expected, operation
        assert len(taken) > 3


@settings(max_examples=25, deadline=None)
@given(filters())
def test_every_filter_means_what_it_says(event_filter: EventFilter) -> None:
    assert disagreements(event_filter) == []


@pytest.mark.parametrize(
    "event_filter",
    [
        EventFilter.all(),
        EventFilter.of(*operations),
        EventFilter.of(*operations.groups),
        EventFilter.of(op.auth, op.auth.create_tenant).failed(),
        EventFilter.of(op.pricing.update_pricing_plan),
        EventFilter.of(op.pricing.update_pricing_plans_used),
        EventFilter.all().route("PATCH", "/v1/pricing/plans/{id}"),
        EventFilter.all().route("PATCH", "/v1/pricing/plans/used"),
        EventFilter.all().route("POST", "/v1/auth/{anything}"),
        EventFilter.all().route("DELETE", "/v1/{a}/{b}/{c}"),
        EventFilter.all().route("GET", "/v1/auth/tenants/{tenant_id}").tenant(TENANT),
        EventFilter.all().route("DELETE", "/v1/auth/a-new-thing/{tenant_id}").tenant(TENANT),
        EventFilter.all().tenant(TENANT),
        EventFilter.all().user(TENANT).succeeded(),
        EventFilter.all().custom("orders", "paid"),
        EventFilter.all().custom("api_call", "paid").trace_id_prefix("a-"),
        EventFilter.all().status(*range(100, 600)),
        EventFilter.all().status(201, 202, 203, 204, 302, 404),
        EventFilter.any_of(
            EventFilter.all().event_type("a", UNKNOWN_EVENT_TYPE).status(200, 201),
            EventFilter.all().event_type(UNKNOWN_EVENT_TYPE, "create_tenant").status(201, 404),
        ),
        EventFilter.any_of(EventFilter.of(op.auth), EventFilter.all().failed(), EventFilter.of(*operations)),
    ],
    ids=lambda event_filter: repr(event_filter)[:80],
)
def test_special_filters_mean_what_they_say(event_filter: EventFilter) -> None:
    assert disagreements(event_filter) == []


@settings(max_examples=40, deadline=None)
@given(filters())
def test_patterns_are_valid_and_within_the_limits(event_filter: EventFilter) -> None:
    try:
        patterns = event_filter.to_decoded_patterns()
    except InvalidFilter as error:
        assert "matches no decoded event" in str(error)  # noqa: PT017 - the other outcome is the usual one
        return
    for pattern in patterns:
        assert pattern_size(pattern) <= PATTERN_CHARACTERS
        assert wildcard_complexity(pattern) == 0
        assert "wildcard" not in json.dumps(pattern)
        assert all(kept for kept in Matcher(json.dumps(pattern)).alternatives)


def test_every_variant_is_taken_and_by_nobody_else() -> None:
    rules = RuleSet({str(operation): EventFilter.of(operation).to_decoded_pattern() for operation in operations})
    for operation in operations:
        for variant in variants(operation):
            assert rules.matching(decode(variant.event)) == (str(operation),), variant.name


def test_raw_and_decoded_filters_agree_on_the_events_of_one_operation() -> None:
    for operation in operations:
        for event_filter in (EventFilter.of(operation), EventFilter.of(operation).succeeded(), EventFilter.of(op.auth)):
            for event in (sample_event(operation), sample_event(operation, status=404)):
                assert event_filter.matches(event) is event_filter.matches(decode(event))


BODIES = [
    {"name": value}
    for value in (
        "x",
        "",
        "X",
        "x\n",
        'x"',
        "日本",
        "*",
        True,
        False,
        None,
        0,
        1,
        1.0,
        1.5,
        10,
        -1,
        1e20,
        "1",
        "10.0.0.1",
    )
]


@pytest.mark.parametrize("side", ["request", "response"])
def test_body_fields_are_compared_exactly(side: str) -> None:
    events = [
        decode(changed(sample_event(op.auth.create_tenant), **{f"{side}_body": json.dumps(body)}))
        for body in [*BODIES, {}, {"other": {"name": "x"}}, [1], "x", {"names": "x"}]
    ]
    for body in BODIES:
        ask = EventFilter.all().request if side == "request" else EventFilter.all().response
        taken = [event["detail"].get(side) for event in events if ask(**body).matches(event)]
        expected = [other for other in BODIES if _equal(other["name"], body["name"])]
        assert taken == expected


def test_an_element_of_a_list_counts_as_in_every_pattern() -> None:
    decoded = decode(changed(sample_event(op.auth.create_tenant), request_body='{"name":["x","y"]}'))

    assert EventFilter.all().request(name="y").matches(decoded)


@pytest.mark.parametrize(
    ("event_filter", "words"),
    [
        (EventFilter.of(op.auth.create_saas_user).request(password="x"), ".request(password=…) asks for a secret"),
        (EventFilter.of(op.auth.sign_in).response(session="x"), ".response(session=…) asks for a secret"),
        (EventFilter.all().request(accessToken="x"), ".request(accessToken=…) asks for a secret"),
        (EventFilter.all().request(**{"a.b": 1}), "cannot name"),
        (EventFilter.all().response(**{"$or": 1}), "cannot name"),
        (
            EventFilter.of(op.pricing.update_pricing_plan).route("PATCH", "/v1/pricing/plans/used"),
            "matches no decoded event",
        ),
    ],
)
def test_what_no_decoded_event_can_match_is_refused(event_filter: EventFilter, words: str) -> None:
    for make in (event_filter.to_decoded_pattern, event_filter.to_decoded_patterns):
        with pytest.raises(InvalidFilter, match=re.escape(words)):
            make()
    assert not event_filter.matches(decode(sample_event(op.auth.create_saas_user)))


def test_long_lists_are_split_into_patterns_that_fit() -> None:
    names = [f"a_long_event_type_number_{number}" for number in range(200)]
    event_filter = EventFilter.all().event_type(*names)
    patterns = event_filter.to_decoded_patterns()

    assert 2 < len(patterns) < 8
    assert all(pattern_size(pattern) <= PATTERN_CHARACTERS for pattern in patterns)
    for name in names:
        event = decode(sample_event(op.auth.create_tenant, event_type=name))
        assert sum(matches(pattern, event) for pattern in patterns) == 1


def test_the_pattern_reads_like_the_event() -> None:
    assert EventFilter.of(op.auth.delete_tenant).succeeded().to_decoded_patterns() == (
        {
            "source": ["saasus.auth"],
            "detail": {
                "method": ["DELETE"],
                "path": {
                    "0": ["v1"],
                    "1": ["auth"],
                    "2": ["tenants"],
                    "3": [{"anything-but": [""]}],
                    "4": [{"exists": False}],
                },
                "status": [{"numeric": [">=", 200, "<=", 299]}],
            },
        },
    )


def test_json_text_is_taken_as_well_as_a_dict() -> None:
    decoded = decode(sample_event(op.auth.create_tenant))

    assert EventFilter.of(op.auth.create_tenant).matches(json.dumps(decoded))
    assert not EventFilter.of(op.auth.delete_tenant).matches(json.dumps(decoded))
    assert OTHER not in json.dumps(EventFilter.all().tenant(TENANT).to_decoded_pattern())
