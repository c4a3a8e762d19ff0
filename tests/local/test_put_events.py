"""Events that a program of the account puts on a bus: their time, their size, and what AWS refuses."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.local.resources import Queue, new_queue, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

MEGABYTE = 1024 * 1024
EVENT: dict[str, Any] = {"Source": "mine", "DetailType": "made", "Detail": "{}"}


@pytest.fixture
def bus_name(aws: LocalAws) -> str:
    """A bus of the account's own."""
    name = unique("bus")
    aws.client("events").create_event_bus(Name=name)
    return name


@pytest.fixture
def arrived(aws: LocalAws, bus_name: str) -> Queue:
    """A queue that gets all events of the bus."""
    queue = new_queue(aws).allow_events()
    events = aws.client("events")
    events.put_rule(Name="all", EventBusName=bus_name, EventPattern=json.dumps({"source": [{"exists": True}]}))
    events.put_targets(Rule="all", EventBusName=bus_name, Targets=[{"Id": "1", "Arn": queue.arn}])
    return queue


def put(aws: LocalAws, bus_name: str, *entries: dict[str, Any]) -> Any:
    listed: Any = [{"EventBusName": bus_name, **EVENT, **entry} for entry in entries]
    return aws.client("events").put_events(Entries=listed)


def test_an_event_has_the_time_that_it_was_put_with_in_whole_seconds(
    aws: LocalAws, bus_name: str, arrived: Queue
) -> None:
    put(aws, bus_name, {"Time": datetime(2021, 3, 4, 5, 6, 7, 890_000, tzinfo=timezone.utc)})
    assert json.loads(arrived.message()["Body"])["time"] == "2021-03-04T05:06:07Z"


def test_an_event_without_a_time_has_that_of_its_arrival(aws: LocalAws, bus_name: str, arrived: Queue) -> None:
    put(aws, bus_name, {})
    moment = datetime.fromisoformat(json.loads(arrived.message()["Body"])["time"].replace("Z", "+00:00"))
    assert abs((datetime.now(timezone.utc) - moment).total_seconds()) < 30


def test_an_event_arrives_with_an_id_of_its_own_and_everything_it_was_put_with(
    aws: LocalAws, bus_name: str, arrived: Queue
) -> None:
    answer = put(aws, bus_name, {"Detail": '{"text": "日本"}', "Resources": ["arn:aws:s3:::one"]})
    event = json.loads(arrived.message()["Body"])
    assert event["id"] == answer["Entries"][0]["EventId"]
    assert (event["source"], event["detail-type"]) == ("mine", "made")
    assert (event["detail"], event["resources"]) == ({"text": "日本"}, ["arn:aws:s3:::one"])
    assert (event["account"], event["region"]) == (aws.account, aws.region)


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        ({}, 0),
        ({"Time": datetime(2021, 3, 4, tzinfo=timezone.utc)}, 14),
        ({"Resources": ["arn:aws:s3:::one", "日本"]}, 16 + 6),
        ({"Source": "日本"}, 6 - len("mine")),
        ({"DetailType": "日本"}, 6 - len("made")),
    ],
    ids=["detail", "time", "resources", "source", "detail type"],
)
def test_a_request_of_a_megabyte_is_accepted_and_one_more_byte_is_not(
    aws: LocalAws, bus_name: str, entry: dict[str, Any], counted: int
) -> None:
    around = len("mine" + "made" + '{"text":""}') + counted
    for of_two in (False, True):
        first = {"Detail": '{"日":1}'}
        others = len("mine" + "made" + '{"":1}') + 3 if of_two else 0
        text = "x" * (MEGABYTE - around - others)
        entries = [first] if of_two else []
        put(aws, bus_name, *entries, {**entry, "Detail": f'{{"text":"{text}"}}'})
        with pytest.raises(ClientError, match=r"ValidationException.*Total size of the entries"):
            put(aws, bus_name, *entries, {**entry, "Detail": f'{{"text":"{text}x"}}'})


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Detail": ""}, "InvalidArgument"),
        ({"DetailType": ""}, "InvalidArgument"),
        ({"Source": ""}, "InvalidArgument"),
        ({"Source": "aws.partner/saasus.io/x/event"}, "NotAuthorizedForSourceException"),
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
        ({"EventBusName": "arn:aws:events:us-east-1:111122223333:event-bus/theirs"}, "ResourceNotFoundException"),
    ],
)
def test_an_entry_that_is_not_an_event_fails_by_itself(
    aws: LocalAws, bus_name: str, arrived: Queue, entry: dict[str, Any], code: str
) -> None:
    answer = put(aws, bus_name, {"Detail": '{"n":1}'}, entry, {"Detail": '{"n":2}'})
    assert answer["FailedEntryCount"] == 1
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [None, code, None]
    assert "EventId" not in answer["Entries"][1]
    found: list[int] = []

    def both_there() -> bool:
        found.extend(json.loads(message["Body"])["detail"]["n"] for message in arrived.messages())
        return len(found) >= 2

    eventually(both_there)
    assert sorted(found) == [1, 2]


def test_a_request_has_at_most_ten_entries(aws: LocalAws, bus_name: str) -> None:
    assert len(put(aws, bus_name, *[{}] * 10)["Entries"]) == 10
    with pytest.raises(ClientError, match="ValidationException"):
        put(aws, bus_name, *[{}] * 11)


def test_events_for_a_name_that_no_bus_has_are_accepted_and_gone(aws: LocalAws, bus_name: str, arrived: Queue) -> None:
    answer = put(aws, bus_name, {"EventBusName": unique("no-bus"), "Detail": '{"n":1}'}, {"Detail": '{"n":2}'})
    assert answer["FailedEntryCount"] == 0
    assert json.loads(arrived.message()["Body"])["detail"] == {"n": 2}
    assert arrived.messages() == []


@pytest.mark.parametrize(
    "target",
    [
        {"Input": "{}"},
        {"InputPath": "$.detail"},
        {"InputTransformer": {"InputPathsMap": {"d": "$.detail"}, "InputTemplate": "<d>"}},
    ],
    ids=["input", "path", "transformer"],
)
def test_what_goes_to_a_bus_cannot_be_changed_on_the_way(aws: LocalAws, bus_name: str, target: Any) -> None:
    events = aws.client("events")
    other = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
    events.put_rule(Name="all", EventBusName=bus_name, EventPattern=json.dumps({"source": [{"exists": True}]}))
    listed: Any = [{"Id": "1", "Arn": other, **target}]
    with pytest.raises(ClientError, match=r"ValidationException.*event bus"):
        events.put_targets(Rule="all", EventBusName=bus_name, Targets=listed)


def test_the_time_of_an_event_is_the_same_on_the_next_bus(aws: LocalAws, bus_name: str, arrived: Queue) -> None:
    events, first = aws.client("events"), unique("bus")
    there = events.create_event_bus(Name=first)
    here = events.describe_event_bus(Name=bus_name)["Arn"]
    assert there["EventBusArn"] != here
    events.put_rule(Name="on", EventBusName=first, EventPattern=json.dumps({"source": ["mine"]}))
    events.put_targets(Rule="on", EventBusName=first, Targets=[{"Id": "1", "Arn": here}])
    put(aws, first, {"Time": datetime(2021, 3, 4, 5, 6, 7, tzinfo=timezone.utc)})
    assert json.loads(arrived.message()["Body"])["time"] == "2021-03-04T05:06:07Z"
