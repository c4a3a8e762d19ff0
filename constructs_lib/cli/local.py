"""`saasus-events local`."""

from __future__ import annotations

import argparse
from typing import Final

from constructs_lib.cli.command import Command

_LAST_PORT: Final = 65534


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="AWS on this port and SaaSus on the next (default: free ones)",
    )
    parser.add_argument(
        "--no-app",
        action="store_true",
        help="deploy nothing and save no setting: an empty account, to try the whole way",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number from 1 to {_LAST_PORT}")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    from constructs_lib.cli.platform import run_local

    return run_local(port=options.port, with_app=not options.no_app)


LOCAL = Command(
    name="local",
    help="run an AWS and a SaaSus on this machine, and show each event as it arrives",
    description="Starts an AWS, a SaaSus and an HTTPS API on this machine, saves SaaSus's setting, deploys the\n"
    "reference app, and says how to reach all of them with the AWS command line, boto3 and SaaSus's SDKs. Each event\n"
    "is shown as it arrives. Stays up until Ctrl-C. Needs no account and sends nothing anywhere.",
    examples="  saasus-events local\n  saasus-events local --port 4566\n  saasus-events local --no-app",
    add_arguments=_add_arguments,
    run=_run,
    extra="local",
)
