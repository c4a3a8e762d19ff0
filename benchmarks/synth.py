"""Compare the synthesis of the same routes with this library and with plain aws-cdk-lib: `make bench`."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
from typing import Any

ROUTES = (1, 10, 50, 200)
REPETITIONS = 5
WRITERS = ("library", "plain", "empty")
COLUMNS = (
    "routes to one function",
    "time, library : plain",
    "CPU time",
    "CPU time beyond an app without routes",
    "resources",
    "helper Lambdas",
    "queue-policy statements",
)


def main() -> None:
    """Run the apps in turn, each in a process of its own, and print a table of medians and ratios."""
    print(f"| {' | '.join(COLUMNS)} |")
    print("| --- " * len(COLUMNS) + "|")
    for routes in ROUTES:
        runs: dict[str, list[dict[str, Any]]] = {writer: [] for writer in WRITERS}
        for _ in range(REPETITIONS):
            for writer, measured in runs.items():
                measured.append(_measure(writer, routes))
        wall, cpu = _medians(runs, "seconds"), _medians(runs, "cpu_seconds")
        beyond = {writer: seconds - cpu["empty"] for writer, seconds in cpu.items()}
        ours, theirs = runs["library"][0], runs["plain"][0]
        counted = [
            f"{ours[what]} : {theirs[what]}" for what in ("resources", "helper_lambdas", "queue_policy_statements")
        ]
        cells = [str(routes), *map(_ratio, (wall, cpu, beyond)), *counted]
        print(f"| {' | '.join(cells)} |", flush=True)


def _medians(runs: dict[str, list[dict[str, Any]]], what: str) -> dict[str, float]:
    return {writer: statistics.median(run[what] for run in measured) for writer, measured in runs.items()}


def _ratio(seconds: dict[str, float]) -> str:
    return f"{seconds['library'] / seconds['plain']:.2f} ({seconds['library']:.2f} s : {seconds['plain']:.2f} s)"


def _measure(writer: str, routes: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.apps", writer, str(routes)]
    before = _cpu_seconds()
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a program of ours
    result: dict[str, Any] = json.loads(done.stdout)
    return {**result, "cpu_seconds": _cpu_seconds() - before}


def _cpu_seconds() -> float:
    """Return what the processes that ended have used, Python and its Node.js, on however busy a machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
