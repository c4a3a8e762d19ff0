"""Partner event sources: their states, and what of a partner's events reaches the customer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.runtime.event_source import event_sources
from tests.eventually import eventually
from tests.local.resources import Bus, Queue, new_queue, new_source_name, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws


def state(aws: LocalAws, name: str) -> str:
    return aws.client("events").describe_event_source(Name=name)["State"]


def test_a_new_source_is_pending_and_expires_in_two_weeks(aws: LocalAws, source_name: str) -> None:
    described = aws.client("events").describe_event_source(Name=source_name)
    assert described["State"] == "PENDING"
    assert described["Arn"] == f"arn:aws:events:{aws.region}::event-source/{source_name}"
    assert described["CreatedBy"] == "aws.partner/saasus.io"
    in_two_weeks = datetime.now(timezone.utc) + timedelta(days=14)
    assert abs(described["ExpirationTime"] - in_two_weeks) < timedelta(minutes=1)


def test_sources_are_listed_by_prefix(aws: LocalAws, source_name: str) -> None:
    events = aws.client("events")
    found = events.list_event_sources(NamePrefix=source_name)["EventSources"]
    assert [source["Name"] for source in found] == [source_name]
    assert events.list_event_sources(NamePrefix="aws.partner/other.example")["EventSources"] == []


def test_a_source_is_seen_in_its_own_account_and_region_only(aws: LocalAws, source_name: str) -> None:
    for elsewhere in (aws.client("events", account="111122223333"), aws.client("events", region="eu-west-1")):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            elsewhere.describe_event_source(Name=source_name)


@pytest.mark.parametrize("name", ["aws.partner/saasus.io", "saasus.io/x/event", "aws.partner/saasus.io/a b/event"])
def test_a_name_that_is_not_a_partners_is_refused(aws: LocalAws, name: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").create_partner_event_source(Name=name, Account=aws.account)


def test_a_bus_makes_its_source_active_and_deleting_it_makes_it_pending(aws: LocalAws, source_name: str) -> None:
    events = aws.client("events")
    events.create_event_bus(Name=source_name, EventSourceName=source_name)
    described = events.describe_event_source(Name=source_name)
    assert described["State"] == "ACTIVE"
    assert "ExpirationTime" not in described
    events.delete_event_bus(Name=source_name)
    assert state(aws, source_name) == "PENDING"


def test_a_bus_of_a_source_that_does_not_exist_is_refused(aws: LocalAws) -> None:
    name = new_source_name()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("events").create_event_bus(Name=name, EventSourceName=name)


def test_a_bus_needs_the_name_of_its_source(aws: LocalAws, source_name: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").create_event_bus(Name="mine", EventSourceName=source_name)


def test_a_partners_name_needs_the_source(aws: LocalAws, source_name: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").create_event_bus(Name=source_name)


def test_a_second_bus_of_a_source_is_refused(aws: LocalAws, bus: Bus) -> None:
    with pytest.raises(ClientError, match="ResourceAlreadyExistsException"):
        aws.client("events").create_event_bus(Name=bus.name, EventSourceName=bus.name)


def test_a_bus_with_rules_is_not_deleted(aws: LocalAws, bus: Bus) -> None:
    bus.put_rule()
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").delete_event_bus(Name=bus.name)
    assert state(aws, bus.name) == "ACTIVE"


def test_an_archives_own_rule_keeps_its_bus_and_goes_with_the_archive_only(aws: LocalAws, bus: Bus) -> None:
    events, archive = aws.client("events"), unique("archive")
    arn = events.describe_event_bus(Name=bus.name)["Arn"]
    pattern = json.dumps({"detail": {"n": [1]}})
    events.create_archive(ArchiveName=archive, EventSourceArn=arn, EventPattern=pattern)
    [rule] = events.list_rules(EventBusName=bus.name)["Rules"]
    assert rule["Name"] == f"Events-Archive-{archive}"
    assert rule["ManagedBy"]
    assert json.loads(rule["EventPattern"])["detail"] == {"n": [1]}
    with pytest.raises(ClientError, match="ManagedRuleException"):
        events.delete_rule(Name=rule["Name"], EventBusName=bus.name)
    with pytest.raises(ClientError, match="since it has rules"):
        events.delete_event_bus(Name=bus.name)
    events.update_archive(ArchiveName=archive, EventPattern=json.dumps({"detail": {"n": [2]}}))
    [rule] = events.list_rules(EventBusName=bus.name)["Rules"]
    assert json.loads(rule["EventPattern"])["detail"] == {"n": [2]}
    events.delete_archive(ArchiveName=archive)
    assert events.list_rules(EventBusName=bus.name)["Rules"] == []
    events.delete_event_bus(Name=bus.name)
    assert events.describe_event_source(Name=bus.name)["State"] == "PENDING"


def test_sources_and_targets_come_in_pages(aws: LocalAws, bus: Bus) -> None:
    events, prefix = aws.client("events"), f"aws.partner/saasus.io/{unique('paged')}"
    names = {f"{prefix}-{number}/event" for number in range(5)}
    for name in names:
        events.create_partner_event_source(Name=name, Account=aws.account)
    first = events.list_event_sources(NamePrefix=prefix)
    assert len(first["EventSources"]) < len(names)
    assert event_sources(_Prefixed(events, prefix)).keys() == names
    for number in range(5):
        queue = new_queue(aws)
        bus.put_rule()
        events.put_targets(Rule="rule", EventBusName=bus.name, Targets=[{"Id": str(number), "Arn": queue.arn}])
    assert "NextToken" in events.list_targets_by_rule(Rule="rule", EventBusName=bus.name)
    pages = events.get_paginator("list_targets_by_rule").paginate(Rule="rule", EventBusName=bus.name)
    assert sorted(target["Id"] for page in pages for target in page["Targets"]) == ["0", "1", "2", "3", "4"]


class _Prefixed:
    """EventBridge with no other sources than those of a prefix."""

    def __init__(self, events: Any, prefix: str) -> None:
        self._events, self._prefix = events, prefix

    def list_event_sources(self, **asked: str) -> Any:
        return self._events.list_event_sources(**{**asked, "NamePrefix": self._prefix})


def test_a_partner_bus_takes_no_resource_policy(aws: LocalAws, bus: Bus) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").put_permission(
            EventBusName=bus.name, StatementId="x", Principal="*", Action="events:PutEvents"
        )


def test_an_event_reaches_the_rules_of_the_bus_as_the_partner_sent_it(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    queue.allow_events()
    bus.route(queue.arn)
    event_id = aws.client("events").put_partner_events(
        Entries=[
            {
                "Source": bus.name,
                "DetailType": "api_call",
                "Detail": '{"event_type": "create_tenant", "name": "日本"}',
                "Time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
                "Resources": ["r"],
            }
        ]
    )["Entries"][0]["EventId"]
    body = queue.message()["Body"]
    assert json.loads(body) == {
        "version": "0",
        "id": event_id,
        "source": bus.name,
        "account": aws.account,
        "time": "2026-01-02T03:04:05Z",
        "region": aws.region,
        "resources": ["r"],
        "detail-type": "api_call",
        "detail": {"event_type": "create_tenant", "name": "日本"},
    }
    assert '"name":"日本"' in body


def test_an_event_is_the_business_of_matching_rules_only(bus: Bus, queue: Queue) -> None:
    queue.allow_events()
    bus.put_rule("rule", {"detail": {"event_type": ["create_tenant"]}})
    bus.aws.client("events").put_targets(Rule="rule", EventBusName=bus.name, Targets=[{"Id": "1", "Arn": queue.arn}])
    bus.send(event_type="delete_tenant")
    bus.send(event_type="create_tenant")
    assert json.loads(queue.message()["Body"])["detail"]["event_type"] == "create_tenant"
    assert bus.metric("MatchedEvents") == 1


def test_events_of_a_source_without_a_bus_are_taken_and_dropped(aws: LocalAws, source_name: str, queue: Queue) -> None:
    bus = Bus(aws, source_name)
    bus.send(before="the bus")
    aws.client("events").create_event_bus(Name=source_name, EventSourceName=source_name)
    queue.allow_events()
    bus.route(queue.arn)
    bus.send(after="the bus")
    assert json.loads(queue.message()["Body"])["detail"] == {"after": "the bus"}
    assert queue.messages() == []


def test_a_deactivated_source_keeps_its_bus_and_drops_its_events(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    events = aws.client("events")
    queue.allow_events()
    bus.route(queue.arn)
    events.deactivate_event_source(Name=bus.name)
    assert state(aws, bus.name) == "PENDING"
    assert events.describe_event_bus(Name=bus.name)["Name"] == bus.name
    bus.send(n=1)
    events.activate_event_source(Name=bus.name)
    assert state(aws, bus.name) == "ACTIVE"
    bus.send(n=2)
    assert json.loads(queue.message()["Body"])["detail"] == {"n": 2}


def test_a_source_without_a_bus_cannot_be_activated(aws: LocalAws, source_name: str) -> None:
    with pytest.raises(ClientError, match="InvalidStateException"):
        aws.client("events").activate_event_source(Name=source_name)


def test_a_source_that_its_partner_deleted_is_dead_and_live_again_when_recreated(
    aws: LocalAws, bus: Bus, queue: Queue
) -> None:
    events = aws.client("events")
    queue.allow_events()
    bus.route(queue.arn)
    events.delete_partner_event_source(Name=bus.name, Account=aws.account)
    assert state(aws, bus.name) == "DELETED"
    bus.send(n=1)
    events.create_partner_event_source(Name=bus.name, Account=aws.account)
    assert state(aws, bus.name) == "ACTIVE"
    bus.send(n=2)
    assert json.loads(queue.message()["Body"])["detail"] == {"n": 2}


def test_a_deleted_source_without_a_bus_is_gone(aws: LocalAws, source_name: str) -> None:
    events = aws.client("events")
    events.delete_partner_event_source(Name=source_name, Account=aws.account)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events.describe_event_source(Name=source_name)


def test_no_bus_can_be_made_for_a_deleted_source(aws: LocalAws, bus: Bus) -> None:
    events = aws.client("events")
    events.delete_partner_event_source(Name=bus.name, Account=aws.account)
    events.delete_event_bus(Name=bus.name)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events.create_event_bus(Name=bus.name, EventSourceName=bus.name)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Source": "aws.partner/saasus.io/nobody/event"}, "ResourceNotFoundException"),
        ({"DetailType": ""}, "InvalidArgument"),
    ],
)
def test_an_entry_that_cannot_be_taken_fails_by_itself(aws: LocalAws, bus: Bus, entry: Any, code: str) -> None:
    good: dict[str, Any] = {"Source": bus.name, "DetailType": "api_call", "Detail": "{}"}
    entries: Any = [good, {**good, **entry}]
    answer = aws.client("events").put_partner_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    assert "EventId" in answer["Entries"][0]
    assert answer["Entries"][1]["ErrorCode"] == code


def test_a_request_of_more_than_a_megabyte_is_refused(aws: LocalAws, bus: Bus) -> None:
    detail = json.dumps({"text": "x" * 600_000})
    entry: Any = {"Source": bus.name, "DetailType": "api_call", "Detail": detail}
    aws.client("events").put_partner_events(Entries=[entry])
    with pytest.raises(ClientError, match="ValidationException"):
        aws.client("events").put_partner_events(Entries=[entry, entry])


def test_a_customer_cannot_put_a_partners_events(aws: LocalAws, bus: Bus) -> None:
    events = aws.client("events")
    answer = events.put_events(Entries=[{"Source": bus.name, "DetailType": "api_call", "Detail": "{}"}])
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    with pytest.raises(ClientError, match="ValidationException"):
        events.put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}", "EventBusName": bus.name}])


def test_putting_events_does_not_wait_for_targets(bus: Bus, queue: Queue) -> None:
    queue.allow_events()
    bus.route(queue.arn)
    for n in range(20):
        bus.send(n=n)
    received: set[int] = set()

    def all_there() -> bool:
        received.update(json.loads(message["Body"])["detail"]["n"] for message in queue.messages())
        return received == set(range(20))

    assert eventually(all_there)
