"""A few clients of AWS in memory, in the place of boto3's, for the commands that talk to AWS."""

from __future__ import annotations

import itertools
import time
from email.utils import formatdate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


_MINUTE = 60.0


class FakeSqs:
    """One queue, as unkind as SQS's API reference says that queues are.

    Time goes on only with `pass_time`. A message whose time is over is seen again; every receive makes the older
    handles void; a void handle deletes nothing, and says nothing of it; what was deleted can come again; a batch can
    fail in part; what is over its time cannot be hidden again. And there are other readers.
    """

    def __init__(self) -> None:
        self.meta = SimpleNamespace(region_name="us-east-1")
        self.queue: dict[str, dict[str, Any]] = {}
        self.copies: dict[str, dict[str, Any]] = {}
        """Of deleted messages, on a server that could not be reached; each comes again once."""
        self.twice: set[str] = set()
        """Ids that are handed out once more although they are hidden, as SQS may."""
        self.forgets_to_delete: set[str] = set()
        """Ids of which a copy stays when they are deleted."""
        self.keeps_hidden: set[str] = set()
        """Ids that a batch fails to give back."""
        self.most = 10
        """How many messages one answer has at most."""
        self.sent: list[dict[str, Any]] = []
        self.refuses: dict[str, Exception] = {}
        self.attributes: dict[str, str] = {}
        self.behind: float | None = None
        """How many seconds its own clock, which its answers name, is behind this machine's; None names no time."""
        self.seconds = 0.0
        self._started = time.time()
        self._hidden: dict[str, float] = {}
        self._handles: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def rule_time(self, monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
        """Let the command's clock be this one's."""
        monkeypatch.setattr("constructs_lib.cli.dlq.queue_reader.monotonic", lambda: self.seconds)
        monkeypatch.setattr("constructs_lib.cli.screen.progress.time", SimpleNamespace(monotonic=lambda: self.seconds))
        return self

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds

    def put(self, body: str, **attributes: str) -> str:
        id = f"message-{next(self._numbers)}"
        self.queue[id] = {
            "MessageId": id,
            "Body": body,
            "MessageAttributes": {name: {"StringValue": value} for name, value in attributes.items()},
        }
        self.date(id, -_MINUTE)
        return id

    def date(self, id: str, seconds: float) -> None:
        """Let a message have come so much later than now."""
        moment = int((self._started + self.seconds + seconds) * 1000)
        self.queue[id]["Attributes"] = {"SentTimestamp": str(moment)}

    def taken_by_another(self, id: str, seconds: float = 600) -> None:
        """Let another reader receive a message."""
        assert id in self.visible, "nobody gets what is hidden"
        self._hand_out(id, seconds)

    @property
    def visible(self) -> list[str]:
        return [id for id in self.queue if self.seconds >= self._hidden.get(id, 0)]

    def get_queue_url(self, *, QueueName: str, **_: Any) -> dict[str, str]:  # noqa: N803 - boto3's names
        self._refuse("get_queue_url")
        return {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/111122223333/{QueueName}"}

    def list_queues(self, **_: Any) -> dict[str, Any]:
        return {"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters"]}

    def get_queue_attributes(self, *, AttributeNames: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803
        self._refuse("get_queue_attributes")
        counts = {
            "ApproximateNumberOfMessages": str(len(self.visible)),
            "ApproximateNumberOfMessagesNotVisible": str(len(self.queue) - len(self.visible)),
            "ApproximateNumberOfMessagesDelayed": "0",
            **self.attributes,
        }
        headers = {} if self.behind is None else {"date": formatdate(time.time() - self.behind, usegmt=True)}
        return {
            "Attributes": {name: counts[name] for name in AttributeNames if name in counts},
            "ResponseMetadata": {"HTTPHeaders": headers},
        }

    def receive_message(self, *, VisibilityTimeout: int = 30, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._refuse("receive_message")
        again = [id for id in self.queue if id in self.twice and id not in self.visible]
        self.twice -= set(again)
        given = [self._hand_out(id, VisibilityTimeout) for id in [*again, *self.visible][: self.most]]
        for id in list(self.copies):
            copy = self.copies.pop(id)
            self.queue[id] = copy
            given.append(self._hand_out(id, VisibilityTimeout))
        return {"Messages": given} if given else {}

    def _hand_out(self, id: str, seconds: float) -> dict[str, Any]:
        self._hidden[id] = self.seconds + seconds
        self._handles[id] = f"{id}/{next(self._numbers)}"
        return self.queue[id] | {"ReceiptHandle": self._handles[id]}

    def _in_flight(self, handle: str) -> str:
        """Return the id of the message that the handle still holds."""
        id = handle.partition("/")[0]
        if id not in self._handles:
            raise refusal("ReceiptHandleIsInvalid")
        if self._handles[id] != handle or id not in self.queue or id in self.visible:
            raise refusal("AWS.SimpleQueueService.MessageNotInflight")
        return id

    def change_message_visibility(self, *, ReceiptHandle: str, VisibilityTimeout: int, **_: Any) -> None:  # noqa: N803
        self._refuse("change_message_visibility")
        self._hidden[self._in_flight(ReceiptHandle)] = self.seconds + VisibilityTimeout

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        self._refuse("change_message_visibility_batch")
        assert 0 < len(Entries) <= 10, "SQS takes one to ten"
        assert len({entry["Id"] for entry in Entries}) == len(Entries), "SQS wants each id once"
        failed = []
        for entry in Entries:
            try:
                id = self._in_flight(entry["ReceiptHandle"])
                if id in self.keeps_hidden:
                    raise refusal("InternalError")
                self._hidden[id] = self.seconds + entry["VisibilityTimeout"]
            except ClientError as error:
                failed.append({"Id": entry["Id"], "Code": error.response["Error"]["Code"], "SenderFault": True})
        return {"Failed": failed} if failed else {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        self._refuse("delete_message")
        id = ReceiptHandle.partition("/")[0]
        if id not in self._handles:
            raise refusal("ReceiptHandleIsInvalid")
        if self._handles[id] != ReceiptHandle or id not in self.queue:
            return
        gone = self.queue.pop(id)
        if id in self.forgets_to_delete:
            self.forgets_to_delete.remove(id)
            self.copies[id] = gone

    def send_message(self, **message: Any) -> None:
        self._refuse("send_message")
        is_fifo = message["QueueUrl"].endswith(".fifo")
        assert ("MessageGroupId" in message) or not is_fifo, "a FIFO queue wants a group"
        assert ("MessageDeduplicationId" in message) == is_fifo, "without content-based deduplication"
        self.sent.append(message)

    def _refuse(self, action: str) -> None:
        if error := self.refuses.get(action):
            raise error


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
        if name == "list_targets_by_rule":
            return SimpleNamespace(paginate=self._target_pages)
        assert name == "list_rules"
        return SimpleNamespace(paginate=lambda **_: [{"Rules": [rule]} for rule in self.rules])

    def _target_pages(self, **asked: Any) -> Iterator[dict[str, Any]]:
        page = self.list_targets_by_rule(**asked)
        yield page
        while "NextToken" in page:
            page = self.list_targets_by_rule(**asked, NextToken=page["NextToken"])
            yield page

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
