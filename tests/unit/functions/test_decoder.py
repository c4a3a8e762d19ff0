"""The decoder loses nothing: killed between any two steps, refused or throttled, each event arrives or is kept."""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.functions import decoder as module
from constructs_lib.functions.decoder import (
    BUS_VARIABLE,
    DEAD_LETTERS_VARIABLE,
    ORDERED_QUEUE_VARIABLE,
    RULE_VARIABLE,
    Decoder,
)
from constructs_lib.testing import sample_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

QUEUE = "arn:aws:sqs:ap-northeast-1:111122223333:decoding"
ENVIRONMENT = {
    BUS_VARIABLE: "decoded",
    RULE_VARIABLE: "arn:aws:events:ap-northeast-1:111122223333:rule/raw/rule",
    DEAD_LETTERS_VARIABLE: "https://sqs/dead",
}
MOST_RECEIVES = 10
LIMIT = 1024 * 1024


class Killed(BaseException):
    """The function's process is gone."""


class Refused(Exception):
    """What boto3 raises, as far as the decoder looks at it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"An error occurred ({code})")
        self.response = {"Error": {"Code": code}}


class Aws:
    """A queue with messages, a bus, and the queues that the decoder sends to; it can die at any step."""

    def __init__(self, bodies: Iterable[str] = ()) -> None:
        self.waiting: list[dict[str, Any]] = [
            {
                "messageId": f"m{number}",
                "body": body,
                "eventSourceARN": QUEUE,
                "attributes": {"ApproximateReceiveCount": "0"},
            }
            for number, body in enumerate(bodies)
        ]
        self.bus: list[dict[str, Any]] = []
        self.sent: dict[str, list[dict[str, Any]]] = {}
        self.moved: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.limit = LIMIT
        self.kill: Callable[[], bool] = lambda: False
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: {"EventId": "new"}
        self.refuse: Callable[[str, list[dict[str, Any]]], str | Exception | None] = lambda *_: None
        self.fail: Callable[[dict[str, Any]], str | None] = lambda _: None

    def step(self) -> None:
        if self.kill():
            raise Killed

    def decode(self, given: dict[str, Any]) -> dict[str, Any]:
        self.step()
        return decode(given)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self._call("put_events", Entries, [_size(entry) for entry in Entries])
        results = [self.answer(entry) for entry in Entries]
        self.bus += [entry for entry, result in zip(Entries, results, strict=True) if "ErrorCode" not in result]
        self.step()
        return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": results}

    def send_message(self, **message: Any) -> dict[str, Any]:
        self._call("send_message", [message], [len(message["MessageBody"].encode())])
        _require_what_sqs_takes(message)
        assert all(value["StringValue"].isprintable() for value in message["MessageAttributes"].values())
        self.sent.setdefault(message["QueueUrl"], []).append(message)
        self.step()
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self._call("send_message_batch", Entries, [len(each["MessageBody"].encode()) for each in Entries])
        for entry in Entries:
            _require_what_sqs_takes(entry)
        codes = [self.fail(entry) for entry in Entries]
        pairs = [*zip(Entries, codes, strict=True)]
        self.sent.setdefault(QueueUrl, []).extend(entry for entry, code in pairs if code is None)
        self.step()
        return {
            "Successful": [{"Id": entry["Id"]} for entry, code in pairs if code is None],
            "Failed": [{"Id": entry["Id"], "SenderFault": True, "Code": code} for entry, code in pairs if code],
        }

    def _call(self, name: str, entries: list[dict[str, Any]], sizes: list[int]) -> None:
        self.step()
        self.calls[name] += 1
        code = self.refuse(name, entries)
        if code is None and (not 0 < len(entries) <= 10 or sum(sizes) > self.limit):
            code = "ValidationException"
        if isinstance(code, Exception):
            raise code
        if code is not None:
            raise Refused(code)

    def run(self, **environment: str) -> None:
        """Deliver batches, as Lambda does, until the queue is empty; a killed function starts again."""
        decoder = None
        while self.waiting:
            batch, self.waiting = self.waiting[:10], self.waiting[10:]
            for message in batch:
                count = int(message["attributes"]["ApproximateReceiveCount"]) + 1
                message["attributes"]["ApproximateReceiveCount"] = str(count)
            try:
                self.step()
                decoder = decoder or Decoder({**ENVIRONMENT, **environment}, lambda _: self)
                failed = decoder.decode(copy.deepcopy(batch))
                self.step()  # between the report and what Lambda deletes
            except Killed:
                decoder, failed = None, [message["messageId"] for message in batch]
            again = [message for message in batch if message["messageId"] in failed]
            kept = [each for each in again if int(each["attributes"]["ApproximateReceiveCount"]) < MOST_RECEIVES]
            self.moved += [message for message in again if message not in kept]
            self.waiting += kept

    @property
    def dead(self) -> list[dict[str, Any]]:
        return self.sent.get(ENVIRONMENT[DEAD_LETTERS_VARIABLE], [])


def _require_what_sqs_takes(message: dict[str, Any]) -> None:
    assert not re.search("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", message["MessageBody"])


def _size(entry: dict[str, Any]) -> int:
    texts = [entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"]]
    return sum(len(text.encode()) for text in texts) + 14


def event(number: int, **record: str) -> dict[str, Any]:
    made = sample_event(list(op)[number % len(list(op))])
    inside = {**json.loads(made["detail"]["event"]), "log_id": f"log-{number}", **record}
    return {**made, "id": f"event-{number}", "detail": {**made["detail"], "event": json.dumps(inside)}}


def padded(number: int, size: int) -> dict[str, Any]:
    return event(number, response_body=json.dumps({"text": "x" * size}))


def grown(number: int, size: int = 600_000) -> dict[str, Any]:
    """Return an event whose decoded form is larger than its text, because it has a long segment of its uri twice."""
    return event(number, uri=f"/v1/unknown/{'x' * size}")


def body(given: dict[str, Any]) -> str:
    return json.dumps(given, separators=(",", ":"))


def log_ids(entries: Iterable[dict[str, Any]]) -> Counter[str]:
    return Counter(json.loads(entry["Detail"])["log_id"] for entry in entries)


def test_an_event_is_on_the_bus_as_decoded_with_its_own_time() -> None:
    given = event(1)
    aws = Aws([body(given)])
    aws.run()
    [entry] = aws.bus
    expected = decode(given)
    assert json.loads(entry.pop("Detail")) == expected["detail"]
    assert entry == {
        "EventBusName": "decoded",
        "Source": expected["source"],
        "DetailType": expected["detail-type"],
        "Time": given["time"],
        "Resources": [],
    }


def test_calls_hold_ten_events_and_a_megabyte() -> None:
    aws = Aws(body(event(number)) for number in range(25))
    aws.run()
    assert (aws.calls["put_events"], len(aws.bus)) == (3, 25)
    large = Aws(body(padded(number, 400_000)) for number in range(6))
    large.run()
    assert (large.calls["put_events"], len(large.bus)) == (3, 6)


BROKEN = {
    "not JSON": "{",
    "not an event": '{"detail": {}}',
    "a list": "[]",
    "no time": body({**event(1), "time": "yesterday"}),
    "cut off": body({**event(1), "detail": {"event_type": "create_tenant", "event": '{"log_id": "1'}}),
    "resources that are not text": body({**event(1), "resources": [1]}),
}


@pytest.mark.parametrize("given", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_decoded_is_kept_as_it_came_with_the_reason(given: str) -> None:
    aws = Aws([body(event(1)), given, body(event(2))])
    aws.run()
    assert log_ids(aws.bus) == {"log-1": 1, "log-2": 1}
    [letter] = aws.dead
    assert letter["MessageBody"] == given
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    reason = attributes.pop("ERROR_MESSAGE")
    assert len(reason) > 10
    assert attributes == {
        "RULE_ARN": ENVIRONMENT[RULE_VARIABLE],
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "NOT_DECODABLE",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "0",
    }


def test_what_is_too_large_is_kept_with_the_reason() -> None:
    aws = Aws([body(grown(1)), body(event(2))])
    aws.run()
    assert log_ids(aws.bus) == {"log-2": 1}
    assert [letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] for letter in aws.dead] == ["TOO_LARGE"]


def test_an_entry_that_the_bus_refuses_is_kept_and_one_that_it_throttles_comes_again() -> None:
    answers = {
        "log-1": [{"ErrorCode": "InvalidArgument", "ErrorMessage": "No\nway"}],
        "log-2": [{"ErrorCode": "ThrottlingException"}, {"ErrorCode": "InternalFailure"}, {"EventId": "2"}],
    }
    aws = Aws(body(event(number)) for number in range(4))
    aws.answer = lambda entry: (answers.get(json.loads(entry["Detail"])["log_id"]) or [{"EventId": "1"}]).pop(0)
    aws.run()
    assert log_ids(aws.bus) == {"log-0": 1, "log-2": 1, "log-3": 1}
    [letter] = aws.dead
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "InvalidArgument"
    assert letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] == "No way"


def test_a_refused_call_is_repeated_for_each_entry_alone() -> None:
    aws = Aws(body(event(number)) for number in range(5))
    aws.refuse = lambda name, entries: (
        "ValidationException" if name == "put_events" and any("log-3" in each["Detail"] for each in entries) else None
    )
    aws.run()
    assert log_ids(aws.bus) == {f"log-{number}": 1 for number in (0, 1, 2, 4)}
    assert len(aws.dead) == 1


def test_what_cannot_be_kept_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    refusals = ["AccessDenied", "AWS.SimpleQueueService.NonExistentQueue"]
    aws = Aws(["{"])
    aws.refuse = lambda *_: refusals.pop() if refusals else None
    aws.run()
    assert len(aws.dead) == 1
    assert aws.dead[0]["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "2"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"level": "WARN", "failed": {"AWS.SimpleQueueService.NonExistentQueue": 1}}


def test_nothing_of_an_event_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    given = event(1, response_body=json.dumps({"email": "ann@example.com"}))
    aws = Aws([body(given), body(given).replace("}", "", 1)])
    aws.refuse = lambda *_: "AccessDenied"
    aws.run()
    printed = capsys.readouterr()
    assert "AccessDenied" in printed.out
    assert not {"ann@example.com", "log-1", given["detail"]["trace_id"]} & set(json.dumps(printed).split('"'))
    assert "example" not in printed.out + printed.err


@pytest.mark.parametrize("error", ["ParamValidationError", "ValidationException", OverflowError("date value")])
def test_what_boto3_cannot_write_does_not_hold_up_the_others(error: str | Exception) -> None:
    aws = Aws(map(body, [event(1), {**event(2), "time": "9999-12-31T23:59:59-23:59"}, event(3)]))
    aws.refuse = lambda name, entries: error if name == "put_events" and _has_time(entries, "9999") else None
    aws.run(**ordered(by="tenant"))
    assert log_ids(aws.bus) == {"log-1": 1, "log-3": 1}
    [letter] = aws.dead
    assert letter["MessageBody"] == body({**event(2), "time": "9999-12-31T23:59:59-23:59"})


def _has_time(entries: list[dict[str, Any]], year: str) -> bool:
    return any(entry["Time"].startswith(year) for entry in entries)


@pytest.mark.parametrize("form", ["the call", "the entry"])
@pytest.mark.parametrize("code", ["InvalidMessageContents", "AWS.SimpleQueueService.BatchRequestTooLong"])
def test_what_an_ordered_queue_never_takes_is_kept_and_not_put_on_the_bus_again(code: str, form: str) -> None:
    def is_refused(entry: dict[str, Any]) -> bool:
        return "log-2" in entry.get("MessageDeduplicationId", "")

    aws = Aws(body(event(number)) for number in range(1, 4))
    if form == "the call":
        aws.refuse = lambda _, entries: code if any(map(is_refused, entries)) else None
    else:
        aws.fail = lambda entry: code if is_refused(entry) else None
    aws.run(**ordered(by="tenant"))
    assert log_ids(aws.bus) == {"log-1": 1, "log-2": 1, "log-3": 1}
    assert [each["MessageDeduplicationId"] for each in aws.sent["https://sqs/ordered"]] == ["log-1", "log-3"]
    assert [letter["MessageBody"] for letter in aws.dead] == [body(event(2))]
    assert aws.dead[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"] == code


def test_what_an_ordered_queue_refuses_for_now_comes_again() -> None:
    aws = Aws([body(event(1))])
    refusals = iter(["ThrottlingException", "KmsThrottled"])
    aws.fail = lambda _: next(refusals, None)
    aws.run(**ordered(by="tenant"))
    assert {each["MessageDeduplicationId"] for each in aws.sent["https://sqs/ordered"]} == {"log-1"}
    assert not aws.dead


def test_an_event_that_no_pattern_can_read_does_not_hold_up_the_others() -> None:
    deep = event(2, request_body="[" * 5_000 + "]" * 5_000)
    aws = Aws(map(body, [event(1), deep, event(3)]))
    aws.run(
        **ordered(
            by="tenant",
            patterns=[{"detail": {"request": [{"exists": True}]}}, {"detail": {"status": [{"exists": True}]}}],
        )
    )
    assert len(aws.bus) == 3
    assert [each["MessageDeduplicationId"] for each in aws.sent["https://sqs/ordered"]] == ["log-1", "log-3"]
    assert [letter["MessageBody"] for letter in aws.dead] == [body(deep)]


def test_an_event_with_any_letters_is_sent_as_sqs_takes_it() -> None:
    text = "".join(map(chr, [*range(0x20), 0x7F, 0xD7FF, 0xDC00, 0xD800, 0xE000, *range(0xFFF0, 0x10010), 0x10FFFF]))
    aws = Aws([body({**event(0, request_body=json.dumps({"plan": text})), "more": text})])
    aws.run(**ordered(by="tenant"))
    [sent] = aws.sent["https://sqs/ordered"]
    read = json.loads(sent["MessageBody"])
    assert [read["detail"]["request"]["plan"], read["more"]] == [text, text]
    assert [json.loads(entry["Detail"]) for entry in aws.bus] == [read["detail"]]


def ordered(**given: Any) -> dict[str, str]:
    return {f"{ORDERED_QUEUE_VARIABLE}1": json.dumps({"url": "https://sqs/ordered", "patterns": [], **given})}


def test_an_ordered_queue_gets_the_events_by_tenant() -> None:
    created = sample_event(op.auth.create_tenant)
    deleted = event(list(op).index(op.auth.delete_tenant))
    aws = Aws(map(body, [created, deleted, event(list(op).index(op.auth.create_saas_user))]))
    aws.run(**ordered(by="tenant"))
    sent = aws.sent["https://sqs/ordered"]
    events = [json.loads(each["MessageBody"]) for each in sent]
    assert events == [json.loads(json.dumps(decode(json.loads(each)))) for each in (body(created), body(deleted))] + [
        events[2]
    ]
    assert [each["MessageGroupId"] for each in sent] == [
        events[0]["detail"]["tenant_id"],
        events[1]["detail"]["tenant_id"],
        events[2]["detail"].get("user_id", "none"),
    ]
    assert [each["MessageDeduplicationId"] for each in sent] == [each["detail"]["log_id"] for each in events]


def test_an_ordered_queue_takes_what_one_of_its_patterns_matches() -> None:
    aws = Aws(body(event(number)) for number in range(len(list(op))))
    aws.run(**ordered(by="tenant", patterns=[{"detail": {"method": ["DELETE"]}}, {"detail": {"method": ["PATCH"]}}]))
    methods = {json.loads(each["MessageBody"])["detail"]["method"] for each in aws.sent["https://sqs/ordered"]}
    assert methods == {"DELETE", "PATCH"}


@pytest.mark.parametrize("id", ["a b", "é", "x" * 200])
def test_an_id_that_sqs_refuses_becomes_its_hash(id: str) -> None:
    uri = f"/v1/auth/tenants/{id}"
    aws = Aws([body(event(list(op).index(op.auth.delete_tenant), uri=uri, log_id=id))])
    aws.run(**ordered(by="tenant"))
    [sent] = aws.sent["https://sqs/ordered"]
    assert len(sent["MessageGroupId"]) == len(sent["MessageDeduplicationId"]) == 64


MIXED = [
    *(body(event(number)) for number in range(3)),
    "not JSON",
    body(padded(3, 12_000)),
    body(padded(4, 12_000)),
    body(grown(5, 12_000)),
    *(body(event(number)) for number in range(6, 9)),
]
ARRIVING = {f"log-{number}" for number in (0, 1, 2, 3, 4, 6, 7, 8)}


def test_killed_once_at_any_step_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 20_000)  # small events take less time
    steps = 0
    for at in range(1000):
        aws = Aws(MIXED)
        aws.limit = 20_000
        taken = iter(range(1000))
        aws.kill = lambda: next(taken) == at  # noqa: B023 - called before the next round
        with monkeypatch.context() as patched:
            patched.setattr(module, "decode", aws.decode)
            aws.run(**ordered(by="tenant"))
        assert log_ids(aws.bus).keys() == ARRIVING
        assert {letter["MessageBody"] for letter in aws.dead} == {MIXED[3], MIXED[6]}
        assert {each["MessageDeduplicationId"] for each in aws.sent["https://sqs/ordered"]} == ARRIVING
        assert max(log_ids(aws.bus).values()) <= 2
        if next(taken) <= at:
            steps = at
            break
    assert steps > 20


@pytest.mark.parametrize("seed", range(5))
def test_of_a_thousand_events_with_crashes_and_refusals_none_is_lost(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a simulation
    good = {f"log-{number}": event(number) for number in range(1000) if number % 50}
    bad = [f"not JSON {number}" for number in range(0, 1000, 50)]
    bodies = [*map(body, good.values()), *bad]
    chance.shuffle(bodies)
    aws = Aws(bodies)
    aws.kill = lambda: chance.random() < 0.01
    aws.answer = lambda _: {"ErrorCode": "ThrottlingException"} if chance.random() < 0.02 else {"EventId": "new"}
    aws.refuse = lambda *_: "ServiceUnavailable" if chance.random() < 0.02 else None
    monkeypatch.setattr(module, "decode", aws.decode)
    aws.run(**ordered(by="tenant"))
    moved = {message["body"] for message in aws.moved}
    arrived = log_ids(aws.bus)
    assert {name for name in good if body(good[name]) not in moved} <= arrived.keys() <= good.keys()
    assert set(bad) <= {letter["MessageBody"] for letter in aws.dead} | moved
    assert {letter["MessageBody"] for letter in aws.dead} <= set(bad)
    assert any(count > 1 for count in arrived.values())
    for entry in aws.bus:
        detail = json.loads(entry["Detail"])
        assert detail == json.loads(json.dumps(decode(good[detail["log_id"]])["detail"]))
    for message in aws.sent["https://sqs/ordered"]:
        assert message["MessageDeduplicationId"] in good
    sent = {each["MessageDeduplicationId"] for each in aws.sent["https://sqs/ordered"]}
    assert {name for name in good if body(good[name]) not in moved} <= sent
