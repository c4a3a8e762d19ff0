"""The form of `--help`: sentences as wide as the terminal, examples as they are to be typed."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from constructs_lib.cli.command import Command

_EXAMPLES: Final = "examples:\n"
_GIVEN: Final = "_options_given"


class _Help(argparse.HelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_EXAMPLES):
            return text
        return textwrap.fill(
            " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )


class _Once(argparse.Action):
    """An option with one value; given twice, neither value is dropped in silence."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        given: set[str] = getattr(namespace, _GIVEN, set())
        if option_string is not None and self.dest in given:
            raise argparse.ArgumentError(self, "it was given twice, and takes one value")
        setattr(namespace, _GIVEN, given | {self.dest})
        setattr(namespace, self.dest, values)


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
    added.register("action", None, _Once)
    command.add_arguments(added)
    added.set_defaults(**{name: command})
