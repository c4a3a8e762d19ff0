"""What `saasus-events demo user_offboarding` does: users and a tenant are deleted, and the rows that are theirs go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib import operations as op
from constructs_lib.local.demo import Arrival, Call, Demo, Seen
from constructs_lib.local.saasus import Sending

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.local.demo import DemoEnvironment

EMAIL = "email@example.com"
"""The address that the local SaaSus returns of a deleted user."""
ROWS = {
    Call(op.auth.delete_saas_user, path={"user_id": "ann"}): (
        ("ann", "settings"),
        ("ann", "tenant/t1/notes"),
        (EMAIL, "newsletter"),
    ),
    Call(op.auth.delete_tenant_user, path={"user_id": "bob", "tenant_id": "t1"}): (
        ("bob", "tenant/t1/notes"),
        ("bob", "tenant/t1/tasks"),
    ),
    Call(op.auth.delete_tenant, path={"tenant_id": "t2"}): (("bob", "tenant/t2/notes"), ("eve", "tenant/t2/notes")),
    Call(op.auth.unlink_provider, path={"user_id": "eve", "provider_name": "Google"}): (("eve", "provider/Google"),),
}
"""What each call should make the app delete: owner and row."""
KEPT = (("bob", "settings"), ("eve", "settings"), ("eve", "tenant/t1/notes"), ("eve", "provider/Line"))


def put_rows(here: DemoEnvironment) -> None:
    """Put all rows into the table."""
    for owner, row in (*(pair for pairs in ROWS.values() for pair in pairs), *KEPT):
        item = {"owner": {"S": owner}, "row": {"S": row}}
        if row.startswith("tenant/"):
            item["tenant"] = {"S": row.split("/")[1]}
        here.aws.client("dynamodb").put_item(TableName=here.outputs["RowsTable"], Item=item)


def is_there(here: DemoEnvironment, owner: str, row: str) -> bool:
    """Check whether a row is in the table."""
    key = {"owner": {"S": owner}, "row": {"S": row}}
    answer = here.aws.client("dynamodb").get_item(TableName=here.outputs["RowsTable"], Key=key, ConsistentRead=True)
    return "Item" in answer


def gone(*rows: tuple[str, str]) -> Callable[[DemoEnvironment], list[Seen]]:
    """Look for rows that are no longer there."""
    return lambda here: [Seen(f"deleted: {owner} {row}") for owner, row in rows if not is_there(here, owner, row)]


def missing(here: DemoEnvironment) -> list[str]:
    """Return which rows are gone that should have stayed."""
    return [f"the row {row} of {owner} is gone" for owner, row in KEPT if not is_there(here, owner, row)]


DEMO = Demo(
    calls=list(ROWS),
    arrivals=[Arrival("table", gone(*rows), of=call, count=len(rows)) for call, rows in ROWS.items()],
    prepare=put_rows,
    sending=Sending(copies=2),
    out_of_order=True,
    problems=missing,
    conclusion="The rows of what was deleted are gone, and all others are there.",
)
