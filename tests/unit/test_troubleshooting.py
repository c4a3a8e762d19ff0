"""Each warning has its line on the page for those who see it, and no line is left of one that is gone."""

from __future__ import annotations

import re

from tests.documents import REPOSITORY, read

PREFIX = "@saasus/events:"


def ids_in_the_package() -> set[str]:
    files = (REPOSITORY / "constructs_lib").rglob("*.py")
    # Some are put together from the prefix and a word of the same file.
    texts = [text for file in files if PREFIX in (text := file.read_text("utf-8"))]
    whole = {id for text in texts for id in re.findall(rf"{PREFIX}(\w+)", text)}
    return whole | {id for text in texts if f"{PREFIX}{{" in text for id in re.findall(r"_warn\(\s*\"(\w+)\"", text)}


def test_every_warning_has_its_line() -> None:
    sections = read("docs/troubleshooting.md")
    first = [section.title for section in sections].index("Warnings at synth")
    tables = [table for section in sections[first:] for table in section.tables]
    listed = [id for table in tables for row in table[2:] for id in re.findall(r"`(\w+)`", row[0])]
    assert len(listed) == len(set(listed))
    assert set(listed) == ids_in_the_package()
