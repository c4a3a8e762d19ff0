"""Whatever a route is given: it is refused by an error of the library, or AWS takes what comes out."""

from __future__ import annotations

from typing import Any

from aws_cdk import SecretValue, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import EventFilter, SaasusEventBus, SaasusEventsError, targets
from tests.synth.apps import SOURCE, new_app
from tests.synth.aws_model import problems_of

TEXT = st.one_of(
    st.text(st.sampled_from("aZ09-_.$/:%#{}<>*&?=+~!'\" \t\n\r\x00\x7fé利"), max_size=8),
    st.sampled_from(
        ["$.detail.trace_id", "$.detail.event", "$", "$.id", "a" * 512, "a" * 513, "利" * 513, "", " ", "Host"]
    ),
)
FIELD = st.sampled_from([events.EventField.time, events.EventField.from_path("$.detail"), "text", "<a>", "a" * 8200])
INPUT = st.one_of(
    st.builds(lambda one, two: events.RuleTargetInput.from_object({"a": one, "b": f"x {two}"}), FIELD, FIELD),
    st.builds(lambda one, two: events.RuleTargetInput.from_text(f"{one} {two}"), FIELD, FIELD),
    TEXT.map(events.RuleTargetInput.from_event_path),
)
AUTHORIZATION = st.one_of(
    st.builds(events.Authorization.api_key, TEXT, st.just(SecretValue.secrets_manager("crm"))),
    st.builds(events.Authorization.basic, TEXT, st.just(SecretValue.secrets_manager("crm"))),
)
OPTIONS = st.fixed_dictionaries(
    {
        "endpoint": st.one_of(
            st.just("https://crm.example.com/"), TEXT.map(lambda end: f"https://crm.example.com/{end}")
        ),
        "authorization": st.one_of(
            st.just(events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm"))), AUTHORIZATION
        ),
    },
    optional={
        "header_parameters": st.dictionaries(TEXT, TEXT, max_size=2),
        "query_string_parameters": st.dictionaries(TEXT, TEXT, max_size=2),
        "path_parameter_values": st.lists(TEXT, max_size=2),
        "event": INPUT,
        "description": TEXT,
        "secret_version": TEXT,
        "rate_limit_per_second": st.sampled_from([-1, 0, 1, 2.5, 300, 301]),
    },
)


def new_bus() -> SaasusEventBus:
    return SaasusEventBus(Stack(new_app(), "Events"), "Saasus", event_source_name=SOURCE)


@settings(max_examples=30)
@given(OPTIONS)
def test_a_call(options: dict[str, Any]) -> None:
    bus = new_bus()
    try:
        bus.call("Tell", EventFilter.all(), **options)
    except SaasusEventsError:
        return
    assert problems_of(dict(Template.from_stack(Stack.of(bus)).to_json())) == []


@settings(max_examples=20)
@given(INPUT, TEXT, TEXT)
def test_a_queue(sent: events.RuleTargetInput, group: str, description: str) -> None:
    bus = new_bus()
    queue = sqs.Queue(bus, "Queue", fifo=True, content_based_deduplication=True)
    try:
        target = targets.SqsQueue(queue, message=sent, message_group_id=group)
        bus.route("Queue1", EventFilter.all(), target, description=description)
    except SaasusEventsError:
        return
    assert problems_of(dict(Template.from_stack(Stack.of(bus)).to_json())) == []
