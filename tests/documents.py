"""The repository's documents, by heading: their text, tables, links and code."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

REPOSITORY = Path(__file__).resolve().parents[1]

BLOCK_OR_HEADING = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```$|^(?P<hashes>#+) (?P<title>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


@dataclass
class Section:
    """A heading and what stands below it, up to the next one."""

    level: int
    title: str
    line: int
    text: str = ""
    """Without code blocks."""
    blocks: list[tuple[str, str]] = field(default_factory=list)
    """Language and code."""

    @property
    def links(self) -> list[str]:
        return [match["target"] for match in LINK.finditer(self.text)]

    @property
    def tables(self) -> list[list[list[str]]]:
        """The cells, by table and row."""
        return [
            [[cell.strip() for cell in row.strip("|").split("|")] for row in table[0].splitlines()]
            for table in TABLE.finditer(self.text)
        ]

    @property
    def table_shapes(self) -> list[list[int]]:
        """The number of cells in each row, by table."""
        return [[len(row) for row in table] for table in self.tables]

    @property
    def code_spans(self) -> Counter[str]:
        return Counter(CODE_SPAN.findall(self.text))

    def __str__(self) -> str:
        return f"{'#' * self.level} {self.title} (line {self.line})"


def sections_of(text: str) -> list[Section]:
    sections = [Section(0, "before the first heading", 1)]
    end = 0
    for match in BLOCK_OR_HEADING.finditer(text):
        sections[-1].text += text[end : match.start()]
        end = match.end()
        if match["hashes"]:
            line = text.count("\n", 0, match.start()) + 1
            sections.append(Section(len(match["hashes"]), match["title"], line))
        else:
            sections[-1].blocks.append((match["language"], match["code"]))
    sections[-1].text += text[end:]
    return sections


def read(document: str) -> list[Section]:
    return sections_of((REPOSITORY / document).read_text(encoding="utf-8"))


def code(document: str, title: str, language: str) -> list[str]:
    """Return the blocks of a language under a heading, as they are except for the indent of a list."""
    [section] = [section for section in read(document) if section.title == title]
    return [dedent(text) for kind, text in section.blocks if kind == language]
