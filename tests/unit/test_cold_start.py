"""What a Lambda function loads: it pays for each module at every cold start (`python -m benchmarks.handler`)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import constructs_lib
from constructs_lib import operations as op
from constructs_lib.testing.samples import sample_event

REPOSITORY = Path(constructs_lib.__file__).parents[1]

# The package loads importlib, annotations typing, and Lambda's own runtime logging; what these load is theirs.
LOADED = """
import contextvars, datetime, importlib, json, logging, sys, typing
sys.path.insert(0, sys.argv[1])
event = json.loads(sys.stdin.read())
before = set(sys.modules)
exec(sys.argv[2])
print(json.dumps(sorted(set(sys.modules) - before - {"__future__"})))
"""
NAMES = "from constructs_lib import EventFilter, SaasusEvent, operations as op"
FILTERS = (
    "EventFilter.of(op.auth.create_tenant).succeeded()",
    "EventFilter.of(op.auth, op.pricing.update_tax_rate).failed().trace_id_prefix('x')",
    "EventFilter.any_of(EventFilter.all().request(name='x'), EventFilter.of(op.auth)).status(200)",
)
READING = (
    "e = SaasusEvent.from_dict(event); (e.operation, e.tenant_id, e.user_id, e.request, e.response, e.time, repr(e))"
)

NEEDED = {
    "constructs_lib",
    "constructs_lib.events",
    "constructs_lib.events.errors",
    "constructs_lib.events.identities",
    "constructs_lib.events.json_values",
    "constructs_lib.events.operation",
    "constructs_lib.events.operation_catalog",
    "constructs_lib.events.operations",
    "constructs_lib.events.path_tree",
    "constructs_lib.events.record",
    "constructs_lib.events.saasus_event",
    "constructs_lib.events.typed_bodies",
    "constructs_lib.events.value",
    "constructs_lib.filters",
    "constructs_lib.filters.arguments",
    "constructs_lib.filters.conditions",
    "constructs_lib.filters.event_filter",
}
"""Small modules, without dataclasses, paths, URLs, or an expression that is compiled before it is used."""


HANDLING = (
    "from constructs_lib.runtime import EventHandlers; handlers = EventHandlers()",
    f"handlers.on({FILTERS[0]}, name='created')(lambda event: None)",
    f"handlers.on({FILTERS[1]}, name='failed')(lambda event: None)",
    "handlers.fallback(lambda event: None)",
    "handlers(event)",
)
NEEDED_TO_HANDLE = {
    "constructs_lib.filters.meaning",
    "constructs_lib.runtime",
    "constructs_lib.runtime.event_handler",
    "constructs_lib.runtime.event_handlers",
    "constructs_lib.runtime.event_log",
    "constructs_lib.runtime.invocation",
    "constructs_lib.runtime.received_events",
}


def loaded_by(code: str) -> set[str]:
    """Return what code loads in a Python without this environment's packages."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LOADED, str(REPOSITORY), code],
        input=json.dumps(sample_event(op.auth.create_tenant)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_a_handler_loads_these_modules_and_no_others() -> None:
    assert loaded_by("; ".join((NAMES, *FILTERS, READING))) == NEEDED


def test_handlers_load_neither_patterns_nor_the_engine_for_an_event() -> None:
    assert loaded_by("; ".join((NAMES, *HANDLING))) == NEEDED | NEEDED_TO_HANDLE
