"""The two READMEs say the same, their links lead somewhere, and the commands in them exist."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections import Counter
from itertools import zip_longest

import pytest

from constructs_lib.cli import _commands
from constructs_lib.cli.command import CommandGroup
from tests.documents import CODE_SPAN, REPOSITORY, Section, read, sections_of

ENGLISH, JAPANESE = "README.md", "README.ja.md"
DOCUMENTS = sorted(
    path.relative_to(REPOSITORY).as_posix() for pattern in ("*.md", "docs/*.md") for path in REPOSITORY.glob(pattern)
)


JAPANESE_LETTERS = re.compile(r"[ぁ-ゖァ-ヺー一-鿿々]")
_FILE_NAME = re.compile(r"# \S+\.py")
_DRAWING = "│┌└├▼►─"


def differences(english: list[Section], japanese: list[Section]) -> list[str]:
    """Return where the Japanese README is not in step with the English one.

    Code is equal; comments are translated, and so are the words of a picture (a block called `text`).
    """
    found = [
        f"headings differ: {here or 'nothing more'} in English, {there or 'nothing more'} in Japanese"
        for here, there in zip_longest(english, japanese)
        if here is None or there is None or here.level != there.level
    ]
    if found:
        # What follows the first heading that differs would be compared with another section.
        return found[:1]
    for here, there in zip(english, japanese, strict=True):
        blocks = [_to_compare(language, code) for language, code in here.blocks]
        translated = [_to_compare(language, code, is_translated=True) for language, code in there.blocks]
        if blocks != translated:
            found.append(f"code blocks differ in {here}, in Japanese {there}:\n{_diff(blocks, translated)}")
        drawn, redrawn = (
            [set(re.findall(r"[A-Za-z]+", code)) for language, code in section.blocks if language == "text"]
            for section in (here, there)
        )
        found += [
            f"the picture in {there} has words that the English one does not have: {', '.join(sorted(new - old))}"
            for old, new in zip(drawn, redrawn, strict=False)
            if new - old
        ]
        for kind, one, other in (
            ("table cells by row", here.table_shapes, there.table_shapes),
            # Word order differs, so links and code are compared as they are in a section, in any order.
            ("links", *_only_in_one(_links(here), _links(there))),
            ("code in the text", *_only_in_one(here.code_spans, there.code_spans)),
        ):
            if one != other:
                found.append(f"{kind} differ in {here}: {one} in English, {other} in Japanese ({there})")
    return found


def _to_compare(language: str, code: str, *, is_translated: bool = False) -> tuple[str, str]:
    """Return a code block with an ellipsis in place of what a translation changes.

    What should have been translated and was not stays as it is, and so differs.
    """
    if language == "text" and (JAPANESE_LETTERS.search(code) or not is_translated):
        # Only what is drawn, and where words stand in it, is the same; lines may be longer.
        words = re.sub(rf"[^{_DRAWING}\s][^{_DRAWING}\n]*", "… ", code)
        return language, re.sub("─+", "─", re.sub(" +", " ", words))
    if language == "python":
        lines = code.splitlines(keepends=True)
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            is_comment = token.type == tokenize.COMMENT and not _FILE_NAME.fullmatch(token.string)
            if is_comment and (JAPANESE_LETTERS.search(token.string) or not is_translated):
                row, column = token.start
                lines[row - 1] = f"{lines[row - 1][:column]}# …\n"
        return language, "".join(lines)
    return language, code


def _links(section: Section) -> Counter[str]:
    """Return the links; that to the other language is the same one."""
    return Counter(ENGLISH if target == JAPANESE else target for target in section.links)


def _only_in_one(one: Counter[str], other: Counter[str]) -> tuple[list[str], list[str]]:
    return sorted((one - other).elements()), sorted((other - one).elements())


def _diff(english: list[tuple[str, str]], japanese: list[tuple[str, str]]) -> str:
    return "\n".join(difflib.unified_diff(_lines(english), _lines(japanese), ENGLISH, JAPANESE, lineterm=""))


def _lines(blocks: list[tuple[str, str]]) -> list[str]:
    return [line for language, code in blocks for line in [f"```{language}", *code.splitlines(), "```"]]


def test_the_japanese_readme_is_in_step_with_the_english_one() -> None:
    found = differences(read(ENGLISH), read(JAPANESE))
    assert not found, "\n".join(found)


def test_each_readme_leads_to_the_other_first() -> None:
    first = {
        document: next(link for section in read(document) for link in section.links if "://" not in link)
        for document in (ENGLISH, JAPANESE)
    }
    assert first == {ENGLISH: JAPANESE, JAPANESE: ENGLISH}


SAMPLE = """# Title

```text
┌── start ───
│ a ──► an API
└────────────
```

See [the guide](docs/guide.md) of `all()`.

```python
# not a heading
all()  # every one
```

## Part

