"""Whatever lies in a queue and whatever goes wrong: nothing is lost, the sums are right, what is sent is the event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from constructs_lib.cli.dlq.dead_letter_forms import read_dead_letter
from constructs_lib.events.json_values import read_json
from constructs_lib.events.operations import operations
from constructs_lib.testing import variants
from tests.hostile_json import hostile_events, hostile_texts
from tests.unit.cli.dlq.dead_letters import (
    EVENT,
    FUNCTION,
    NEEDS_A_TARGET,
    OF_EVENTBRIDGE,
    OF_LAMBDA,
    REFUSED,
    TARGET,
    UNDERSTOOD,
    Put,
    record,
)
from tests.unit.cli.dlq.redrive import Aws, sums
from tests.unit.cli.fake_aws import QUEUE, refusal

VARIANTS: Final = [json.dumps(variant.event) for variant in variants(operations.auth.create_tenant)]

texts = st.one_of(
    st.sampled_from(VARIANTS),
    st.sampled_from([put.body for put in UNDERSTOOD.values()]),
    hostile_events(),
    hostile_texts(),
)
NEVER_SENT: Final = [put for put, _ in REFUSED.values()]
ALL: Final = [*NEVER_SENT, *NEEDS_A_TARGET.values(), *UNDERSTOOD.values()]

attributes = st.sampled_from([OF_EVENTBRIDGE, OF_EVENTBRIDGE, OF_LAMBDA, {}])
messages = st.one_of(
    st.builds(Put, texts, attributes),
    st.builds(lambda text: Put(record("HOLE").replace('"HOLE"', text), {}), texts),
    st.builds(
        lambda put, end: Put(put.body[:end], put.attributes),
        st.sampled_from([*UNDERSTOOD.values()]),
        st.integers(0, 900),
    ),
    st.sampled_from(NEVER_SENT),
    st.sampled_from([*NEEDS_A_TARGET.values()]),
    st.sampled_from([*UNDERSTOOD.values()]),
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one message."""

    is_sent: bool = True
    seconds: float = 0
    """How long it takes to be sent."""
    is_deleted: bool = True
    has_copy: bool = False
    comes_twice: bool = False
    comes_again: bool = False
    """The target fails on it once more, and so it comes into the queue again."""
    is_kept_hidden: bool = False


faults = st.one_of(
    st.just(Fault()),
    st.builds(
        Fault,
        is_sent=st.sampled_from([True, True, False]),
        seconds=st.sampled_from([0, 0, 0, 100, 200, 400]),
        is_deleted=st.sampled_from([True, True, False]),
        has_copy=st.booleans(),
        comes_twice=st.booleans(),
        comes_again=st.booleans(),
        is_kept_hidden=st.booleans(),
    ),
)


