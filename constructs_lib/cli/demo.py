"""`saasus-events demo`: the reference app or an example, deployed and seen working on this machine."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.local_arrivals import message_lines
from constructs_lib.cli.screen.events import event_in, event_parts
from constructs_lib.cli.screen.lines import counted, fitted, wrapped
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.local.examples import (
    example_demo,
    example_directory,
    example_titles,
    examples_home,
    runs_here,
)
from constructs_lib.runtime.saasus_http import SignedHttp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from constructs_lib.cli.local_environment import LocalEnvironment
    from constructs_lib.local.demo import Arrival, Demo, DemoEnvironment, Seen

_ARRIVAL_SECONDS: Final = 30
_HELP_COLUMNS: Final = 80
"""What the other lines that `--help` shows as written keep to."""
_SETTLING_SECONDS: Final = 1.5
"""How long nothing more may arrive once everything has; a duplicate comes within this time."""


@dataclass
class _Watched:
    """Something that should arrive, and what was seen of it."""

    arrival: Arrival
    seen: int = 0
    after: float | None = None
    """Seconds from the calls until all of it was there."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    titles = example_titles()
    column = max(map(len, titles), default=0) + 4
    listed = "\n".join(
        wrapped(f"{f'  {name}':{column}}{title}", indent=" " * column, width=_HELP_COLUMNS)
        for name, title in titles.items()
        if runs_here(name)
    )
    parser.add_argument(
        "example", nargs="?", metavar="EXAMPLE", help="an example of the list below (default: the reference app)"
    )
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C, to look around")
    # Below the exit codes; what is last can be typed.
    codes, heading, lines = str(parser.epilog).partition("examples:\n")
    parser.epilog = f"{codes}EXAMPLE:\n{listed}\n\nto copy them:\n  {examples_home()}\n\n{heading}{lines}"


def _run(options: argparse.Namespace) -> int:
    from constructs_lib.cli.local_environment import LocalEnvironment

    started = time.monotonic()
    directory, demo = _app(options.example)
    with LocalEnvironment.start(directory, demo) as environment:
        environment.connect()
        environment.deploy()
        problems = show(environment)
        if options.keep:
            _keep(environment)
        else:
            environment.destroy()
    environment.print(f"Took {time.monotonic() - started:.0f} s; nothing is left running.")
    return ExitCode.NEGATIVE if problems else ExitCode.DONE


def _app(example: str | None) -> tuple[Path, Demo]:
    if example is not None:
        return example_directory(example), example_demo(example)
    from constructs_lib.cli.reference_demo import reference_demo
    from constructs_lib.local.reference_app import reference_app_directory

    return reference_app_directory(), reference_demo()


def show(environment: LocalEnvironment) -> list[str]:
    """Make the calls of the demo, show what arrives, and return what is wrong."""
    environment.demo.prepare(environment.here)
    sent = _call(environment)
    watched = [_Watched(arrival) for arrival in environment.demo.arrivals]
    with environment.console.status("Waiting for what arrives"):
        _watch(environment, watched, sent, until=lambda: all(each.after is not None for each in watched))
        all_there = time.monotonic()
        _watch(environment, watched, sent, until=lambda: time.monotonic() - all_there > _SETTLING_SECONDS)
    problems = _problems(environment, watched)
    _report(environment, watched, problems)
    return problems


def _call(environment: LocalEnvironment) -> float:
    """Make the calls, and return when."""
    demo, saasus = environment.demo, environment.saasus
    how = [
        *(["each event twice"] if demo.sending.copies == 2 else []),
        *(["in reverse order"] if demo.out_of_order else []),
    ]
    said = f"; it sends {', '.join(how)}" if how else ""
    names = ", ".join(call.event_type for call in demo.calls)
    environment.console.print(f"[bold]SaaSus:[/] called for {names}{said}")
    saasus.send_events(demo.sending)
    http = SignedHttp(saasus.credentials, base_url=saasus.base_url)
    sent = time.monotonic()
    with saasus.out_of_order() if demo.out_of_order else contextlib.nullcontext():
        for call in demo.calls:
            call.make(http)
    return sent


