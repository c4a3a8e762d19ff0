"""`examples/user_offboarding`: what belongs to a deleted user goes, all of it and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.operations import operations as op
from tests.eventually import eventually
from tests.local.examples.deployed import Example, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def example() -> Iterator[Example]:
    with deployed("user_offboarding", dies="Delete") as running:
        yield running


def put(example: Example, *rows: tuple[str, str]) -> None:
    client, table = example.here.aws.client("dynamodb"), example.here.outputs["RowsTable"]
    for owner, row in rows:
        client.put_item(TableName=table, Item={"owner": {"S": owner}, "row": {"S": row}})


def rows(example: Example) -> set[tuple[str, str]]:
    client, table = example.here.aws.client("dynamodb"), example.here.outputs["RowsTable"]
    items = client.scan(TableName=table, ConsistentRead=True)["Items"]
    return {(item["owner"]["S"], item["row"]["S"]) for item in items}


def test_the_demo_deletes_what_belongs_to_each_although_events_come_twice_and_out_of_order(example: Example) -> None:
    assert "are gone, and all others are there" in example.demo()


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 7])
def test_a_function_that_dies_between_two_steps_leaves_nothing_in_the_end(example: Example, steps: int) -> None:
    """It reads, deletes two rows and reads again; reads and deletes those of the address; and ends."""
    user = f"user-{steps}"
    put(example, (user, "settings"), (user, "tenant/t1/notes"), ("email@example.com", "newsletter"), ("kept", user))
    crashes = example.crash(after_steps=steps)
    example.call(op.auth.delete_saas_user, user_id=user)
    crashes.happened()
    eventually(lambda: not [row for row in rows(example) if row[0] in (user, "email@example.com")])
    assert ("kept", user) in rows(example)
