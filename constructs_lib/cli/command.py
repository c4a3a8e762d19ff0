"""What a command of `saasus-events` consists of, how it ends, and the error that ends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence


class ExitCode(IntEnum):
    """How a command ends: the same for every command, so that scripts can rely on it."""

    DONE = 0
    """It did what it was asked to do, or the answer is yes."""
    NEGATIVE = 1
    """It ran, and the answer is no, something is wrong, or not everything could be done."""
    CANNOT_RUN = 2
    """It cannot run as given: an option, an input, a name, an extra, or a permission has to change first."""


class CommandError(SaasusEventsError):
    """A command cannot run as given, or did not find what it looked or waited for.

    Args:
        text: What was given, what is expected, and what to do.
        exit_code: How the command ends. Default: `ExitCode.CANNOT_RUN`.
    """

    def __init__(self, text: str, exit_code: ExitCode = ExitCode.CANNOT_RUN) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Command:
    """One command of `saasus-events`.

    Before `run`, its file imports only the standard library and this package, so that `--help` answers at once and
    without the extras.
    """

    name: str
    """The word on the command line."""
    help: str
    """One line for the list of commands."""
    description: str
    """What it does, for its own `--help`."""
    examples: str
    """Command lines that work, for the end of its `--help`."""
    add_arguments: Callable[[argparse.ArgumentParser], None]
    """Adds its arguments to its parser."""
    run: Callable[[argparse.Namespace], int]
    """Runs it, and returns the exit code."""
    negative: str = ""
    """When it ends with `ExitCode.NEGATIVE`, for its own `--help`. Default: never."""
    permissions: tuple[str, ...] = ()
    """The IAM actions that it can need, including those that only improve its advice."""
    extra: str = "cli"
    """The extra of this package that installs what `run` imports."""


@dataclass(frozen=True)
class CommandGroup:
    """A word of `saasus-events` with commands below it, such as `dlq`."""

    name: str
    """The word on the command line."""
    help: str
    """One line for the list of commands."""
    description: str
    """What its commands are for, for its own `--help`."""
    examples: str
    """Command lines that work, for the end of its `--help`."""
    commands: Sequence[Command]
    """The commands, in the order of its `--help`."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """The IAM actions that any of its commands can need."""
        return tuple(sorted({action for command in self.commands for action in command.permissions}))
