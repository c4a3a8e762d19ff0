"""The setting as a resource: saved, adopted, taken over, given back; never taken by accident."""

from __future__ import annotations

import pytest

from constructs_lib.functions.custom_resource import Done, Request, RequestFailed
from constructs_lib.functions.setting import NOTHING_MADE, Setting
from constructs_lib.runtime.saasus_errors import SaasusUnreachable
from tests.unit.functions.fakes import (
    ELSEWHERE,
    HERE,
    OTHER_SOURCE,
    SOURCE,
    Clock,
    Events,
    Journal,
    Saasus,
    request,
)


def handle(
    saasus: Saasus,
    asked: Request,
    *,
    journal: Journal | None = None,
    rolling_back: bool = False,
    saas_id: str = "my-saas",
) -> Done:
    return Setting(
        saasus,
        saas_id,
        Events(saasus),
        journal=journal or Journal(),
        is_rolling_back=lambda _: rolling_back,
        waiting=Clock().waiting(),
    ).handle(asked)


class TestCreate:
    def test_without_a_setting_it_is_saved_and_the_source_is_returned(self) -> None:
        saasus = Saasus()
        done = handle(saasus, request("Create"))
        assert saasus.settings == HERE
        assert done.data == {"EventSourceName": SOURCE}
        assert "owned" in done.physical_id

    def test_one_that_is_right_is_adopted_and_not_saved_again(self) -> None:
        saasus = Saasus(HERE)
        done = handle(saasus, request("Create"))
        assert saasus.calls == ["get"]
        assert done.data == {"EventSourceName": SOURCE}
        assert "adopted" in done.physical_id

    def test_one_that_sends_elsewhere_fails_and_says_whose_it_is(self) -> None:
        saasus = Saasus(ELSEWHERE)
        with pytest.raises(RequestFailed, match=r"444455556666.*us-east-1.*take_over=True") as failed:
            handle(saasus, request("Create"))
        assert saasus.settings == ELSEWHERE
        assert failed.value.physical_id == NOTHING_MADE

    def test_taken_over_what_was_before_is_remembered(self) -> None:
        saasus = Saasus(ELSEWHERE)
        done = handle(saasus, request("Create", TakeOver="true"))
        assert saasus.settings == HERE
        assert done.physical_id.endswith("/before/444455556666/us-east-1")

    def test_no_secret_and_no_saas_id_is_in_the_physical_id(self) -> None:
        assert "my-saas" not in handle(Saasus(), request("Create")).physical_id

    @pytest.mark.parametrize("before", [None, ELSEWHERE])
    def test_delivered_again_after_a_crash_it_still_owns_what_it_saved(self, before: object) -> None:
        saasus, journal = Saasus(ELSEWHERE if before else None), Journal()
        first = handle(saasus, request("Create", TakeOver="true"), journal=journal)
        again = handle(saasus, request("Create", TakeOver="true"), journal=journal)
        assert again == first
        assert saasus.calls.count("save") == 1

    def test_a_call_that_may_have_saved_is_cleaned_up_after(self) -> None:
        saasus = Saasus()
        saasus.fail_on["save"] = SaasusUnreachable("no answer", trace_id="t")
        with pytest.raises(RequestFailed) as failed:
            handle(saasus, request("Create"))
        handle(saasus, request("Delete", failed.value.physical_id), rolling_back=True)
        assert saasus.settings is None


