from __future__ import annotations

import json

import pytest
from aws_cdk import App, Stack, aws_events
from aws_cdk.assertions import Template

from constructs_lib.events.errors import InvalidFilter
from constructs_lib.events.operations import operations as op
from constructs_lib.filters.cdk_pattern import to_event_pattern
from constructs_lib.filters.event_filter import EventFilter


def test_a_rule_gets_the_pattern_as_it_is() -> None:
    stack = Stack(App(), "stack")
    bus = aws_events.EventBus(stack, "bus")
    filters = [
        EventFilter.all(),
        EventFilter.of(op.auth.delete_saas_user).failed(),
        EventFilter.of(op.auth.create_tenant).request(name='日"本*\\'),
        EventFilter.all().custom("mine", "user_moved").not_trace_id_prefix("x"),
    ]
    for number, event_filter in enumerate(filters):
        aws_events.Rule(stack, f"rule{number}", event_bus=bus, event_pattern=event_filter.to_event_pattern())

    rules = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()
    made = [json.dumps(rule["Properties"]["EventPattern"], sort_keys=True) for rule in rules]
    assert made == [json.dumps(event_filter.to_pattern(), sort_keys=True) for event_filter in filters]


def test_a_field_that_no_envelope_has_is_refused() -> None:
    with pytest.raises(InvalidFilter, match=r"'detail_type'.*'detail-type'"):
        to_event_pattern({"detail_type": ["x"]})
