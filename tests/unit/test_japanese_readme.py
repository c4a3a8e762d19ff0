"""README.ja.md is typeset one way throughout, and every sentence is polite."""

from __future__ import annotations

import re

import pytest

from tests.documents import CODE_SPAN, read, sections_of

_J = "[ぁ-ゖァ-ヺー一-鿿々]"
RULES = {
    "a full-width form of an ASCII character": r"[\uff01-\uff5e]",
    "a half-width form of a kana": r"[｡-ﾟ]",
    "an ASCII mark after Japanese text": rf"{_J}[,.;:!?]",
    "no space between Japanese text and a Latin letter, a digit or code": rf"{_J}[A-Za-z0-9(]|[A-Za-z0-9)]{_J}",
    "a space beside a Japanese mark": r"[、。「」] | [、。「」]",
    "a space within Japanese text": rf"{_J} {_J}",
    "italics, which Japanese type does not have": r"(?<!\*)\*[^*\s]",
}
_POLITE_ENDS = ("です", "ます", "ません", "ました", "ください")


def prose_of(text: str) -> list[str]:
    """Return the headings, paragraphs and cells, with a letter in place of code and of a link its text."""
    parts = []
    for section in sections_of(text):
        shown = re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", CODE_SPAN.sub("x", section.text))
        lines = [cell.strip() for line in shown.splitlines() for cell in line.split("|")]
        parts += [part for part in (section.title, *lines) if re.search(_J, part)]
    return parts


def faults(text: str) -> list[str]:
    return [
        f"{rule}: {part[max(match.start() - 8, 0) : match.end() + 8]}"
        for part in prose_of(text)
        for rule, pattern in RULES.items()
        for match in re.finditer(pattern, part)
    ]


def impolite(text: str) -> list[str]:
    sentences = [sentence for part in prose_of(text) for sentence in part.split("。")[:-1]]
    return [sentence for sentence in sentences if not re.sub(r" \([^()]*\)$", "", sentence).endswith(_POLITE_ENDS)]


def _text() -> str:
    return "\n".join(f"## {section.title}\n{section.text}" for section in read("README.ja.md"))


def test_it_is_typeset_one_way() -> None:
    assert faults(_text()) == []


def test_every_sentence_is_polite() -> None:
    assert len(prose_of(_text())) > 50
    assert impolite(_text()) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("設定\uff08必須\uff09です。", "a full-width form"),
        ("ﾙｰﾙ を使います。", "a half-width form"),
        ("設定します, その後", "an ASCII mark"),
        ("`cdk`で実行します。", "no space"),
        ("30個まで", "no space"),
        ("キー(必須)です。", "no space"),
        ("「保留中」 です。", "a space beside"),
        ("次の ルール", "a space within"),
        ("*保留中*です。", "italics"),
    ],
)
def test_a_fault_is_found(text: str, rule: str) -> None:
    assert rule in "\n".join(faults(text))


def test_what_is_typeset_well_has_no_fault() -> None:
    text = "| 名前 | [手順](a.md)を `cdk` で **12 桁** (必須) にします ([詳細](b.md))。「保留中」(Pending) です。 |"
    assert faults(text) == []
    assert impolite(text) == []


def test_a_plain_form_is_found() -> None:
    assert impolite("ルールを追加する。バスです。") == ["ルールを追加する"]
