"""The form of `--help`: sentences as wide as the terminal, examples as they are to be typed."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from constructs_lib.cli.command import Command

_EXAMPLES: Final = "examples:\n"


class _Help(argparse.HelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_EXAMPLES):
            return text
        return textwrap.fill(
            " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], command: Command, name: str = "command"
) -> None:
    """Add a command with its arguments; the options that it reads have the command itself under a name."""
    added = commands.add_parser(
        command.name,
        help=command.help,
        description=command.description,
        epilog=f"{_EXAMPLES}{command.examples}",
        formatter_class=_Help,
    )
    command.add_arguments(added)
    added.set_defaults(**{name: command})
