"""A function with handlers, deployed with the layer and the routes that its handlers make."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from tests.eventually import eventually
from tests.local.resources import Queue, log_lines, new_source_name
from tests.local.sent_events import new_event, put

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).with_name("handlers_app") / "app.py"
SECRET = "only-in-the-request"


class Deployed(NamedTuple):
    aws: LocalAws
    source: str

    def said(self, word: str) -> list[str]:
        return [line for line in log_lines(self.aws, "/aws/lambda/tenants") if word in line]

    def dead(self, count: int) -> set[str]:
        """Wait for so many dead letters of the queue, and return their texts."""
        letters = Queue(self.aws, self.aws.client("sqs").get_queue_url(QueueName="letters")["QueueUrl"], "")
        found: list[str] = []

        def look() -> bool:
            found.extend(message["Body"] for message in letters.messages())
            return len(found) >= count

        eventually(look, 20)
        return {*found}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("handlers")
    with LocalAws() as aws:
        bootstrap(aws)
        source = new_source_name()
        aws.client("events").create_partner_event_source(Name=source, Account=aws.account)
        run_cdk(
            ["deploy", "--require-approval", "never", "--output", str(folder / "cdk.out")],
            cwd=folder,
            environment=aws.environment() | {"SOURCE": source, "PYTHONPATH": str(APP.parents[3])},
            app=f"{sys.executable} {APP}",
        )
        yield Deployed(aws, source)


def test_each_event_goes_to_its_handler_once_and_what_no_route_brings_does_not_come(deployed: Deployed) -> None:
    created = new_event(op.auth.create_tenant)
    failed = new_event(op.auth.create_env, status=409)
    unasked = new_event(op.auth.delete_env)
    ids = put(deployed.aws, deployed.source, [created, failed, unasked])
    eventually(lambda: deployed.said(ids[0]) and deployed.said(ids[1]))

    assert [line.split()[0] for line in deployed.said(ids[0])] == ["onboarded"]
    assert [line.split()[0] for line in deployed.said(ids[1])] == ["reported"]
    assert deployed.said(ids[1])[0].split()[2] == "auth.create_env"
    assert deployed.said(ids[2]) == []


def test_with_the_ledger_a_second_delivery_and_an_older_event_are_skipped(deployed: Deployed) -> None:
    newer, older = (
        new_event(op.auth.update_tenant, path_params={"tenant_id": "t-1"}, time=f"2026-05-19T02:22:5{second}Z")
        for second in (9, 1)
    )
    for event in (newer, newer, decode(newer), older):
        answer = deployed.aws.client("lambda").invoke(FunctionName="tenants", Payload=json.dumps(event))
        assert "FunctionError" not in answer, answer["Payload"].read()
    ids = [event["detail"]["trace_id"] for event in (newer, older)]
    eventually(lambda: deployed.said(ids[0]))

    assert [[line.split()[0] for line in deployed.said(id)] for id in ids] == [["copied"], []]


def test_of_a_batch_only_what_failed_comes_back_and_the_log_shows_no_body(deployed: Deployed) -> None:
    fails = new_event(op.auth.create_tenant, trace_id=f"fails-{uuid.uuid4()}", request={"name": SECRET})
    decoded, other = decode(new_event(op.auth.create_tenant)), new_event(op.auth.delete_env)
    record = {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": new_event(op.auth.create_tenant)}
    poison = f"no JSON {uuid.uuid4()}"
    bodies = [json.dumps(each) for each in (decoded, fails, other, record)] + [poison]
    deployed.aws.client("sqs").send_message_batch(
        QueueUrl=deployed.aws.client("sqs").get_queue_url(QueueName="work")["QueueUrl"],
        Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)],
    )
    ids = [event["detail"]["trace_id"] for event in (decoded, other, record["requestPayload"])]
    eventually(lambda: all(deployed.said(id) for id in ids))

    assert deployed.dead(2) == {json.dumps(fails), poison}
    assert [[line.split()[0] for line in deployed.said(id)] for id in ids] == [["onboarded"], ["other"], ["onboarded"]]
    assert deployed.said(SECRET) == []