def _watch(environment: LocalEnvironment, watched: list[_Watched], sent: float, *, until: Callable[[], bool]) -> None:
    """Show what is new, until a condition holds or the time is over."""
    while True:
        for each in watched:
            found = each.arrival.find(environment.here)
            for seen in found[each.seen :]:
                head = f"[green]{each.arrival.where}[/] got {each.arrival.of.event_type}:"
                environment.console.print(head, style="bold")
                environment.print(_lines(seen))
            each.seen = max(each.seen, len(found))
            if each.after is None and each.seen >= each.arrival.count:
                each.after = time.monotonic() - sent
        if until() or time.monotonic() - sent > _ARRIVAL_SECONDS:
            return
        time.sleep(0.05)


def _lines(seen: Seen) -> str:
    event = event_in(seen.text)
    if event is not None:
        return f"  {fitted([seen.line, in_utc(event.time), *event_parts(event)])}"
    return "\n".join(f"  {line}" for line in filter(None, [seen.line, *message_lines(seen.text)]))


def _problems(environment: LocalEnvironment, watched: list[_Watched]) -> list[str]:
    problems = []
    for each in watched:
        arrival, name = each.arrival, each.arrival.of.event_type
        if each.seen == 0:
            problems.append(f"{name} did not arrive at the {arrival.where} within {_ARRIVAL_SECONDS} s")
        elif each.seen != arrival.count:
            problems.append(f"{name} arrived at the {arrival.where} {each.seen} times, not {arrival.count}")
    here = environment.here
    return [*problems, *environment.demo.problems(here), *_dead_letters(here)]


def _dead_letters(here: DemoEnvironment) -> list[str]:
    sqs = here.aws.client("sqs")
    problems = []
    for url in sqs.list_queues().get("QueueUrls", []):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
            "Attributes"
        ]
        waiting = int(attributes["ApproximateNumberOfMessages"])
        # The constructs' own queues have this word in their names.
        if "DeadLetter" in url and waiting:
            problems.append(f"{counted(waiting, 'event is', 'events are')} in the dead-letter queue")
    return problems


def _report(environment: LocalEnvironment, watched: list[_Watched], problems: list[str]) -> None:
    console = environment.console
    console.print("\n[bold]What arrived[/]")
    width = max(len(each.arrival.where) for each in watched)
    for each in watched:
        after = "not seen" if each.after is None else f"{each.after:.1f} s"
        call = each.arrival.of
        parts = [f"{each.arrival.where:{width}}", f"{after:>8}", call.event_type, f"trace={call.trace_id}"]
        console.print(fitted(parts), markup=False, style="red" if each.after is None else None)
    for problem in problems:
        console.print(f"[red]Problem:[/] {problem}.")
    if not problems:
        console.print(wrapped(environment.demo.conclusion))


def _keep(environment: LocalEnvironment) -> None:
    environment.console.print("\n[bold]Still running[/] until Ctrl-C. To look around, use another terminal:")
    environment.print(environment.exports())
    for name, value in environment.here.outputs.items():
        environment.print(f"{name}: {value}")
    environment.print(f"The API that the route calls: {environment.api.url()}")
    try:
        environment.aws.wait()
    except KeyboardInterrupt:
        environment.print("\nStopping.")


DEMO = Command(
    name="demo",
    help="deploy the reference app or an example to a local AWS, send events, and show what arrives",
    description="Starts an AWS and a SaaSus on this machine, deploys the reference app or an example with the real\n"
    "CDK command line, calls SaaSus's API, and shows each event as it arrives. Needs no AWS account, and sends\n"
    "nothing off this machine.",
    examples="  saasus-events demo\n  saasus-events demo --keep\n  saasus-events demo crm_webhook",
    add_arguments=_add_arguments,
    run=_run,
    negative="an event did not arrive as it should",
    extra="local",
)
