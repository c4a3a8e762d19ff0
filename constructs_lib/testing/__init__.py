"""What users need to test their own routes: sample events in every form that SaaSus might send, and a router."""

from __future__ import annotations

from constructs_lib.events.input_transformer import Payload
from constructs_lib.testing.event_variants import Variant, variants
from constructs_lib.testing.http_call import HttpCall
from constructs_lib.testing.router import Explanation, Firing, Router, UnknownBus
from constructs_lib.testing.samples import InvalidSample, sample_event
from constructs_lib.testing.template_rules import Delivery, InvalidTemplate, TemplateRule, TemplateTarget
from constructs_lib.testing.unexpected_events import unexpected_events

__all__ = [
    "Delivery",
    "Explanation",
    "Firing",
    "HttpCall",
    "InvalidSample",
    "InvalidTemplate",
    "Payload",
    "Router",
    "TemplateRule",
    "TemplateTarget",
    "UnknownBus",
    "Variant",
    "sample_event",
    "unexpected_events",
    "variants",
]
