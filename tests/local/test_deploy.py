"""A stack of every kind of route, deployed by the real CDK command line, and its faults: nothing is lost."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from constructs_lib.local import Hang, HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from tests.eventually import eventually
from tests.local.resources import Queue
from tests.local.sent_events import created_tenant, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"
APP = Path(__file__).with_name("deployed_app.py")
KEY = ("x-api-key", "only-in-this-test")
ANSWERS: dict[str, Any] = {"accepts": 200, "recovers": [500, 503, 200], "refuses": 400, "hangs": Hang(30)}


class Deployed(NamedTuple):
    aws: LocalAws
    endpoints: dict[str, HttpsEndpoint]
    outside: Path
    taken: list[dict[str, Any]]

    def send(self, event_type: str, count: int = 1) -> list[str]:
        """Send events of a type, and return their trace ids."""
        return put(self.aws, SOURCE, [created_tenant(event_type=event_type) for _ in range(count)])

    @property
    def dead_letters(self) -> Queue:
        [url] = [u for u in self.aws.client("sqs").list_queues()["QueueUrls"] if "DeadLetterQueue" in u]
        return Queue(self.aws, url, "")

    def dead(self, trace_id: str, timeout: float = 15) -> dict[str, Any]:
        """Wait until the event is in the dead-letter queue, and take it out."""
        seen: dict[str, Any] = {}

        def look() -> bool:
            for message in self.dead_letters.messages():
                self.aws.client("sqs").delete_message(
                    QueueUrl=self.dead_letters.url, ReceiptHandle=message["ReceiptHandle"]
                )
                self.taken.append(message)
            for message in self.taken:
                if trace_id in message["Body"]:
                    seen.update(message)
            return bool(seen)

        eventually(look, timeout)
        return seen

    def line(self, group: str, word: str) -> str:
        """Wait until the log group has a line with the word."""
        return eventually(lambda: self.lines(group, word))[0]

    def lines(self, group: str, word: str) -> list[str]:
        events = self.aws.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if word in event["message"]]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    endpoints = {name: HttpsEndpoint(answers, api_key=KEY).start() for name, answers in ANSWERS.items()}
    authorities = folder / "ca.pem"
    authorities.write_text("\n".join(endpoint.ca_file.read_text() for endpoint in endpoints.values()))
    try:
        with LocalAws(ca_file=authorities) as aws:
            bootstrap(aws)
            aws.client("events").create_partner_event_source(Name=SOURCE, Account=aws.account)
            aws.client("secretsmanager").create_secret(Name="endpoint", SecretString=KEY[1])
            made = Deployed(aws, endpoints, folder, [])
            cdk(made, "deploy", "--all", "--require-approval", "never")
            yield made
    finally:
        for endpoint in endpoints.values():
            endpoint.stop()


def cdk(deployed: Deployed, *arguments: str) -> None:
    environment = deployed.aws.environment() | {
        "SOURCE": SOURCE,
        "ENDPOINTS": " ".join(endpoint.url("/hooks") for endpoint in deployed.endpoints.values()),
        "PYTHONPATH": str(APP.parents[2]),
    }
    run_cdk(
        [*arguments, "--output", str(deployed.outside / "cdk.out")],
        cwd=deployed.outside,
        environment=environment,
        app=f"{sys.executable} {APP}",
    )


def test_the_source_is_active(deployed: Deployed) -> None:
    assert deployed.aws.client("events").describe_event_source(Name=SOURCE)["State"] == "ACTIVE"


def test_every_event_is_logged_once_whatever_else_becomes_of_it(deployed: Deployed) -> None:
    [group] = groups(deployed, "/aws/events/Deployed/Saasus-Everything")
    for trace_id in deployed.send("works", 5) + deployed.send("unknown_to_any_route", 5):
        deployed.line(group, trace_id)
        assert len(deployed.lines(group, trace_id)) == 1


def test_a_function_runs(deployed: Deployed) -> None:
    [trace_id] = deployed.send("works")
    assert deployed.line("/aws/lambda/works", f"ran for {trace_id}")


@pytest.mark.parametrize("route", ["raises", "alias", "elsewhere"])
def test_what_a_function_raises_on_is_in_the_dead_letter_queue(deployed: Deployed, route: str) -> None:
    sent = deployed.send(route, 2)
    for trace_id in sent:
        record = json.loads(deployed.dead(trace_id)["Body"])
        assert record["requestPayload"]["detail"]["trace_id"] == trace_id
        assert record["requestContext"]["condition"] == "RetriesExhausted"


def test_an_endpoint_that_accepts_is_called_once_with_its_key(deployed: Deployed) -> None:
    sent = deployed.send("accepts", 3)
    requests = deployed.endpoints["accepts"].wait_for(3)
    assert sorted(request.json()["trace_id"] for request in requests) == sorted(sent)
    assert all(request.authorized for request in requests)
    assert all(set(request.json()) == {"id", "time", "event_type", "trace_id"} for request in requests)


def test_an_endpoint_that_recovers_gets_the_event_after_all(deployed: Deployed) -> None:
    [trace_id] = deployed.send("recovers")
    requests = deployed.endpoints["recovers"].wait_for(3)
    assert [request.json()["trace_id"] for request in requests] == [trace_id] * 3


def test_what_an_endpoint_refuses_is_not_tried_again_but_kept(deployed: Deployed) -> None:
    [trace_id] = deployed.send("refuses")
    attributes = deployed.dead(trace_id)["MessageAttributes"]
    assert attributes["RETRY_ATTEMPTS"]["StringValue"] == "0"
    assert "Refuses" in attributes["RULE_ARN"]["StringValue"]
    assert len(deployed.endpoints["refuses"].requests) == 1


def test_what_hangs_is_given_up_after_five_seconds_and_kept(deployed: Deployed) -> None:
    [trace_id] = deployed.send("hangs")
    assert "ERROR_CODE" in deployed.dead(trace_id)["MessageAttributes"]


def test_what_was_for_a_queue_that_is_missing_is_kept(deployed: Deployed) -> None:
    sent = deployed.send("missing", 2)
    for trace_id in sent:
        body = json.loads(deployed.dead(trace_id)["Body"])
        assert body["detail"]["trace_id"] == trace_id


def test_a_queue_of_ones_own_gets_the_whole_event(deployed: Deployed) -> None:
    [trace_id] = deployed.send("queue")
    url = deployed.aws.client("sqs").get_queue_url(QueueName="mine")["QueueUrl"]
    body = json.loads(Queue(deployed.aws, url, "").message()["Body"])
    assert body["detail"]["trace_id"] == trace_id
    assert body["source"] == SOURCE


def test_no_event_that_arrived_is_also_in_the_dead_letter_queue(deployed: Deployed) -> None:
    sent = deployed.send("queue", 3) + deployed.send("works", 3) + deployed.send("topic", 3)
    marker = deployed.send("missing")[0]
    deployed.dead(marker)
    assert not [message for message in deployed.taken for trace_id in sent if trace_id in message["Body"]]


def test_a_stranger_may_not_put_a_partner_event(deployed: Deployed) -> None:
    entry = {"Source": f"aws.partner/saasus.io/{uuid.uuid4()}-1/event", "DetailType": "api_call", "Detail": "{}"}
    answer = deployed.aws.client("events").put_partner_events(Entries=[entry])  # type: ignore[list-item]
    assert answer["FailedEntryCount"] == 1


# What a user brings: not of this library, so its existence is not looked for.
BROUGHT = {
    "AWS::CDK::Metadata",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Function",
    "AWS::Lambda::Version",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
}


def test_every_resource_that_the_library_makes_is_really_made(deployed: Deployed) -> None:
    client = deployed.aws.client
    logs, events, sqs = client("logs"), client("events"), client("sqs")
    exists: dict[str, Callable[[str], object]] = {
        "AWS::Events::EventBus": lambda name: events.describe_event_bus(Name=name)["Arn"],
        "AWS::Events::Rule": lambda name: events.list_targets_by_rule(
            Rule=name.split("|")[-1].split("/")[-1], EventBusName=SOURCE
        )["Targets"],
        "AWS::Events::Connection": lambda name: events.describe_connection(Name=name)["ConnectionArn"],
        "AWS::Events::ApiDestination": lambda name: events.describe_api_destination(Name=name)["InvocationEndpoint"],
        "AWS::Logs::LogGroup": lambda name: groups(deployed, name),
        "AWS::Logs::ResourcePolicy": lambda name: [
            p for p in logs.describe_resource_policies()["resourcePolicies"] if p["policyName"] == name
        ],
        "AWS::SQS::Queue": lambda url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]),
        "AWS::SQS::QueuePolicy": lambda _: sqs.get_queue_attributes(
            QueueUrl=deployed.dead_letters.url, AttributeNames=["Policy"]
        )["Attributes"]["Policy"],
        "AWS::Lambda::Permission": lambda _: client("lambda").get_policy(FunctionName="works")["Policy"],
        "AWS::Lambda::EventInvokeConfig": lambda _: client("lambda").get_function_event_invoke_config(
            FunctionName="works"
        )["DestinationConfig"]["OnFailure"]["Destination"],
        "AWS::IAM::Policy": lambda _: [
            policy
            for role in client("iam").list_roles()["Roles"]
            for policy in client("iam").list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
            if "works" in policy.lower()
        ],
    }
    made = client("cloudformation").describe_stack_resources(StackName="Deployed")["StackResources"]
    kinds = {resource["ResourceType"] for resource in made} - BROUGHT
    assert kinds == set(exists)
    for resource in made:
        if (look := exists.get(resource["ResourceType"])) is not None:
            assert look(resource["PhysicalResourceId"]), resource


def groups(deployed: Deployed, name: str) -> list[str]:
    found = deployed.aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return [group["logGroupName"] for group in found]


def test_zz_destroy_leaves_nothing_and_lets_the_source_go(deployed: Deployed) -> None:
    """The last test of this file, as its name says: it takes the stack down."""
    cdk(deployed, "destroy", "--all", "--force")
    assert deployed.aws.client("events").describe_event_source(Name=SOURCE)["State"] == "PENDING"
    assert groups(deployed, "/aws/") == []
    assert deployed.aws.client("sqs").list_queues().get("QueueUrls", []) == []
    assert deployed.aws.client("logs").describe_resource_policies()["resourcePolicies"] == []
