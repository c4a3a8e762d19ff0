"""What type checkers tell a user: the catalog's names, the filters, the constructs and their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.typing.checkers import error_at, mypy, pyright, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMPORTS = (
    "from aws_cdk import Duration",
    "from aws_cdk import aws_sqs as sqs",
    "from constructs_lib import EventFilter, EventRoutes, RouteOptions, SaasusEvent, SaasusEventBus, payload, targets",
    "from constructs_lib import operations as op",
    "from typing_extensions import Unpack",
)
RIGHT = (
    "created: EventFilter = EventFilter.of(op.auth.create_tenant, op.pricing).succeeded()",
    "name: str = op.auth.create_tenant.name",
    "fields: tuple[str, ...] = op.auth.create_tenant.event_types",
    "def handler(event: dict[str, object], context: object) -> str | None:",
    "    return SaasusEvent.from_dict(event).tenant_id",
    "def route(bus: SaasusEventBus, queue: sqs.IQueue, **options: Unpack[RouteOptions]) -> None:",
    "    bus.log('Created', created, mask=False, retry_attempts=3, max_event_age=Duration.hours(1))",
    "    bus.route('Mine', created, targets.SqsQueue(queue, dead_letter_queue=queue), **options)",
    "    SaasusEventBus.from_event_bus(bus, 'Other', bus.event_bus, dead_letter_queue=queue)",
    "    on_any(bus.decoded(retry_attempts=3))",
    "    tenants: sqs.Queue = bus.decoded('More').queue('Tenants', created, ordered_by='tenant').queue",
    "def on_any(bus: EventRoutes) -> None:",
    "    bus.log('Log', created, enabled=False)",
    "    bus.route('Text', created, targets.SqsQueue(bus.dead_letter_queue, message=payload.text('{status}')))",
)
SLIPS = {
    "EventFilter.of(op.auth.creat_tenant)": "creat_tenant",
    "EventFilter.of(op.auht.create_tenant)": "auht",
    "EventFilter.of('create_tenant')": "Operation",
    "EventFilter.all().status('200')": "int",
    "bus.log('Log', retry_attemps=3)": "retry_attemps",
    "bus.log('Log', retry_attempts='3')": "float",
    "bus.route('Route', EventFilter.all(), enabled='no')": "bool",
    "SaasusEventBus(bus, 'Bus', event_source_name='…', arhive=None)": "arhive",
    "SaasusEventBus.from_event_bus(bus, 'Bus', bus.event_bus, event_logging=None)": "event_logging",
    "bus.decoded('Bus', max_concurency=2)": "max_concurency",
    "bus.decoded('Bus').queue('Queue', ordered_by='tennant')": "tennant",
    "bus.decoded('Bus').verify('Verify')": "verify",
    "targets.SqsQueue(bus.dead_letter_queue, max_age=Duration.hours(1))": "max_age",
}
"""Each with what a checker says."""


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_code_has_no_errors(checker: Callable[[Path], str]) -> None:
    assert said(checker, *IMPORTS, *RIGHT) == ""


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_an_error(checker: Callable[[Path], str], slip: str) -> None:
    lines = (*IMPORTS, "def use(bus: SaasusEventBus) -> None:", *(f"    {line}" for line in SLIPS))
    assert SLIPS[slip] in error_at(checker, f"    {slip}", lines)
