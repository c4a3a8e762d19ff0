"""The filter as a value: how it is made, shown and compared, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.operations import operations as op
from constructs_lib.filters.event_filter import EventFilter
from tests.unit.filters.strategies import CALLS, OTHER, TENANT, filters, narrowed

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = Path(__file__).parents[2] / "fixtures" / "events"
SOURCE = [{"prefix": "aws.partner/saasus.io"}]
EVERY_CALL = (
    EventFilter.of(op.auth.create_tenant, op.pricing)
    .event_type("create_tenant", "x")
    .route("POST", "/v1/auth/tenants")
    .succeeded()
    .status(200, 201)
    .tenant(TENANT)
    .trace_id("a", "b")
    .trace_id_prefix("a")
    .not_trace_id_prefix("b")
    .request(name="x")
    .response(name="x")
)


def event(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return parsed


@pytest.mark.parametrize(
    "made",
    [
        EventFilter.all(),
        EVERY_CALL,
        EventFilter.all().failed().user("u-1"),
        EventFilter.all().custom("api_call", "create_user").trace_id("t"),
        EventFilter.any_of(EVERY_CALL, EventFilter.all().failed(), EventFilter.of(op.pricing)).trace_id("t"),
        EventFilter.any_of(EventFilter.any_of(EventFilter.of(op.auth)).succeeded()),
    ],
)
def test_repr_is_the_call_that_makes_it(made: EventFilter) -> None:
    again = eval(repr(made), {"EventFilter": EventFilter, "operations": op})  # noqa: S307 - our own repr

    assert again == made
    assert hash(again) == hash(made)
    assert repr(again) == repr(made)


def test_a_filter_never_changes() -> None:
    first = EventFilter.of(op.auth.create_tenant)
    second = first.succeeded()

    assert first != second
    assert first.to_pattern() == EventFilter.of(op.auth.create_tenant).to_pattern()
    with pytest.raises(dataclasses.FrozenInstanceError):
        first._conditions = ()  # type: ignore[misc]


BODIES = st.sampled_from(
    [
        lambda f: f.request(name="a"),
        lambda f: f.request(name="b"),
        lambda f: f.response(id=TENANT),
        lambda f: f.response(id=OTHER),
    ]
)


@given(filters(), st.lists(st.one_of(*CALLS.values(), BODIES), min_size=1, max_size=3))
def test_a_call_is_refused_where_no_event_could_match(made: EventFilter, calls: list[Any]) -> None:
    """Also where the call looks only at what no earlier call is about, and so is not checked against them."""
    for call in calls:
        made = narrowed(made, call) or made

    assert made.conjunctions() != ()


def test_one_and_true_are_two_filters() -> None:
    filters = {EventFilter.all().request(a=value) for value in (1, True, 1.0)}

    assert len({repr(event_filter) for event_filter in filters}) == 3


def test_the_order_of_calls_changes_no_pattern() -> None:
    one = EventFilter.all().tenant(TENANT).event_type("delete_tenant").succeeded()
    other = EventFilter.all().succeeded().event_type("delete_tenant").tenant(TENANT)

    assert one.to_pattern() == other.to_pattern()
    assert one.to_pattern()["detail"] == {
        "event_type": ["delete_tenant"],
        "event": [{"wildcard": f'*"http_status":"2*"uri":"/v1/auth/tenants/{TENANT}*'}],
    }


def test_changing_a_pattern_changes_no_filter() -> None:
    EventFilter.all().to_pattern()["source"][0]["prefix"] = "x"

    assert EventFilter.all().to_pattern() == {"source": SOURCE}


def test_all_is_the_guides_own_pattern() -> None:
    assert EventFilter.all().to_pattern() == {"source": SOURCE}
    assert EventFilter.all().to_patterns() == ({"source": SOURCE},)


@pytest.mark.parametrize(
    ("made", "detail"),
    [
        (EventFilter.of(op.auth.create_tenant), {"event_type": ["create_tenant"]}),
        (
            EventFilter.of(op.auth.create_tenant, op.auth.create_saas_user),
            {"event_type": ["create_saas_user", "create_tenant"]},
        ),
        (EventFilter.all().event_type("b", "a"), {"event_type": ["a", "b"]}),
        (EventFilter.all().trace_id("x"), {"trace_id": ["x"]}),
        (EventFilter.all().trace_id("xa", "b").trace_id_prefix("x"), {"trace_id": ["xa"]}),
        (EventFilter.all().trace_id_prefix("x"), {"trace_id": [{"prefix": "x"}]}),
        (EventFilter.all().not_trace_id_prefix("x"), {"trace_id": [{"anything-but": {"prefix": "x"}}]}),
        (EventFilter.all().succeeded(), {"event": [{"wildcard": '*"http_status":"2*'}]}),
        (EventFilter.all().succeeded().status(201, 404), {"event": [{"wildcard": '*"http_status":"201"*'}]}),
        (
            EventFilter.all().failed(),
            {"event": [{"wildcard": '*"http_status":"4*'}, {"wildcard": '*"http_status":"5*'}]},
        ),
        (EventFilter.of(op.pricing), {"event": [{"wildcard": '*"uri":"/v1/pricing/*'}]}),
        (
            EventFilter.of(op.auth.delete_saas_user),
            {
                "$or": [
                    {"event_type": ["delete_saas_user"]},
                    {
                        "event_type": [{"anything-but": ["delete_saas_user", "unlink_provider"]}],
                        "event": [{"wildcard": '*"uri":"/v1/auth/users/*"request_method":"DELETE"*'}],
                    },
                ]
            },
        ),
        (
            EventFilter.of(op.apigateway.update_tenant),
            {
                "event_type": [{"anything-but": ["update_allowed_ips"]}],
                "event": [{"wildcard": '*"uri":"/v1/apigateway/tenants/*"request_method":"PATCH"*'}],
            },
        ),
        (
            EventFilter.of(op.auth.create_tenant).response(name='a"b*'),
            {
                "event_type": ["create_tenant"],
                "event": [
                    {"wildcard": r'*"response_body":"*\\"name\\":\\"a\\\\\\"b\*\\"*'},
                    {"wildcard": r'*"response_body":"*\\"name\\": \\"a\\\\\\"b\*\\"*'},
                ],
            },
        ),
    ],
)
def test_patterns_are_as_small_as_they_can_be(made: EventFilter, detail: dict[str, Any]) -> None:
    assert made.to_pattern() == {"source": SOURCE, "detail": detail}


def test_custom_asks_for_both_types() -> None:
    assert EventFilter.all().custom("mine", "user_moved").to_pattern() == {
        "source": SOURCE,
        "detail-type": ["mine"],
        "detail": {"event_type": ["user_moved"]},
    }


@pytest.mark.parametrize("name", ["create_tenant", "create_saas_user", "create_eventbridge_test_event"])
def test_the_documented_events_match_their_own_operation_only(name: str) -> None:
    documented = event(name)

    assert [o.name for o in op if EventFilter.of(o).matches(documented)] == [name]
    assert EventFilter.of(op[name]).succeeded().matches(documented)
    assert not EventFilter.of(op[name]).failed().matches(documented)


def test_a_documented_event_is_met_by_all_that_it_has() -> None:
    made = (
        EventFilter.of(op.auth.create_tenant)
        .status(201)
        .request(name="AmazonEventBridgeTest")
        .response(name="AmazonEventBridgeTest", id=TENANT)
        .tenant(TENANT)
        .trace_id_prefix("6aae5af4")
    )

    assert made.matches(event("create_tenant"))
    assert made.matches(json.dumps(event("create_tenant")))
    assert not made.matches(event("create_saas_user"))


@pytest.mark.parametrize("name", ["create_tenant", "create_saas_user"])
def test_the_name_alone_takes_the_object_form_too(name: str) -> None:
    assert EventFilter.of(op[name]).matches(event(f"{name}.2023-docs-object-form"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: EventFilter.of(), "operations.pricing"),  # type: ignore[call-overload]
        (lambda: EventFilter.of(op), "EventFilter.all()"),  # type: ignore[call-overload]
        (lambda: EventFilter.of("creat_tenant"), "'create_tenant'"),  # type: ignore[call-overload]
        (lambda: EventFilter.all().of(op.pricing), "starts a filter"),
        (lambda: EventFilter.of(op.pricing).all(), "EventFilter.of(operations.pricing)"),
        (lambda: EventFilter.any_of(), "EventFilter.all()"),  # type: ignore[call-overload]
        (lambda: EventFilter.any_of([EventFilter.all()]), "one by one"),  # type: ignore[call-overload]
        (lambda: EventFilter.any_of(op.auth.create_tenant), "EventFilter.of(a, b)"),  # type: ignore[call-overload]
        (lambda: EventFilter.all().any_of(EventFilter.all()), "EventFilter.any_of(f, g)"),
        (lambda: EventFilter.any_of(EventFilter.all().succeeded()).failed(), "can never match"),
        (lambda: EventFilter.any_of(EventFilter.all().custom("a", "b"), EventFilter.all()).failed(), "your own text"),
        (lambda: EventFilter.any_of(EventFilter.of(op.auth.create_tenant)).request(nam="x"), "'name'"),
        (lambda: EventFilter.all().event_type(), "event_type('create_tenant')"),
        (lambda: EventFilter.all().event_type(""), "non-empty string"),
        (lambda: EventFilter.all().trace_id(7), "7"),  # type: ignore[arg-type]
        (lambda: EventFilter.all().status(), ".status(201)"),
        (lambda: EventFilter.all().status(99), "from 100 to 599"),
        (lambda: EventFilter.all().status(True), "from 100 to 599"),
        (lambda: EventFilter.all().succeeded().failed(), "can never match"),
        (lambda: EventFilter.all().trace_id_prefix("a").trace_id_prefix("b"), "can never match"),
        (lambda: EventFilter.all().trace_id_prefix("ab").not_trace_id_prefix("a"), "can never match"),
        (lambda: EventFilter.of(op.auth.create_tenant).event_type("x"), "can never match"),
        (lambda: EventFilter.of(op.pricing).route("PUT", "/v1/billing/stripe/info"), "can never match"),
        (lambda: EventFilter.all().route("FETCH", "/v1/auth/users"), "DELETE, GET, PATCH, POST or PUT"),
        (lambda: EventFilter.all().route("POST", "/auth/tenants"), "/v1/auth/tenants"),
        (lambda: EventFilter.all().route("POST", "/v1/auth/tenants?x=1"), "no query string"),
        (lambda: EventFilter.all().tenant('a"b'), "UUIDs"),
        (lambda: EventFilter.of(op.billing.update_stripe_info).tenant(TENANT), "can never match"),
        (lambda: EventFilter.of(op.billing).user("u"), "can never match"),
        (lambda: EventFilter.all().tenant("a").tenant("b"), "can never match"),
        (lambda: EventFilter.of(op.auth.create_tenant).tenant("a").response(id="b"), "can never match"),
        (lambda: EventFilter.any_of(EventFilter.all().request(a=1)).request(a=2), "can never match"),
        (lambda: EventFilter.of(op.auth.create_tenant).request(nam="x"), "'name'"),
        (lambda: EventFilter.of(op.auth.create_tenant).request(name=1), "string"),
        (lambda: EventFilter.of(op.auth.create_tenant).request(attributes="x"), "object"),
        (
            lambda: EventFilter.of(op.auth.delete_tenant).request(name="x"),
            "Expected none, because it has no request body",
        ),
        (lambda: EventFilter.of(op.pricing).request(nonsense=1), "operations.pricing"),
        (lambda: EventFilter.all().request(), "leave the call out"),
        (lambda: EventFilter.all().request(a=[1]), "cannot be compared"),  # type: ignore[arg-type]
        (lambda: EventFilter.all().request(a=float("nan")), "cannot be compared"),
        (lambda: EventFilter.all().request(a=1).request(a=True), "can never match"),
        (lambda: EventFilter.all().custom("a", "b").succeeded(), "your own text"),
        (lambda: EventFilter.all().succeeded().custom("a", "b"), "your own text"),
        (lambda: EventFilter.all().custom("", "b"), "non-empty string"),
    ],
)
def test_refuses_what_can_never_match_and_says_what_to_do(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidFilter) as error:
        call()
    assert words in str(error.value)
    assert "Expected" in str(error.value)


def test_a_longer_prefix_within_an_excluded_one_is_refused_where_eventbridge_cannot_ask_for_both() -> None:
    made = EventFilter.all().trace_id_prefix("a").not_trace_id_prefix("ab")

    with pytest.raises(InvalidFilter, match="cannot ask one field both"):
        made.to_pattern()


def test_not_trace_id_prefix_stops_a_loop() -> None:
    made = EventFilter.of(op.auth.create_tenant).not_trace_id_prefix("onboarding-")
    documented = event("create_tenant")

    assert made.matches(documented)
    documented["detail"]["trace_id"] = "onboarding-1"
    assert not made.matches(documented)
