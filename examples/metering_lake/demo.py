"""What `saasus-events demo metering_lake` does: a tenant uses something, and the query says how much."""

from __future__ import annotations

import gzip
import json
import sqlite3
import time
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from constructs_lib import operations as op
from constructs_lib.local.demo import Arrival, Call, Demo, DemoEnvironment, Seen

if TYPE_CHECKING:
    from collections.abc import Callable

UNIT = {"tenant_id": str(uuid.uuid4()), "metering_unit_name": "storage", "timestamp": str(int(time.time()))}
CALLS = [
    Call(op.pricing.update_metering_unit_timestamp_count, {"method": method, "count": count}, UNIT)
    for method, count in (("add", 3), ("add", 4), ("sub", 2))
]
USED = 5


def rows(here: DemoEnvironment) -> list[dict[str, Any]]:
    """Return what is in the lake."""
    s3, bucket = here.aws.client("s3"), here.outputs["LakeName"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="metering/")
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    objects = [gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    return [json.loads(line) for written in objects for line in written.splitlines()]


def usage(here: DemoEnvironment) -> list[tuple[Any, ...]]:
    """Run the saved query over the lake, with SQLite in the place of Athena."""
    athena = here.aws.client("athena")
    [id] = athena.list_named_queries(WorkGroup="MeteringLake")["NamedQueryIds"]
    query = athena.get_named_query(NamedQueryId=id)["NamedQuery"]
    [table] = here.aws.client("glue").get_tables(DatabaseName=query["Database"])["TableList"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    return query_rows(query["QueryString"], table["Name"], columns, rows(here))


def query_rows(query: str, table: str, columns: dict[str, str], given: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Run a query of Athena over rows that are JSON."""
    database = sqlite3.connect(":memory:")
    # Functions of Athena that SQLite lacks.
    database.create_function("from_unixtime", 1, lambda seconds: seconds)
    database.create_function("date_format", 2, lambda at, form: f"{datetime.fromtimestamp(at, timezone.utc):{form}}")
    database.execute(f"CREATE TABLE {table} ({', '.join(' '.join(column) for column in columns.items())})")
    marks = ", ".join(f":{name}" for name in columns)
    database.executemany(f"INSERT INTO {table} VALUES ({marks})", given)  # noqa: S608 - the names are the app's own
    return database.execute(query).fetchall()


def row_of(call: Call) -> Callable[[DemoEnvironment], list[Seen]]:
    """Look for the row of a call in the lake."""

    def find(here: DemoEnvironment) -> list[Seen]:
        return [
            Seen(f"{row['method']} {row['amount']} of {row['unit']}")
            for row in rows(here)
            if row["trace_id"] == call.trace_id
        ]

    return find


def result(here: DemoEnvironment) -> list[Seen]:
    """Look for the answer of the query, once all rows are there."""
    if len(rows(here)) < len(CALLS):
        return []
    return [Seen(f"{used} of {unit} in {month}, by tenant {tenant}") for tenant, unit, month, used in usage(here)]


def wrong(here: DemoEnvironment) -> list[str]:
    """Return whether the query says something else than what was used."""
    [(_, _, _, used)] = usage(here)
    return [] if used == USED else [f"the query says {used}, not {USED}"]


DEMO = Demo(
    calls=CALLS,
    arrivals=[
        *(Arrival("Lake", row_of(call), of=call) for call in CALLS),
        Arrival("Query", result, of=CALLS[-1]),
    ],
    problems=wrong,
)
