"""The `saasus-events` command."""

from __future__ import annotations

import argparse
import signal
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130
_USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line's. Default: those of this process.

    Returns:
        The exit code: 0 when all went well, 1 when it did not, 2 when the command cannot run as it was given.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        code: int = options.run(options)
    except SaasusEventsError as error:
        print(f"saasus-events: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("constructs_lib"):
            raise
        print(
            f"saasus-events: this command needs the Python package {error.name!r}, which is not installed. Install the "
            f"extra: pip install 'saasus-eventbridge-constructs[{options.extra}]'",
            file=sys.stderr,
        )
        return _USAGE
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return _INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="saasus-events", description="Tools for SaaSus Platform's events on Amazon EventBridge."
    )
    parser.add_argument("--version", action="version", version=metadata.version("saasus-eventbridge-constructs"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="deploy the reference app to a local AWS, send events, and show what arrives",
        description="Starts an AWS on this machine, deploys the reference app to it with the real CDK command line, "
        "sends events as SaaSus does, and shows each as it arrives. Needs no account and sends nothing anywhere.",
    )
    demo.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C, to look around")
    demo.set_defaults(run=_demo, extra="local")
    return parser


def _demo(options: argparse.Namespace) -> int:
    from constructs_lib.cli.demo import demo

    return demo(keep=options.keep)


def _stop(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's signature
    # As with Ctrl-C, what was started is stopped on the way out.
    raise KeyboardInterrupt
