"""What type checkers tell a user: the catalog's names, the filters, the constructs and their options."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.separate_tool import installed

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
IMPORTS = (
    "from aws_cdk import Duration",
    "from aws_cdk import aws_sqs as sqs",
    "from constructs_lib import EventFilter, RouteOptions, SaasusEvent, SaasusEventBus, targets",
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
    "targets.SqsQueue(bus.dead_letter_queue, max_age=Duration.hours(1))": "max_age",
}
"""Each with what a checker says."""


def mypy(file: Path) -> str:
    """Return what strict mypy says about a user's file."""
    cache_dir = str(REPOSITORY / ".mypy_cache")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", cache_dir, str(file)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=False).stdout


def pyright(file: Path) -> str:
    """Return what pyright's checks say, which Pylance shows in VS Code."""
    python = ["--pythonpath", sys.executable, "--level", "error"]
    command = [str(installed("basedpyright", "1.40.2")), *python, str(file)]
    config = {"extraPaths": [str(REPOSITORY)], "typeCheckingMode": "standard"}
    file.with_name("pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    said = subprocess.run(command, cwd=file.parent, capture_output=True, encoding="utf-8", check=False).stdout
    return "" if said.startswith("0 errors") else said


@cache
def said(checker: Callable[[Path], str], *lines: str) -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder, "stack.py")
        file.write_text("\n".join([*IMPORTS, *lines]) + "\n", "utf-8")
        return checker(file)


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_code_has_no_errors(checker: Callable[[Path], str]) -> None:
    assert said(checker, *RIGHT) == ""


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_an_error(checker: Callable[[Path], str], slip: str) -> None:
    lines = ["def use(bus: SaasusEventBus) -> None:", *(f"    {line}" for line in SLIPS)]
    of_line = len(IMPORTS) + 2 + list(SLIPS).index(slip)
    errors = [line for line in said(checker, *lines).splitlines() if re.search(rf"stack\.py:{of_line}:.*error", line)]
    assert any(SLIPS[slip] in error for error in errors), errors
