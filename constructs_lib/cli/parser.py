"""The parser of the command line, and the layout of `--help`: sentences fit the terminal, examples stay as typed."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.command import Command, CommandGroup
from constructs_lib.events.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

_AS_WRITTEN: Final = ("exit codes:\n", "examples:\n")
_GIVEN: Final = "_options_given"
_REST: Final = "_what_is_taken_in_any_number"
_PARSER: Final = "_parser_of_the_command"


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors name the nearest right word, and the command's own `--help`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Help, **options})

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the command; after an error, with where to read on."""
        if message and status:
            said = message.rstrip()
            end = "" if said.endswith((".", "?")) else "."
            message = f"{said}{end} See `{self.prog} --help`.\n"
        super().exit(status, message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - no public name
            super()._check_value(action, value)
        elif value not in action.choices:
            names = list(action.choices)
            raise argparse.ArgumentError(
                None, f"invalid choice: {value!r}.{nearest(value, names)} Expected one of {', '.join(names)}"
            )

    def refuse(self, left: Sequence[str]) -> NoReturn:
        """End the command because of arguments that it does not take."""
        options = [option for action in self._actions for option in action.option_strings]
        near = nearest(left[0].partition("=")[0], options) if left[0].startswith("-") else ""
        self.error(f"unrecognized arguments: {' '.join(left)}.{near}")


class _Help(argparse.HelpFormatter):
    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        # argparse itself leaves out their indent, and puts the help of the longest names on a line of its own.
        for command in self._iter_indented_subactions(action):
            length = len(self._format_action_invocation(command)) + self._current_indent
            self._action_max_length = max(self._action_max_length, length)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_AS_WRITTEN):
            return text
        return textwrap.fill(
            " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )


class _Once(argparse.Action):
    """An option that takes one value, and refuses a second one instead of silently dropping the first."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        given: set[str] = getattr(namespace, _GIVEN, set())
        if option_string is not None and self.dest in given:
            raise argparse.ArgumentError(self, "expected one value, but the option appears twice")
        setattr(namespace, _GIVEN, given | {self.dest})
        setattr(namespace, self.dest, values)


def add_commands(parser: argparse.ArgumentParser, commands: Iterable[Command | CommandGroup], metavar: str) -> None:
    """Add commands, and the commands below them, to a parser; its options will hold the `command` that was named."""
    added = parser.add_subparsers(required=True, metavar=metavar)
    for command in commands:
        below = added.add_parser(
            command.name,
            help=command.help,
            description=command.description,
            epilog=f"{_exit_codes(command)}examples:\n{command.examples}",
        )
        if isinstance(command, CommandGroup):
            add_commands(below, command.commands, "|".join(each.name for each in command.commands))
        else:
            _add_arguments(below, command)


def _add_arguments(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.register("action", None, _Once)
    command.add_arguments(parser)
    parser.set_defaults(**{"command": command, _PARSER: parser})
    several = [action.dest for action in parser._actions if not action.option_strings and action.nargs == "*"]  # noqa: SLF001
    if several:
        parser.set_defaults(**{_REST: several[-1]})


def _exit_codes(command: Command | CommandGroup) -> str:
    if isinstance(command, CommandGroup):
        return ""
    negative = f"  1  {command.negative}\n" if command.negative else ""
    return f"exit codes:\n  0  done\n{negative}  2  cannot run as given; the message says what to change\n\n"


def parse(parser: CommandParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse a command line, in which arguments that can be repeated may also follow options.

    argparse takes only the first ones that stand together: of `trace ID --since 7d GROUP` it would not take GROUP.
    """
    options, left = parser.parse_known_args(arguments)
    rest: str | None = getattr(options, _REST, None)
    if left and (rest is None or any(argument.startswith("-") for argument in left)):
        below: CommandParser = getattr(options, _PARSER)
        below.refuse(left)
    if left and rest is not None:
        setattr(options, rest, [*getattr(options, rest), *left])
    return options
