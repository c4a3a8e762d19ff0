"""What a type checker tells a user: the catalog's names, the filters, the constructs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def errors_in(tmp_path: Path, *lines: str) -> str:
    """Give what strict mypy says about a user's file."""
    file = tmp_path / "stack.py"
    imports = (
        "from constructs_lib import EventFilter, SaasusEvent, SaasusEventBus",
        "from constructs_lib import operations as op",
    )
    file.write_text("\n".join([*imports, *lines]) + "\n", "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-error-summary",
            "--cache-dir",
            str(REPOSITORY / ".mypy_cache"),
            file,
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_right_code_has_no_errors(tmp_path: Path) -> None:
    said = errors_in(
        tmp_path,
        "created: EventFilter = EventFilter.of(op.auth.create_tenant, op.pricing).succeeded()",
        "name: str = op.auth.create_tenant.name",
        "fields: tuple[str, ...] = op.auth.create_tenant.event_types",
        "def handler(event: dict[str, object], context: object) -> str | None:",
        "    return SaasusEvent.from_dict(event).tenant_id",
        "def route(bus: SaasusEventBus) -> None:",
        "    bus.log('Created', created)",
    )
    assert said == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("EventFilter.of(op.auth.creat_tenant)", "creat_tenant"),
        ("EventFilter.of(op.auht.create_tenant)", "auht"),
        ("EventFilter.of('create_tenant')", "Operation"),
        ("EventFilter.all().status('200')", "int"),
    ],
)
def test_a_slip_is_an_error(tmp_path: Path, line: str, said: str) -> None:
    assert said in errors_in(tmp_path, line)