class Run:
    """One redrive of a queue in which each message has a fault of its own."""

    def __init__(self, aws: Aws, put: list[tuple[Put, Fault]], *, most: int, has_rival: bool, is_to_bus: bool) -> None:
        self.aws, self.sqs = aws, aws.sqs
        self.has_rival, self.is_to_bus = has_rival, is_to_bus
        self.delivered: list[str] = []
        self.messages: dict[str, Put] = {}
        self.faults: dict[str, Fault] = {}
        self.rivals: dict[str, float] = {}
        """Until when another reader has a message."""
        self.comes_again = 0
        self.now = ""
        self.sqs.most = most
        for message, fault in put:
            id = self.sqs.put(message.body, **message.attributes)
            self.messages[id], self.faults[id] = message, fault
            if fault.has_copy:
                self.sqs.forgets_to_delete.add(id)
            if fault.comes_twice:
                self.sqs.twice.add(id)
            if fault.is_kept_hidden:
                self.sqs.keeps_hidden.add(id)
        aws.routes_to({"Arn": TARGET})

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        delete = self.sqs.delete_message

        def reads(message: dict[str, Any]) -> Any:
            self.now = message["MessageId"]
            assert self.now in self.faults, "what came in meanwhile is left alone"
            return read_dead_letter(message)

        def deletes(**asked: Any) -> None:
            id = asked["ReceiptHandle"].partition("/")[0]
            if not self.faults[id].is_deleted:
                raise refusal("AccessDenied", operation="DeleteMessage")
            delete(**asked)

        monkeypatch.setattr("constructs_lib.cli.dlq.redrive.read_dead_letter", reads)
        monkeypatch.setattr(self.sqs, "delete_message", deletes)
        monkeypatch.setattr(self.sqs, "send_message", lambda **sent: self.deliver(sent["MessageBody"]))
        monkeypatch.setitem(self.aws.fake.clients, "lambda", type("Lambda", (), {"invoke": staticmethod(self.invoke)}))
        monkeypatch.setattr(self.aws.events, "put_events", self.put_events)

    def invoke(self, **asked: Any) -> dict[str, int]:
        self.deliver(asked["Payload"].decode())
        return {"StatusCode": 202}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.deliver(Entries[0]["Detail"])
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def deliver(self, text: str) -> None:
        fault = self.faults[self.now]
        message = self.messages[self.now]
        assert message not in NEVER_SENT, "nobody is sent what is not understood"
        assert self.now not in self.sqs.visible, "nobody works on what others see"
        # What SQS itself hands out to two is nobody's fault.
        assert fault.comes_twice or self.sqs.seconds >= self.rivals.get(self.now, 0), "or have"
        read_json(text)
        assert text in message.body, "what is sent is what failed, letter by letter"
        assert text == message.body or self.is_to_bus or "RULE_ARN" not in message.attributes, "and the whole of it"
        self.sqs.pass_time(fault.seconds)
        if self.has_rival:
            for id in self.sqs.visible[::2]:
                self.sqs.taken_by_another(id, 600)
                self.rivals[id] = self.sqs.seconds + 600
        if not fault.is_sent:
            raise refusal("AccessDenied", operation="Deliver")
        self.delivered.append(self.now)
        if fault.comes_again:
            self.comes_again += 1
            self.sqs.date(self.sqs.put(message.body), 600)


@pytest.mark.parametrize("where", [("--to-target",), ("--to-bus", "repairs")], ids=["target", "bus"])
@settings(
    # Texts this large take minutes to be made smaller.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(put=[(message, Fault()) for message in ALL], most=4, has_rival=False)
@example(put=[(message, Fault(comes_twice=True, has_copy=True)) for message in ALL], most=10, has_rival=True)
@given(put=st.lists(st.tuples(messages, faults), max_size=14), most=st.integers(1, 10), has_rival=st.booleans())
def test_in_the_queue_is_redriven_and_failed_and_skipped(
    where: tuple[str, ...], put: list[tuple[Put, Fault]], most: int, *, has_rival: bool
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        aws = Aws(monkeypatch)
        run = Run(aws, put, most=most, has_rival=has_rival, is_to_bus=len(where) > 1)
        run.patch(monkeypatch)
        ran = aws.run("dlq", "redrive", QUEUE, *where, "--yes")
    in_queue, redriven, failed, skipped = sums(ran.out)
    gone = set(run.messages) - set(aws.sqs.queue) | set(aws.sqs.copies)
    # Nothing is deleted that was not delivered, and nothing is delivered twice.
    assert gone <= set(run.delivered)
    assert len(run.delivered) == len(set(run.delivered))
    # As printed.
    assert (redriven, skipped) == (len(run.delivered), 0)
    assert ran.code == (1 if failed or "of those redriven" in ran.err else 0)
    assert "please report this bug" not in ran.out
    # As counted in the queue: what came again is there too, and of what was delivered only what is said to be.
    still_there = set(run.delivered) - gone
    assert bool(still_there) <= ("of those redriven" in ran.err)
    assert len(aws.sqs.queue) == len(put) - len(gone) + run.comes_again
    # All that nobody else took is shown to others again, but what SQS did not give back.
    assert in_queue <= len(put)
    if not has_rival:
        assert in_queue == len(put)
        assert failed == len(put) - redriven
        hidden = set(aws.sqs.queue) - set(aws.sqs.visible)
        assert hidden <= {id for id, fault in run.faults.items() if fault.is_kept_hidden}
        assert bool(hidden) <= ("could not be returned" in ran.err)


def test_the_property_sees_all_kinds() -> None:
    """The refused and the understood are what the property draws from; neither is empty, nor are they the same."""
    assert len(REFUSED) > 20
    assert len(UNDERSTOOD) > 5
    assert {put.body for put, _ in REFUSED.values()}.isdisjoint(put.body for put in UNDERSTOOD.values())
    assert EVENT["source"].startswith("aws.partner/saasus.io/")
    assert FUNCTION in record()
