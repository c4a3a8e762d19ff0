"""The proof by a test event: exactly the one that was asked for, sent again when the first was dropped."""

from __future__ import annotations

import json

import pytest

from tests.unit.functions.world import HERE, LAMBDA_SECONDS, SOURCE, VERIFICATION, Answered, World


@pytest.fixture
def world() -> World:
    """A SaaS that is connected, with a bus."""
    world = World()
    world.setting = HERE
    world.sources[SOURCE] = "ACTIVE"
    return world


def verified(world: World, kind: str = "Create", physical_id: str = "", **properties: str) -> Answered:
    return world.send(kind, physical_id, kind_of=VERIFICATION, **properties)


def sent(world: World) -> list[str]:
    return world.saas["a-saas"].tests


def test_the_event_that_arrives_is_the_one_that_was_sent(world: World) -> None:
    answer = verified(world)
    assert [answer.data["TraceId"]] == sent(world)
    assert answer.data["TraceId"].startswith("saasus-verify-")


@pytest.mark.parametrize(
    "line",
    [
        '{{"detail":{{"trace_id":"{}"}}}}',
        '{{"detail": {{"trace_id": "{}", "event": "**********',
        "*****{}*****",
        '{{"detail":"{}"}}',
    ],
    ids=["JSON", "cut by a mask", "masked around", "another form"],
)
def test_every_line_that_holds_the_trace_id_proves_it(world: World, line: str) -> None:
    """What a mask makes of a line is not documented to be JSON."""
    world.logs_arrive = False
    put = world._saasus

    def also_logged(*given: object) -> bytes:
        answer: bytes = put(*given)  # type: ignore[arg-type]
        world.logged = [line.format(trace_id) for trace_id in sent(world)]
        return answer

    world._saasus = also_logged  # type: ignore[method-assign, assignment]
    assert verified(world).data["TraceId"] == sent(world)[0]


def test_when_the_first_is_dropped_another_is_sent_with_a_trace_id_of_its_own(world: World) -> None:
    world.sources[SOURCE] = "PENDING"
    world._appearing.append((world.now + 10, "ACTIVE", SOURCE))
    answer = verified(world)
    assert len(set(sent(world))) == 2
    assert answer.data["TraceId"] == sent(world)[1]


@pytest.mark.parametrize("lines", [[], [json.dumps({"detail": {"trace_id": "somebody-elses"}})], ["no JSON", "[]"]])
def test_no_other_line_is_taken_for_it(world: World, lines: list[str]) -> None:
    world.logs_arrive, world.logs_filter, world.logged = False, False, lines
    answer = verified(world)
    assert answer.status == "FAILED"
    assert "none arrived in log group" in answer.reason
    assert "dead-letter queue" in answer.reason
    assert sent(world)[0] in answer.reason


def test_it_waits_as_long_as_it_was_told_and_no_longer_than_the_function_may_run(world: World) -> None:
    world.logs_arrive = False
    assert 90 <= verified(world, TimeoutSeconds="90").seconds < 100
    assert LAMBDA_SECONDS - 60 < verified(world, TimeoutSeconds="100000").seconds < LAMBDA_SECONDS - 10


def test_deleting_asks_nothing(world: World) -> None:
    made = verified(world)
    world.calls.clear()
    assert verified(world, "Delete", made.physical_id).status == "SUCCESS"
    assert world.calls == []


def test_it_is_proved_again_on_an_update_and_keeps_its_id(world: World) -> None:
    made = verified(world)
    world.status = "UPDATE_IN_PROGRESS"
    again = verified(world, "Update", made.physical_id)
    assert again.physical_id == made.physical_id
    assert again.data["TraceId"] == sent(world)[1]


@pytest.mark.parametrize("trouble", ["no event", "SaaSus is down", "secret gone", "no AWS"])
def test_an_update_that_rolls_back_proves_nothing_and_cannot_get_stuck(world: World, trouble: str) -> None:
    made = verified(world)
    world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    world.logs_arrive = trouble != "no event"
    if trouble == "SaaSus is down":
        world.fail("saasus", "503")
    elif trouble == "secret gone":
        world.secrets.clear()
    elif trouble == "no AWS":
        for service in ("logs", "events", "secretsmanager"):
            world.fail(service, "InternalFailure")
    back = verified(world, "Update", made.physical_id)
    assert (back.status, back.physical_id) == ("SUCCESS", made.physical_id)
    assert len(sent(world)) == 1


@pytest.mark.parametrize("kind", ["429", "500", "503", "lost", "hangs"])
def test_what_may_pass_is_waited_for(world: World, kind: str) -> None:
    world.fail("saasus", kind, calls=4)
    assert verified(world).status == "SUCCESS"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "no connection"])
def test_so_is_a_permission_to_look(world: World, code: str) -> None:
    world.fail("logs", code, skip=1, seconds=40)
    assert verified(world).status == "SUCCESS"


@pytest.mark.parametrize("kind", ["400", "401", "403", "501"])
def test_what_does_not_pass_is_said_at_once(world: World, kind: str) -> None:
    world.fail("saasus", kind)
    answer = verified(world)
    assert (answer.status, answer.seconds < 10) == ("FAILED", True)
    assert f"SaaSus answered {kind}" in answer.reason
    assert "hush" not in answer.reason


def test_what_kept_from_looking_is_said(world: World) -> None:
    world.fail("logs", "AccessDeniedException", skip=1)
    assert "CloudWatch Logs refused: AccessDeniedException" in verified(world).reason
