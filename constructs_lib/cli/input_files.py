"""Reads the input of a command: a file, or the standard input for `-`."""

from __future__ import annotations

import sys
from pathlib import Path

from constructs_lib.cli.command import CommandError

STANDARD_INPUT = "-"


def read_text(path: str) -> str:
    """Read a file, or the standard input.

    Raises:
        CommandError: The file does not exist, may not be read, or is not UTF-8 text.
    """
    name = name_of(path)
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(
            f"{name} cannot be read: {error.strerror}. Expected the path of a file, or - for the standard input. "
            "Correct the path."
        ) from error
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{name} is not UTF-8 text ({error.reason} at byte {error.start}). Expected JSON text. Decompress "
            "or convert it first."
        ) from error


def name_of(path: str) -> str:
    """Return what to call an input in an error: the path in quotes, or the standard input."""
    return "The standard input" if path == STANDARD_INPUT else repr(path)
