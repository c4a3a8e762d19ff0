"""What each file of a command gives to the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


@dataclass(frozen=True)
class Command:
    """One command of `saasus-events`.

    Its file imports nothing outside of the standard library and this package before `run`, so that `--help` answers
    at once and without the extras.
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
    """Runs it, and gives the exit code."""
    permissions: tuple[str, ...] = ()
    """The IAM actions that it can need, also those without which only its advice is poorer."""
    extra: str = "cli"
    """The extra of this package that has what `run` imports."""
