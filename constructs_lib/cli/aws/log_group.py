"""The log groups that a command is told to look at, and that one cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    import argparse


class UnreadableLogGroup(SaasusEventsError):
    """AWS does not give the events of a log group."""


def add_log_group_argument(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--log-group`, which can be given several times.

    Args:
        parser: The parser.
        what: What the command does with the groups, the help's text.
    """
    parser.add_argument("--log-group", dest="log_groups", action="append", default=[], metavar="NAME", help=what)
