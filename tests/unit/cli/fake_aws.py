"""A few clients of AWS in memory, in the place of boto3's, for the commands that talk to AWS."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    import pytest

QUEUE = "arn:aws:sqs:us-east-1:111122223333:dead-letters"


def refusal(code: str, message: str = "no", operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class FakeAws:
    """What `boto3.Session` gives: the same client for a service whatever the region, and which regions were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **clients: Any) -> None:
        self.clients = clients
        self.regions: list[tuple[str, str | None]] = []
        monkeypatch.setattr("boto3.Session", lambda **_: SimpleNamespace(client=self._client))

    def _client(self, service: str, *, region_name: str | None = None) -> Any:
        self.regions.append((service, region_name))
        return self.clients[service]


class FakeSqs:
    """Queues with visibility, handles that the next receive makes void, and faults on request."""

    def __init__(self) -> None:
        self.meta = SimpleNamespace(region_name="us-east-1")
        self.queue: dict[str, dict[str, Any]] = {}
        self.handles: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.twice: set[str] = set()
        """Ids that are handed out once more although they are hidden, as SQS may."""
        self.sent: list[dict[str, Any]] = []
        self.refuses: dict[str, Exception] = {}
        self._numbers = itertools.count(1)

    def put(self, body: str, **attributes: str) -> str:
        id = f"message-{next(self._numbers)}"
        self.queue[id] = {
            "MessageId": id,
            "Body": body,
            "Attributes": {"SentTimestamp": str(int((time.time() - 60) * 1000))},
            "MessageAttributes": {name: {"StringValue": value} for name, value in attributes.items()},
        }
        return id

    @property
    def visible(self) -> list[str]:
        return [id for id in self.queue if id not in self.hidden]

    def get_queue_url(self, *, QueueName: str, **_: Any) -> dict[str, str]:  # noqa: N803 - boto3's names
        if error := self.refuses.get("get_queue_url"):
            raise error
        return {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/111122223333/{QueueName}"}

    def list_queues(self, **_: Any) -> dict[str, Any]:
        return {"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters"]}

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        hidden = len(self.hidden & set(self.queue))
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(len(self.visible)),
                "ApproximateNumberOfMessagesNotVisible": str(hidden),
            }
        }

    def receive_message(self, **_: Any) -> dict[str, Any]:
        again = [id for id in self.twice if id in self.hidden]
        self.twice -= set(again)
        given = [*again, *self.visible][:10]
        self.hidden |= set(given)
        for id in given:
            self.handles[id] = f"{id}/{next(self._numbers)}"
        return {"Messages": [self.queue[id] | {"ReceiptHandle": self.handles[id]} for id in given if id in self.queue]}

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        if error := self.refuses.get("change_message_visibility_batch"):
            raise error
        assert all(entry["VisibilityTimeout"] == 0 for entry in Entries)
        for entry in Entries:
            id = entry["ReceiptHandle"].partition("/")[0]
            if self.handles.get(id) == entry["ReceiptHandle"]:
                self.hidden.discard(id)
        return {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        if error := self.refuses.get("delete_message"):
            raise error
        id = ReceiptHandle.partition("/")[0]
        assert self.handles[id] == ReceiptHandle, "an old handle does not delete for certain"
        del self.queue[id]

    def send_message(self, **message: Any) -> None:
        if error := self.refuses.get("send_message"):
            raise error
        self.sent.append(message)


class FakeEvents:
    """Rules with targets, buses, an archive, and a replay that goes through given states."""

    class exceptions:  # noqa: N801 - as boto3 has it
        class ResourceNotFoundException(ClientError):
            """As boto3's."""

    def __init__(self) -> None:
        self.meta = SimpleNamespace(region_name="us-east-1")
        self.targets: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[dict[str, Any]] = []
        self.put: list[dict[str, Any]] = []
        self.entry_error: dict[str, Any] = {}
        self.archive: dict[str, Any] = {}
        self.rules: list[dict[str, Any]] = []
        self.started: list[dict[str, Any]] = []
        self.states: list[Any] = []

    def list_targets_by_rule(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if asked["Rule"] not in self.targets:
            raise refusal("ResourceNotFoundException")
        targets = self.targets[asked["Rule"]]
        # One a page.
        start = int(asked.get("NextToken", 0))
        more = {"NextToken": str(start + 1)} if start + 1 < len(targets) else {}
        return {"Targets": targets[start : start + 1], **more}

    def describe_event_bus(self, **_: Any) -> dict[str, Any]:
        return {}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.put += Entries
        return {"FailedEntryCount": len(self.entry_error), "Entries": [self.entry_error]}

    def describe_archive(self, *, ArchiveName: str) -> dict[str, Any]:  # noqa: N803
        if ArchiveName != self.archive.get("ArchiveName"):
            raise self.exceptions.ResourceNotFoundException({"Error": {"Code": "x", "Message": ""}}, "DescribeArchive")
        return self.archive

    def list_archives(self) -> dict[str, Any]:
        return {"Archives": [self.archive]}

    def get_paginator(self, name: str) -> Any:
        assert name == "list_rules"
        return SimpleNamespace(paginate=lambda **_: [{"Rules": [rule]} for rule in self.rules])

    def start_replay(self, **asked: Any) -> dict[str, Any]:
        self.started.append(asked)
        return {"State": "STARTING"}

    def describe_replay(self, **_: Any) -> dict[str, Any]:
        found = self.states.pop(0)
        if isinstance(found, BaseException):
            raise found
        assert isinstance(found, dict)
        return found


class FakeLogs:
    """Log groups whose `FilterLogEvents` answers in pages of two; a page can be an error instead, once."""

    def __init__(self, **groups: list[dict[str, Any]]) -> None:
        self.meta = SimpleNamespace(region_name="us-east-1")
        self.groups = {name.replace("_", "/"): lines for name, lines in groups.items()}
        self.asked: list[dict[str, Any]] = []
        self.errors: list[Exception | None] = []

    def add(self, group: str, message: str, *, ago: float = 0, id: str = "") -> None:
        lines = self.groups.setdefault(group, [])
        moment = int((time.time() - ago) * 1000)
        lines.append({"eventId": id or f"{group}-{len(lines)}", "timestamp": moment, "message": message})

    def get_paginator(self, name: str) -> Any:
        assert name == "filter_log_events"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **asked: Any) -> Any:
        self.asked.append(asked)
        if asked["logGroupName"] not in self.groups:
            raise refusal("ResourceNotFoundException")
        lines = sorted(self.groups[asked["logGroupName"]], key=lambda line: int(line["timestamp"]))
        found = [line for line in lines if line["timestamp"] >= asked["startTime"]]
        for start in range(0, len(found), 2):
            yield {"events": found[start : start + 2]}
            if self.errors and (error := self.errors.pop(0)) is not None:
                raise error

    def describe_log_groups(self, **_: Any) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": name} for name in self.groups]}
