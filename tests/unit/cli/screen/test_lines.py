"""What is printed fits a terminal, and no word of it is broken."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.cli import _parser, main
from constructs_lib.cli.screen.lines import counted, fitted, wrapped
from constructs_lib.cli.screen.table import print_table
from tests.unit.cli.parsers import EVERY_PARSER

WORDS = st.text(st.characters(whitelist_categories=("Ll", "Nd"), whitelist_characters="/-_.{}"), min_size=1)
SENTENCES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


def too_long(text: str, width: int, indent: int = 4) -> list[str]:
    """Return the lines that are longer than the width and could have been broken."""
    return [line for line in text.splitlines() if len(line) > width and len(line.split()) > 1 and " " in line.strip()]


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.integers(40, 120))
def test_parts_are_joined_within_the_width_and_no_word_is_broken(parts: list[str], width: int) -> None:
    text = fitted(parts, width=width)
    assert text.split() == " ".join(parts).split()
    assert not too_long(text, width)


@given(SENTENCES, st.integers(40, 120))
def test_sentences_are_broken_at_spaces_only(sentence: str, width: int) -> None:
    text = wrapped(sentence, width=width)
    assert text.split() == sentence.split()
    assert not too_long(text, width)


@given(
    rows=st.lists(st.tuples(WORDS, SENTENCES, SENTENCES), min_size=1, max_size=4),
    width=st.sampled_from([40, 80, 200]),
)
def test_a_table_of_any_content_fits(rows: list[tuple[str, str, str]], width: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COLUMNS", str(width))
        printed: list[str] = []
        patched.setattr("builtins.print", lambda text: printed.append(str(text)))
        print_table(("A", "B", "C"), rows)
    text = "\n".join(printed)
    assert not too_long(text, width)
    for row in rows:
        for word in " ".join(row).split():
            assert word in text.split()


@pytest.mark.parametrize("command", EVERY_PARSER)
def test_help_fits_eighty_columns(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", [name for name in EVERY_PARSER if name])
def test_the_examples_of_a_command_are_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    examples = capsys.readouterr().out.partition("examples:\n")[2].replace("\\\n", " ")
    lines = [line.rpartition("| ")[2].strip() for line in examples.splitlines() if line.strip()]
    assert lines
    for line in lines:
        program, *arguments = shlex.split(line.partition(" > ")[0])
        assert program == "saasus-events", line
        _parser().parse_args(arguments)


def test_the_catalog_fits_eighty_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["catalog"]) == 0
    out = capsys.readouterr().out
    assert not too_long(out, 80)
    assert re.search(r"^auth\.create_tenant  POST /v1/auth/tenants", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (counted(0, "event"), "0 events"),
        (counted(1, "event"), "1 event"),
        (counted(2, "event"), "2 events"),
        (counted(1, "body", "bodies"), "1 body"),
        (counted(2, "body", "bodies"), "2 bodies"),
    ],
)
def test_one_thing_is_named_in_the_singular(said: str, words: str) -> None:
    assert said == words
