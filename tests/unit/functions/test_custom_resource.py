"""CloudFormation's protocol: there is always one answer, and no secret in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.custom_resource import answer
from constructs_lib.functions.request import Done, RequestFailed
from constructs_lib.local.http_server import HOST, Answer, LocalHttpServer, Request
from constructs_lib.runtime.waiting import Deadline
from tests.unit.functions.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def answers() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Takes answers as S3 does at a URL that was signed for an empty content type."""
    got: list[dict[str, Any]] = []

    def respond(request: Request) -> Answer:
        is_signed_so = request.headers["content-type"] == ""
        if is_signed_so:
            got.append(json.loads(request.body))
        return Answer(200 if is_signed_so else 403)

    with LocalHttpServer(respond) as server:
        yield f"http://{HOST}:{server.port}/answer?signed=yes", got


def event(url: str, **changes: Any) -> dict[str, Any]:
    return {
        "RequestType": "Create",
        "RequestId": "r1",
        "StackId": "stack",
        "LogicalResourceId": "Setting",
        "ResourceType": "Custom::SaasusEventBridgeSetting",
        "ResourceProperties": {},
        "ResponseURL": url,
        **changes,
    }


def test_success_gives_id_and_data(answers: tuple[str, list[dict[str, Any]]]) -> None:
    url, got = answers
    answer(event(url), lambda *_: Done("made", {"EventSourceName": "name"}), Deadline(60))
    [said] = got
    assert said == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "made",
        "Data": {"EventSourceName": "name"},
        "StackId": "stack",
        "RequestId": "r1",
        "LogicalResourceId": "Setting",
    }


def test_a_failure_says_why_and_what_to_undo(answers: tuple[str, list[dict[str, Any]]]) -> None:
    url, got = answers

    def fail(*_: object) -> Done:
        raise RequestFailed("It is somebody else's.", physical_id="half-made")

    answer(event(url), fail, Deadline(60))
    assert (got[0]["Status"], got[0]["Reason"], got[0]["PhysicalResourceId"]) == (
        "FAILED",
        "It is somebody else's.",
        "half-made",
    )


def test_a_failed_update_keeps_its_id(answers: tuple[str, list[dict[str, Any]]]) -> None:
    url, got = answers

    def fail(*_: object) -> Done:
        raise SaasusEventsError("SaaSus refused.")

    answer(event(url, RequestType="Update", PhysicalResourceId="made-before"), fail, Deadline(60))
    assert got[0]["PhysicalResourceId"] == "made-before"


def test_an_error_that_nobody_expected_is_answered_by_its_kind_only(
    answers: tuple[str, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, got = answers

    def fail(*_: object) -> Done:
        raise ValueError("secret-canary-71d0")

    answer(event(url), fail, Deadline(60))
    assert got[0]["Status"] == "FAILED"
    assert "ValueError" in got[0]["Reason"]
    said = capsys.readouterr().out
    assert "test_custom_resource.py" in said
    assert "secret-canary-71d0" not in json.dumps(got) + said


@pytest.mark.parametrize("text", ["x", "日", "\\", "\ud800"])
def test_a_long_reason_is_cut_to_what_cloudformation_takes(
    answers: tuple[str, list[dict[str, Any]]], text: str
) -> None:
    url, got = answers

    def fail(*_: object) -> Done:
        raise SaasusEventsError(text * 5_000)

    answer(event(url), fail, Deadline(60))
    assert len(got[0]["Reason"].encode()) < 1_024
    assert len(json.dumps(got[0], ensure_ascii=False).encode()) < 4_096


@pytest.mark.parametrize("failures", [1, 2])
def test_an_answer_that_s3_did_not_take_is_put_again(failures: int) -> None:
    world = World()
    world.s3_fails = failures
    assert world.send("Create").status == "SUCCESS"


def test_one_that_it_never_took_has_lambda_deliver_the_request_again() -> None:
    world = World()
    world.s3_fails = 3
    request = world.request("Create")
    with pytest.raises(OSError, match="Slow Down"):
        world.deliver(request)
    answer = world.deliver(request)
    assert (answer.status, "owned" in answer.physical_id) == ("SUCCESS", True)
    assert world.calls.count("PUT info") == 1
