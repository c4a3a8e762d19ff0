"""Conditions on bodies and statuses against values that look like something else: property tests."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from constructs_lib.events.known_events import BODY_FORMS, KnownEvents
from constructs_lib.events.operations import operations as op
from constructs_lib.filters import matches
from constructs_lib.filters.event_filter import EventFilter
from constructs_lib.testing.event_variants import BODY_WRITERS, HOSTILE_TEXT
from constructs_lib.testing.samples import envelope, write_as_go

if TYPE_CHECKING:
    from collections.abc import Callable

WRITERS: dict[str, Callable[[Any], str]] = {
    "compact-go": write_as_go,
    "compact-plain": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "compact-ascii": lambda value: json.dumps(value, separators=(",", ":")),
    "spaced-plain": lambda value: json.dumps(value, ensure_ascii=False),
    "spaced-ascii": json.dumps,
    "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    "pretty, ASCII": lambda value: json.dumps(value, indent="\t"),
    "pretty, CRLF": lambda value: json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\r\n"),
}
TEXT_WRITERS: dict[str, Callable[[Any], str]] = {"go": write_as_go, "plain": WRITERS["compact-plain"]}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 1000),
    st.text(st.sampled_from('aX1"\\*,:{}<>&日😀\n \u2028/'), max_size=6),
    st.just(HOSTILE_TEXT),
)
names = st.sampled_from(["name", "id", "a", "na"])
bodies = st.recursive(
    st.dictionaries(names, scalars, max_size=3),
    lambda inner: st.dictionaries(names, st.one_of(scalars, inner, st.lists(st.one_of(scalars, inner), max_size=2))),
    max_leaves=6,
)


def event(
    request: Any = None,
    response: Any = None,
    *,
    status: int = 200,
    writer: str = "compact-go",
    text_writer: str = "go",
    referer: str = "",
) -> dict[str, Any]:
    record = {
        "log_id": "x",
        "http_status": str(status),
        "uri": "/v1/auth/tenants",
        "ip_address": "127.0.0.1:1",
        "referer": referer,
        "request_method": "POST",
        "api_key": "k",
        "request_body": "" if request is None else WRITERS[writer](request),
        "response_body": "" if response is None else WRITERS[writer](response),
    }
    return envelope(
        record,
        event_type="create_tenant",
        trace_id="t",
        time="2026-05-19T02:22:58Z",
        source="aws.partner/saasus.io/x",
        write=TEXT_WRITERS[text_writer],
    )


def has_anywhere(body: Any, name: str, value: Any) -> bool:
    """Check whether a field at any depth has the value, which is what a wildcard on the text can see."""
    if isinstance(body, list):
        return any(has_anywhere(item, name, value) for item in body)
    if not isinstance(body, dict):
        return False
    own = any(key == name and type(given) is type(value) and given == value for key, given in body.items())
    return own or any(has_anywhere(inner, name, value) for inner in body.values())


@settings(max_examples=300, deadline=None)
@given(bodies, bodies, names, scalars, st.sampled_from([*WRITERS]), st.sampled_from([*TEXT_WRITERS]))
@example({"name": 'x","id":"y'}, {}, "id", "y", "compact-plain", "go")
@example({"name": '"id":"y"'}, {"id": "y"}, "id", "y", "compact-plain", "go")
@example({"id": 10}, {}, "id", 1, "compact-go", "go")
@example({"id": True}, {}, "id", 1, "compact-go", "go")
@example({"a": "\\", "id": "y"}, {}, "id", "y", "compact-go", "go")
def test_a_condition_sees_its_own_field_of_its_own_body_and_nothing_else(
    request: Any, response: Any, name: str, value: Any, writer: str, text_writer: str
) -> None:
    given_event = event(request, response, writer=writer, text_writer=text_writer)

    assert EventFilter.all().request(**{name: value}).matches(given_event) == has_anywhere(request, name, value)
    assert EventFilter.all().response(**{name: value}).matches(given_event) == has_anywhere(response, name, value)


@settings(max_examples=150, deadline=None)
@given(scalars, st.sampled_from([*WRITERS]), st.sampled_from([*TEXT_WRITERS]))
def test_a_value_is_found_in_every_form(value: Any, writer: str, text_writer: str) -> None:
    given_event = event({"zz": 1, "name": value, "b": []}, {"name": value}, writer=writer, text_writer=text_writer)

    assert EventFilter.all().request(name=value).response(name=value).matches(given_event)


@settings(max_examples=100, deadline=None)
@given(scalars, scalars, st.booleans(), st.sampled_from([*WRITERS]))
def test_several_fields_are_found_in_any_order(one: Any, other: Any, turned: bool, writer: str) -> None:
    fields = {"b": other, "x": 0, "a": one} if turned else {"a": one, "x": 0, "b": other}

    assert EventFilter.all().request(a=one, b=other).matches(event(fields, writer=writer))
    assert EventFilter.all().request(a=one).request(b=other).matches(event(fields, writer=writer))


@settings(max_examples=200, deadline=None)
@given(bodies, st.sampled_from([200, 302, 404, 500]), st.sampled_from([*WRITERS]), scalars)
def test_no_body_and_no_referer_changes_the_status(body: Any, status: int, writer: str, referer: Any) -> None:
    given_event = event({"name": HOSTILE_TEXT, "b": body}, body, status=status, writer=writer, referer=f"{referer}")

    assert EventFilter.all().succeeded().matches(given_event) == (status == 200)
    assert EventFilter.all().failed().matches(given_event) == (status in (404, 500))
    assert EventFilter.all().status(404, 302).matches(given_event) == (status in (404, 302))


@pytest.mark.parametrize("writer", [*WRITERS])
def test_a_float_is_found_as_go_writes_it_too(writer: str) -> None:
    wanted = EventFilter.all().request(percentage=10.0)

    assert wanted.matches(event({"percentage": 10.0}, writer=writer))
    assert wanted.matches(event({"percentage": 10}, writer=writer))
    assert not wanted.matches(event({"percentage": 100}, writer=writer))
    assert not EventFilter.all().request(percentage=0.5).matches(event({"percentage": 0.55}, writer=writer))


def with_spaces(fields: dict[str, Any], spaced: tuple[bool, ...]) -> str:
    """Write a body with a space after some of its colons and commas."""
    members = [f"{json.dumps(n)}:{' ' * s}{json.dumps(v)}" for (n, v), s in zip(fields.items(), spaced, strict=True)]
    return "{" + "".join(f"{m}{',' + ' ' * s}" for m, s in zip(members, spaced, strict=True)).rstrip(", ") + "}"


def with_request(body: str) -> dict[str, Any]:
    given_event = event({})
    record = json.loads(given_event["detail"]["event"])
    record["request_body"] = body
    given_event["detail"]["event"] = write_as_go(record)
    return given_event


@pytest.mark.parametrize("spaced", list(itertools.product([False, True], repeat=3)))
def test_two_texts_are_found_in_a_body_that_mixes_spacing(spaced: tuple[bool, ...]) -> None:
    wanted = EventFilter.of(op.auth.create_tenant).request(name="x", back_office_staff_email="e@example.com")

    for names in itertools.permutations(("name", "back_office_staff_email", "attributes")):
        fields = {"name": "x", "back_office_staff_email": "e@example.com", "attributes": {}}
        body = with_spaces({name: fields[name] for name in names}, spaced)
        assert json.loads(body) == fields
        assert sum(matches(pattern, with_request(body)) for pattern in wanted.to_patterns()) == 1, body
        for name in ("name", "back_office_staff_email"):
            other = with_spaces({**{n: fields[n] for n in names}, name: "other"}, spaced)
            assert not wanted.matches(with_request(other))


def test_to_ask_for_mixed_spacing_never_takes_the_rules_of_a_bus() -> None:
    email = "e@example.com"
    plain = EventFilter.of(op.auth.create_tenant).request(name="x", back_office_staff_email=email)
    escaped = EventFilter.of(op.auth.create_tenant).request(name="日 & 本", back_office_staff_email=email)
    known = KnownEvents.of({}, ["compact-go", "spaced-go"])

    assert [len(f.to_patterns()) for f in (plain, escaped)] == [8, 28], "28 are those of one spacing in a body"
    assert [len(f.to_patterns(known)) for f in (plain, escaped)] == [8, 8]
    assert [len(f.to_patterns(KnownEvents.of({}, ["compact-go"]))) for f in (plain, escaped)] == [2, 2]
    two_writers = KnownEvents.of({}, ["compact-go", "spaced-plain"])
    assert len(escaped.to_patterns(two_writers)) == 6, "one writer of a body escapes letters in one way"


def test_a_status_that_is_a_number_is_missed_as_the_docs_say() -> None:
    numeric = event({})
    numeric["detail"]["event"] = numeric["detail"]["event"].replace('"http_status":"200"', '"http_status":200')

    assert json.loads(numeric["detail"]["event"])["http_status"] == 200
    assert not EventFilter.all().succeeded().matches(numeric)
    assert EventFilter.of(op.auth.create_tenant).matches(numeric)


def test_a_tenant_named_like_a_status_changes_nothing() -> None:
    named = event({"name": '","http_status":"500'}, {"name": '","http_status":"500'}, status=201)

    assert EventFilter.of(op.auth.create_tenant).succeeded().matches(named)
    assert not EventFilter.of(op.auth.create_tenant).failed().matches(named)
    assert not EventFilter.of(op.auth.create_tenant).status(500).matches(named)


@pytest.mark.parametrize("form", [form for form in BODY_FORMS if form in WRITERS])
@pytest.mark.parametrize("value", ["plain", "日本 & <b>", 7, True, None])
def test_a_known_form_finds_the_values_in_that_form(form: str, value: Any) -> None:
    known = KnownEvents.of({}, [form])

    for text_writer in TEXT_WRITERS:
        written = event({"name": value, "z": 1}, writer=form, text_writer=text_writer)
        assert EventFilter.all().request(name=value).matches(written, known)
    assert not EventFilter.all().request(name="other").matches(written, known)


def test_the_generator_of_variants_writes_bodies_that_conditions_find() -> None:
    for name, write in BODY_WRITERS.items():
        if "hostile" in name or "empty" in name:
            continue
        given_event = with_request(write({"name": "x", "attributes": {}, "back_office_staff_email": "e"}))
        for fields in ({"name": "x"}, {"back_office_staff_email": "e"}, {"name": "x", "back_office_staff_email": "e"}):
            assert EventFilter.of(op.auth.create_tenant).request(**fields).matches(given_event), name
