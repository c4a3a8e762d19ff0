"""`saasus-events demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.cli.command import Command

if TYPE_CHECKING:
    import argparse


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C, to look around")


def _run(options: argparse.Namespace) -> int:
    from constructs_lib.cli.reference_app_demo import demo

    return demo(keep=options.keep)


DEMO = Command(
    name="demo",
    help="deploy the reference app to a local AWS, send events, and show what arrives",
    description="Starts an AWS on this machine, deploys the reference app to it with the real CDK command line,\n"
    "sends events as SaaSus does, and shows each as it arrives. Needs no account and sends nothing anywhere.",
    examples="  saasus-events demo\n  saasus-events demo --keep",
    add_arguments=_add_arguments,
    run=_run,
    extra="local",
)
