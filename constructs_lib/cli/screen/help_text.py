"""The form of `--help`: sentences as wide as the terminal, examples as they are to be typed."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs_lib.cli.command import Command

_EXAMPLES: Final = "examples:\n"
_GIVEN: Final = "_options_given"
_REST: Final = "_what_is_taken_in_any_number"


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
    several = [action.dest for action in added._actions if not action.option_strings and action.nargs == "*"]  # noqa: SLF001
    if several:
        added.set_defaults(**{_REST: several[-1]})


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse a command line; what a command takes any number of may also stand behind its options.

    argparse takes what stands together first, and no more: of `trace ID --since 7d GROUP` it would not take GROUP.
    """
    options, left = parser.parse_known_args(arguments)
    rest: str | None = getattr(options, _REST, None)
    if left and (rest is None or any(argument.startswith("-") for argument in left)):
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    if left and rest is not None:
        setattr(options, rest, [*getattr(options, rest), *left])
    return options
