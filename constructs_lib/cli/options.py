"""Options that several commands take, each with one meaning, one form, and one wording.

The options that name something in AWS are beside what they name, in `cli/aws`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.screen.times import duration, moment, past_moment

if TYPE_CHECKING:
    import argparse


_DIGITS: Final = re.compile(r"[0-9]{1,9}")


def whole_number(text: str) -> int | None:
    """Return the number that a text of up to nine digits stands for; None for any other text."""
    return int(text) if _DIGITS.fullmatch(text) else None


def add_json_argument(parser: argparse.ArgumentParser, *, each: str = "") -> None:
    """Add `--json`, which prints one object, or JSON Lines for a stream.

    Args:
        parser: The parser.
        each: What a line stands for, such as "event". Default: the command prints one object.
    """
    text = f"print JSON Lines, one object for each {each}" if each else "print one JSON object"
    parser.add_argument("--json", action="store_true", help=text)


def add_raw_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--raw`, without which nothing secret is shown."""
    parser.add_argument("--raw", action="store_true", help="also show secrets and personal data")


def add_yes_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--yes`, without which nothing is changed."""
    parser.add_argument("--yes", action="store_true", help="do it; without this, only say what would be done")


def add_since_argument(
    parser: argparse.ArgumentParser, *names: str, what: str, default: str = "", required: bool = False
) -> None:
    """Add an option that takes the start of a time range.

    Args:
        parser: The parser.
        names: The option's names.
        what: What the command does with the time, the start of the help's text.
        default: The time if the option is left out, as on the command line. Default: None.
        required: Whether the option has to be given.
    """
    told = f" (default: {default})" if default else ""
    parser.add_argument(
        *names,
        dest="start",
        type=past_moment,
        default=default or None,
        required=required,
        metavar="TIME",
        help=f"{what} a time such as 2026-05-19T02:20:00Z (UTC without a zone), or 30m, 12h, 7d, or 4w ago{told}",
    )


def add_until_argument(parser: argparse.ArgumentParser, *names: str, what: str) -> None:
    """Add an option that takes the end of a time range, written as its start is. Default: now."""
    parser.add_argument(
        *names,
        dest="end",
        type=moment,
        default="now",
        metavar="TIME",
        help=f"{what} a time, written in the same way (default: now)",
    )


def add_timeout_argument(parser: argparse.ArgumentParser, default: str) -> None:
    """Add `--timeout`, how long the command waits."""
    parser.add_argument(
        "--timeout",
        type=duration,
        default=default,
        metavar="LENGTH",
        help=f"how long to wait, such as 90s or 5m (default: {default})",
    )
