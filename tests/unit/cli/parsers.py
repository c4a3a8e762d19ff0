"""The parsers of the command line, for tests that hold every command to something, and so a new one, too."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from constructs_lib.cli import _parser

if TYPE_CHECKING:
    from collections.abc import Iterator


def _with_those_below(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from _with_those_below(below, f"{name} {word}".strip())


EVERY_PARSER = dict(_with_those_below(_parser(), ""))
"""By the words on the command line: of the program itself (no word), of each group, and of each command."""
PARSERS = {name: parser for name, parser in EVERY_PARSER.items() if parser.get_default("command") is not None}
"""Of each command, by its words."""
