"""The decoded bus with real Lambda functions: what arrives, where, and that nothing is lost when they are killed."""

from __future__ import annotations

import io
import json
import sys
import urllib.request
import uuid
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import SaasusEvent
from constructs_lib import operations as op
from constructs_lib.local import HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from tests.eventually import eventually
from tests.local.resources import Queue
from tests.local.sent_events import API_KEY, new_event, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

    from constructs_lib.events.operation import Operation
    from tests.local.command import Command

SOURCE = "aws.partner/saasus.io/0c9d1a52-2f0b-4a52-8f4b-0d9a1d0c5e11-1/event"
APP = Path(__file__).with_name("decoded_app.py")
EVENTS = 120
"""Enough for some ten deaths. With 1,000, it takes half a minute."""
DIES_AT_RANDOM = """
import os, random
from botocore.client import BaseClient
from constructs_lib.functions.decoder import handler as decode

original = BaseClient._make_api_call

def call(self, *args, **kwargs):
    if random.random() < 0.04:
        os._exit(1)
    answer = original(self, *args, **kwargs)
    if random.random() < 0.04:
        os._exit(1)  # it is done, and the function does not know it
    return answer

BaseClient._make_api_call = call

def handler(event, context):
    answer = decode(event, context)
    is_first = all(each["attributes"]["ApproximateReceiveCount"] == "1" for each in event["Records"])
    if random.random() < (0.5 if is_first else 0.04):
        os._exit(1)  # all is done, and the queue does not know it
    return answer
"""


@pytest.fixture(scope="module")
def endpoint(authority: trustme.CA) -> Iterator[HttpsEndpoint]:
    with HttpsEndpoint(api_key=("authorization", "Bearer x"), authority=authority) as running:
        yield running


