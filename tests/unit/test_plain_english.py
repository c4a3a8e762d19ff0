"""The documents say things as a native engineer would: none of the turns that betray a translation."""

from __future__ import annotations

import re

import pytest

from tests.documents import REPOSITORY, read

DOCUMENTS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("*.md", "docs/*.md", ".github/**/*.md")
    for path in REPOSITORY.glob(pattern)
    if not path.name.endswith(".ja.md")
)
TURNS = {
    "'is not a …' in place of 'is no …'": r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b|matter\b)",
    "'Expected …' in place of 'Allowed is …'": r"\bAllowed (?:is|are)\b",
    "'cannot be distinguished', 'is unknown'": r"\bcan(?:not| not|'t) be told\b",
    "'Returns …', 'Shows …' in place of 'Gives …'": r"(?:^|[.:|] )Gives ",
    "'because' in place of ', for'": r", for (?:it|they|there|this|AWS|EventBridge|SaaSus) (?!\d)",
    "'again' in place of 'anew'": r"\banew\b",
    "'for lack of' in place of 'for want of'": r"\bfor want of\b",
    "'is in' in place of 'stands in'": r"\bstands? (?:in|on|there|once)\b",
    "'fix' in place of 'mend'": r"\bmend(?:s|ed|ing)?\b",
}


def turns_in(document: str) -> list[str]:
    parts = [part for section in read(document) for part in (section.title, *section.text.splitlines())]
    return [each for part in parts for each in stilted(part)]


def stilted(text: str) -> list[str]:
    """Return what to write in place of each turn, and where the turn is."""
    return [
        f"{advice}: …{text[max(match.start() - 30, 0) : match.end() + 30]}…"
        for advice, pattern in TURNS.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_written_in_plain_english(document: str) -> None:
    assert turns_in(document) == []


def test_the_documents_are_found() -> None:
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/masking.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize(
    "text",
    [
        "'x' is no region.",
        "Allowed is a text.",
        "It cannot be told which one.",
        "Gives the rules.",
        "Leave it as it is, for it is used.",
        "Save the setting anew.",
        "It fails for want of a key.",
        "The key stands in the header.",
        "Have the policy mended.",
    ],
)
def test_a_turn_is_found(text: str) -> None:
    assert len(stilted(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "There is no single event.",
        "The key is no longer valid.",
        "Give the role a name, for example Deploy.",
        "Stand by for recommended changes.",
    ],
)
def test_plain_english_is_not_a_turn(text: str) -> None:
    assert stilted(text) == []