| a | b |
| --- | --- |
| `x` | y |
"""
TRANSLATED = (
    SAMPLE.replace("See", "")
    .replace("Part", "部分")
    .replace("# not a heading", "# 見出しではない")
    .replace("every one", "すべて")
    .replace("start ───", "はじめ ──────")
    .replace("an API", "1 つの API")
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## 部分", "### 部分", "headings differ: ## Part (line 16) in English, ### 部分 (line 16) in Japanese"),
        ("## 部分\n", "", "## Part (line 16) in English, nothing more in Japanese"),
        ("```python", "```sh", "-```python\n"),
        ("all()  #", "any()  #", "-all()  # …\n+any()  # …"),
        ("# 見出しではない", "# not a heading", "-# …\n+# not a heading"),
        ("  # すべて", "", "-all()  # …\n+all()"),
        ("│ a ──►", "│ あ ───", "-│ … ─► … \n+│ … ─ … "),
        ("│ a ──►", "│ ──►", "-│ … ─► … \n+│ ─► … "),
        ("1 つの API", "1 つの APJ", "has words that the English one does not have: APJ"),
        (" b |", " b | c |", "[[3, 2, 2]] in Japanese"),
        ("| `x` | y |\n", "", "[[2, 2, 2]] in English, [[2, 2]] in Japanese"),
        ("guide.md", "guide.ja.md", "links differ in # Title (line 1): ['docs/guide.md'] in English"),
        ("`x`", "x", "code in the text differ in ## Part (line 16): ['x'] in English, [] in Japanese"),
    ],
)
def test_a_difference_is_found_and_named(old: str, new: str, said: str) -> None:
    assert old in TRANSLATED
    found = differences(sections_of(SAMPLE), sections_of(TRANSLATED.replace(old, new)))
    assert said in "\n".join(found)


def test_a_translation_differs_in_nothing() -> None:
    assert differences(sections_of(SAMPLE), sections_of(TRANSLATED)) == []


def test_a_picture_that_is_not_translated_is_found() -> None:
    english = TRANSLATED.replace("はじめ ──────", "start ───").replace("1 つの API", "an API")
    assert "+│ a ──► an API" in "\n".join(differences(sections_of(SAMPLE), sections_of(english)))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_to_files(document: str) -> None:
    folder = (REPOSITORY / document).parent
    targets = [link.partition("#")[0] for section in read(document) for link in section.links if "://" not in link]
    missing = [target for target in targets if target and not (folder / target).exists()]
    assert not missing, f"{document} links to files that do not exist: {', '.join(missing)}"


def anchor(title: str) -> str:
    """Return what GitHub makes of a heading: small letters, no marks but hyphens, a hyphen for each space."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def dead_anchors(document: str) -> list[str]:
    dead = []
    for link in [link for section in read(document) for link in section.links if "://" not in link and "#" in link]:
        file, _, name = link.partition("#")
        target = (REPOSITORY / document).parent / file if file else REPOSITORY / document
        times = Counter(anchor(section.title) for section in sections_of(target.read_text(encoding="utf-8")))
        # The second heading of the same words has another anchor, which is not linked to.
        if times[name] != 1:
            dead.append(link)
    return dead


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_to_headings(document: str) -> None:
    assert dead_anchors(document) == []


def test_an_anchor_is_made_as_github_makes_it() -> None:
    assert anchor("Which id for what") == "which-id-for-what"
    assert anchor("`Event source … does not exist`") == "event-source--does-not-exist"
    assert anchor("First minutes, last minutes") == "first-minutes-last-minutes"
    assert anchor("動かす") == "動かす"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: str) -> None:
    spans = [span for section in read(document) for span in section.code_spans]
    named = [span for span in spans if re.match(r"(benchmarks|constructs_lib|docs|handlers|scripts|tests)/", span)]
    missing = [name for name in named if not list(REPOSITORY.glob(name.partition("::")[0]))]
    assert not missing, f"{document} names files that do not exist: {', '.join(missing)}"


def test_the_documents_are_found() -> None:
    assert {ENGLISH, JAPANESE, "CONTRIBUTING.md", "docs/masking.md"} <= set(DOCUMENTS)


def cli_commands() -> set[str]:
    """Return all commands of the command line; of one with subcommands, each of these."""
    names = set()
    for command in _commands():
        below = command.commands if isinstance(command, CommandGroup) else ()
        names |= {f"{command.name} {each.name}" for each in below} or {command.name}
    return names


def table_commands(document: str) -> list[str]:
    """Return the commands in the first column of the table of commands."""
    [table] = [table for section in read(document) for table in section.tables if table[0][0] == "`saasus-events …`"]
    commands = []
    for cell, *_ in table[2:]:
        group = ""
        # "`dlq list`, `show`" are two subcommands of dlq.
        for span in CODE_SPAN.findall(cell):
            if " " in span:
                group = span.partition(" ")[0] + " "
            commands.append(span if " " in span else group + span)
    return commands


@pytest.mark.parametrize("document", [ENGLISH, JAPANESE])
def test_the_table_of_commands_is_that_of_the_command_line(document: str) -> None:
    in_table, in_cli = table_commands(document), cli_commands()
    twice = sorted(name for name, times in Counter(in_table).items() if times > 1)
    assert not twice, f"{document} names {', '.join(twice)} more than once"
    unknown, missing = sorted(set(in_table) - in_cli), sorted(in_cli - set(in_table))
    assert not unknown, f"{document} has a command that saasus-events does not have: {', '.join(unknown)}"
    assert not missing, f"{document} does not have a command of saasus-events: {', '.join(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_that_are_mentioned_exist(document: str) -> None:
    known = {name.partition(" ")[0] for name in cli_commands()}
    mentioned = set(re.findall(r"saasus-events ([a-z][a-z-]*)", (REPOSITORY / document).read_text(encoding="utf-8")))
    assert mentioned <= known, f"{document} mentions {', '.join(sorted(mentioned - known))}"
