"""A queue is read as SQS documents that queues behave: handles get old, time runs out, others read too."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.cli.aws.queues import QueueAddress
from constructs_lib.cli.aws.session import AwsRefused
from constructs_lib.cli.dlq.queue_reader import HIDDEN_SECONDS, HeldMessages
from tests.unit.cli.fake_aws import FakeSqs, refusal


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    return FakeSqs().rule_time(monkeypatch)


def held(sqs: FakeSqs, **options: Any) -> HeldMessages:
    return HeldMessages(QueueAddress(sqs, "https://sqs/1/dead-letters"), **options)


def test_each_message_comes_once_and_all_are_given_back(sqs: FakeSqs) -> None:
    ids = [sqs.put("x") for _ in range(25)]
    sqs.twice = {ids[3]}
    with held(sqs) as messages:
        assert [message["MessageId"] for message in messages] == ids
        assert sqs.visible == []
    assert sqs.visible == ids


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_messages_are_given_back_when_the_command_is_stopped(sqs: FakeSqs, error: type[BaseException]) -> None:
    ids = [sqs.put("x") for _ in range(3)]

    def stopped() -> None:
        with held(sqs) as messages:
            for _ in messages:
                raise error

    with pytest.raises(error):
        stopped()
    assert sqs.visible == ids


def test_what_cannot_be_given_back_is_said(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    sqs.put("x")
    sqs.refuses["change_message_visibility_batch"] = refusal("AccessDenied")
    with held(sqs) as messages:
        assert len(list(messages)) == 1
    assert "1 message could not be returned" in capsys.readouterr().err


def test_a_batch_that_is_given_back_in_part_is_said(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [sqs.put("x") for _ in range(12)]
    sqs.keeps_hidden = {ids[2], ids[11]}
    with held(sqs) as messages:
        list(messages)
    assert "2 messages could not be returned" in capsys.readouterr().err
    assert len(sqs.visible) == 10


@pytest.mark.parametrize("refuses", [{}, {"change_message_visibility_batch": refusal("AccessDenied")}])
def test_a_message_whose_time_is_over_needs_not_be_given_back(
    sqs: FakeSqs, capsys: pytest.CaptureFixture[str], refuses: dict[str, Exception]
) -> None:
    ids = [sqs.put("x") for _ in range(3)]
    sqs.refuses = refuses
    with held(sqs) as messages:
        list(messages)
        sqs.pass_time(HIDDEN_SECONDS)
        sqs.taken_by_another(ids[0])
    assert capsys.readouterr().err == ""
    assert sqs.visible == ids[1:]


def test_a_deleted_message_is_not_given_back_and_not_counted_again(sqs: FakeSqs) -> None:
    first, second = sqs.put("x"), sqs.put("x")
    with held(sqs) as messages:
        for message in messages:
            if message["MessageId"] == first:
                messages.delete(message)
    assert sqs.visible == [second]


def test_a_copy_of_a_deleted_message_is_deleted_too(sqs: FakeSqs) -> None:
    id = sqs.put("x")
    sqs.forgets_to_delete = {id}
    with held(sqs) as messages:
        for message in messages:
            messages.delete(message)
    assert (sqs.queue, sqs.copies, messages.undeleted) == ({}, {}, set())


def test_what_could_not_be_deleted_is_deleted_when_it_comes_again(sqs: FakeSqs) -> None:
    id = sqs.put("x")
    sqs.refuses["delete_message"] = refusal("RequestThrottled")
    seen = []
    with held(sqs) as messages:
        for message in messages:
            seen.append(message["MessageId"])
            with pytest.raises(AwsRefused):
                messages.delete(message)
            assert messages.undeleted == {id}
            del sqs.refuses["delete_message"]
            sqs.twice = {id}
    assert (seen, sqs.queue, messages.undeleted) == ([id], {}, set())


def test_a_copy_that_cannot_be_deleted_stops_nothing(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = sqs.put("x"), sqs.put("x")
    sqs.forgets_to_delete = {first}
    sqs.most = 1
    seen = []
    with held(sqs) as messages:
        for message in messages:
            seen.append(message["MessageId"])
            if seen == [first]:
                messages.delete(message)
                sqs.refuses["delete_message"] = refusal("AccessDenied")
    assert seen == [first, second]
    assert messages.undeleted == {first}
    assert f"{first} came again and cannot be deleted" in capsys.readouterr().err


def test_a_message_is_hidden_for_longer_before_anybody_works_on_it_with_little_time_left(sqs: FakeSqs) -> None:
    """Each takes two minutes; without more time the third would be shown to others while it is worked on."""
    ids = [sqs.put("x") for _ in range(5)]
    seen = []
    with held(sqs) as messages:
        for message in messages:
            seen.append(message["MessageId"])
            sqs.pass_time(120)
            assert message["MessageId"] not in sqs.visible
            messages.delete(message)
    assert (seen, sqs.queue, messages.uncertain) == (ids, {}, set())


def test_a_message_that_others_see_again_comes_again_or_is_theirs(sqs: FakeSqs) -> None:
    first, second, third = (sqs.put("x") for _ in range(3))
    seen = []
    with held(sqs) as messages:
        for message in messages:
            seen.append(message["MessageId"])
            if len(seen) == 1:
                sqs.pass_time(HIDDEN_SECONDS)
                sqs.taken_by_another(second)
    assert seen == [first, third]
    assert messages.lost == 1
    assert sqs.visible == [first, third]


def test_without_the_permission_to_hide_for_longer_a_message_is_taken_while_its_time_lasts(sqs: FakeSqs) -> None:
    ids = [sqs.put("x") for _ in range(4)]
    sqs.refuses["change_message_visibility"] = refusal("AccessDenied")
    seen = []
    with held(sqs) as messages:
        for message in messages:
            assert message["MessageId"] not in sqs.visible
            seen.append(message["MessageId"])
            sqs.pass_time(110)
            messages.delete(message)
    assert (seen, sqs.queue) == (ids, {})


@pytest.mark.parametrize("is_taken", [True, False])
def test_what_is_deleted_after_its_time_is_certain_only_where_it_can_be_hidden_once_more(
    sqs: FakeSqs, *, is_taken: bool
) -> None:
    id = sqs.put("x")
    with held(sqs) as messages:
        for message in messages:
            sqs.pass_time(HIDDEN_SECONDS)
            if is_taken:
                sqs.taken_by_another(id)
            messages.delete(message)
    assert messages.uncertain == {id}
    assert (id in sqs.queue) == is_taken


def test_what_came_in_later_is_left_alone(sqs: FakeSqs) -> None:
    early, late = sqs.put("x"), sqs.put("x")
    sqs.date(late, 1)
    with held(sqs, leave_later=True) as messages:
        assert [message["MessageId"] for message in messages] == [early]
        assert messages.later == 1
    assert sqs.visible == [early, late]


@pytest.mark.parametrize("ahead", [-600, -2, 2, 600], ids=lambda seconds: f"this machine {seconds} s ahead")
def test_later_is_what_sqs_calls_later_whatever_this_machines_clock_says(sqs: FakeSqs, ahead: int) -> None:
    sqs.behind = ahead
    early, late = sqs.put("x"), sqs.put("x")
    sqs.date(early, -ahead - 1)
    sqs.date(late, -ahead + 60)
    with held(sqs, leave_later=True) as messages:
        assert [message["MessageId"] for message in messages] == [early]
        assert messages.later == 1


def test_what_came_in_just_now_is_not_later(sqs: FakeSqs) -> None:
    """SQS's answers name whole seconds, and messages came in the second before."""
    sqs.behind = 0
    just_now = sqs.put("x")
    sqs.date(just_now, 0)
    with held(sqs, leave_later=True) as messages:
        assert [message["MessageId"] for message in messages] == [just_now]


