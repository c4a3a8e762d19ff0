"""What the commands print of events that should not come: no secret, and what they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from constructs_lib import operations
from constructs_lib.cli import main
from constructs_lib.cli.screen.events import event_line
from constructs_lib.cli.screen.redaction import redact_text, secrets_of
from constructs_lib.events.log_mask import mask
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.testing import Variant, sample_event, unexpected_events

if TYPE_CHECKING:
    from pathlib import Path


class Canaries:
    """Makes a distinct value for each secret, and remembers it."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, name: str) -> str:
        letters = "".join(chr(ord("a") + int(digit)) for digit in f"{len(self.given):04d}")
        self.given.append(f"canary{letters}z")
        return self.given[-1]


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture(scope="module")
def events(canaries: Canaries) -> tuple[Variant, ...]:
    return unexpected_events(canaries)


def test_explain_says_what_they_are_and_no_secret(
    events: tuple[Variant, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for variant in events:
        file = tmp_path / "event.json"
        file.write_text(json.dumps(variant.event), encoding="utf-8")
        assert main(["explain", str(file)]) == 0
        said = capsys.readouterr().out
        assert "canary" not in said, variant.name
        if "(retired)" in variant.name:
            assert "which SaaSus removed from its API files" in said
        elif "GET" in variant.name or "nobody knows" in variant.name:
            assert "not in the catalog" in said


def test_learn_confirms_nothing_by_them_and_shows_no_secret(
    events: tuple[Variant, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for masked in (False, True):
        file, known = tmp_path / "events.jsonl", tmp_path / f"known-{masked}.json"
        lines = [json.dumps(variant.event) for variant in events]
        file.write_text("\n".join(map(mask, lines) if masked else lines), encoding="utf-8")
        assert main(["learn", str(file), "--write", str(known)]) == 0
        said = capsys.readouterr().out
        assert "canary" not in said
        assert "RETIRED" in said
        assert "a GET" in said
        confirmed = json.loads(known.read_text(encoding="utf-8"))["saasus:eventTypes"]
        assert set(confirmed) == {"integration.create_eventbridge_event"}


def test_a_line_of_one_shows_no_secret(events: tuple[Variant, ...]) -> None:
    for variant in events:
        event = SaasusEvent.from_dict(variant.event)
        assert "canary" not in event_line(event), variant.name
        for text in (json.dumps(variant.event), repr(variant.event)):
            assert "canary" not in redact_text(text, secrets_of(variant.event)), variant.name


def test_a_masked_uri_is_still_the_operations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = sample_event(operations.apigateway.refresh_client_secret)
    file = tmp_path / "events.jsonl"
    file.write_text(mask(json.dumps(event)), encoding="utf-8")
    assert main(["learn", str(file)]) == 0
    said = capsys.readouterr().out
    assert "apigateway.refresh_client_secret" in said
    assert "as the catalog derived it" in said
