from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.events.errors import AmbiguousOperation, InvalidKnownEvents, UnknownOperation
from constructs_lib.events.known_events import NOTHING_KNOWN, KnownEvents
from constructs_lib.events.operations import operations as op

if TYPE_CHECKING:
    from pathlib import Path

CONTENT: dict[str, Any] = {
    "saasus:eventTypes": {"auth.delete_saas_user": "saas_user_deleted", "sign_in": ["sign_in", "signin"]},
    "saasus:bodyForms": ["spaced-ascii", "compact-go"],
}


def test_reads_what_it_writes(tmp_path: Path) -> None:
    known = KnownEvents.from_context(CONTENT.get)
    file = tmp_path / "known.json"
    file.write_text(json.dumps(known.to_dict()), encoding="utf-8")

    assert KnownEvents.from_file(file) == known
    assert hash(KnownEvents.from_file(file)) == hash(known)
    assert known.to_dict() == {
        "saasus:eventTypes": {"auth.delete_saas_user": "saas_user_deleted", "auth.sign_in": ["sign_in", "signin"]},
        "saasus:bodyForms": ["compact-go", "spaced-ascii"],
    }


def test_a_confirmed_name_replaces_the_derived_ones() -> None:
    known = KnownEvents.from_context(CONTENT.get)

    assert known.names_of(op.auth.delete_saas_user) == ("saas_user_deleted",)
    assert known.is_certain(op.auth.delete_saas_user)
    assert known.names_of(op.auth.delete_tenant) == op.auth.delete_tenant.event_types
    assert not known.is_certain(op.auth.delete_tenant)
    assert known.is_certain(op.auth.create_tenant), "documented"


def test_an_empty_context_is_nothing_known() -> None:
    assert KnownEvents.from_context(lambda _: None) == NOTHING_KNOWN == KnownEvents()
    assert NOTHING_KNOWN.body_forms is None


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ({"saasus:eventTypes": {"auth.delete_sas_user": "x"}}, UnknownOperation, "'auth.delete_saas_user'"),
        ({"saasus:eventTypes": {"update_tenant": "x"}}, AmbiguousOperation, "auth.update_tenant"),
        ({"saasus:eventTypes": {"auth.sign_in": 7}}, InvalidKnownEvents, "Expected a string, or a list"),
        ({"saasus:eventTypes": {"auth.sign_in": [""]}}, InvalidKnownEvents, "Expected a string, or a list"),
        ({"saasus:eventTypes": ["sign_in"]}, InvalidKnownEvents, "an object from operation"),
        ({"saasus:bodyForms": ["compact"]}, InvalidKnownEvents, "'compact-go'"),
        ({"saasus:bodyForms": ["compact-go", 7]}, InvalidKnownEvents, "7 is not a form"),
        ({"saasus:bodyForms": [["compact-go"]]}, InvalidKnownEvents, "is not a form"),
        ({"saasus:bodyForms": "compact-go"}, InvalidKnownEvents, "Expected a list"),
        ({"eventTypes": {}}, InvalidKnownEvents, "'eventTypes'"),
        ([], InvalidKnownEvents, "Expected an object"),
    ],
)
def test_refuses_what_it_cannot_use(content: Any, error: type[Exception], words: str, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(error, match=words):
        KnownEvents.from_file(file)


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text("{", encoding="utf-8")

    with pytest.raises(InvalidKnownEvents, match=r"known\.json is not JSON.*learn"):
        KnownEvents.from_file(file)
