"""The `saasus-events` command."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.cli.command import CommandError, ExitCode
from constructs_lib.cli.parser import CommandParser, add_commands, parse
from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from types import FrameType

    from constructs_lib.cli.command import Command, CommandGroup

_INTERRUPTED = 130
_CLOSED_PIPE = 141
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments. Default: those of this process.

    Returns:
        The exit code: an `ExitCode`, 130 after Ctrl-C, or 141 if nobody reads the output any more.
    """
    _have_streams()
    parser = _parser()
    options = parse(parser, arguments)
    command: Command = options.command
    _print_any_character()
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = command.run(options)
        sys.stdout.flush()
    except SaasusEventsError as error:
        print(f"saasus-events: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, CommandError) else ExitCode.CANNOT_RUN
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("constructs_lib"):
            raise
        print(
            f"saasus-events: This command needs the Python package {error.name!r}, which is not installed. Expected "
            f"the extra {command.extra!r}. Install it: pip install 'saasus-eventbridge-constructs[{command.extra}]'",
            file=sys.stderr,
        )
        return ExitCode.CANNOT_RUN
    except BrokenPipeError:
        # As in `… | head`.
        _discard_output()
        return _CLOSED_PIPE
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _discard_output()
        print(
            f"saasus-events: The output cannot be written ({error.strerror}). Expected a place with enough space for "
            "it. Free some space, or write the output somewhere else.",
            file=sys.stderr,
        )
        return ExitCode.NEGATIVE
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return _INTERRUPTED
    return code


def _commands() -> tuple[Command | CommandGroup, ...]:
    """Return all commands in the order of `--help`. A new one is a file here and a line in this list."""
    from constructs_lib.cli.catalog import CATALOG
    from constructs_lib.cli.connect import CONNECT
    from constructs_lib.cli.demo import DEMO
    from constructs_lib.cli.disconnect import DISCONNECT
    from constructs_lib.cli.dlq import DLQ
    from constructs_lib.cli.explain import EXPLAIN
    from constructs_lib.cli.filter import FILTER
    from constructs_lib.cli.learn import LEARN
    from constructs_lib.cli.local import LOCAL
    from constructs_lib.cli.permissions import PERMISSIONS
    from constructs_lib.cli.replay import REPLAY
    from constructs_lib.cli.send_test import SEND_TEST
    from constructs_lib.cli.status import STATUS
    from constructs_lib.cli.tail import TAIL
    from constructs_lib.cli.trace import TRACE

    return (
        *(CONNECT, STATUS, SEND_TEST, DISCONNECT),
        *(CATALOG, FILTER, EXPLAIN, LEARN),
        *(TAIL, TRACE, DLQ, REPLAY),
        *(PERMISSIONS, DEMO, LOCAL),
    )


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="saasus-events",
        description="Tools for SaaSus Platform's events on Amazon EventBridge.",
        epilog="`saasus-events COMMAND --help` explains a command, with its exit codes and examples.",
    )
    parser.add_argument("--version", action="version", version=metadata.version("saasus-eventbridge-constructs"))
    commands = _commands()
    add_commands(parser, commands, "COMMAND")
    parser.set_defaults(every_command=commands)  # for `permissions`, which is one of them
    return parser


def _have_streams() -> None:
    """Replace a closed stream (`>&-`, a service without a console), which is None in Python, by one that discards."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process


def _discard_output() -> None:
    # Otherwise what is left in the buffer fails once more at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_any_character() -> None:
    """Print the number of a character that the terminal's encoding, or every encoding, lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _stop(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's signature
    # As with Ctrl-C, whatever was started is stopped on the way out.
    raise KeyboardInterrupt