class TestTheSource:
    def test_one_that_never_comes_says_what_was_waited_for_and_seen(self) -> None:
        saasus = Saasus(source=None)
        saasus.sources = {OTHER_SOURCE: "DELETED"}
        with pytest.raises(RequestFailed, match=rf"Waited 60 s.*{OTHER_SOURCE} DELETED") as failed:
            handle(saasus, request("Create"))
        handle(saasus, request("Delete", failed.value.physical_id), rolling_back=True)
        assert saasus.settings is None

    def test_of_several_the_one_that_appeared_is_taken(self) -> None:
        saasus = Saasus()
        saasus.sources = {OTHER_SOURCE: "ACTIVE"}
        assert handle(saasus, request("Create")).data == {"EventSourceName": SOURCE}

    def test_one_that_comes_back_from_deleted_counts_as_appeared(self) -> None:
        saasus = Saasus()
        saasus.sources = {OTHER_SOURCE: "ACTIVE", SOURCE: "DELETED"}
        assert handle(saasus, request("Create")).data == {"EventSourceName": SOURCE}

    def test_the_only_one_is_taken_when_none_appears(self) -> None:
        saasus = Saasus(source=None)
        saasus.sources = {SOURCE: "PENDING"}
        assert handle(saasus, request("Create")).data == {"EventSourceName": SOURCE}

    def test_among_several_the_user_has_to_say(self) -> None:
        saasus = Saasus(HERE)
        saasus.sources = {SOURCE: "ACTIVE", OTHER_SOURCE: "ACTIVE"}
        with pytest.raises(RequestFailed, match="event_source_name="):
            handle(saasus, request("Create"))
        done = handle(saasus, request("Create", EventSourceName=OTHER_SOURCE))
        assert done.data == {"EventSourceName": OTHER_SOURCE}


class TestDelete:
    def test_what_was_saved_is_deleted(self) -> None:
        saasus = Saasus()
        made = handle(saasus, request("Create"))
        handle(saasus, request("Delete", made.physical_id))
        assert saasus.settings is None

    def test_what_was_adopted_stays(self) -> None:
        saasus = Saasus(HERE)
        made = handle(saasus, request("Create"))
        handle(saasus, request("Delete", made.physical_id))
        assert saasus.settings == HERE

    def test_what_was_taken_over_is_put_back_when_the_stack_rolls_back(self) -> None:
        saasus = Saasus(ELSEWHERE)
        made = handle(saasus, request("Create", TakeOver="true"))
        handle(saasus, request("Delete", made.physical_id), rolling_back=True)
        assert saasus.settings == ELSEWHERE

    def test_and_deleted_when_the_stack_is_destroyed_later(self) -> None:
        saasus = Saasus(ELSEWHERE)
        made = handle(saasus, request("Create", TakeOver="true"))
        handle(saasus, request("Delete", made.physical_id))
        assert saasus.settings is None

    def test_what_somebody_else_saved_since_is_theirs(self) -> None:
        saasus = Saasus()
        made = handle(saasus, request("Create"))
        saasus.settings = ELSEWHERE
        handle(saasus, request("Delete", made.physical_id))
        assert saasus.settings == ELSEWHERE

    def test_a_create_that_changed_nothing_leaves_nothing_to_delete(self) -> None:
        saasus = Saasus(ELSEWHERE)
        handle(saasus, request("Delete", NOTHING_MADE), rolling_back=True)
        assert saasus.calls == []

    def test_another_saass_setting_is_left_when_the_secrets_value_was_exchanged(self) -> None:
        saasus = Saasus()
        made = handle(saasus, request("Create"))
        handle(saasus, request("Delete", made.physical_id), saas_id="another-saas")
        assert saasus.settings == HERE


class TestUpdate:
    def test_nothing_changes_when_nothing_did(self) -> None:
        saasus = Saasus()
        made = handle(saasus, request("Create"))
        updated = handle(saasus, request("Update", made.physical_id, request_id="r2"))
        assert updated == made
        assert saasus.calls.count("save") == 1

    def test_a_setting_that_went_missing_is_saved_again(self) -> None:
        saasus = Saasus()
        made = handle(saasus, request("Create"))
        saasus.settings = None
        assert handle(saasus, request("Update", made.physical_id, request_id="r2")) == made
        assert saasus.settings == HERE

    def test_another_saas_gets_an_id_of_its_own_and_the_old_one_is_deleted_by_its(self) -> None:
        first, second = Saasus(), Saasus()
        made = handle(first, request("Create"))
        moved = handle(second, request("Update", made.physical_id, request_id="r2"), saas_id="another-saas")
        assert moved.physical_id != made.physical_id
        handle(first, request("Delete", made.physical_id, request_id="r3"))
        assert first.settings is None
        assert second.settings == HERE
