"""`examples/metering_lake`: each update is a row, and the query counts each one once, in whatever order they come."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.local.examples import example_demo, example_directory
from constructs_lib.local.saasus import Sending
from tests.eventually import eventually
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

UPDATE = op.pricing.update_metering_unit_timestamp_count
DELETE = op.pricing.delete_metering_unit_timestamp_count
MAY_19 = "1779156000"

example_demo("metering_lake")
demo: Any = sys.modules["saasus_example_metering_lake"]


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("metering_lake") as running:
        yield running


def used(example: Example, tenant: str) -> dict[str, int]:
    """Return what the query says of a tenant, by month."""
    return {month: amount for of, _, month, amount in demo.usage(example.here) if of == tenant}


def test_the_demo_shows_rows_and_what_was_used(example: Example) -> None:
    shown = example.demo()
    assert "5 of storage" in shown
    assert "Everything arrived where it should" in shown


def rows_of(example: Example, tenant: str) -> int:
    return len([row for row in demo.rows(example.here) if row["tenant_id"] == tenant])


def test_copies_and_another_order_do_not_change_what_was_used_until_it_is_deleted(example: Example) -> None:
    saasus, tenant = example.here.saasus, "tenant-of-copies"
    saasus.send_events(Sending(copies=2))
    with saasus.out_of_order():
        for method, count in (("add", 5), ("sub", 2), ("add", 1)):
            body = {"method": method, "count": count}
            example.call(UPDATE, body, tenant_id=tenant, metering_unit_name="storage", timestamp=MAY_19)
    saasus.send_events(Sending())
    eventually(lambda: rows_of(example, tenant) == 6, 30)
    assert used(example, tenant) == {"2026-05": 4}
    example.call(DELETE, tenant_id=tenant, metering_unit_name="storage", timestamp=MAY_19)
    eventually(lambda: rows_of(example, tenant) == 7, 30)
    assert used(example, tenant) == {"2026-05": 0}


def test_no_row_has_a_secret_or_more_than_the_columns(example: Example) -> None:
    rows = demo.rows(example.here)
    columns = {"log_id", "called_at", "tenant_id", "unit", "metered_at", "method", "amount", "trace_id"}
    assert {tuple(sorted(row)) for row in rows} == {tuple(sorted(columns))}
    assert example.here.saasus.credentials.api_key not in str(rows)


def row(number: int, method: str, amount: int, **changed: Any) -> dict[str, Any]:
    """Return the row of a call, which was made in the second of its number."""
    return {
        "log_id": str(number),
        "called_at": f"2026-05-19T00:00:{number:02}Z",
        "tenant_id": "t",
        "unit": "storage",
        "metered_at": int(MAY_19),
        "method": method,
        "amount": amount,
        "trace_id": "",
        **changed,
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(1, "add", 3), row(2, "sub", 1)], 2),
        ([row(1, "add", 3), row(2, "direct", 10), row(3, "sub", 1)], 9),
        ([row(3, "sub", 1), row(2, "direct", 10), row(1, "add", 3), row(2, "direct", 10)], 9),
        ([row(1, "direct", 10), row(2, "direct", 4)], 4),
        ([row(1, "add", 3), row(2, "delete", 0, metered_at=MAY_19), row(3, "add", 1)], 1),
        ([row(1, "direct", 10, called_at="2026-05-19T00:00:02Z"), row(2, "direct", 4)], 4),
    ],
    ids=["sum", "overwritten", "in any order", "overwritten twice", "deleted", "in one second"],
)
def test_the_query(rows: list[dict[str, Any]], expected: int) -> None:
    query = (example_directory("metering_lake") / "usage.sql").read_text("utf-8")
    columns = {name: "bigint" if name in {"metered_at", "amount"} else "string" for name in row(1, "add", 1)}
    assert demo.query_rows(query, "metering_updates", columns, rows) == [("t", "storage", "2026-05", expected)]