def test_long_work_says_how_far_it_is(sqs: FakeSqs, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(8):
        sqs.put("x")
    with held(sqs) as messages:
        for _ in messages:
            sqs.pass_time(7)
    assert capsys.readouterr().err.splitlines() == ["Read 4 of about 8 messages …", "Read 7 of about 8 messages …"]


def test_a_queue_that_forwards_what_is_read_too_often_is_named(
    sqs: FakeSqs, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs.attributes = {"RedrivePolicy": '{"maxReceiveCount":3}'}
    with held(sqs):
        pass
    assert "has a dead-letter queue of its own" in capsys.readouterr().err


def test_one_new_message_behind_many_that_come_again_is_read(sqs: FakeSqs) -> None:
    """While the last one of the first answers is worked on, all are shown again, and come before the new one."""
    sqs.most = 1
    ids = [sqs.put("x") for _ in range(60)]
    seen = []
    with held(sqs) as messages:
        for message in messages:
            seen.append(message["MessageId"])
            if len(seen) == 60:
                sqs.pass_time(HIDDEN_SECONDS)
                ids.append(sqs.put("x"))
    assert seen == ids


def test_a_queue_that_hands_out_the_same_for_ever_ends(sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [sqs.put("x") for _ in range(3)]
    receive, answers = sqs.receive_message, iter(range(500))

    def always_again(**options: Any) -> dict[str, Any]:
        next(answers)
        sqs.twice = set(ids)
        return receive(**options)

    monkeypatch.setattr(sqs, "receive_message", always_again)
    with held(sqs) as messages:
        assert [message["MessageId"] for message in messages] == ids


def test_messages_that_sqs_counts_and_does_not_hand_out_are_said(sqs: FakeSqs) -> None:
    sqs.put("x")
    sqs.attributes = {"ApproximateNumberOfMessages": "3"}
    with held(sqs) as messages:
        for message in messages:
            messages.delete(message)
    assert messages.missing == 2
