"""A bus with archive, key, event logging and monitoring, deployed by the real CDK command line, and taken down."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from tests.eventually import eventually
from tests.local.resources import Queue
from tests.local.sent_events import created_tenant, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"
NEW_SOURCE = SOURCE.replace("-1/", "-2/")
APP = Path(__file__).with_name("observed_app.py")


@pytest.fixture(scope="module")
def cdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LocalAws]]:
    folder = tmp_path_factory.mktemp("observed")
    with LocalAws() as aws:
        bootstrap(aws)
        for source in (SOURCE, NEW_SOURCE):
            aws.client("events").create_partner_event_source(Name=source, Account=aws.account)

        def run(*arguments: str, source: str = SOURCE) -> LocalAws:
            run_cdk(
                [*arguments, "--output", str(folder / "cdk.out")],
                cwd=folder,
                environment=aws.environment() | {"SOURCE": source, "PYTHONPATH": str(APP.parents[2])},
                app=f"{sys.executable} {APP}",
            )
            return aws

        yield run


@pytest.fixture(scope="module")
def aws(cdk: Callable[..., LocalAws]) -> LocalAws:
    return cdk("deploy", "--require-approval", "never")


def send(aws: LocalAws, event_type: str) -> str:
    [trace_id] = put(aws, SOURCE, [created_tenant(event_type=event_type)])
    return trace_id


def test_an_event_is_logged_and_archived(aws: LocalAws) -> None:
    trace_id = send(aws, "create_tenant")
    group = "/aws/events/Observed/Saasus-Everything"
    logs, events = aws.client("logs"), aws.client("events")
    assert eventually(
        lambda: [e for e in logs.filter_log_events(logGroupName=group)["events"] if trace_id in e["message"]]
    )
    [archive] = events.list_archives()["Archives"]
    assert archive["RetentionDays"] == 7
    assert eventually(lambda: events.describe_archive(ArchiveName=archive["ArchiveName"])["EventCount"])


def test_what_a_function_raises_on_reaches_the_encrypted_queue(aws: LocalAws) -> None:
    trace_id = send(aws, "raises")
    sqs = aws.client("sqs")
    [url] = sqs.list_queues()["QueueUrls"]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"]
    body = json.loads(Queue(aws, url, "").message(20)["Body"])
    assert body["requestPayload"]["detail"]["trace_id"] == trace_id


def test_the_buss_own_log_is_delivered_at_each_level(aws: LocalAws) -> None:
    logs = aws.client("logs")
    sources = {each["name"]: each for each in logs.describe_delivery_sources()["deliverySources"]}
    assert sorted(each["logType"] for each in sources.values()) == ["ERROR_LOGS", "INFO_LOGS", "TRACE_LOGS"]
    assert {arn for each in sources.values() for arn in each["resourceArns"]} == {
        aws.client("events").describe_event_bus(Name=SOURCE)["Arn"]
    }
    deliveries = logs.describe_deliveries()["deliveries"]
    assert {each["deliverySourceName"] for each in deliveries} == set(sources)


def test_the_alarms_are_there_and_watch_the_rule_by_its_name(aws: LocalAws) -> None:
    alarms: Any = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) == 7
    assert [each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"] == []  # right after a first deploy
    [of_route] = [alarm for alarm in alarms if "SilenceOf" in alarm["AlarmName"]]
    named = {each["Name"]: each["Value"] for each in of_route["Dimensions"]}
    rules = [rule["Name"] for rule in aws.client("events").list_rules(EventBusName=SOURCE)["Rules"]]
    assert named["EventBusName"] == SOURCE
    assert named["RuleName"] in rules


def test_the_dashboard_is_valid(aws: LocalAws) -> None:
    cloudwatch: Any = aws.client("cloudwatch")
    [dashboard] = cloudwatch.list_dashboards()["DashboardEntries"]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"])
    assert len(body["widgets"]) == 9


def test_y_another_source_replaces_bus_archive_and_log_deliveries(aws: LocalAws, cdk: Callable[..., LocalAws]) -> None:
    """The last but one: what the tests before look at is gone then."""
    events, logs = aws.client("events"), aws.client("logs")
    [alarm_names] = [{each["AlarmName"] for each in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]}]
    cdk("deploy", "--require-approval", "never", source=NEW_SOURCE)
    buses = {bus["Name"]: bus["Arn"] for bus in events.list_event_buses()["EventBuses"]}
    assert NEW_SOURCE in buses
    assert SOURCE not in buses
    [archive] = events.list_archives()["Archives"]
    assert archive["EventSourceArn"] == buses[NEW_SOURCE]
    sources = logs.describe_delivery_sources()["deliverySources"]
    assert {arn for each in sources for arn in each["resourceArns"]} == {buses[NEW_SOURCE]}
    assert len(logs.describe_deliveries()["deliveries"]) == 3
    assert events.describe_event_source(Name=SOURCE)["State"] == "PENDING"
    assert {each["AlarmName"] for each in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]} == alarm_names


def test_zz_destroy_leaves_nothing(aws: LocalAws, cdk: Callable[..., LocalAws]) -> None:
    """The last test of this file, as its name says: it takes the stack down."""
    cdk("destroy", "--force", source=NEW_SOURCE)
    logs = aws.client("logs")
    assert logs.describe_delivery_sources()["deliverySources"] == []
    assert logs.describe_delivery_destinations()["deliveryDestinations"] == []
    assert logs.describe_deliveries()["deliveries"] == []
    events = aws.client("events")
    assert events.list_archives()["Archives"] == []
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default"]
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
