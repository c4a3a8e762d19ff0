"""Whatever lies in a dead-letter queue is recognised or refused, shown, and never deleted unless it was delivered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from tests.hostile_json import HOSTILE_EVENTS, HOSTILE_VALUES
from tests.unit.cli.dlq.dead_letters import (
    CIPHERTEXT,
    EVENT,
    NEEDS_A_TARGET,
    OF_EVENTBRIDGE,
    REFUSED,
    SECRET,
    TARGET,
    TEXT,
    UNDERSTOOD,
    Put,
    envelope,
    record,
)
from tests.unit.cli.dlq.redrive import Aws, sums
from tests.unit.cli.fake_aws import QUEUE

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    made = Aws(monkeypatch)
    made.routes_to({"Arn": TARGET})
    return made


def put(aws: Aws, message: Put) -> str:
    return aws.sqs.put(message.body, **message.attributes)


@pytest.mark.parametrize("where", [("--to-target",), ("--to-bus", "repairs")], ids=["target", "bus"])
@pytest.mark.parametrize(("message", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused_with_what_to_do_and_stays(
    aws: Aws, message: Put, says: str, where: tuple[str, ...]
) -> None:
    id = put(aws, message)
    behind = put(aws, Put(TEXT, OF_EVENTBRIDGE))
    for arguments in ((), ("--yes",)):
        ran = aws.run("dlq", "redrive", QUEUE, *where, *arguments)
        assert ran.code == 1
        assert sums(ran.out) == (2, 1, 1, 0)
        assert says in ran.out
    assert aws.sqs.visible == [id]
    assert behind not in aws.sqs.queue
    assert len(aws.sqs.sent) + len(aws.events.put) == 1


@pytest.mark.parametrize(("message", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_listed_with_what_to_do(aws: Aws, message: Put, says: str) -> None:
    id = put(aws, message)
    ran = aws.run("dlq", "list", QUEUE)
    assert ran.code == 0
    assert id in ran.out
    assert says in ran.out
    assert says in json.loads(aws.run("dlq", "list", QUEUE, "--json").out)["cannot_be_redriven"]
    shown = aws.run("dlq", "show", QUEUE, id, "--raw")
    assert json.loads(shown.out)["message"]["Body"] == message.body
    assert aws.sqs.visible == [id]


@pytest.mark.parametrize("message", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_is_sent_to_a_target_is_letter_by_letter_what_eventbridge_wrote(aws: Aws, message: Put) -> None:
    put(aws, message)
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (1, 1, 0, 0)
    assert aws.sqs.sent[0]["MessageBody"] == message.body
    assert aws.sqs.queue == {}


@pytest.mark.parametrize("message", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_a_function_gets_is_letter_by_letter_what_it_was_given(aws: Aws, message: Put) -> None:
    before, hole, after = record("HOLE").partition('"HOLE"')
    assert hole
    aws.sqs.put(before + message.body + after)
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (1, 1, 0, 0)
    assert aws.invoked[0]["Payload"] == message.body.encode()


@pytest.mark.parametrize("message", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_a_bus_gets_has_the_detail_letter_by_letter(aws: Aws, message: Put) -> None:
    put(aws, message)
    ran = aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes")
    assert sums(ran.out) == (1, 1, 0, 0)
    [entry] = aws.events.put
    assert entry["Detail"] in message.body
    assert entry["Detail"][0] + entry["Detail"][-1] == "{}"
    assert entry["Detail"].count("\n") == (0 if "\n" not in message.body else entry["Detail"].count("\n"))
    assert entry["Source"] in (EVENT["source"].replace("aws.partner/", "redriven/"), "my.app")


@pytest.mark.parametrize("message", NEEDS_A_TARGET.values(), ids=NEEDS_A_TARGET)
def test_an_event_without_a_target_can_go_to_a_bus_alone(aws: Aws, message: Put) -> None:
    put(aws, message)
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "--to-bus" in ran.out
    assert sums(aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes").out) == (1, 1, 0, 0)
    assert aws.sqs.queue == {}


def test_an_event_of_aws_itself_is_put_on_no_bus(aws: Aws) -> None:
    id = put(aws, Put(json.dumps({**EVENT, "source": "aws.s3"}), OF_EVENTBRIDGE))
    ran = aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "an event of AWS itself (aws.s3)" in ran.out
    assert aws.sqs.visible == [id]
    assert aws.events.put == []


def test_a_time_that_is_none_is_refused_before_it_is_sent(aws: Aws) -> None:
    put(aws, Put(json.dumps({**EVENT, "time": "soon"}), OF_EVENTBRIDGE))
    ran = aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "'time' is not a time" in ran.out


@pytest.mark.parametrize("time", ["[" * 10_000 + "]" * 10_000, '["2026-05-19T02:22:58Z"]', "20260519"])
def test_a_time_that_is_no_text_is_refused_however_deep(aws: Aws, time: str) -> None:
    put(aws, Put(json.dumps({**EVENT, "time": "HOLE"}).replace('"HOLE"', time), OF_EVENTBRIDGE))
    ran = aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "'time' is not a time" in ran.out


@pytest.mark.parametrize("resources", [["arn", 7], "arn", {"a": 1}])
def test_resources_that_are_no_texts_are_refused_and_not_left_out(aws: Aws, resources: object) -> None:
    put(aws, Put(json.dumps({**EVENT, "resources": resources}), OF_EVENTBRIDGE))
    ran = aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "'resources' is not a list of strings" in ran.out


def test_a_bus_gets_the_resources(aws: Aws) -> None:
    put(aws, Put(json.dumps({**EVENT, "resources": ["arn:a", "arn:b"]}), OF_EVENTBRIDGE))
    aws.run("dlq", "redrive", QUEUE, "--to-bus", "repairs", "--yes")
    assert aws.events.put[0]["Resources"] == ["arn:a", "arn:b"]


def test_half_a_pair_of_surrogates_in_a_plain_template_is_refused(aws: Aws) -> None:
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": "named <n>"}
    aws.routes_to({"Arn": TARGET, "InputTransformer": transformer})
    put(aws, UNDERSTOOD["an event with half a pair of surrogates"])
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert sums(ran.out) == (1, 0, 1, 0)
    assert "half of a surrogate pair, which cannot be sent" in ran.out


def test_nothing_of_another_applications_event_is_shown(aws: Aws) -> None:
    put(aws, Put(json.dumps({**EVENT, "source": "my.app", "detail": {"event_type": "x", "k": "hush"}}), OF_EVENTBRIDGE))
    ran = aws.run("dlq", "list", QUEUE)
    assert "(EventBridge: event of my.app)" in ran.out
    assert "hush" not in ran.out + aws.run("dlq", "list", QUEUE, "--json").out


def test_the_source_of_any_event_is_shown_and_only_where_it_can_be_one(aws: Aws) -> None:
    put(aws, Put(envelope(), {}))
    put(aws, Put(json.dumps({"source": "my.app", "detail-type": "x", "detail": {}}), OF_EVENTBRIDGE))
    put(aws, Put(json.dumps({"source": "hush hush", "detail-type": "x", "detail": {}}), OF_EVENTBRIDGE))
    ran = aws.run("dlq", "list", QUEUE)
    assert "(encrypted: event of aws.events)" in ran.out
    assert "(EventBridge: event of my.app)" in ran.out
    assert "(EventBridge: not a SaaSus event)" in ran.out
    assert "hush" not in ran.out


def test_in_a_terminal_lines_are_broken_between_words(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    put(aws, Put("what?", OF_EVENTBRIDGE))
    for command in (["list", QUEUE], ["redrive", QUEUE, "--to-target"]):
        lines = aws.run("dlq", *command).out.splitlines()
        assert max(len(line) for line in lines) <= 80
        assert "saasus-events dlq show --raw" in " ".join(" ".join(lines).split())


def test_ciphertext_names_its_key_and_bus_and_only_where_they_are_arns() -> None:
    message = {"MessageId": "1", "Body": envelope()}
    assert "arn:aws:kms:us-east-1:111122223333:key/0f1e2d3c" in read_dead_letter(message).obstacle
    detail = {"kms-key-arn": "hush-hush", "event-bus-arn": ["hush-hush"], "encrypted-payload": CIPHERTEXT}
    letter = read_dead_letter({"MessageId": "1", "Body": envelope(detail=detail)})
    assert "hush" not in json.dumps(letter.to_dict())
    assert CIPHERTEXT not in json.dumps(letter.to_dict())


def hostile() -> Mapping[str, str]:
    """Texts of the most different kinds: as a message, and in the places of an event."""
    some = list(HOSTILE_EVENTS.items())[::41]
    return {**HOSTILE_VALUES, **dict(some)}


@pytest.mark.parametrize("attributes", [OF_EVENTBRIDGE, {}], ids=["EventBridge's", "by hand"])
def test_hostile_texts_block_nothing_and_are_deleted_only_when_delivered(aws: Aws, attributes: dict[str, str]) -> None:
    texts = list(hostile().values())
    ids = {aws.sqs.put(text, **attributes): text for text in texts}
    last = put(aws, Put(TEXT, OF_EVENTBRIDGE))
    listed = aws.run("dlq", "list", QUEUE, "--limit", "0")
    assert listed.code == 0
    assert all(id in listed.out for id in ids)
    lines = aws.run("dlq", "list", QUEUE, "--limit", "0", "--json").out.splitlines()
    assert {json.loads(line)["message_id"] for line in lines} == {*ids, last}
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    in_queue, redriven, failed, skipped = sums(ran.out)
    assert (in_queue, skipped) == (len(texts) + 1, 0)
    assert "please report this bug" not in ran.out
    assert len(aws.sqs.queue) == failed
    assert sorted(sent["MessageBody"] for sent in aws.sqs.sent) == sorted(
        [TEXT, *(text for id, text in ids.items() if id not in aws.sqs.queue)]
    )
    assert last not in aws.sqs.queue
    assert redriven == len(aws.sqs.sent)


@pytest.mark.parametrize("text", list(HOSTILE_EVENTS.values())[5::41])
def test_any_message_can_be_shown(aws: Aws, text: str) -> None:
    id = aws.sqs.put(text, **OF_EVENTBRIDGE)
    for raw in ((), ("--raw",)):
        ran = aws.run("dlq", "show", QUEUE, id, *raw)
        assert ran.code == 0
        assert json.loads(ran.out.encode().decode())["message_id"] == id
        assert raw or SECRET not in ran.out


def test_a_message_that_saasus_events_itself_fails_on_blocks_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [put(aws, Put(TEXT, OF_EVENTBRIDGE)) for _ in range(3)]

    def send(**message: str) -> None:
        if not aws.sqs.sent:
            aws.sqs.sent.append(message)
            raise TypeError(SECRET)
        aws.sqs.sent.append(message)

    monkeypatch.setattr(aws.sqs, "send_message", send)
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes")
    assert (ran.code, sums(ran.out)) == (1, (3, 2, 1, 0))
    assert "saasus-events itself failed on it (TypeError)" in ran.out
    assert SECRET not in ran.out + ran.err
    assert aws.sqs.visible == ids[:1]


def test_a_filter_leaves_alone_what_is_no_event(aws: Aws) -> None:
    ids = [put(aws, message) for message, _ in REFUSED.values() if EVENT["source"] not in message.body]
    ran = aws.run("dlq", "redrive", QUEUE, "--to-target", "--yes", "--of", "auth.create_tenant")
    assert (ran.code, sums(ran.out)) == (0, (len(ids), 0, 0, len(ids)))
    assert aws.sqs.visible == ids