@pytest.fixture(scope="module")
def aws(endpoint: HttpsEndpoint, authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    folder = tmp_path_factory.mktemp("decoded")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with LocalAws(ca_file=folder / "ca.pem") as aws:
        bootstrap(aws)
        aws.client("events").create_partner_event_source(Name=SOURCE, Account=aws.account)
        aws.client("secretsmanager").create_secret(Name="slack", SecretString="Bearer x")
        given = {"SOURCE": SOURCE, "ENDPOINT": endpoint.url("/chat.postMessage"), "PYTHONPATH": str(APP.parents[2])}
        run_cdk(
            ["deploy", "--require-approval", "never", "--output", str(folder / "cdk.out")],
            cwd=folder,
            environment=aws.environment() | given,
            app=f"{sys.executable} {APP}",
        )
        yield aws


def queue(aws: LocalAws, part: str) -> Queue:
    sqs = aws.client("sqs")
    [url] = [url for url in sqs.list_queues()["QueueUrls"] if part in url]
    return Queue(aws, url, "")


def some_event(operation: Operation, **given: Any) -> dict[str, Any]:
    """Return an event with a log id of its own."""
    made = new_event(operation, **given)
    record = {**json.loads(made["detail"]["event"]), "log_id": str(uuid.uuid4())}
    return {**made, "detail": {**made["detail"], "event": json.dumps(record)}}


def test_an_event_arrives_decoded_with_its_own_time_and_without_secrets(aws: LocalAws) -> None:
    event = some_event(op.auth.create_tenant, time="2026-05-19T02:22:58Z", request={"name": "Ann & Bob"})
    put(aws, SOURCE, [event, some_event(op.auth.create_tenant, status=400)])
    body = queue(aws, "created").message(20)["Body"]
    arrived = json.loads(body)
    assert (arrived["source"], arrived["detail-type"]) == ("saasus.auth", "create_tenant")
    assert arrived["time"] == "2026-05-19T02:22:58Z"
    detail = arrived["detail"]
    assert (detail["operation"], detail["status"], detail["request"]["name"]) == (
        "auth.create_tenant",
        201,
        "Ann & Bob",
    )
    assert detail["id"] != arrived["id"]
    assert API_KEY not in body
    assert SaasusEvent.from_dict(arrived).operation is op.auth.create_tenant
    assert queue(aws, "created").messages() == []
    assert len(eventually(lambda: aws.client("logs").filter_log_events(logGroupName=GROUP)["events"])) >= 1


GROUP = "/aws/events/Decoded/Saasus-Decoded-Everything"


def test_a_message_for_people_is_json_whatever_is_in_it(aws: LocalAws, endpoint: HttpsEndpoint) -> None:
    names = ['"quoted" \\ back', "two\nlines\t", "<operation> {x}", "絵文字 🎉 \u2028", "plain"]
    put(aws, SOURCE, [some_event(op.auth.update_tenant, status=400, request={"name": name}) for name in names])
    requests = endpoint.wait_for(len(names))
    assert all(request.authorized for request in requests)
    bodies = [request.json() for request in requests]
    assert {body["channel"] for body in bodies} == {"#saasus"}
    shown = ["".join(each["text"] for each in body["blocks"][0]["elements"][0]["elements"]) for body in bodies]
    assert sorted(shown) == sorted(f"auth.update_tenant failed with 400: {name}" for name in names)


def test_events_of_a_tenant_wait_in_line(aws: LocalAws) -> None:
    queue(aws, "PerTenantQueue").messages()  # those of the test before
    events = [
        some_event(op.auth.update_tenant, path_params={"tenant_id": tenant}, request={"name": str(number)})
        for number in range(3)
        for tenant in ("one", "two")
    ]
    put(aws, SOURCE, events)
    ordered = queue(aws, "PerTenantQueue")
    groups: dict[str, list[str]] = {}

    def arrived() -> int:
        answer: Any = aws.client("sqs").receive_message(
            QueueUrl=ordered.url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
        )
        for message in answer.get("Messages", []):
            name = json.loads(message["Body"])["detail"]["request"]["name"]
            groups.setdefault(message["Attributes"]["MessageGroupId"], []).append(name)
            aws.client("sqs").delete_message(QueueUrl=ordered.url, ReceiptHandle=message["ReceiptHandle"])
        return sum(len(each) for name, each in groups.items() if name in {"one", "two"}) == len(events)

    eventually(arrived, 20)
    assert {name: sorted(each) for name, each in groups.items() if name in {"one", "two"}} == {
        "one": ["0", "1", "2"],
        "two": ["0", "1", "2"],
    }


def test_what_cannot_be_decoded_is_in_the_dead_letter_queue_with_the_reason(aws: LocalAws) -> None:
    entries: Any = [{"Source": SOURCE, "DetailType": "api_call", "Detail": '{"no": "event"}'}]
    aws.client("events").put_partner_events(Entries=entries)
    message = queue(aws, "SaasusDeadLetterQueue").message(20)
    assert json.loads(message["Body"])["detail"] == {"no": "event"}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NOT_DECODABLE"
    assert "Expected" in attributes["ERROR_MESSAGE"]
    assert SOURCE in attributes["RULE_ARN"]
    assert "DecoderQueue" in attributes["TARGET_ARN"]


def shows(command: Command, id: str, *arguments: str) -> str:
    """Return what a command prints, once it shows an id; empty before."""
    out = command(*arguments).out
    return out if id in out else ""


def test_the_commands_know_decoded_events(aws: LocalAws, command: Command) -> None:
    event = some_event(op.auth.delete_tenant, status=404)
    broken = some_event(op.auth.delete_tenant)
    broken["detail"]["event"] = broken["detail"]["event"][:-9]
    trace_id, broken_id = put(aws, SOURCE, [event, broken])
    tailed = eventually(lambda: shows(command, trace_id, "tail", "--stack", "Decoded", "--no-follow"))
    assert "delete_tenant  404  DELETE /v1/auth/tenants/" in tailed
    [traced] = command("trace", trace_id, "--stack", "Decoded", "--json").out.splitlines()
    assert json.loads(traced)["event"]["detail"]["status"] == 404

    dead = queue(aws, "SaasusDeadLetterQueue")
    listed = eventually(lambda: shows(command, broken_id, "dlq", "list", "--stack", "Decoded"), 20)
    assert "NOT_DECODABLE" in listed
    assert API_KEY not in tailed + traced + listed
    redriven = command("dlq", "redrive", "--stack", "Decoded", "--to-target", "--event-type", "delete_tenant", "--yes")
    assert redriven.sums[1] == 1, redriven
    assert "SQS SendMessage" in redriven.out
    eventually(
        lambda: broken_id in command("dlq", "list", "--stack", "Decoded").out, 20
    )  # it cannot be decoded now either
    aws.client("sqs").purge_queue(QueueUrl=dead.url)


def test_z_no_event_is_lost_while_the_decoder_is_killed(aws: LocalAws) -> None:
    """The last: it changes the decoder."""
    lambdas, sqs = aws.client("lambda"), aws.client("sqs")
    functions = [each["FunctionName"] for each in lambdas.list_functions()["Functions"]]
    [name] = [each for each in functions if "Decoder" in each]
    with urllib.request.urlopen(lambdas.get_function(FunctionName=name)["Code"]["Location"], timeout=10) as answer:
        content = io.BytesIO(answer.read())
    with zipfile.ZipFile(content, "a") as code:
        code.writestr("dying.py", DIES_AT_RANDOM)
    lambdas.update_function_code(FunctionName=name, ZipFile=content.getvalue())
    lambdas.update_function_configuration(FunctionName=name, Handler="dying.handler")
    waiting = queue(aws, "DecoderQueue")
    dead = queue(aws, "SaasusDeadLetterQueue")
    # A killed function's messages come back after this time, and as often as it takes.
    given = sqs.get_queue_attributes(QueueUrl=waiting.url, AttributeNames=["RedrivePolicy"])["Attributes"]
    policy = json.dumps({**json.loads(given["RedrivePolicy"]), "maxReceiveCount": "1000"})
    sqs.set_queue_attributes(QueueUrl=waiting.url, Attributes={"VisibilityTimeout": "2", "RedrivePolicy": policy})
    everything = queue(aws, "/all")
    while everything.messages():
        pass
    events = [some_event(op.auth.create_tenant, request={"name": str(number)}) for number in range(EVENTS)]
    expected = {json.loads(each["detail"]["event"])["log_id"] for each in events}
    for start in range(0, len(events), 10):
        put(aws, SOURCE, events[start : start + 10])
    arrived: Counter[str] = Counter()

    def all_are_there() -> bool:
        while messages := everything.messages():
            for message in messages:
                arrived[json.loads(message["Body"])["detail"]["log_id"]] += 1
                sqs.delete_message(QueueUrl=everything.url, ReceiptHandle=message["ReceiptHandle"])
        return expected <= arrived.keys()

    eventually(all_are_there, 120)
    assert arrived.keys() == expected
    # It was killed after putting events, which then come once more.
    eventually(lambda: all_are_there() and max(arrived.values()) > 1, 20)
    assert arrived.keys() == expected
    assert dead.messages() == []
