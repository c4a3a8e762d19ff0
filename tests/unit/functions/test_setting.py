"""The setting as a resource, asked as CloudFormation asks: saved, adopted, taken over, given back; never by chance."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.functions.setting import NOTHING_MADE
from tests.unit.functions.world import (
    ELSEWHERE,
    HERE,
    LAMBDA_SECONDS,
    OTHER_SOURCE,
    ROOT,
    SECRET,
    SOURCE,
    STACK,
    STRANGER,
    UUIDS,
    Answered,
    World,
    source,
)


@pytest.fixture
def world() -> World:
    return World()


def created(world: World, **properties: str) -> Answered:
    """A stack whose setting was made, and whose bus made the source active."""
    answer = world.send("Create", **properties)
    assert answer.status == "SUCCESS", answer
    world.sources[answer.data["EventSourceName"]] = "ACTIVE"
    world.status = "UPDATE_IN_PROGRESS"
    return answer


def crashed(world: World, **properties: Any) -> dict[str, Any]:
    """A create whose function ended after it had saved and before it answered."""
    request = world.request("Create", **properties)
    count = len(world.lines)
    world.deliver(request)
    world.lines = [line for line in world.lines[:count] + world.lines[count:] if '"answered"' not in line[1]]
    return request


class TestCreate:
    def test_without_a_setting_it_is_saved_and_the_source_is_returned(self, world: World) -> None:
        answer = world.send("Create")
        assert world.setting == HERE
        assert (answer.status, answer.data) == ("SUCCESS", {"EventSourceName": SOURCE})
        assert "owned" in answer.physical_id

    def test_one_that_is_right_is_adopted_and_not_saved_again(self, world: World) -> None:
        world.setting = HERE
        answer = world.send("Create")
        assert [call for call in world.calls if call.endswith("info")] == ["GET info"]
        assert answer.data == {"EventSourceName": SOURCE}
        assert "adopted" in answer.physical_id

    def test_one_that_sends_elsewhere_fails_and_says_whose_it_is(self, world: World) -> None:
        world.setting = ELSEWHERE
        answer = world.send("Create")
        for word in ("444455556666", "us-east-1", "take_over=True"):
            assert word in answer.reason
        assert (answer.status, answer.physical_id, world.setting) == ("FAILED", NOTHING_MADE, ELSEWHERE)

    def test_taken_over_what_was_before_is_remembered(self, world: World) -> None:
        world.setting = ELSEWHERE
        answer = world.send("Create", TakeOver="true")
        assert answer.physical_id.endswith("/before/444455556666/us-east-1")

    def test_the_physical_id_names_the_source_and_no_saas(self, world: World) -> None:
        answer = world.send("Create")
        assert SOURCE in answer.physical_id
        assert "a-saas" not in answer.physical_id

    @pytest.mark.parametrize("before", [None, ELSEWHERE])
    def test_delivered_again_after_a_crash_it_still_owns_what_it_saved(
        self, world: World, before: tuple[str, str] | None
    ) -> None:
        world.setting = before
        # Among other sources the one that appeared is known still.
        world.sources[STRANGER] = "ACTIVE"
        request = crashed(world, TakeOver="true")
        again = world.deliver(request)
        assert (again.status, again.data["EventSourceName"]) == ("SUCCESS", SOURCE)
        assert "owned" in again.physical_id
        assert again.physical_id.endswith("/before/444455556666/us-east-1") == (before is not None)
        assert world.calls.count("PUT info") == 1

    def test_only_the_journal_of_the_same_request_counts(self, world: World) -> None:
        crashed(world)
        assert "adopted" in world.send("Create").physical_id

    def test_other_lines_of_the_log_do_not_hide_what_was_answered(self, world: World) -> None:
        request = world.request("Create")
        first = world.deliver(request)
        id = request["RequestId"]
        others = ({"passed over": "x", "of": id}, [id], id, {"request": [id]}, {"request": id, "new": 1})
        world.lines += [(world.now, text) for text in (*map(json.dumps, others), f"START RequestId: {id}")]
        world.setting = None
        assert world.deliver(request).physical_id == first.physical_id
        assert world.setting is None, "nothing is done twice"

    def test_a_request_that_was_answered_gets_the_same_answer_and_does_nothing(self, world: World) -> None:
        request = world.request("Create")
        first = world.deliver(request)
        world.setting = ELSEWHERE
        again = world.deliver(request)
        assert (again.status, again.physical_id, again.data) == (first.status, first.physical_id, first.data)
        assert world.setting == ELSEWHERE

    @pytest.mark.parametrize("before", [None, ELSEWHERE])
    def test_a_call_that_may_have_saved_is_taken_back(self, world: World, before: tuple[str, str] | None) -> None:
        world.setting = before
        world.fail("saasus", "lost", skip=1, calls=5)
        answer = world.send("Create", TakeOver="true")
        assert (answer.status, answer.physical_id, world.setting) == ("FAILED", NOTHING_MADE, before)

    def test_when_even_that_fails_the_rollback_takes_it_back(self, world: World) -> None:
        world.setting = ELSEWHERE
        world.fail("saasus", "lost", skip=1, calls=20)
        answer = world.send("Create", TakeOver="true")
        assert world.setting == HERE
        world.faults, world.status = [], "ROLLBACK_IN_PROGRESS"
        assert world.send("Delete", answer.physical_id).status == "SUCCESS"
        assert world.setting == ELSEWHERE


class TestTheSource:
    def test_one_that_never_comes_says_what_was_waited_for_and_seen(self, world: World) -> None:
        world.saas["a-saas"].delay = None
        world.sources = {OTHER_SOURCE: "DELETED"}
        answer = world.send("Create")
        assert "Waited 60 s" in answer.reason
        assert f"{OTHER_SOURCE} DELETED" in answer.reason
        assert world.setting is None

    def test_of_several_the_one_that_appeared_is_taken_though_it_is_on_another_page(self, world: World) -> None:
        world.sources = {OTHER_SOURCE: "ACTIVE", STRANGER: "PENDING"}
        assert world.send("Create").data == {"EventSourceName": SOURCE}

    def test_one_that_comes_back_from_deleted_counts_as_appeared(self, world: World) -> None:
        world.sources = {OTHER_SOURCE: "ACTIVE", SOURCE: "DELETED"}
        assert world.send("Create").data == {"EventSourceName": SOURCE}

    @pytest.mark.parametrize("seconds", [0.0, 10.0, 19.0])
    def test_another_that_was_there_before_is_not_taken_for_one_that_is_late(
        self, world: World, seconds: float
    ) -> None:
        world.saas["a-saas"].delay = seconds
        world.sources = {OTHER_SOURCE: "ACTIVE"}
        assert world.send("Create").data == {"EventSourceName": SOURCE}

    def test_the_only_one_is_taken_when_none_appears_for_a_while(self, world: World) -> None:
        world.saas["a-saas"].delay = None
        world.sources = {SOURCE: "PENDING"}
        answer = world.send("Create")
        assert answer.data == {"EventSourceName": SOURCE}
        assert 20 <= answer.seconds < 30

    def test_among_several_the_user_has_to_say(self, world: World) -> None:
        world.setting = HERE
        world.sources = {SOURCE: "ACTIVE", OTHER_SOURCE: "ACTIVE"}
        assert "event_source_name=" in world.send("Create").reason
        assert world.send("Create", EventSourceName=OTHER_SOURCE).data == {"EventSourceName": OTHER_SOURCE}

    def test_it_is_waited_for_no_longer_than_the_function_may_run(self, world: World) -> None:
        world.saas["a-saas"].delay = None
        answer = world.send("Create", TimeoutSeconds="100000")
        assert answer.status == "FAILED"
        assert LAMBDA_SECONDS - 60 < answer.seconds < LAMBDA_SECONDS - 10

    @pytest.mark.parametrize("hangs", [0, 1])
    def test_time_is_left_to_put_back_what_was_taken_over(self, world: World, hangs: int) -> None:
        world.setting, world.saas["a-saas"].delay = ELSEWHERE, None
        world.fail("saasus", "hangs", skip=2, calls=hangs)
        answer = world.send("Create", TakeOver="true", TimeoutSeconds="100000")
        assert (answer.status, world.setting) == ("FAILED", ELSEWHERE)
        assert LAMBDA_SECONDS - 80 < answer.seconds < LAMBDA_SECONDS - 5

    def test_a_saasus_that_hangs_for_good_does_not_keep_the_answer(self, world: World) -> None:
        world.setting, world.saas["a-saas"].delay = ELSEWHERE, None
        world.fail("saasus", "hangs", skip=2)
        answer = world.send("Create", TakeOver="true", TimeoutSeconds="100000")
        assert answer.seconds < LAMBDA_SECONDS
        assert answer.physical_id.endswith("/before/444455556666/us-east-1")

    def test_a_timeout_that_is_not_a_number_is_refused(self, world: World) -> None:
        assert "'soon' is not a number of seconds" in world.send("Create", TimeoutSeconds="soon").reason
        assert world.setting is None

    @pytest.mark.parametrize("code", ["ThrottlingException", "InternalException", "no connection"])
    def test_a_look_that_fails_is_not_the_end_of_waiting(self, world: World, code: str) -> None:
        world.saas["a-saas"].delay = 30.0
        world.fail("events", code, skip=3, calls=4)
        assert world.send("Create").data == {"EventSourceName": SOURCE}


class TestUpdate:
    def test_nothing_changes_when_nothing_did(self, world: World) -> None:
        made = created(world)
        updated = world.send("Update", made.physical_id, TimeoutSeconds="90")
        assert (updated.physical_id, updated.data) == (made.physical_id, made.data)
        assert world.calls.count("PUT info") == 1

    def test_the_source_that_was_found_stays_the_one_whatever_else_is_connected(self, world: World) -> None:
        made = created(world)
        world.sources[STRANGER] = "ACTIVE"
        assert world.send("Update", made.physical_id).data == {"EventSourceName": SOURCE}

    def test_so_it_does_beside_another_of_the_same_saas(self, world: World) -> None:
        made = created(world)
        world.sources[source(UUIDS["a-saas"], 2)] = "PENDING"
        assert world.send("Update", made.physical_id).data == {"EventSourceName": SOURCE}

    def test_another_saass_source_is_not_taken_when_its_own_is_deleted(self, world: World) -> None:
        made = created(world)
        world.sources = {SOURCE: "DELETED", STRANGER: "ACTIVE"}
        answer = world.send("Update", made.physical_id)
        assert (answer.status, answer.physical_id) == ("FAILED", made.physical_id)
        assert "SOURCE DELETED".replace("SOURCE", SOURCE) in answer.reason
        assert "event_source_name=" in answer.reason

    def test_a_new_source_of_the_same_saas_is(self, world: World) -> None:
        made = created(world)
        again = source(UUIDS["a-saas"], 2)
        world.sources = {SOURCE: "DELETED", STRANGER: "ACTIVE", again: "PENDING"}
        answer = world.send("Update", made.physical_id)
        assert (answer.data, answer.physical_id) == ({"EventSourceName": again}, made.physical_id)

    def test_the_name_that_the_user_gives_is_taken(self, world: World) -> None:
        made = created(world)
        world.sources[STRANGER] = "PENDING"
        answer = world.send("Update", made.physical_id, EventSourceName=STRANGER)
        assert (answer.data, answer.physical_id) == ({"EventSourceName": STRANGER}, made.physical_id)

    def test_a_setting_that_went_missing_is_saved_again(self, world: World) -> None:
        made = created(world)
        world.setting = None
        assert world.send("Update", made.physical_id).physical_id == made.physical_id
        assert world.setting == HERE

    def test_one_that_was_taken_over_and_went_missing_keeps_its_id(self, world: World) -> None:
        """Another id would have CloudFormation delete what was just saved, by the first."""
        world.setting = ELSEWHERE
        made = created(world, TakeOver="true")
        world.setting = None
        assert world.send("Update", made.physical_id, TakeOver="true").physical_id == made.physical_id
        assert world.setting == HERE

    def test_an_adopted_one_that_is_saved_anew_is_this_stacks(self, world: World) -> None:
        world.setting = HERE
        made = created(world)
        world.setting = None
        answer = world.send("Update", made.physical_id)
        assert "owned" in answer.physical_id
        assert world.setting == HERE
        world.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        world.send("Delete", made.physical_id)
        assert world.setting == HERE
        world.status = "DELETE_IN_PROGRESS"
        world.send("Delete", answer.physical_id)
        assert world.setting is None

    def test_an_id_without_a_source_stays_as_it_is(self, world: World) -> None:
        """Another id would have CloudFormation delete the setting by the first."""
        made = created(world)
        older = made.physical_id.replace(f"/source/{SOURCE}", "")
        assert older != made.physical_id
        answer = world.send("Update", older)
        assert (answer.physical_id, answer.data) == (older, made.data)

    def test_another_saas_gets_an_id_of_its_own_and_the_old_one_is_deleted_by_its(self, world: World) -> None:
        made = created(world)
        moved = world.send("Update", made.physical_id, SecretArn=f"{SECRET}-of-b")
        assert moved.data == {"EventSourceName": OTHER_SOURCE}
        assert moved.physical_id != made.physical_id
        world.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        world.send("Delete", made.physical_id)
        assert (world.saas["a-saas"].setting, world.saas["b-saas"].setting) == (None, HERE)

    def test_another_saas_that_was_connected_before_does_not_get_the_first_ones_source(self, world: World) -> None:
        made = created(world)
        world.save(world.saas["b-saas"], HERE)
        assert world.send("Update", made.physical_id, SecretArn=f"{SECRET}-of-b").data == {
            "EventSourceName": OTHER_SOURCE
        }

    def test_what_somebody_moved_is_theirs(self, world: World) -> None:
        made = created(world)
        world.setting = ELSEWHERE
        answer = world.send("Update", made.physical_id)
        assert (answer.status, answer.physical_id, world.setting) == ("FAILED", made.physical_id, ELSEWHERE)


STATUSES = [
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
]


class TestRollback:
    @pytest.mark.parametrize("status", STATUSES)
    @pytest.mark.parametrize(
        "trouble",
        [
            "another source",
            "source deleted",
            "SaaSus is down",
            "setting moved",
            "secret gone",
            "secret broken",
            "no AWS",
        ],
    )
    @pytest.mark.parametrize("is_nested", [False, True])
    def test_an_update_is_taken_back_whatever_is_wrong(
        self, world: World, status: str, trouble: str, *, is_nested: bool
    ) -> None:
        made = created(world)
        world.send("Update", made.physical_id, TimeoutSeconds="61")
        if trouble == "another source":
            world.sources[STRANGER] = "ACTIVE"
        elif trouble == "source deleted":
            world.sources = {SOURCE: "DELETED", STRANGER: "ACTIVE"}
        elif trouble == "SaaSus is down":
            world.fail("saasus", "503")
        elif trouble == "setting moved":
            world.setting = ELSEWHERE
        elif trouble == "secret gone":
            world.secrets.clear()
        elif trouble == "secret broken":
            world.secrets[SECRET] = "hush"
        else:
            for service in ("events", "logs", "secretsmanager"):
                world.fail(service, "InternalFailure")
        then = world.setting
        if is_nested:  # its own rollback comes before its root stack's
            world.stacks[STACK] = {"StackStatus": status, "RootId": ROOT}
            world.stacks[ROOT] = {"StackStatus": "UPDATE_IN_PROGRESS"}
        else:
            world.status = status
        back = world.send("Update", made.physical_id)
        assert (back.status, back.physical_id, back.data) == ("SUCCESS", made.physical_id, made.data)
        assert world.setting == then

    @pytest.mark.parametrize("status", STATUSES)
    def test_what_the_update_took_over_is_put_back(self, world: World, status: str) -> None:
        made = created(world)
        world.setting = ELSEWHERE
        updated = world.send("Update", made.physical_id, TakeOver="true")
        assert world.setting == HERE
        world.status = status
        back = world.send("Update", updated.physical_id)
        assert (back.status, world.setting) == ("SUCCESS", ELSEWHERE)

    def test_what_it_took_over_from_an_adopted_one_is_put_back(self, world: World) -> None:
        world.setting = HERE
        made = created(world)
        world.setting = ELSEWHERE
        updated = world.send("Update", made.physical_id, TakeOver="true")
        assert updated.physical_id != made.physical_id
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = world.send("Update", updated.physical_id)
        assert (back.status, back.physical_id, world.setting) == ("SUCCESS", made.physical_id, ELSEWHERE)

    def test_one_of_this_stack_that_was_missing_stays_saved(self, world: World) -> None:
        made = created(world)
        world.setting = None
        world.send("Update", made.physical_id, TimeoutSeconds="61")
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        assert world.send("Update", made.physical_id).status == "SUCCESS"
        assert world.setting == HERE

    def test_what_an_earlier_update_took_over_stays(self, world: World) -> None:
        made = created(world)
        world.setting = ELSEWHERE
        taken = world.send("Update", made.physical_id, TakeOver="true")
        world.send("Update", taken.physical_id, TakeOver="true", TimeoutSeconds="61")
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        assert world.send("Update", taken.physical_id, TakeOver="true").status == "SUCCESS"
        assert world.setting == HERE

    @pytest.mark.parametrize("by", ["Create", "Update"])
    def test_an_update_that_never_came_takes_nothing_back(self, world: World, by: str) -> None:
        """The function could not be called, and the rollback comes all the same."""
        world.setting = ELSEWHERE if by == "Create" else None
        made = created(world, TakeOver="true")
        if by == "Update":
            world.setting = ELSEWHERE
            assert world.send("Update", made.physical_id, TakeOver="true", TimeoutSeconds="61").status == "SUCCESS"
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        never = {"TakeOver": "true", "TimeoutSeconds": "62"}
        seconds = "60" if by == "Create" else "61"
        back = world.send("Update", made.physical_id, TakeOver="true", TimeoutSeconds=seconds, old=never)
        assert (back.status, back.physical_id, world.setting) == ("SUCCESS", made.physical_id, HERE)

    @pytest.mark.parametrize("trouble", ["503", "hangs"])
    def test_it_is_put_back_once_saasus_is_there_again(self, world: World, trouble: str) -> None:
        made = created(world)
        world.setting = ELSEWHERE
        updated = world.send("Update", made.physical_id, TakeOver="true")
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        world.fail("saasus", trouble, seconds=500)
        assert world.send("Update", updated.physical_id).status == "SUCCESS"
        assert world.setting == ELSEWHERE

    @pytest.mark.parametrize(("state", "number"), [("ACTIVE", 2), ("PENDING", 1), ("DELETED", 1)])
    def test_of_two_sources_of_the_saas_it_goes_back_to_the_one_that_has_a_bus(
        self, world: World, state: str, number: int
    ) -> None:
        made = created(world)
        world.sources = {SOURCE: "DELETED", source(UUIDS["a-saas"], 2): state, STRANGER: "ACTIVE"}
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = world.send("Update", made.physical_id)
        assert back.data == {"EventSourceName": source(UUIDS["a-saas"], number)}

    def test_an_update_to_another_saas_goes_back_to_the_first(self, world: World) -> None:
        made = created(world)
        moved = world.send("Update", made.physical_id, SecretArn=f"{SECRET}-of-b")
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = world.send("Update", moved.physical_id)
        assert (back.physical_id, back.data) == (made.physical_id, made.data)
        # Asked for once more (continue-update-rollback), it is still the first.
        assert world.send("Update", back.physical_id).physical_id == made.physical_id
        world.status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        world.send("Delete", moved.physical_id, SecretArn=f"{SECRET}-of-b")
        assert world.settings == {"a-saas": HERE, "b-saas": None}

    def test_what_was_taken_over_from_another_saas_is_put_back_with_that_ones_secret(self, world: World) -> None:
        made = created(world)
        other = {"SecretArn": f"{SECRET}-of-b", "TakeOver": "true"}
        world.saas["b-saas"].setting, world.saas["b-saas"].delay = ELSEWHERE, None
        world.fail("saasus", "503", skip=2)
        assert world.send("Update", made.physical_id, **other).status == "FAILED"
        assert world.saas["b-saas"].setting == HERE
        world.faults, world.status = [], "UPDATE_ROLLBACK_IN_PROGRESS"
        back = world.send("Update", made.physical_id, old=other)
        assert (back.status, back.data, world.settings) == (
            "SUCCESS",
            made.data,
            {"a-saas": HERE, "b-saas": ELSEWHERE},
        )

    def test_the_name_that_the_user_gave_before_is_given_back(self, world: World) -> None:
        world.sources[STRANGER] = "ACTIVE"
        made = created(world, EventSourceName=STRANGER)
        world.sources[SOURCE] = "ACTIVE"
        world.send("Update", made.physical_id, EventSourceName=SOURCE)
        world.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = world.send("Update", made.physical_id, EventSourceName=STRANGER)
        assert back.data == {"EventSourceName": STRANGER}

    @pytest.mark.parametrize("trouble", ["503", "401"])
    def test_a_create_is_taken_back_though_saasus_refuses(self, world: World, trouble: str) -> None:
        made = created(world)
        world.status = "ROLLBACK_IN_PROGRESS"
        world.fail("saasus", trouble)
        assert world.send("Delete", made.physical_id).status == "SUCCESS"

    @pytest.mark.parametrize("root", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "CREATE_IN_PROGRESS"])
    @pytest.mark.parametrize("said", ["RootId", "ParentId"])
    def test_of_a_nested_stack_that_is_deleted_its_root_says_why(self, world: World, root: str, said: str) -> None:
        world.setting = ELSEWHERE
        made = created(world, TakeOver="true")
        world.stacks[STACK] = {"StackStatus": "DELETE_IN_PROGRESS", said: ROOT}
        world.stacks[ROOT] = {"StackStatus": root}
        assert world.send("Delete", made.physical_id).status == "SUCCESS"
        assert world.setting == ELSEWHERE

    @pytest.mark.parametrize("root", ["DELETE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
    def test_a_nested_stack_that_goes_because_it_should_deletes(self, world: World, root: str) -> None:
        world.setting = ELSEWHERE
        made = created(world, TakeOver="true")
        world.stacks[STACK] = {"StackStatus": "DELETE_IN_PROGRESS", "RootId": ROOT}
        world.stacks[ROOT] = {"StackStatus": root}
        world.send("Delete", made.physical_id)
        assert world.setting is None


class TestDelete:
    @pytest.mark.parametrize("before", [None, ELSEWHERE])
    def test_what_was_saved_is_deleted(self, world: World, before: tuple[str, str] | None) -> None:
        world.setting = before
        made = created(world, TakeOver="true")
        world.status = "DELETE_IN_PROGRESS"
        world.send("Delete", made.physical_id)
        assert world.setting is None

    def test_what_was_adopted_stays_and_asks_nothing(self, world: World) -> None:
        world.setting = HERE
        made = created(world)
        world.secrets.clear()  # which may be deleted before
        world.calls.clear()
        assert world.send("Delete", made.physical_id).status == "SUCCESS"
        assert (world.setting, world.calls) == (HERE, [])

    def test_a_create_that_changed_nothing_leaves_nothing_to_delete(self, world: World) -> None:
        world.setting = ELSEWHERE
        world.status = "ROLLBACK_IN_PROGRESS"
        assert world.send("Delete", NOTHING_MADE).status == "SUCCESS"
        assert world.calls == []

    def test_what_was_taken_over_is_put_back_when_the_stack_rolls_back(self, world: World) -> None:
        world.setting = ELSEWHERE
        made = created(world, TakeOver="true")
        world.status = "ROLLBACK_IN_PROGRESS"
        world.send("Delete", made.physical_id)
        assert world.setting == ELSEWHERE

    def test_what_somebody_else_saved_since_is_theirs(self, world: World) -> None:
        made = created(world)
        world.setting = ELSEWHERE
        world.send("Delete", made.physical_id)
        assert world.setting == ELSEWHERE

    def test_another_saass_setting_is_left_when_the_secrets_value_was_exchanged(self, world: World) -> None:
        made = created(world)
        world.secrets[SECRET] = "b-saas"
        world.save(world.saas["b-saas"], HERE)
        assert world.send("Delete", made.physical_id).status == "SUCCESS"
        assert world.settings == {"a-saas": HERE, "b-saas": HERE}

    def test_without_the_secret_it_says_what_to_do(self, world: World) -> None:
        made = created(world)
        world.secrets.clear()
        world.status = "DELETE_IN_PROGRESS"
        answer = world.send("Delete", made.physical_id)
        assert (answer.status, answer.physical_id) == ("FAILED", made.physical_id)
        assert "retain this resource" in answer.reason

    def test_when_it_cannot_tell_whether_to_put_back_it_does_neither(self, world: World) -> None:
        world.setting = ELSEWHERE
        made = created(world, TakeOver="true")
        world.fail("cloudformation", "AccessDenied")
        answer = world.send("Delete", made.physical_id)
        assert answer.status == "FAILED"
        assert "cloudformation:DescribeStacks" in answer.reason
        assert world.setting == HERE

    @pytest.mark.parametrize(("bus", "left"), [("ACTIVE", HERE), ("PENDING", None)])
    def test_in_a_stack_that_goes_on_it_is_left_for_the_bus_that_needs_it(
        self, world: World, bus: str, left: tuple[str, str] | None
    ) -> None:
        """So it is when the construct gets another id: the new one has adopted the setting by then."""
        made = created(world)
        assert "adopted" in world.send("Create").physical_id
        world.sources[SOURCE] = bus
        world.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        assert world.send("Delete", made.physical_id).status == "SUCCESS"
        assert world.setting == left


class TestThePermissionsOfTheFirstMinute:
    @pytest.mark.parametrize(
        "code",
        ["AccessDenied", "AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId"],
    )
    @pytest.mark.parametrize(
        "services", [["events"], ["secretsmanager"], ["logs"], ["events", "secretsmanager", "logs"]]
    )
    def test_are_waited_for(self, world: World, code: str, services: list[str]) -> None:
        for service in services:
            world.fail(service, code, seconds=60)
        assert world.send("Create").status == "SUCCESS"

    def test_and_not_for_ever(self, world: World) -> None:
        world.fail("events", "AccessDeniedException")
        answer = world.send("Create")
        assert answer.status == "FAILED"
        assert "AWS refused ListEventSources (AccessDeniedException)" in answer.reason
        assert 60 < answer.seconds < 120
        assert world.calls.count("events") < 50

    def test_what_is_no_permission_is_said_at_once(self, world: World) -> None:
        world.fail("events", "ValidationException")
        assert world.send("Create").seconds < 5


class TestTheSecret:
    @pytest.mark.parametrize(
        ("code", "advice"),
        [
            ("ResourceNotFoundException", "aws secretsmanager create-secret"),
            ("InvalidRequestException", "aws secretsmanager restore-secret"),
            ("DecryptionFailure", "KMS key cannot be used"),
            ("AccessDeniedException", "kms:Decrypt"),
        ],
    )
    def test_one_that_cannot_be_read_is_named_with_what_to_do(self, world: World, code: str, advice: str) -> None:
        world.fail("secretsmanager", code)
        answer = world.send("Create")
        assert answer.status == "FAILED"
        assert SECRET in answer.reason
        assert advice in answer.reason
        assert world.setting is None

    @pytest.mark.parametrize("value", ["hush", '{"saas_id": "hush"}', "[" * 100_000])
    def test_one_that_holds_something_else_is_said_and_not_shown(self, world: World, value: str) -> None:
        world.secrets[SECRET] = value
        answer = world.send("Create")
        assert "The secret's" in answer.reason
        assert "hush" not in json.dumps(world.answers) + str(world.lines)

    def test_one_of_bytes_is_said(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        client = SimpleNamespace(get_secret_value=lambda **_: {"SecretBinary": b"hush"})
        monkeypatch.setattr(world, "_secretsmanager", lambda: client)
        answer = world.send("Create")
        assert "contains bytes, not text" in answer.reason
        assert "--secret-string" in answer.reason

    def test_one_of_another_region_is_read_there(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        there = SECRET.replace("ap-northeast-1", "us-east-1")
        world.secrets[there] = "a-saas"
        regions: list[str | None] = []
        client = world._client

        def regional(service: str, **options: Any) -> Any:
            if service == "secretsmanager":
                regions.append(options.get("region_name"))
            return client(service)

        monkeypatch.setattr(world, "_client", regional)
        assert world.send("Create", SecretArn=there).status == "SUCCESS"
        assert world.send("Create").status == "SUCCESS"
        assert regions == ["us-east-1", None]
